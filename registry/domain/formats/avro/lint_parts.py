"""The parts of an Avro schema that lint looks at: what its own text defines."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

from registry.domain.formats.avro.nodes import (
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Named,
    Node,
    Record,
    Union,
)
from registry.domain.rules import Spot

_MOST_KEPT: Final = 4
"""Schemas whose parts are kept: a candidate and the version before, by turns."""


@dataclass(slots=True)
class Parts:
    """What a text defines, each once, in the order of the text.

    Attributes:
        types: Every type with the name of what holds it.
        depth: How many types are in one another, at most.

    """

    root: Node
    types: list[tuple[Node, str]] = field(default_factory=list)
    depth: int = 0

    @staticmethod
    @lru_cache(maxsize=_MOST_KEPT)
    def of(root: Node) -> "Parts":
        """Return the parts of a schema; every rule asks for the same ones."""
        parts = Parts(root)
        seen: set[Node] = set()
        ahead = [(root, _name(root), 1)]
        while ahead:
            node, element, depth = ahead.pop()
            if node in seen or node.spot.source:
                continue
            seen.add(node)
            parts.types.append((node, element))
            parts.depth = max(parts.depth, depth)
            inner = [(each, name, depth + 1) for each, name in _inside(node, element)]
            ahead.extend(reversed(inner))
        return parts

    @property
    def records(self) -> Iterator[Record]:
        return (node for node, _ in self.types if isinstance(node, Record))

    @property
    def enums(self) -> Iterator[Enum]:
        return (node for node, _ in self.types if isinstance(node, Enum))

    @property
    def named(self) -> Iterator[Record | Enum | Fixed]:
        return (node for node, _ in self.types if isinstance(node, Named))

    @property
    def unions(self) -> Iterator[tuple[Union, str]]:
        return ((node, name) for node, name in self.types if isinstance(node, Union))

    @property
    def fields(self) -> Iterator[tuple[Field, str]]:
        """Yield every field with its name, that of its record in front."""
        for record in self.records:
            for each in record.fields:
                yield each, f"{record.name}.{each.name}"


def _name(node: Node) -> str:
    return node.name if isinstance(node, Named) else node.kind


def _inside(node: Node, element: str) -> Iterator[tuple[Node, str]]:
    match node:
        case Record():
            for each in node.fields:
                yield each.type, f"{node.name}.{each.name}"
        case Array():
            yield node.items, _named(node.items, element)
        case Map():
            yield node.values, _named(node.values, element)
        case Union():
            for branch in node.branches:
                yield branch, _named(branch, element)
        case _:
            return


def _named(node: Node, element: str) -> str:
    return node.name if isinstance(node, Named) else element


def at(spot: Spot, token: str) -> Spot:
    """Return the spot of a member."""
    return Spot(f"{spot.pointer}/{token}", spot.source)


def value_of(node: Node) -> Node:
    """Return the type of a value that may be left out, without the null."""
    if not isinstance(node, Union):
        return node
    others = [each for each in node.branches if each.kind != "null"]
    return others[0] if len(others) == 1 else node


def is_optional(node: Node) -> bool:
    """Whether a type is a union of null and something else."""
    return isinstance(node, Union) and "null" in {each.kind for each in node.branches}
