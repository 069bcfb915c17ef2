"""What a schema's own text says about which remarks are wanted there.

In Avro and JSON Schema a member, in Protobuf a line in the comment before the element:

    "x-wirepact-ignore": {"AVRO_FIELD_SNAKE_CASE": "named so by the carrier"}

    // wirepact:ignore FIELD_LOWER_SNAKE_CASE named so by the carrier
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

from registry.domain import json_text
from registry.domain.formats.protobuf.lint_parts import comments
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.json_text import escaped
from registry.domain.rules import Spot
from registry.domain.schema import ParsedSchema

MEMBER: Final = "x-wirepact-ignore"
_COMMENT: Final = re.compile(
    r"^[ \t*]*wirepact:ignore[ \t]+(\S+)[ \t:]*(.*?)[ \t]*$", re.MULTILINE
)
_LEAST_LETTERS: Final = 3
_OF_FILE: Final = frozenset(((12,), (2,), (14,)))
"""Syntax, package and edition: a comment before them is about the whole file."""


@dataclass(frozen=True, slots=True)
class Ignore:
    """That remarks of a rule about an element, and what is in it, are not wanted.

    Attributes:
        reason: Empty where none was given.
        spot: Of the element.

    """

    rule: str
    reason: str
    spot: Spot

    @property
    def has_reason(self) -> bool:
        return sum(map(str.isalnum, self.reason)) >= _LEAST_LETTERS

    def covers(self, rule: str, spot: Spot) -> bool:
        pointer = self.spot.pointer
        is_inside = not pointer or spot.pointer == pointer
        return rule == self.rule and (
            is_inside or spot.pointer.startswith(f"{pointer}/")
        )


def of(schema: ParsedSchema) -> tuple[Ignore, ...]:
    """Return what the text of a schema asks for, with and without a reason."""
    if isinstance(schema, ProtobufSchema):
        return tuple(_of_comments(schema))
    # Most texts ask for nothing, and need not be read again.
    return tuple(_of_members(schema.text)) if MEMBER in schema.text else ()


def _of_comments(schema: ProtobufSchema) -> Iterator[Ignore]:
    for path, text in comments(schema).items():
        pointer = "" if path in _OF_FILE else "".join(f"/{each}" for each in path)
        for rule, reason in _COMMENT.findall(text):
            yield Ignore(rule, reason, Spot(pointer))


def _of_members(text: str) -> Iterator[Ignore]:
    ahead: list[tuple[str, Any]] = [("", json_text.read(text))]
    while ahead:
        pointer, value = ahead.pop()
        if isinstance(value, dict):
            asked = value.get(MEMBER)
            for rule, reason in asked.items() if isinstance(asked, dict) else ():
                said = reason if isinstance(reason, str) else ""
                yield Ignore(rule, said, Spot(pointer))
            ahead += ((f"{pointer}/{escaped(k)}", each) for k, each in value.items())
        elif isinstance(value, list):
            ahead += ((f"{pointer}/{i}", each) for i, each in enumerate(value))
