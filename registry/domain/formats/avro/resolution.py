"""Which part of a reader meets which part of a writer.

The facts of Avro's schema resolution that the comparison, the warnings and the fixes
have in common. Nothing in here walks.

Source: Avro 1.12 specification, section "Schema Resolution"; where the specification
and Apache's compatibility check differ, the check is followed, as registries do.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge
from itertools import islice
from operator import itemgetter
from typing import Final, Self

from registry.domain.formats.avro.nodes import (
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Named,
    Node,
    Primitive,
    Record,
    Union,
)

READABLE: Final[Mapping[str, frozenset[str]]] = {
    "null": frozenset({"null"}),
    "boolean": frozenset({"boolean"}),
    "int": frozenset({"int"}),
    "long": frozenset({"long", "int"}),
    "float": frozenset({"float", "int", "long"}),
    "double": frozenset({"double", "int", "long", "float"}),
    "bytes": frozenset({"bytes", "string"}),
    "string": frozenset({"string", "bytes"}),
}
"""The primitive kinds that a reader of a primitive kind can read."""

NamedNode = Record | Enum | Fixed


def is_primitive_readable(reader: Primitive, writer: Primitive) -> bool:
    return writer.kind in READABLE[reader.kind]


def are_names_equal(reader: Named, writer: Named) -> bool:
    """Whether two named types count as one: by simple name, or by a reader's alias.

    Namespaces play no part in the first comparison, and are all of the second.
    """
    return reader.name == writer.name or writer.full_name in reader.aliases


def fields_by_name(record: Record) -> dict[str, Field]:
    return {each.name: each for each in record.fields}


def counterparts(field: Field, written: Mapping[str, Field]) -> list[Field]:
    """Return the writer's fields (given by name) that a reader's field matches.

    More than one is a fault of the reader's aliases.
    """
    direct = written.get(field.name)
    found = [] if direct is None else [direct]
    for alias in field.aliases:
        renamed = written.get(alias)
        if renamed is not None and renamed not in found:
            found.append(renamed)
    return found


_Key = tuple[type[NamedNode], str]
_Ranked = tuple[int, NamedNode]
_Size = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class Branches:
    """The branches of a reader's union, found by what they can read.

    Without it, two unions of n branches would need n x n comparisons.

    Attributes:
        primitives: The primitive kinds that some branch can read.
        collections: The array and the map.
        named: By class and simple name.
        renamed: By class and alias, a full name.
        sized: The first fixed type of each simple name and size, and of each alias and
            size; the word tells the two kinds of name apart.

    """

    primitives: frozenset[str]
    collections: tuple[Array | Map, ...]
    named: Mapping[_Key, Sequence[_Ranked]]
    renamed: Mapping[_Key, Sequence[_Ranked]]
    sized: Mapping[_Size, _Ranked]

    @classmethod
    def of(cls, union: Union) -> Self:
        primitives: frozenset[str] = frozenset()
        collections: list[Array | Map] = []
        named: dict[_Key, list[_Ranked]] = {}
        renamed: dict[_Key, list[_Ranked]] = {}
        sized: dict[_Size, _Ranked] = {}
        for position, branch in enumerate(union.branches):
            if isinstance(branch, Primitive):
                primitives |= READABLE[branch.kind]
            elif isinstance(branch, Array | Map):
                collections.append(branch)
            elif isinstance(branch, NamedNode):
                sort = type(branch)
                named.setdefault((sort, branch.name), []).append((position, branch))
                for alias in dict.fromkeys(branch.aliases):
                    renamed.setdefault((sort, alias), []).append((position, branch))
                if isinstance(branch, Fixed):
                    by_name = ("name", branch.name, branch.size)
                    by_alias = (("alias", each, branch.size) for each in branch.aliases)
                    for key in (by_name, *by_alias):
                        sized.setdefault(key, (position, branch))
        return cls(primitives, tuple(collections), named, renamed, sized)

    def candidates(self, writer: Node) -> Iterator[Node]:
        """Yield the branches that may read a type that is no primitive, in union order.

        Which of them can is known only after a look inside; the others cannot, as
        nothing but primitives is promoted. There may be as many as the union has, and
        mostly one is enough: each costs something only when it is asked for.
        """
        if not isinstance(writer, NamedNode):
            yield from (each for each in self.collections if type(each) is type(writer))
            return
        named = self.named.get((type(writer), writer.name), ())
        renamed = self.renamed.get((type(writer), writer.full_name), ())
        if not renamed:
            yield from (branch for _, branch in named)
            return
        last = -1
        for position, branch in merge(named, renamed, key=itemgetter(0)):
            if position != last:
                yield branch
            last = position

    def likeliest(self, writer: Node) -> Iterator[Node]:
        """Yield the candidates, of fixed types one: the size is all there is inside.

        It is one that reads the type if any does, else the first of the name.
        """
        if not isinstance(writer, Fixed):
            return self.candidates(writer)
        by_name = ("name", writer.name, writer.size)
        by_alias = ("alias", writer.full_name, writer.size)
        found = [self.sized[key] for key in (by_name, by_alias) if key in self.sized]
        if not found:
            return islice(self.candidates(writer), 1)
        return iter((min(found, key=itemgetter(0))[1],))


def type_word(node: Node) -> str:
    """The name of a type as Confluent's messages print it."""
    return "RECORD" if isinstance(node, Record) else node.kind.upper()


def described(node: Node) -> str:
    """The name of a type as a person would say it."""
    return f"{node.kind} '{node.name}'" if isinstance(node, Named) else node.kind
