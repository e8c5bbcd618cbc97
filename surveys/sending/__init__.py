"""Whom to ask when: plans, skip reasons, business hours, recurrence."""
