"""How long a test waits for what comes by itself: nothing waits so long unless it is broken."""

PATIENCE = 60.0
"""Seconds, for a machine that has other things to do."""
