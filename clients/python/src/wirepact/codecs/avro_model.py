"""Avro schemas as the codec sees them: parsed, checked, and what reading them may cost.

The form is fastavro's: names are full, and stand for definitions in a table. Nothing
reaches fastavro before it was found to be small and flat enough, as its compiled code
recurses without a limit.
"""

import json
import re
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from typing import Any, Final

from fastavro import parse_schema
from fastavro.schema import UnknownType

from wirepact.codecs.language import ResolvedSchema

Node = Any
"""A type: the name of a primitive or of a definition, a dict, or a list of branches."""

Types = Mapping[str, dict[str, Any]]

PRIMITIVES: Final = frozenset(
    {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
)
_KINDS: Final = PRIMITIVES | {"record", "error", "enum", "fixed", "array", "map"}

_MOST_CHARACTERS: Final = 4 * 1024 * 1024
_MOST_BRACKETS: Final = 256
_MOST_NODES: Final = 200_000
_BRACKET: Final = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[\[{]|[\]}]', re.DOTALL)
# What fastavro marks its own results with; in a text it would skip all checks.
_MARKS: Final = frozenset({"__fastavro_parsed", "__named_schemas"})
_MOST_WORDS: Final = 300
# A record with more values that take no bytes is counted as that many items.
MOST_IDLE: Final = 16


class AvroSchemaError(Exception):
    """A text is no schema, or none that could be used safely."""


@dataclass(frozen=True, slots=True)
class Model:
    """A schema, and what is known about all that is written with it.

    Attributes:
        root: The schema, as fastavro parsed it.
        types: The definitions that it uses, by full name.
        depth: How deep its values are at most; None if they have no end.
        idle: Of each record: how many of its values take no bytes.
        is_swelling: Items of an array may take far less bytes than they are worth.
        has_decimals: Numbers are in it that take long to be read if they are long.

    """

    root: Node
    types: Types
    depth: int | None
    idle: Mapping[str, int]
    is_swelling: bool
    has_decimals: bool


def model_of(resolved: ResolvedSchema) -> Model:
    """Parse a schema and all that it refers to.

    Raises:
        AvroSchemaError: With the reason, and the name of the text if it is not the
            schema's own.

    """
    types: dict[str, dict[str, Any]] = {}
    for name, reference in resolved.references.items():
        try:
            _parsed(reference.text, types)
        except AvroSchemaError as error:
            raise AvroSchemaError(f"reference {name}: {error}") from error
    root = _parsed(resolved.schema.text, types)
    for node in all_nodes(root, types):
        _refuse_odd(node, types)
    # With its definition at hand a name needs no table, and is told from a record's.
    _inline(root, types)
    return _analysed(root, types)


def kind_of(node: Node) -> str:
    """Return the kind of a type; names stay names."""
    if isinstance(node, dict):
        return str(node["type"])
    return "union" if isinstance(node, list) else str(node)


def definition(node: Node, types: Types) -> Node:
    """Follow a name to what it stands for."""
    return types[node] if isinstance(node, str) and node in types else node


def branch_name(node: Node) -> str:
    """Return what a branch of a union is called: a full name, or its kind."""
    if isinstance(node, dict):
        return str(node.get("name", node["type"]))
    return str(node)


def record_branches(union: list[Node], types: Types) -> list[Node]:
    found = (definition(branch, types) for branch in union)
    return [branch for branch in found if is_record(branch)]


def all_nodes(root: Node, types: Types) -> Iterator[Node]:
    """Yield each type of a schema once; definitions beside the root's as well."""
    waiting: list[Node] = [root, *types.values()]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict | list):
            if id(node) in seen:
                continue
            seen.add(id(node))
            waiting.extend(_children(node))
        yield node


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, list):
        yield from node
    elif node["type"] == "array":
        yield node["items"]
    elif node["type"] == "map":
        yield node["values"]
    else:
        yield from (field["type"] for field in node.get("fields", ()))


def _parsed(text: str, types: dict[str, dict[str, Any]]) -> Node:
    _refuse_large(text)
    try:
        said = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise AvroSchemaError(f"it is no JSON: {error}") from error
    _refuse_marks(said)
    try:
        root = parse_schema(said, types)
    except UnknownType as error:
        raise AvroSchemaError(
            f"it is no Avro schema: {_short(error)} is no type that is known; a type of"
            " another schema needs a reference to it"
        ) from error
    except Exception as error:
        raise AvroSchemaError(f"it is no Avro schema: {_short(error)}") from error
    return root


def _refuse_large(text: str) -> None:
    if len(text) > _MOST_CHARACTERS:
        raise AvroSchemaError(f"{len(text)} characters; {_MOST_CHARACTERS} at most")
    depth = 0
    for found in _BRACKET.finditer(text):
        mark = found.group()
        if mark in "[{":
            depth += 1
        elif mark in "]}":
            depth -= 1
        if depth > _MOST_BRACKETS:
            raise AvroSchemaError(f"it is nested deeper than {_MOST_BRACKETS} brackets")


def _refuse_marks(said: Any) -> None:
    waiting = [said]
    nodes = 0
    while waiting:
        value = waiting.pop()
        nodes += 1
        if nodes > _MOST_NODES:
            raise AvroSchemaError(f"it has more than {_MOST_NODES} parts")
        if isinstance(value, dict):
            if not _MARKS.isdisjoint(value):
                raise AvroSchemaError("it uses a key that is kept for the parser")
            waiting.extend(value.values())
        elif isinstance(value, list):
            waiting.extend(value)


def _refuse_odd(node: Node, types: Types) -> None:
    """Refuse what fastavro lets pass, and stumbles over when it reads or writes."""
    if isinstance(node, list):
        if any(isinstance(branch, list) for branch in node):
            raise AvroSchemaError("a union is directly in a union")
        return
    kind = kind_of(node)
    if isinstance(node, str):
        if kind not in types and kind not in PRIMITIVES:
            raise AvroSchemaError(f"unknown type {kind}")
        return
    if kind not in _KINDS:
        raise AvroSchemaError(f"unknown type {kind}")
    check = _ODD.get(kind)
    if check is not None:
        check(node)
        _refuse_twice(node, types)
    if node.get("logicalType") == "decimal" and not _is_decimal(node):
        # A logical type that is not a valid one does not count.
        del node["logicalType"]


def _refuse_twice(node: dict[str, Any], types: Types) -> None:
    """Refuse a name with two meanings; what is said twice alike is no harm."""
    known = types.get(node["name"], node)
    for said in ("type", "fields", "symbols", "size"):
        if known.get(said) != node.get(said):
            raise AvroSchemaError(f"{node['name']} is defined twice")


def _odd_fixed(node: dict[str, Any]) -> None:
    if type(node["size"]) is not int or not 0 <= node["size"] < 2**31:
        raise AvroSchemaError(f"{node['name']}: its size is {node['size']!r}")


def _odd_enum(node: dict[str, Any]) -> None:
    symbols = node["symbols"]
    if not isinstance(symbols, list) or not all(isinstance(s, str) for s in symbols):
        raise AvroSchemaError(f"{node['name']}: its symbols are no list of names")


def _odd_record(node: dict[str, Any]) -> None:
    names = [field["name"] for field in node["fields"]]
    if not all(isinstance(name, str) for name in names):
        raise AvroSchemaError(f"{node['name']}: a field's name is not a text")
    if len({*names}) < len(names):
        raise AvroSchemaError(f"{node['name']}: two fields have the same name")


_ODD: Final[Mapping[str, Callable[[dict[str, Any]], None]]] = {
    "fixed": _odd_fixed,
    "enum": _odd_enum,
    "record": _odd_record,
    "error": _odd_record,
}


def _is_decimal(node: dict[str, Any]) -> bool:
    precision, scale = node.get("precision"), node.get("scale", 0)
    return (
        node["type"] in {"bytes", "fixed"}
        and type(precision) is int
        and type(scale) is int
        and 0 < precision <= 10_000
        and 0 <= scale <= precision
    )


def _inline(root: Node, types: Types) -> None:
    """Put the definitions of enums and fixed types where unions have their names."""
    for node in all_nodes(root, types):
        if isinstance(node, list):
            for at, branch in enumerate(node):
                found = definition(branch, types)
                if kind_of(found) in {"enum", "fixed"}:
                    node[at] = found


def _analysed(root: Node, types: Types) -> Model:
    records = {name: node for name, node in types.items() if is_record(node)}
    _refuse_endless(records)
    empty, idle = _weights(records)
    nodes = tuple(all_nodes(root, types))
    return Model(
        root=root,
        types=types,
        depth=_depth(root, records),
        idle=idle,
        is_swelling=any(number > MOST_IDLE for number in idle.values())
        or any(
            _is_empty(node["items"], records, empty)
            for node in nodes
            if kind_of(node) == "array"
        ),
        has_decimals=any(
            isinstance(node, dict) and node.get("logicalType") == "decimal"
            for node in nodes
        ),
    )


def is_record(node: Node) -> bool:
    return isinstance(node, dict) and node["type"] in {"record", "error"}


def _record_name(node: Node, records: Types) -> str | None:
    if isinstance(node, str):
        return node if node in records else None
    return str(node["name"]) if is_record(node) else None


def _records_in(node: Node, records: Types) -> Iterator[tuple[str, int]]:
    """Yield the nearest records below a type, and how many levels are in between."""
    waiting = [(node, 0)]
    while waiting:
        node, levels = waiting.pop()
        name = _record_name(node, records)
        if name is not None:
            yield name, levels
        elif isinstance(node, list):
            waiting.extend((branch, levels) for branch in node)
        elif isinstance(node, dict):
            waiting.extend((each, levels + 1) for each in _children(node))


def _refuse_endless(records: Types) -> None:
    """Refuse records that can never be complete, as each needs another one.

    A value of such a type would be infinite, and so would be reading it.
    """
    users: dict[str, list[str]] = {}
    for name, record in records.items():
        for used in _used_by(record, records):
            users.setdefault(used, []).append(name)
    finite: set[str] = set()
    waiting = deque(records)
    while waiting:
        name = waiting.popleft()
        fields = records[name]["fields"]
        if name not in finite and all(
            _has_end(field["type"], records, finite) for field in fields
        ):
            finite.add(name)
            waiting.extend(users.get(name, ()))
    for name in records:
        if name not in finite:
            raise AvroSchemaError(f"a value of {name} would have to be infinite")


def _used_by(record: Node, records: Types) -> set[str]:
    types = (field["type"] for field in record["fields"])
    return {name for node in types for name, _ in _records_in(node, records)}


def _has_end(node: Node, records: Types, finite: set[str]) -> bool:
    """Say whether a value can be finite; arrays and maps can, as they may be empty."""
    name = _record_name(node, records)
    if name is not None:
        return name in finite
    if isinstance(node, list):
        return any(_has_end(branch, records, finite) for branch in node)
    return True


def _weights(records: Types) -> tuple[set[str], dict[str, int]]:
    """Return the records without any bytes, and the values without bytes in each."""
    direct = {
        name: {
            used
            for field in record["fields"]
            if (used := _record_name(field["type"], records)) is not None
        }
        for name, record in records.items()
    }
    empty: set[str] = set()
    idle: dict[str, int] = {}
    # Without cycles: a record that is directly in itself has no end.
    for name in TopologicalSorter(direct).static_order():
        kinds = [field["type"] for field in records[name]["fields"]]
        weightless = [_is_empty(kind, records, empty) for kind in kinds]
        if all(weightless):
            empty.add(name)
        idle[name] = sum(weightless) + sum(
            idle[used]
            for kind in kinds
            if (used := _record_name(kind, records)) is not None
        )
    return empty, idle


def _is_empty(node: Node, records: Types, empty: set[str]) -> bool:
    name = _record_name(node, records)
    if name is not None:
        return name in empty
    if isinstance(node, dict) and node["type"] == "fixed":
        return bool(node["size"] == 0)
    return kind_of(node) == "null"


def _depth(root: Node, records: Types) -> int | None:
    """Return how deep values can be; None if some are in themselves."""
    graph = {name: _used_by(record, records) for name, record in records.items()}
    depths: dict[str, int] = {}
    try:
        for name in TopologicalSorter(graph).static_order():
            kinds = (field["type"] for field in records[name]["fields"])
            depths[name] = 1 + max(
                (_levels(kind, records, depths) for kind in kinds), default=0
            )
    except CycleError:
        return None
    return _levels(root, records, depths)


def _levels(node: Node, records: Types, depths: Mapping[str, int]) -> int:
    """Count the levels at and below a type, down through records of known depth."""
    deepest = 0
    waiting = [(node, 0)]
    while waiting:
        node, above = waiting.pop()
        name = _record_name(node, records)
        if name is not None:
            deepest = max(deepest, above + depths[name])
        elif isinstance(node, list):
            waiting.extend((branch, above) for branch in node)
        elif isinstance(node, dict) and node["type"] in {"array", "map"}:
            deepest = max(deepest, above + 1)
            waiting.extend((each, above + 1) for each in _children(node))
    return deepest


def _short(error: Exception) -> str:
    text = str(error) or type(error).__name__
    return text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]}..."
