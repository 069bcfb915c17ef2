"""The Avro type graph: what a text means, names resolved, ready to be walked.

Nodes are compared by identity: a named type is one node however often it is used, so
that a walk may remember pairs of nodes, and recursive schemas are just cycles.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

from registry.domain.rules import Spot

Props = Mapping[str, Any]
"""The attributes that the specification does not name, in the order written."""


class Missing:
    """The type of `MISSING`: no default was written (None is a default)."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


@dataclass(eq=False, slots=True)
class Primitive:
    """`null`, `boolean`, `int`, `long`, `float`, `double`, `bytes` or `string`."""

    kind: str
    spot: Spot
    props: Props = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Array:
    kind: ClassVar[str] = "array"
    items: "Node"
    spot: Spot
    props: Props = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Map:
    kind: ClassVar[str] = "map"
    values: "Node"
    spot: Spot
    props: Props = field(default_factory=dict)


@dataclass(eq=False, slots=True)
class Union:
    kind: ClassVar[str] = "union"
    branches: tuple["Node", ...]
    spot: Spot


@dataclass(eq=False, slots=True)
class Field:
    """A field of a record.

    Attributes:
        default: The JSON value, or `MISSING`.
        order: `ascending`, `descending` or `ignore`.
        spot: Of the field's object; its type is at `<pointer>/type`.

    """

    name: str
    type: "Node"
    spot: Spot
    doc: str | None = None
    default: Any = MISSING
    order: str = "ascending"
    aliases: tuple[str, ...] = ()
    props: Props = field(default_factory=dict)

    @property
    def has_default(self) -> bool:
        return self.default is not MISSING


@dataclass(eq=False, slots=True)
class Named:
    """What records, enums and fixed types share.

    Attributes:
        name: The simple name.
        namespace: Empty for none; already inherited or taken from a dotted name.
        aliases: Full names, in the order written.

    """

    name: str
    namespace: str
    spot: Spot
    doc: str | None = None
    aliases: tuple[str, ...] = ()
    props: Props = field(default_factory=dict)

    @property
    def full_name(self) -> str:
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


@dataclass(eq=False, slots=True)
class Record(Named):
    """A record; its fields are set once they are parsed, as they may refer to it.

    Attributes:
        kind: `record`, or `error` where the text says so.

    """

    kind: str = "record"
    fields: tuple[Field, ...] = ()


@dataclass(eq=False, slots=True)
class Enum(Named):
    kind: ClassVar[str] = "enum"
    symbols: tuple[str, ...] = ()
    default: str | None = None


@dataclass(eq=False, slots=True)
class Fixed(Named):
    kind: ClassVar[str] = "fixed"
    size: int = 0


Node = Primitive | Array | Map | Union | Record | Enum | Fixed


def children(node: Node) -> Iterator[Node]:
    """Yield the types directly inside a type, in the order written."""
    match node:
        case Array():
            yield node.items
        case Map():
            yield node.values
        case Union():
            yield from node.branches
        case Record():
            for each in node.fields:
                yield each.type
