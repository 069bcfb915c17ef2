"""Types and values as they are written into a candidate, and said to a person."""

import json
from collections.abc import Mapping, Sequence, Set
from typing import Any, Final

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.avro import defaults
from registry.domain.formats.avro.canonical import RESOLVED, printed
from registry.domain.formats.avro.faults import FaultError
from registry.domain.formats.avro.nodes import (
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Node,
    Record,
    Union,
)
from registry.domain.formats.avro.resolution import described
from registry.domain.formats.avro.uses import Uses

MAX_RESTORED_BYTES: Final = 4_000
"""The longest type of an earlier version that is written into a candidate."""


def empty_value(node: Node, depth: int = 8) -> Any:
    """The value of a type that says the least.

    Raises:
        LookupError: There is none that is short enough to write down.

    """
    match node:
        case Union() if node.branches:
            return empty_value(node.branches[0], depth)
        case Enum() if node.symbols:
            return node.default or node.symbols[0]
        case Fixed() if node.size <= 64:
            return "\x00" * node.size
        case Record() if depth:
            return {
                each.name: empty_value(each.type, depth - 1)
                for each in node.fields
                if not each.has_default
            }
        case _:
            return _EMPTY[node.kind]


_EMPTY: Final[Mapping[str, Any]] = {
    "null": None,
    "boolean": False,
    "int": 0,
    "long": 0,
    "float": 0,
    "double": 0,
    "bytes": "",
    "string": "",
    "array": [],
    "map": {},
}


def fits(node: Node, value: Any) -> bool:
    try:
        defaults.check([Field("", node, node.spot, default=value)], 10_000)
    except FaultError:
        return False
    return True


def as_json(node: Node, candidate: Uses) -> Any:
    """A type of an earlier version, as it can be written into the candidate.

    Raises:
        LookupError: It is too long to be.

    """
    try:
        text = printed(node, RESOLVED, MAX_RESTORED_BYTES)
    except InvalidSchemaError as error:
        raise LookupError(str(error)) from error
    return _with_known(json.loads(text), "", candidate.names)


def _with_known(written: Any, namespace: str, known: Set[str]) -> Any:
    """The same type with names in place of the types that are there already.

    Recursion goes no deeper than `MAX_RESTORED_BYTES` let a text nest.
    """
    if isinstance(written, list):
        return [_with_known(each, namespace, known) for each in written]
    if not isinstance(written, dict):
        return written
    made = dict(written)
    if "name" in made:
        namespace = made.get("namespace", namespace)
        full_name = f"{namespace}.{made['name']}" if namespace else made["name"]
        if full_name in known:
            return full_name
    for part in ("items", "values", "type"):
        if part in made:
            made[part] = _with_known(made[part], namespace, known)
    made_fields = [
        {**each, "type": _with_known(each["type"], namespace, known)}
        for each in made.get("fields", ())
    ]
    return {**made, "fields": made_fields} if made_fields else made


def shown(node: Node) -> str:
    """A type in a few words."""
    match node:
        case Array():
            return f"an array of {described(node.items)}"
        case Map():
            return f"a map of {described(node.values)}"
        case Union():
            return " or ".join(map(described, node.branches))
        case _:
            return described(node)


def listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]
