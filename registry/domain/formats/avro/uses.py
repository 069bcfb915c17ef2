"""What stands where in one schema: the way back from a spot to the type or field."""

from collections.abc import Iterator, Sequence
from typing import Self

from registry.domain.formats.avro.nodes import (
    Array,
    Field,
    Map,
    Named,
    Node,
    Record,
    Union,
)
from registry.domain.rules import Spot


class Uses:
    """The types and fields of a schema by their spots.

    Attributes:
        types: By where they are defined and by where they are used.
        fields: By where they are defined.
        holders: The field or union that a type is used in, by where it is used.
        owners: The record of a field.
        names: The full names of the types that have one.

    """

    def __init__(self) -> None:
        self.types: dict[Spot, Node] = {}
        self.fields: dict[Spot, Field] = {}
        self.holders: dict[Spot, Field | Union] = {}
        self.owners: dict[Field, Record] = {}
        self.names: set[str] = set()

    @classmethod
    def of(cls, root: Node) -> Self:
        uses = cls()
        seen: set[Node] = set()
        ahead = [(root.spot, root)]
        while ahead:
            spot, node = ahead.pop()
            uses.types[spot] = uses.types[node.spot] = node
            if node not in seen:
                seen.add(node)
                if isinstance(node, Named):
                    uses.names.add(node.full_name)
                ahead.extend(uses._inside(node))
        return uses

    def of_type(self, node: Node) -> Sequence[Spot]:
        """Where a type is used, its definition included."""
        return [spot for spot, each in self.types.items() if each is node]

    def whole(self, spot: Spot) -> Spot:
        """The union that a branch belongs to; for other types the spot itself."""
        holder = self.holders.get(spot)
        return holder.spot if isinstance(holder, Union) else spot

    def _inside(self, node: Node) -> Iterator[tuple[Spot, Node]]:
        match node:
            case Array():
                yield _below(node.spot, "items"), node.items
            case Map():
                yield _below(node.spot, "values"), node.values
            case Union():
                for index, branch in enumerate(node.branches):
                    spot = _below(node.spot, str(index))
                    self.holders[spot] = node
                    yield spot, branch
            case Record():
                for each in node.fields:
                    self.fields[each.spot] = each
                    self.owners[each] = node
                    spot = _below(each.spot, "type")
                    self.holders[spot] = each
                    yield spot, each.type
            case _:
                return


def _below(spot: Spot, token: str) -> Spot:
    return Spot(f"{spot.pointer}/{token}", spot.source)
