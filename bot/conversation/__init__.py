"""The conversation, pure: (state, event, facts, now) → Decision. No await, clock, randomness or I/O."""
