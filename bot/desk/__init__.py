"""The desk that answers commands: reads one, checks who asks, gathers facts, and answers. The shell around commands.

What a command means is in `bot.commands`, how the answer reads in `bot.views`; here is only what has to be fetched and
what has to be written.
"""

from bot.desk.asker import OPERATOR, Asker, Place
from bot.desk.desk import Desk

__all__ = ["OPERATOR", "Asker", "Desk", "Place"]
