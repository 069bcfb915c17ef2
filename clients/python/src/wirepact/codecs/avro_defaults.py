"""Defaults as values: what a schema's JSON says becomes what reading would have given.

fastavro hands out the JSON itself, so that the default of a timestamp would be a number
and that of `bytes` a text.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from fastavro.read import LOGICAL_READERS

from wirepact.codecs.avro_model import (
    Model,
    Node,
    Types,
    all_nodes,
    definition,
    is_record,
    kind_of,
    record_branches,
)

_DEEPEST: Final = 64


class _UnfitError(Exception):
    """A default is not of the type of its field."""


def settle(model: Model) -> None:
    """Replace the defaults of a model that nobody uses yet.

    One that does not fit its field stays as it is: it hurts only who needs it.
    """
    fields = [
        field
        for node in all_nodes(model.root, model.types)
        if is_record(node)
        for field in node["fields"]
        if "default" in field
    ]
    # All first, as those of records are made of those of their fields.
    settled = [_settled(field, model.types) for field in fields]
    for field, value in zip(fields, settled, strict=True):
        field["default"] = value


def _settled(field: dict[str, Any], types: Types) -> Any:
    said = field["default"]
    try:
        return _value(field["type"], said, types, 0)
    except (_UnfitError, ArithmeticError, TypeError, ValueError):
        return said


def _value(node: Node, said: Any, types: Types, depth: int) -> Any:
    if depth > _DEEPEST:
        raise _UnfitError
    node = definition(node, types)
    kind = kind_of(node)
    made = _MAKERS[kind](node, said, types, depth)
    if isinstance(node, dict) and "logicalType" in node:
        read = LOGICAL_READERS.get(f"{kind}-{node['logicalType']}")
        return made if read is None else read(made, node, None)
    return made


def _union(node: Node, said: Any, types: Types, depth: int) -> Any:
    """Take the first branch that fits: by the specification it was the first one."""
    for branch in node:
        try:
            made = _value(branch, said, types, depth + 1)
        except (_UnfitError, ArithmeticError, TypeError, ValueError):
            continue
        record = definition(branch, types)
        if is_record(record) and len(record_branches(node, types)) > 1:
            return record["name"], made
        return made
    raise _UnfitError


def _record(node: Node, said: Any, types: Types, depth: int) -> Any:
    values = _of(dict, said)
    made = {}
    for field in node["fields"]:
        if field["name"] in values:
            given = values[field["name"]]
        elif "default" in field:
            given = field["default"]
        else:
            raise _UnfitError
        made[field["name"]] = _value(field["type"], given, types, depth + 1)
    return made


def _array(node: Node, said: Any, types: Types, depth: int) -> Any:
    return [_value(node["items"], each, types, depth + 1) for each in _of(list, said)]


def _map(node: Node, said: Any, types: Types, depth: int) -> Any:
    return {
        key: _value(node["values"], each, types, depth + 1)
        for key, each in _of(dict, said).items()
    }


def _enum(node: Node, said: Any, _types: Types, _depth: int) -> Any:
    if said not in node["symbols"]:
        raise _UnfitError
    return said


def _bytes(_node: Node, said: Any, _types: Types, _depth: int) -> Any:
    return _of(str, said).encode("latin-1")


def _fixed(node: Node, said: Any, types: Types, depth: int) -> Any:
    made = _bytes(node, said, types, depth)
    if len(made) != node["size"]:
        raise _UnfitError
    return made


def _whole(_node: Node, said: Any, _types: Types, _depth: int) -> Any:
    if isinstance(said, bool):
        raise _UnfitError
    return _of(int, said)


def _real(_node: Node, said: Any, _types: Types, _depth: int) -> Any:
    if isinstance(said, bool):
        raise _UnfitError
    return float(said)


def _exactly(kind: type) -> Callable[[Node, Any, Types, int], Any]:
    return lambda _node, said, _types, _depth: _of(kind, said)


def _of(kind: type, said: Any) -> Any:
    if not isinstance(said, kind):
        raise _UnfitError
    return said


_MAKERS: Final[Mapping[str, Callable[[Node, Any, Types, int], Any]]] = {
    "null": _exactly(type(None)),
    "boolean": _exactly(bool),
    "int": _whole,
    "long": _whole,
    "float": _real,
    "double": _real,
    "string": _exactly(str),
    "bytes": _bytes,
    "fixed": _fixed,
    "enum": _enum,
    "array": _array,
    "map": _map,
    "union": _union,
    "record": _record,
    "error": _record,
}
