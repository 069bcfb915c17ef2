"""How a walk got to where it is: the names of a place, written out only when needed.

A trail is a chain of steps, so that a step costs the same at any depth, and little:
most places are never named.
"""

from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from registry.domain.formats.avro.nodes import Field, Named, Node
from registry.domain.rules import Spot


class Step(Enum):
    """What a walk may do next; the value is what the wire adds to the path.

    Attributes:
        START: Begin; or begin the path anew at the same place, as the branches of
            a union are tried.
        FIELD: From a record to a field that the writer lacks.
        TYPE: From a record to the type of a field that both have.
        BRANCH: From a writer's union to one of its branches; the reader stays.

    """

    START = ""
    FIELD = "fields/{}"
    TYPE = "fields/{}/type"
    ITEMS = "items"
    VALUES = "values"
    BRANCH = "{}"


_BELOW = {
    Step.TYPE: "/type",
    Step.ITEMS: "/items",
    Step.VALUES: "/values",
    Step.BRANCH: "/{}",
}


class Trail(NamedTuple):
    """A step to a pair of parts, and the trail before it.

    Attributes:
        at: The index of the reader's field or the writer's branch.
        reader: What the step was made from: the field, the collection, the union; at
            the start the type itself.
        writer: The same on the other side; the record that lacks a field.

    """

    before: "Trail | None"
    step: Step
    at: int
    reader: Node | Field
    writer: Node | Field

    @classmethod
    def start(cls, reader: Node, writer: Node) -> "Trail":
        return cls(None, Step.START, 0, reader, writer)

    def restarted(self) -> "Trail":
        """The same place under an empty path."""
        return Trail(self, Step.START, 0, self.reader, self.writer)

    def path(self, below: str = "") -> str:
        """The place in the reader's structure, as on the wire.

        Args:
            below: A further token.

        """
        tokens = [below] if below else []
        for trail in self._backwards():
            if trail.step is Step.START:
                break
            tokens.append(trail.step.value.format(trail.at))
        # Tokens are fixed words and numbers: there is nothing to escape.
        return "/" + "/".join(reversed(tokens))

    def element(self) -> str:
        """The name that a person would use: `OrderCreated.items.sku`.

        A schema whose type has no name is called by its kind.
        """
        names = []
        for trail in self._backwards():
            if isinstance(trail.reader, Field) and trail.step is not Step.START:
                names.append(trail.reader.name)
            elif trail.before is None:
                root = trail.reader
                names.append(
                    root.name if isinstance(root, Named | Field) else root.kind
                )
        return ".".join(reversed(names))

    def is_nameless_root(self) -> bool:
        """Whether this is the whole of a schema whose type has no name."""
        return all(
            trail.step in _STAYING
            and (trail.before is not None or not isinstance(trail.reader, Named))
            for trail in self._backwards()
        )

    def reader_use(self) -> Spot:
        """Where the reader's text uses the type.

        A named type is defined in one place and used in many.
        """
        trail = self
        while trail.before is not None and trail.step in _STAYING:
            trail = trail.before
        return _spot(trail.reader, trail.step, trail.at)

    def writer_use(self) -> Spot:
        """Where the writer's text uses the type, or what lacks the field."""
        trail = self
        while trail.before is not None and trail.step is Step.START:
            trail = trail.before
        return _spot(trail.writer, trail.step, trail.at)

    def _backwards(self) -> Iterator["Trail"]:
        trail: Trail | None = self
        while trail is not None:
            yield trail
            trail = trail.before


_STAYING = frozenset({Step.START, Step.BRANCH})


def _spot(part: Node | Field, step: Step, at: int) -> Spot:
    below = _BELOW.get(step)
    if below is None:
        return part.spot
    return Spot(part.spot.pointer + below.format(at), part.spot.source)
