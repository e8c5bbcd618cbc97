"""A fake chat platform that outlives the process: its messages are files, as Slack keeps them on Slack's side.

It posts one message for one delivery id, as the local web workspace does: the platform call is at-least-once.
"""

import os
from pathlib import Path

from adapters.web.codec import decode, encode
from bot.events import Address
from bot.messages import Message
from tests.fakes import FakePlatform


class SturdyPlatform(FakePlatform):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        folder.mkdir(exist_ok=True)

    @property
    def posts_once(self) -> bool:
        return True

    async def post(self, address: Address, message: Message, *, delivery: str) -> str:
        conversation = self._folder / address.conversation.replace(":", "_")
        conversation.mkdir(exist_ok=True)
        self._write(conversation / delivery, message)
        return f"{conversation.name}/{delivery}"

    async def update(self, address: Address, reference: str, message: Message) -> None:
        self._write(self._folder / reference, message)

    def seen_in(self, conversation: str) -> list[Message]:
        folder = self._folder / conversation.replace(":", "_")
        files = sorted(folder.iterdir(), key=lambda file: file.stat().st_mtime_ns) if folder.exists() else []
        return [decode(file.read_text()) for file in files if not file.name.endswith(".new")]

    def _write(self, file: Path, message: Message) -> None:
        new = file.with_suffix(".new")
        new.write_text(encode(message))
        os.replace(new, file)
