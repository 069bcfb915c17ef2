"""How a walk got to where it is: the names of a place, written out only when needed.

A trail is a chain of links, so that a step costs the same at any depth.
"""

from typing import NamedTuple, Self

from registry.domain.formats.avro.nodes import Array, Field, Map, Named, Node, Union
from registry.domain.rules import Spot

Link = tuple["Link", str] | None
"""A chain of names, the last one first."""

Use = tuple[Spot, str]
"""Where a type is used: the spot of what holds it, and the pointer from there."""


class Trail(NamedTuple):
    """The place of a pair of types.

    Attributes:
        path: In the reader's structure, as on the wire.
        element: The names that a person would use.
        reader_use: Where the reader's text uses the type; a named type is defined in
            one place and used in many.
        writer_use: The same, in the writer's text.

    """

    path: Link
    element: Link
    reader_use: Use
    writer_use: Use

    @classmethod
    def start(cls, reader: Node, writer: Node) -> Self:
        name = reader.name if isinstance(reader, Named) else reader.kind
        return cls(None, (None, name), (reader.spot, ""), (writer.spot, ""))

    def to_field(self, index: int, reader: Field, writer: Field) -> "Trail":
        return Trail(
            (self.path, f"fields/{index}/type"),
            (self.element, reader.name),
            (reader.spot, "/type"),
            (writer.spot, "/type"),
        )

    def to_missing_field(self, index: int, reader: Field, writer: Spot) -> "Trail":
        """The trail to a field that the writer's record (at a spot) does not have."""
        return Trail(
            (self.path, f"fields/{index}"),
            (self.element, reader.name),
            (reader.spot, ""),
            (writer, ""),
        )

    def to_type(self) -> "Trail":
        """From a field to its type, where only the reader has the field."""
        spot, _ = self.reader_use
        return self._replace(path=(self.path, "type"), reader_use=(spot, "/type"))

    def inside(self, part: str, reader: Array | Map, writer: Array | Map) -> "Trail":
        return Trail(
            (self.path, part),
            self.element,
            (reader.spot, f"/{part}"),
            (writer.spot, f"/{part}"),
        )

    def to_branch(self, index: int, writer: Union) -> "Trail":
        """The trail to a branch of the writer's union; the reader's type stays."""
        return Trail(
            (self.path, str(index)),
            self.element,
            self.reader_use,
            (writer.spot, f"/{index}"),
        )

    def restarted(self) -> "Trail":
        """The same place under an empty path, as union branches are tried."""
        return self if self.path is None else self._replace(path=None)

    def pointer(self, below: str = "") -> str:
        """The path as text.

        Args:
            below: A further token.

        """
        tokens = _names(self.path)
        if below:
            tokens.append(below)
        # Tokens are fixed words and numbers: there is nothing to escape.
        return "/" + "/".join(tokens)

    def name(self) -> str:
        """The element as text: `OrderCreated.items.sku`."""
        return ".".join(_names(self.element))


def spot_of(use: Use) -> Spot:
    spot, below = use
    return Spot(spot.pointer + below, spot.source) if below else spot


def _names(link: Link) -> list[str]:
    names = []
    while link is not None:
        link, name = link
        names.append(name)
    names.reverse()
    return names
