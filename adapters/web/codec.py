"""A neutral message as JSON and back, without loss: what the chat log keeps. Nothing about HTML lives here.

A message is `[1, summary, [block, …]]`; a block is `[its name, its fields in order …]`, read back against the types
of the dataclass, so that what cannot be a message is refused instead of guessed.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import fields, is_dataclass
from enum import StrEnum
from functools import cache
from types import NoneType, UnionType
from typing import Any, cast, get_args, get_origin, get_type_hints

from bot.actions import Action, Unreadable, pack, unpack
from bot.messages import Block, Message
from surveys.errors import InvalidInput

VERSION = 1
_HALF = re.compile("[\ud800-\udfff]")
"""Half of a surrogate pair is no UTF-8: no database takes it, unless it is escaped."""

_BLOCKS: dict[str, type[Block]] = {kind.__name__: kind for kind in Block.__args__}
_ACTIONS: tuple[type[Action], ...] = Action.__args__


def encode(message: Message) -> str:
    """The message as JSON text (about 10 % larger than its words)."""
    body = [VERSION, message.summary, [_block(block) for block in message.blocks]]
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return _HALF.sub(lambda half: f"\\u{ord(half[0]):04x}", text)


def decode(text: str) -> Message:
    """The message that `encode` wrote. Raises InvalidInput, naming what is wrong, for anything else."""
    try:
        body = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise InvalidInput("A stored message is not JSON.") from error
    match body:
        case [int(version), str(summary), [*blocks]] if version == VERSION:
            return Message(summary=summary, blocks=tuple(_read_block(block) for block in blocks))
        case [int(version), *_] if version != VERSION:
            raise InvalidInput(f"A stored message has version {version}; this program reads version {VERSION}.")
        case _:
            raise InvalidInput("A stored message is not a version, a summary and blocks.")


# Any: JSON's own shapes, which stay inside this module.


def _block(block: Block) -> list[Any]:
    return [type(block).__name__, *_field_values(block)]


def _field_values(value: object) -> list[Any]:
    return [_plain(getattr(value, field.name)) for field in fields(cast(Any, value))]


def _plain(value: object) -> Any:
    if isinstance(value, _ACTIONS):
        return pack(value)
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if is_dataclass(value):
        return _field_values(value)
    return value


def _read_block(parts: Any) -> Block:
    if not isinstance(parts, list) or not parts or not isinstance(parts[0], str):
        raise InvalidInput("A block of a stored message has no name.")
    kind = _BLOCKS.get(parts[0])
    if kind is None:
        raise InvalidInput(f"A stored message has a block “{parts[0][:40]}”, which this program does not know.")
    return cast(Block, _read_fields(kind, parts[1:]))


@cache
def _types_of(kind: type) -> tuple[tuple[str, Any], ...]:
    hints = get_type_hints(kind)
    return tuple((field.name, hints[field.name]) for field in fields(kind))


def _read_fields(kind: type, values: Sequence[Any]) -> object:
    expected = _types_of(kind)
    if len(values) != len(expected):
        raise InvalidInput(f"{kind.__name__} of a stored message has {len(values)} fields, not {len(expected)}.")
    read = {name: _read(type_, value) for (name, type_), value in zip(expected, values, strict=True)}
    return kind(**read)


def _read(type_: Any, value: Any) -> Any:
    """`value` as `type_`, one of the shapes that the blocks are made of."""
    if get_origin(type_) is tuple:
        return _read_tuple(get_args(type_), value)
    if isinstance(type_, UnionType):
        return _read_union(type_, value)
    if type_ in _ACTIONS:
        return _read_action(type_, value)
    if is_dataclass(type_) and isinstance(value, list):
        return _read_fields(cast(type, type_), value)
    if isinstance(type_, type) and issubclass(type_, StrEnum) and isinstance(value, str):
        try:
            return type_(value)
        except ValueError as error:
            raise InvalidInput(f"A stored message has an unknown {type_.__name__}, “{value[:40]}”.") from error
    # `type` and not isinstance: true is no number.
    if type(value) is type_:
        return value
    raise _unfit(type_, value)


def _read_tuple(items: tuple[Any, ...], value: Any) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise _unfit(tuple, value)
    if len(items) == 2 and items[1] is Ellipsis:
        return tuple(_read(items[0], item) for item in value)
    if len(items) != len(value):
        raise InvalidInput(f"A stored message has {len(value)} values where {len(items)} belong.")
    return tuple(_read(type_, item) for type_, item in zip(items, value, strict=True))


def _read_union(type_: UnionType, value: Any) -> Any:
    kinds = get_args(type_)
    if set(kinds) == set(_ACTIONS):
        return _read_action(None, value)
    if value is None and NoneType in kinds:
        return None
    (present,) = (kind for kind in kinds if kind is not NoneType)
    return _read(present, value)


def _read_action(kind: type[Action] | None, value: Any) -> Action:
    action = unpack(value) if isinstance(value, str) else Unreadable("not text")
    if isinstance(action, Unreadable) or (kind is not None and type(action) is not kind):
        raise InvalidInput("A stored message has an action that this program does not know.")
    return action


def _unfit(type_: Any, value: Any) -> InvalidInput:
    # The value itself may be somebody's answer: it is not repeated.
    wanted = getattr(type_, "__name__", str(type_))
    return InvalidInput(f"A stored message has a {type(value).__name__} where a {wanted} belongs.")
