"""The functions behind the rule table: whether a rule holds for a pair of elements.

A check is pure and looks at its pair alone; which elements meet is the walk's business.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from registry.domain.formats.protobuf import rules
from registry.domain.formats.protobuf.breaches import Details
from registry.domain.formats.protobuf.nodes import Field, Kind, Label, Message, Oneof
from registry.domain.formats.protobuf.wording import (
    described,
    label_word,
    listed_briefly,
)
from registry.domain.rules import Rule


class Shape(Enum):
    """How a field is written, as far as it can never change."""

    SCALAR = auto()
    MAP = auto()
    MESSAGE = auto()
    GROUP = auto()


KEY: Final = 1
VALUE: Final = 2
"""The numbers of what is in the entry of a map."""

_SHAPES: Final = {Kind.MESSAGE: Shape.MESSAGE, Kind.GROUP: Shape.GROUP}

_GROUPS: Final[tuple[frozenset[Kind], ...]] = (
    frozenset({Kind.INT32, Kind.INT64, Kind.UINT32, Kind.UINT64, Kind.BOOL, Kind.ENUM}),
    frozenset({Kind.SINT32, Kind.SINT64}),
    frozenset({Kind.STRING, Kind.BYTES}),
    frozenset({Kind.FIXED32, Kind.SFIXED32}),
    frozenset({Kind.FIXED64, Kind.SFIXED64}),
    frozenset({Kind.FLOAT}),
    frozenset({Kind.DOUBLE}),
)
SCALAR_GROUPS: Final[Mapping[Kind, frozenset[Kind]]] = {
    kind: group for group in _GROUPS for kind in group
}
"""For each scalar, those that are written in the same way."""


def shape_of(field: Field) -> Shape:
    return Shape.MAP if field.is_map else _SHAPES.get(field.kind, Shape.SCALAR)


def both_types(reader: Field, writer: Field) -> Details:
    return {"reader_type": described(reader), "writer_type": described(writer)}


def numeric_label_changed(reader: Field, writer: Field) -> Details | None:
    """Whether two numbers of one group have both a label, and not the same."""
    if reader.label is writer.label or Label.NONE in (reader.label, writer.label):
        return None
    if reader.kind in (Kind.STRING, Kind.BYTES):
        return None
    return {"reader_label": label_word(reader), "writer_label": label_word(writer)}


def is_refused(reader: Field, writer: Field) -> bool:
    """Whether a pair of fields is refused for what it is, its named type aside."""
    shape = shape_of(reader)
    if shape is not Shape.SCALAR or shape is not shape_of(writer):
        return shape is not shape_of(writer)
    if writer.kind not in SCALAR_GROUPS[reader.kind]:
        return True
    return numeric_label_changed(reader, writer) is not None


def wholly_deleted(oneof: Oneof, reader: Message) -> bool:
    """Whether neither a writer's oneof nor any field of it is left in the reader."""
    return oneof.name not in reader.oneofs and not any(
        field.number in reader.fields for field in oneof.fields
    )


@dataclass(frozen=True, slots=True)
class Origins:
    """Where the fields of a reader's oneof were in the writer's message.

    Attributes:
        plain: Those that were in no oneof.
        members: Those that were in some oneof.
        oneofs: How many oneofs those were.

    """

    plain: tuple[Field, ...]
    members: tuple[Field, ...]
    oneofs: int

    @classmethod
    def of(cls, oneof: Oneof, writer: Message) -> "Origins":
        before = [
            (field, writer.fields[field.number])
            for field in oneof.fields
            if field.number in writer.fields
        ]
        return cls(
            tuple(field for field, old in before if not old.oneof),
            tuple(field for field, old in before if old.oneof),
            len({old.oneof for _, old in before if old.oneof}),
        )

    def by_oneof(self, writer: Message) -> dict[str, list[Field]]:
        """The members by the name of the oneof that they were in."""
        groups: dict[str, list[Field]] = {}
        for field in self.members:
            groups.setdefault(writer.fields[field.number].oneof, []).append(field)
        return groups

    def broken_rule(self) -> Rule | None:
        """The rule that the move breaks; fields of one origin may stay together."""
        if len(self.plain) + self.oneofs < 2:
            return None
        if len(self.plain) > 1:
            return rules.MULTIPLE_FIELDS_MOVED_TO_ONEOF
        return rules.FIELD_MOVED_TO_EXISTING_ONEOF

    def details(self, oneof: Oneof) -> Details:
        names = sorted(field.name for field in (*self.plain, *self.members))
        return {"oneof": oneof.name, "fields": listed_briefly(names)}
