"""Pairs of schemas that break for sure, as can be seen without comparing them.

Of two combinations each schema may meet each other one, and hardly any two of them go
together: most have a property that tells them apart, a constant or a few values. What
is not seen here is compared.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple

from registry.domain.formats.jsonschema.nodes import (
    Boolean,
    Combined,
    Const,
    Criterion,
    Enum,
    Node,
    Null,
    Number,
    Object,
    String,
)

_VALUES_A_STEP: Final = 20
"""Values of an enum that are looked for in another in the time of a step."""

_ASKED: Final = 6
"""What it costs to compare a pair that may not go together, beside its comparison."""

_PLAIN: Final = (Const, Enum, String, Number, Boolean, Null)
"""What has no schemas inside and refuses something."""

_MARKING: Final = frozenset({"const", "enum"})

_ITSELF: Final = ""
"""Stands for a schema where others have the names of properties."""


class Mark(NamedTuple):
    """The values that a schema takes.

    Attributes:
        kind: `Const` or `Enum`.
        parts: How many the schema has, all of which have to fit; one of them says the
            values, and the others say other things.

    """

    kind: type[Node]
    parts: int
    values: frozenset[str]


Marks = Mapping[str, Mark]
"""What tells a schema apart: by property, or of itself."""


class Glances:
    """The pairs of one comparison, at a glance.

    Args:
        spend: Told of the work as it is done; may raise.

    """

    def __init__(self, spend: Callable[[int], None]) -> None:
        self._spend = spend
        self._known: dict[Node, Marks] = {}

    def differ(self, reader: Node, writer: Node) -> bool:
        """Whether a comparison would find what breaks under every content policy."""
        self._spend(1)
        read = self._marks(reader)
        for name, mark in self._marks(writer).items():
            other = read.get(name)
            if other is not None and self._is_other(other, mark):
                return True
        self._spend(_ASKED)
        return False

    def _is_other(self, reader: Mark, writer: Mark) -> bool:
        # With another number of parts, some of them may be left over.
        if reader.kind is not writer.kind or reader.parts != writer.parts:
            return False
        if reader.kind is Const:
            return reader.values != writer.values
        self._spend(len(writer.values) // _VALUES_A_STEP)
        return not writer.values <= reader.values

    def _marks(self, node: Node) -> Marks:
        known = self._known.get(node)
        if known is None:
            known = self._known[node] = self._found(node)
        return known

    def _found(self, node: Node) -> Marks:
        named = {_ITSELF: node}
        if isinstance(node, Object):
            self._spend(len(node.properties))
            named = {
                name: node.inside("properties", name)
                for name, schema in node.properties.items()
                if isinstance(schema, dict) and not _MARKING.isdisjoint(schema)
            }
        marks = ((name, _mark(each)) for name, each in named.items())
        return {name: mark for name, mark in marks if mark is not None}


def _mark(node: Node) -> Mark | None:
    parts: Sequence[object] = (node,)
    if isinstance(node, Combined) and node.criterion is Criterion.ALL:
        parts = node.branches
    # Of what Connect makes of bytes, kinds do not matter.
    is_bytes = isinstance(node.at.value, dict) and "connect.type" in node.at.value
    if is_bytes or not all(isinstance(each, _PLAIN) for each in parts):
        return None
    saying = [each for each in parts if isinstance(each, Const | Enum)]
    if len(saying) != 1:
        return None
    (part,) = saying
    values = part.values if isinstance(part, Enum) else frozenset([part.value])
    return Mark(type(part), len(parts), values)
