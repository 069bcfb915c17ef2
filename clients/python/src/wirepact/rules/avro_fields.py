"""The walk over the fields of Avro values: plain dicts, as the codec reads and writes.

A value that changes is a new one; what the application holds is left alone.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any, Final
from uuid import UUID

import msgspec

from wirepact.codecs.language import ResolvedSchema
from wirepact.rules.fields import Field, Visit

_PRIMITIVES: Final = frozenset(
    {"null", "boolean", "int", "long", "float", "double", "bytes", "string"}
)
_NUMBERS: Final = ("long", "int", "double", "float")
# Which branches of a union a value may be of, the likeliest first.
_BRANCHES: Final[Mapping[type, tuple[str, ...]]] = {
    type(None): ("null",),
    bool: ("boolean",),
    int: _NUMBERS,
    float: ("double", "float"),
    str: ("string", "enum"),
    bytes: ("bytes", "fixed"),
    Decimal: ("bytes", "fixed"),
    UUID: ("string", "fixed"),
    date: ("int",),
    datetime: ("long",),
    time: ("int", "long"),
    list: ("array",),
    tuple: ("array",),
    dict: ("record", "error", "map"),
}


class AvroFields:
    """The fields of one schema. It keeps what names stand for, and no values."""

    def __init__(self, resolved: ResolvedSchema) -> None:
        self._named: dict[str, tuple[Mapping[str, Any], str]] = {}
        for each in (*resolved.references.values(), resolved.schema):
            schema = msgspec.json.decode(each.text)
            self._note(schema, "")
        self._root = schema

    def visit(self, value: Any, visit: Visit) -> Any:
        """Return the value with all fields visited."""
        return _Walk(self._named, visit).value(self._root, "", value, None, None)

    def _note(self, schema: Any, space: str) -> None:
        """Keep what each name stands for, and the namespace that it is read in."""
        for each in _flat(schema):
            if not isinstance(each, dict):
                continue
            inner = space
            if isinstance(each.get("name"), str):
                name, inner = _full_name(each, space)
                self._named[name] = (each, inner)
            for below in _below(each):
                self._note(below, inner)


def _below(schema: Mapping[str, Any]) -> Iterator[Any]:
    for key in ("items", "values"):
        if key in schema:
            yield schema[key]
    if isinstance(schema.get("type"), dict | list):
        yield schema["type"]
    for field in schema.get("fields") or ():
        yield field.get("type")


def _flat(schema: Any) -> list[Any]:
    return schema if isinstance(schema, list) else [schema]


def _full_name(schema: Mapping[str, Any], space: str) -> tuple[str, str]:
    name = schema["name"]
    if "." in name:
        return name, name.rpartition(".")[0]
    named = schema.get("namespace")
    inner = named if isinstance(named, str) else space
    return (f"{inner}.{name}" if inner else name), inner


class _Walk:
    def __init__(
        self, named: Mapping[str, tuple[Mapping[str, Any], str]], visit: Visit
    ) -> None:
        self._named = named
        self._visit = visit

    def value(
        self, schema: Any, space: str, value: Any, field: Field | None, around: Any
    ) -> Any:
        schema, space, kind = self._meant(schema, space)
        walk = self._walks.get(kind)
        if walk is not None:
            return walk(self, schema, space, value, field, around)
        if field is None:
            return value
        return self._visit.apply(field, kind.upper(), value, around)

    def _meant(self, schema: Any, space: str) -> tuple[Any, str, str]:
        """Return what a schema stands for, and which kind that is."""
        while True:
            if isinstance(schema, list):
                return schema, space, "union"
            kind = schema.get("type") if isinstance(schema, dict) else schema
            if not isinstance(kind, str):
                schema = kind
            elif (
                kind in _PRIMITIVES or kind in self._walks or kind in {"enum", "fixed"}
            ):
                return schema, space, kind
            else:
                schema, space = self._find(kind, space)

    def _find(self, name: str, space: str) -> tuple[Any, str]:
        found = self._named.get(f"{space}.{name}" if space else name)
        return found or self._named.get(name) or ("null", "")

    def _union(
        self, schema: Any, space: str, value: Any, field: Field | None, around: Any
    ) -> Any:
        branch = self._branch(schema, space, value)
        if branch is None:
            return value
        if isinstance(value, tuple) and len(value) == 2 and isinstance(value[0], str):
            return value[0], self.value(branch, space, value[1], field, around)
        return self.value(branch, space, value, field, around)

    def _branch(self, branches: list[Any], space: str, value: Any) -> Any:
        if isinstance(value, tuple):
            return next((b for b in branches if self._is(b, space, value[0])), None)
        wanted = _BRANCHES.get(type(value), ())
        found = [(b, self._meant(b, space)) for b in branches]
        for kind in wanted:
            alike = [(b, meant) for b, meant in found if meant[2] == kind]
            if kind in {"record", "error"}:
                alike = [each for each in alike if _has_fields(each[1][0], value)]
            if alike:
                return alike[0][0]
        return None

    def _is(self, branch: Any, space: str, name: str) -> bool:
        schema, inner, _ = self._meant(branch, space)
        if not isinstance(schema, dict) or "name" not in schema:
            return bool(branch == name)
        return name in {_full_name(schema, inner)[0], schema["name"]}

    def _array(
        self, schema: Any, space: str, value: Any, field: Field | None, around: Any
    ) -> Any:
        if not isinstance(value, list | tuple):
            return value
        return [self.value(schema["items"], space, e, field, around) for e in value]

    def _map(
        self, schema: Any, space: str, value: Any, field: Field | None, around: Any
    ) -> Any:
        if not isinstance(value, dict):
            return value
        inside = schema["values"]
        return {
            key: self.value(inside, space, each, field, around)
            for key, each in value.items()
        }

    def _record(
        self, schema: Any, space: str, value: Any, _field: Field | None, _around: Any
    ) -> Any:
        if not isinstance(value, dict):
            return value
        name, inner = _full_name(schema, space)
        # What was visited before is seen by the expressions of what comes after.
        changed = dict(value)
        for each in schema["fields"]:
            if each["name"] in changed:
                full_name = f"{name}.{each['name']}"
                field = self._visit.field(
                    full_name, each["name"], partial(each.get, "confluent:tags")
                )
                old = changed[each["name"]]
                new = self.value(each["type"], inner, old, field, changed)
                changed[each["name"]] = new
        return changed

    _walks: Final[Mapping[str, Callable[..., Any]]] = {
        "union": _union,
        "array": _array,
        "map": _map,
        "record": _record,
        "error": _record,
    }


def _has_fields(record: Mapping[str, Any], value: Mapping[str, Any]) -> bool:
    return value.keys() <= {field["name"] for field in record["fields"]}
