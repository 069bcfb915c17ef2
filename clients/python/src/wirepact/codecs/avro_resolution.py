"""Whether what fits one Avro schema can be written, or read, with another."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from fastavro.read import LOGICAL_READERS

from wirepact.codecs.avro_model import (
    Model,
    Node,
    branch_name,
    definition,
    is_record,
    kind_of,
)

_PROMOTED: Final[Mapping[str, frozenset[str]]] = {
    "int": frozenset({"long", "float", "double"}),
    "long": frozenset({"float", "double"}),
    "float": frozenset({"double"}),
    "string": frozenset({"bytes"}),
    "bytes": frozenset({"string"}),
}
_NUMBERS: Final = frozenset({"long", "float", "double"})


def misfit(values: Model, target: Model) -> str:
    """Say why values of one schema cannot be written with another; empty if they can.

    Stricter than reading is: what is in a field must not be lost, and a logical type is
    the type that an application sees.
    """
    return next(_Fit(values, target).reasons(values.root, target.root, ""), "")


def unreadable(writer: Model, reader: Model) -> str:
    """Say why nothing that one has written is read by the other; empty if some is.

    Where a value may be absent, as in arrays and unions, it depends on the message.
    """
    return next(_Reading(writer, reader).reasons(writer.root, reader.root, ""), "")


@dataclass(slots=True)
class _Fit:
    values: Model
    target: Model
    seen: set[tuple[str, str]] = field(default_factory=set)

    def reasons(self, mine: Node, theirs: Node, path: str) -> Iterator[str]:
        mine = definition(mine, self.values.types)
        theirs = definition(theirs, self.target.types)
        if isinstance(mine, list):
            for branch in mine:
                yield from self.reasons(branch, theirs, path)
        elif isinstance(theirs, list):
            yield from self._branch(mine, theirs, path)
        else:
            yield from self._one(mine, theirs, path)

    def _branch(self, mine: Node, theirs: list[Node], path: str) -> Iterator[str]:
        """Compare with the branch of that name, else with any that fits."""
        named = [
            branch
            for branch in theirs
            if _simple(definition(branch, self.target.types)) == _simple(mine)
        ]
        reason = "the union is empty"
        for branch in named or theirs:
            reason = next(self.reasons(mine, branch, path), "")
            if not reason:
                return
        if named:
            yield reason
        else:
            options = ", ".join(map(branch_name, theirs))
            yield f"{_place(path)}{branch_name(mine)} is none of {options}"

    def _one(self, mine: Node, theirs: Node, path: str) -> Iterator[str]:
        if _logical(mine) != _logical(theirs) or not _is_written(mine, theirs):
            yield f"{_place(path)}{_shown(mine)} cannot be written as {_shown(theirs)}"
            return
        nesting: Mapping[str, Callable[[Node, Node, str], Iterator[str]]] = {
            "record": self._record,
            "error": self._record,
            "enum": self._enum,
            "array": self._items,
            "map": self._entries,
        }
        inner = nesting.get(kind_of(theirs))
        if inner is not None:
            yield from inner(mine, theirs, path)

    def _record(self, mine: Node, theirs: Node, path: str) -> Iterator[str]:
        pair = mine["name"], theirs["name"]
        if pair in self.seen:
            return
        self.seen.add(pair)
        if _simple(mine) != _simple(theirs):
            yield f"{_place(path)}{pair[0]} is another type than {pair[1]}"
            return
        ours = {each["name"]: each for each in mine["fields"]}
        for each in theirs["fields"]:
            name = each["name"]
            if name in ours:
                found = ours.pop(name)
                yield from self.reasons(found["type"], each["type"], f"{path}.{name}")
            elif "default" not in each:
                yield f"{_place(path)}field {name} is needed, and not there"
        for name in ours:
            yield f"{_place(path)}field {name} would be lost"

    def _enum(self, mine: Node, theirs: Node, path: str) -> Iterator[str]:
        for symbol in mine["symbols"]:
            if symbol not in theirs["symbols"]:
                yield f"{_place(path)}symbol {symbol} is not in {theirs['name']}"

    def _items(self, mine: Node, theirs: Node, path: str) -> Iterator[str]:
        yield from self.reasons(mine["items"], theirs["items"], f"{path}[]")

    def _entries(self, mine: Node, theirs: Node, path: str) -> Iterator[str]:
        yield from self.reasons(mine["values"], theirs["values"], f"{path}{{}}")


@dataclass(slots=True)
class _Reading:
    writer: Model
    reader: Model
    seen: set[tuple[str, str]] = field(default_factory=set)

    def reasons(self, written: Node, read: Node, path: str) -> Iterator[str]:
        written = definition(written, self.writer.types)
        read = definition(read, self.reader.types)
        if isinstance(written, list) or isinstance(read, list):
            return
        if is_record(written) and is_record(read):
            yield from self._record(written, read, path)
        elif not is_read(written, read):
            yield f"{_place(path)}{_shown(written)} is not read as {_shown(read)}"

    def _record(self, written: Node, read: Node, path: str) -> Iterator[str]:
        pair = written["name"], read["name"]
        if pair in self.seen:
            return
        self.seen.add(pair)
        if not is_called(written, read):
            yield f"{_place(path)}{pair[0]} is another type than {pair[1]}"
            return
        given = {each["name"]: each for each in written["fields"]}
        for each in read["fields"]:
            names = (each["name"], *each.get("aliases", ()))
            found = next((given[name] for name in names if name in given), None)
            if found is not None:
                inner = f"{path}.{each['name']}"
                yield from self.reasons(found["type"], each["type"], inner)
            elif "default" not in each:
                yield (
                    f"{_place(path)}field {each['name']} was not written,"
                    " and has no default"
                )


def _is_written(mine: Node, theirs: Node) -> bool:
    one, other = kind_of(mine), kind_of(theirs)
    if one == "fixed" == other:
        return bool(mine["size"] == theirs["size"])
    return one == other or (other in _NUMBERS and other in _PROMOTED.get(one, ()))


def is_read(written: Node, read: Node) -> bool:
    """Say whether types that are no records and no unions are read as each other."""
    one, other = kind_of(written), kind_of(read)
    if one == other and one in {"fixed", "enum"}:
        return is_called(written, read) and written.get("size") == read.get("size")
    return one == other or other in _PROMOTED.get(one, ())


def is_called(written: Node, read: Node) -> bool:
    """Say whether a type goes by the name of another, as fastavro compares them."""
    names = {_simple(read), *read.get("aliases", ())}
    return not names.isdisjoint({written["name"], _simple(written)})


def _simple(node: Node) -> str:
    return branch_name(node).rpartition(".")[2]


def _logical(node: Node) -> tuple[object, object] | None:
    if not isinstance(node, dict) or "logicalType" not in node:
        return None
    if f"{node['type']}-{node['logicalType']}" not in LOGICAL_READERS:
        return None
    return node["logicalType"], node.get("scale", 0)


def _shown(node: Node) -> str:
    if isinstance(node, dict) and "logicalType" in node:
        return f"{node['type']} ({node['logicalType']})"
    return branch_name(node)


def _place(path: str) -> str:
    return f"{path.lstrip('.')}: " if path else ""
