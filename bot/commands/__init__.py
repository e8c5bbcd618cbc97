"""The query language, pure: a text becomes a command or a piece of advice. No await, clock, randomness or I/O."""
