"""Messages that may be others under a new name, and how to call them as before."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from registry.domain.formats.protobuf.checks import VALUE
from registry.domain.formats.protobuf.layout import Layout
from registry.domain.formats.protobuf.nodes import Field, File, Message
from registry.domain.formats.protobuf.spots import names_of
from registry.domain.rules import Spot
from registry.domain.schema import Edit

_LIKELY: Final = 0.5
"""How much two messages have in common at least, if one is the other renamed."""

_MOST_COMPARED: Final = 100
"""New messages that are compared with one that is gone."""

_LAST_NAME: Final = re.compile(r"([\w.]+)(?=\W*$)")

_NAME: Final = "/1"
_TYPE: Final = "/6"
_REQUEST: Final = "/2"
_RESPONSE: Final = "/3"


def likely_renamed(message: Message, there: File, home: File) -> Message | None:
    """The message of another file that one of this file may be under another name.

    Args:
        message: Of a name that the other file does not have.
        there: The other file.
        home: The file that has the message.

    """
    known = set(names_of(home))
    scope = message.local_name.rpartition(".")[0]
    strangers = (
        each
        for each in there.all_messages()
        if each.local_name not in known
        and each.local_name.rpartition(".")[0] == scope
        and not each.is_map_entry
    )
    likeness, _, found = max(
        (
            (_likeness(message, each), -index, each)
            for index, each in enumerate(islice(strangers, _MOST_COMPARED))
        ),
        default=(0.0, 0, None),
    )
    return found if likeness >= _LIKELY else None


def _likeness(one: Message, other: Message) -> float:
    """The part of all fields that both have, under the same number and name."""
    fields, others = (
        {(field.number, field.name) for field in each.fields.values()}
        for each in (one, other)
    )
    return len(fields & others) / len(fields | others) if fields else 0.0


def rename(layout: Layout, file: File, message: Message, name: str) -> Iterator[Edit]:
    """Yield the edits that give a message, and all that refers to it, another name."""
    yield layout.replaced(message.spot, _NAME, name)
    for spot, below, used in _uses(file):
        if f"{used}.".startswith(f"{message.full_name}."):
            inside = used[len(message.full_name) :].count(".")
            written = layout.written(spot, below)
            renamed = _renamed(written, message.name, name, inside)
            if renamed != written:
                yield layout.replaced(spot, below, renamed)


def _renamed(written: str, old: str, new: str, inside: int) -> str:
    """A type, or a map's, with another name for one of its parts.

    Args:
        inside: How many parts come behind that part; what is written in front varies.

    """
    head, name, tail = _LAST_NAME.split(written)
    parts = name.split(".")
    at = len(parts) - 1 - inside
    if at >= 0 and parts[at] == old:
        parts[at] = new
    return head + ".".join(parts) + tail


def _uses(file: File) -> Iterator[tuple[Spot, str, str]]:
    """Yield where the text names a type, and the full name of the type."""
    for field in _fields(file):
        entry = field.message if field.is_map else None
        used = field if entry is None else entry.fields[VALUE]
        if used.type_name:
            yield field.spot, _TYPE, used.type_name
    for service in file.services.values():
        for method in service.methods.values():
            yield method.spot, _REQUEST, method.proto.input_type.removeprefix(".")
            yield method.spot, _RESPONSE, method.proto.output_type.removeprefix(".")


def _fields(file: File) -> Iterator[Field]:
    yield from file.extensions
    for message in file.all_messages():
        if not message.is_map_entry:
            yield from message.fields.values()
            yield from message.extensions
