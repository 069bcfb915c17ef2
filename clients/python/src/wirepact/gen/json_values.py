"""Defaults of JSON Schemas, as Python code."""

import math
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final, Protocol
from uuid import UUID

from wirepact.events.faults import UnfitValueError
from wirepact.events.json_leaves import text_reader
from wirepact.events.json_nodes import JsonDocuments, Node
from wirepact.gen.annotations import gathered
from wirepact.gen.avro_values import UnfitDefaultError, moment, time_of_day
from wirepact.gen.code import GenError, Typed, Value
from wirepact.gen.identifiers import field_name, member_name
from wirepact.gen.layout import Labelled, Piece, Text, call, flat, literal, quoted

_EVENTS: Final = "wirepact.events"


class Classes(Protocol):
    """What defaults need to know of the code around them."""

    documents: JsonDocuments
    foreign: Mapping[tuple[str, str], str]
    class_of: dict[int, str]

    def typed(self, node: Node, suggested: str) -> Typed: ...


def property_names(properties: Iterable[str]) -> dict[str, str]:
    """Return the attributes of properties; the same ones each time."""
    found: dict[str, str] = {}
    for stated in properties:
        found[stated] = field_name(stated, found.values())
    return found


def symbol_names(node: Node) -> dict[str, str]:
    """Return the members of an enum's texts; the same ones each time."""
    found: dict[str, str] = {}
    for symbol in node.value["enum"]:
        found[symbol] = member_name(symbol, found.values())
    return found


def none() -> Value:
    return Value(Text("None"))


def default_of(code: Classes, node: Node, default: Any, where: str) -> Value:
    """Return a default as code.

    Raises:
        GenError: It is not of the property's type, or has no form in Python.

    """
    try:
        found = _plain(code, node, default)
    except (UnfitDefaultError, UnfitValueError) as error:
        raise GenError(f"{where}: its default {default!r}: {error}") from error
    if not isinstance(default, list | dict):
        return found
    if not default and found.piece in (_EMPTY_LIST, _EMPTY_DICT):
        is_set = "set" in flat(code.typed(node, "").base)[:3]
        kind = "set" if is_set else type(default).__name__
        return Value(Text(kind), is_factory=True)
    made = call("Constant", Labelled("lambda: ", found.piece))
    return Value(made, found.needs | {(_EVENTS, "Constant")}, is_factory=True)


_EMPTY_LIST: Final = literal([])
_EMPTY_DICT: Final = literal({})


def _plain(code: Classes, node: Node, default: Any) -> Value:
    """Return a value of the first alternative that it fits."""
    reasons = []
    for branch in code.documents.alternatives(node):
        try:
            return _single(code, node, branch, default)
        except (UnfitDefaultError, UnfitValueError) as error:
            reasons.append(str(error))
    raise UnfitDefaultError("; ".join(reasons) or "it fits nothing")


def _single(code: Classes, node: Node, branch: Node, default: Any) -> Value:
    values = branch.value.get("enum")
    if isinstance(values, list) and default not in values:
        raise UnfitDefaultError(f"is none of {values!r}")
    name = _class_name(code, node, branch)
    if name is not None and isinstance(default, str):
        return Value(Text(f"{name}.{symbol_names(branch)[default]}"))
    if name is not None and isinstance(default, dict):
        return _instance(code, branch, name, default)
    kind = branch.value.get("type")
    if kind is not None and not _is_of(kind, default):
        raise UnfitDefaultError(f"is no {kind}")
    if isinstance(default, list | dict):
        return _collection(code, branch, default)
    if isinstance(default, str):
        return _text(branch, default) if values is None else Value(literal(default))
    if isinstance(default, float) and not math.isfinite(default):
        raise UnfitDefaultError("JSON has no such number")
    return Value(literal(float(default) if kind == "number" else default))


def _collection(code: Classes, node: Node, default: Any) -> Value:
    if isinstance(default, dict):
        inner = node.inner(node.value.get("additionalProperties"))
        values = [_plain(code, inner, each) for each in default.values()]
        return gathered("{", values, [f"{quoted(key)}: " for key in default], "}")
    if default and node.value.get("uniqueItems") is True:
        raise UnfitDefaultError("a set of values is not written down here")
    inner = node.inner(node.value.get("items"))
    items = [_plain(code, inner, each) for each in default]
    return gathered("[", items, [""] * len(items), "]")


def _class_name(code: Classes, node: Node, branch: Node) -> str | None:
    """Return the class of a schema, which may be one of another module."""
    place = code.documents.reference_of(node)
    foreign = None if place is None else code.foreign.get(place)
    return foreign or code.class_of.get(id(branch.value))


def _instance(
    code: Classes, node: Node, name: str, default: Mapping[str, Any]
) -> Value:
    properties = code.documents.properties(node)
    names = property_names(properties)
    missing = [
        each
        for each, one in properties.items()
        if one.is_required and each not in default
    ]
    if missing:
        raise UnfitDefaultError(f"has nothing for {missing[0]!r}")
    values, keys = [], []
    for stated, value in default.items():
        if stated not in properties:
            raise UnfitDefaultError(f"has no property {stated!r}")
        values.append(_plain(code, properties[stated].node, value))
        keys.append(f"{names[stated]}=")
    return gathered(f"{name}(", values, keys, ")")


def _is_of(kind: Any, value: Any) -> bool:
    kinds = {
        "string": str,
        "boolean": bool,
        "null": type(None),
        "array": list,
        "object": dict,
    }
    if kind in {"integer", "number"}:
        numbers = {int} if kind == "integer" else {int, float}
        return type(value) in numbers and math.isfinite(float(value))
    return kind in kinds and type(value) is kinds[kind]


def _text(node: Node, default: str) -> Value:
    if node.value.get("contentEncoding") == "base64":
        return Value(literal(text_reader(bytes)(default)))
    form = node.value.get("format")
    if not isinstance(form, str) or form not in _FORMS:
        return Value(literal(default))
    kind, write, needs = _FORMS[form]
    value = text_reader(kind)(default)
    return Value(write(value), frozenset(needs))


def _moment(value: datetime) -> Piece:
    if value.tzinfo is None:
        raise UnfitDefaultError("has no time zone")
    return moment(value.astimezone(UTC))


def _time(value: time) -> Piece:
    if value.tzinfo is not None:
        raise UnfitDefaultError("a time of day with a zone is not written down here")
    return time_of_day(value)


def _date(value: date) -> Piece:
    return call("date", *map(literal, (value.year, value.month, value.day)))


def _span(value: timedelta) -> Piece:
    parts = {
        "days": value.days,
        "seconds": value.seconds,
        "microseconds": value.microseconds,
    }
    return call("timedelta", **{k: literal(n) for k, n in parts.items() if n})


def _named(name: str) -> Callable[[Any], Piece]:
    return lambda value: call(name, literal(str(value)))


_FORMS: Final[
    Mapping[str, tuple[type, Callable[[Any], Piece], tuple[tuple[str, str], ...]]]
] = {
    "date": (date, _date, (("datetime", "date"),)),
    "time": (time, _time, (("datetime", "time"),)),
    "date-time": (
        datetime,
        _moment,
        (("datetime", "datetime"), ("datetime", "UTC")),
    ),
    "duration": (timedelta, _span, (("datetime", "timedelta"),)),
    "decimal": (Decimal, _named("Decimal"), (("decimal", "Decimal"),)),
    "uuid": (UUID, _named("UUID"), (("uuid", "UUID"),)),
}
