"""The `cx` command. Each sub-command imports what it needs when it is called, so that `cx ask` starts fast."""

from bot.cli.main import main

__all__ = ["main"]
