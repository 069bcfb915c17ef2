"""The few schemas of the model, and which of them can read which others' data.

They are simple enough for that to be plain to see: records of strings, each with a
default or without.
"""

import itertools
import json
from collections.abc import Mapping
from typing import NamedTuple

NAMES = ("a", "b")
ABSENT, REQUIRED, DEFAULTED = "absent", "required", "defaulted"

Shape = tuple[str, ...]
"""What becomes of each name of `NAMES`."""

SHAPES: tuple[Shape, ...] = tuple(
    itertools.product((ABSENT, REQUIRED, DEFAULTED), repeat=len(NAMES))
)


class Text(NamedTuple):
    """A schema; only those of shapes are compared."""

    text: str
    shape: Shape | None


def _record(name: str, fields: list[Mapping[str, object]]) -> str:
    schema = {"type": "record", "name": name, "fields": fields}
    return json.dumps(schema, separators=(",", ":"))


def _field(name: str, state: str) -> Mapping[str, object]:
    default = {"default": ""} if state == DEFAULTED else {}
    return {"name": name, "type": "string", **default}


def a_text(shape: Shape) -> Text:
    there = [
        _field(name, state)
        for name, state in zip(NAMES, shape, strict=True)
        if state != ABSENT
    ]
    return Text(_record("R", there), shape)


REFERRERS = tuple(
    Text(_record("S", [{"name": name, "type": "R"}]), None) for name in ("x", "y")
)
"""What needs a reference by the name `R` to be a schema."""

TEXTS: Mapping[str, Text] = {
    each.text: each for each in (*map(a_text, SHAPES), *REFERRERS)
}


def can_read(reader: Shape, writer: Shape) -> bool:
    """Say whether all that the reader cannot make up is written."""
    return all(
        mine != REQUIRED or theirs != ABSENT
        for mine, theirs in zip(reader, writer, strict=True)
    )


def keeps_promise(level: str, new: Shape, history: list[Shape]) -> bool:
    """Say whether a shape may follow others (oldest first) at a level."""
    if level == "NONE":
        return True
    direction, _, reach = level.partition("_")
    compared = history if reach else history[-1:]
    reads = direction in {"BACKWARD", "FULL"}
    is_read = direction in {"FORWARD", "FULL"}
    return all(
        (not reads or can_read(new, old)) and (not is_read or can_read(old, new))
        for old in compared
    )
