"""Values that fit an Avro schema, as the SDK takes and gives them."""

import json
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from fastavro import parse_schema
from hypothesis import strategies as st

Values = st.SearchStrategy[Any]

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
_INT = st.integers(-(2**31), 2**31 - 1)
_LONG = st.integers(-(2**63), 2**63 - 1)
_MIDNIGHT = datetime(2026, 1, 1)  # noqa: DTZ001 - the base of local times as well
_MOMENTS = st.integers(-(10**12), 10**12)


def _moment(millis: int, *, is_local: bool, micros: int = 0) -> datetime:
    moment = _MIDNIGHT + timedelta(milliseconds=millis, microseconds=micros)
    return moment if is_local else moment.replace(tzinfo=UTC)


def _time(millis: int, micros: int = 0) -> time:
    return (_MIDNIGHT + timedelta(milliseconds=millis, microseconds=micros)).time()


_PRIMITIVES: dict[str, Values] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": _INT,
    "long": _LONG,
    "float": st.floats(allow_nan=False, width=32),
    "double": st.floats(allow_nan=False),
    "bytes": st.binary(max_size=8),
    "string": _TEXTS,
}
_LOGICAL: dict[str, Values] = {
    "int-date": st.dates(date(1, 1, 1), date(9999, 12, 31)),
    "int-time-millis": st.integers(0, 86_399_999).map(_time),
    "long-time-micros": st.integers(0, 86_399_999).map(lambda n: _time(n, 7)),
    "long-timestamp-millis": _MOMENTS.map(lambda n: _moment(n, is_local=False)),
    "long-timestamp-micros": _MOMENTS.map(
        lambda n: _moment(n, is_local=False, micros=3)
    ),
    "long-local-timestamp-millis": _MOMENTS.map(lambda n: _moment(n, is_local=True)),
    "string-uuid": st.uuids(),
}


def values_of(schema: Any, *, leaves: int = 3, known: Iterable[Any] = ()) -> Values:
    """The values of a schema given as JSON.

    Args:
        leaves: Bounds what refers to itself.
        known: The schemas that it refers to.

    """
    types: dict[str, Any] = {}
    for each in known:
        parse_schema(json.loads(json.dumps(each)), types)
    root = parse_schema(json.loads(json.dumps(schema)), types)
    return _Values(types).of(root, leaves)


class _Values:
    def __init__(self, types: dict[str, Any]) -> None:
        self._types = types

    def of(self, node: Any, left: int) -> Values:
        if isinstance(node, str) and node in self._types:
            return st.deferred(lambda: self.of(self._types[node], left - 1))
        if isinstance(node, list):
            return self._union(node, left)
        if isinstance(node, str):
            return _PRIMITIVES[node]
        return self._object(node, left)

    def _object(self, node: dict[str, Any], left: int) -> Values:
        kind = node["type"]
        size = max(0, min(left, 3))
        if kind == "record":
            fields = {each["name"]: each["type"] for each in node["fields"]}
            return st.fixed_dictionaries(
                {name: self.of(inner, left) for name, inner in fields.items()}
            )
        if kind == "array":
            return st.lists(self._inner(node["items"], left), max_size=size)
        if kind == "map":
            inner = self._inner(node["values"], left)
            return st.dictionaries(_TEXTS, inner, max_size=size)
        if kind == "enum":
            return st.sampled_from(node["symbols"])
        return self._scalar(node, kind)

    def _inner(self, node: Any, left: int) -> Values:
        return st.deferred(lambda: self.of(node, left - 1))

    def _scalar(self, node: dict[str, Any], kind: str) -> Values:
        if node.get("logicalType") == "decimal" and "precision" in node:
            scale = node.get("scale", 0)
            most = 10 ** node["precision"] - 1
            numbers = st.integers(-most, most)
            return numbers.map(lambda number: Decimal(number).scaleb(-scale))
        known = _LOGICAL.get(f"{kind}-{node.get('logicalType')}")
        if known is not None:
            return known
        if kind == "fixed":
            return st.binary(min_size=node["size"], max_size=node["size"])
        return _PRIMITIVES[kind]

    def _union(self, node: list[Any], left: int) -> Values:
        branches = node if left > 0 else node[:1]
        return st.one_of([self._branch(node, branch, left) for branch in branches])

    def _branch(self, union: list[Any], branch: Any, left: int) -> Values:
        found = self._types.get(branch, branch) if isinstance(branch, str) else branch
        values = self._inner(branch, left)
        if not _is_record(found) or not self._has_rivals(union):
            return values
        return values.map(lambda value: (found["name"], value))

    def _has_rivals(self, union: list[Any]) -> bool:
        found = (self._types.get(b, b) if isinstance(b, str) else b for b in union)
        return sum(map(_is_record, found)) > 1


def _is_record(node: Any) -> bool:
    return isinstance(node, dict) and node["type"] == "record"
