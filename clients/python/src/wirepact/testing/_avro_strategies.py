"""Values that fit an Avro schema, in the form that the codec takes."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final

from hypothesis import strategies as st

from wirepact.codecs.avro_model import (
    branch_name,
    definition,
    is_record,
    kind_of,
    model_of,
    record_branches,
)
from wirepact.codecs.language import ResolvedSchema

Values = st.SearchStrategy[Any]

_MOST_LEVELS: Final = 4
_MOST_ITEMS: Final = 4
_LONGEST: Final = 20
_BASE: Final = datetime(2000, 1, 1)  # noqa: DTZ001 - of local times as well
# A thousand years to either side: what all libraries of times can hold.
_MOST_MILLIS: Final = 1000 * 365 * 86_400_000
_DAY_MILLIS: Final = 86_400_000

_TEXTS: Final = st.text(st.characters(codec="utf-8"), max_size=_LONGEST)


def _moment(*, unit: timedelta, factor: int, is_local: bool) -> Values:
    def made(number: int) -> datetime:
        moment = _BASE + number * unit
        return moment if is_local else moment.replace(tzinfo=UTC)

    most = _MOST_MILLIS * factor
    return st.integers(-most, most).map(made)


def _time(unit: timedelta, factor: int) -> Values:
    last = _DAY_MILLIS * factor - 1
    return st.integers(0, last).map(lambda number: _time_of(number * unit))


def _time_of(since_midnight: timedelta) -> time:
    return (_BASE + since_midnight).time()


_MILLI: Final = timedelta(milliseconds=1)
_MICRO: Final = timedelta(microseconds=1)

_PRIMITIVES: Final[Mapping[str, Values]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": st.floats(allow_nan=False, width=32),
    "double": st.floats(allow_nan=False),
    "bytes": st.binary(max_size=_LONGEST),
    "string": _TEXTS,
}
_LOGICAL: Final[Mapping[tuple[str, str], Values]] = {
    ("int", "date"): st.dates(date(1, 1, 1), date(9999, 12, 31)),
    ("int", "time-millis"): _time(_MILLI, 1),
    ("long", "time-micros"): _time(_MICRO, 1000),
    ("long", "timestamp-millis"): _moment(unit=_MILLI, factor=1, is_local=False),
    ("long", "timestamp-micros"): _moment(unit=_MICRO, factor=1000, is_local=False),
    ("long", "local-timestamp-millis"): _moment(unit=_MILLI, factor=1, is_local=True),
    ("long", "local-timestamp-micros"): _moment(
        unit=_MICRO, factor=1000, is_local=True
    ),
    ("string", "uuid"): st.uuids(),
}


def values(resolved: ResolvedSchema) -> Values:
    """Return the values of a schema; what refers to itself ends after some levels.

    Raises:
        AvroSchemaError: It is none.

    """
    model = model_of(resolved)
    return _Drawing(model.types).of(model.root, _MOST_LEVELS)


class _Drawing:
    def __init__(self, types: Mapping[str, Any]) -> None:
        self._types = dict(types)

    def of(self, node: Any, left: int) -> Values:
        known = definition(node, self._types)
        kind = kind_of(known)
        drawing: Mapping[str, Callable[[Any, int], Values]] = {
            "record": self._record,
            "error": self._record,
            "array": self._array,
            "map": self._map,
            "union": self._union,
            "enum": self._enum,
        }
        if kind in drawing:
            return drawing[kind](known, left)
        return _scalar(known, kind)

    def _record(self, node: Any, left: int) -> Values:
        fields = {
            each["name"]: self._later(each["type"], left) for each in node["fields"]
        }
        return st.fixed_dictionaries(fields)

    def _array(self, node: Any, left: int) -> Values:
        return st.lists(self._later(node["items"], left), max_size=_size(left))

    def _map(self, node: Any, left: int) -> Values:
        inner = self._later(node["values"], left)
        return st.dictionaries(_TEXTS, inner, max_size=_size(left))

    def _enum(self, node: Any, _left: int) -> Values:
        return st.sampled_from(list(node["symbols"]))

    def _union(self, node: Any, left: int) -> Values:
        has_end = [
            each for each in node if not is_record(definition(each, self._types))
        ]
        branches = node if left > 0 or not has_end else has_end
        has_rivals = len(record_branches(node, self._types)) > 1
        return st.one_of(
            [self._branch(each, left, has_rivals=has_rivals) for each in branches]
        )

    def _branch(self, node: Any, left: int, *, has_rivals: bool) -> Values:
        found = definition(node, self._types)
        drawn = self._later(node, left)
        if not (has_rivals and is_record(found)):
            return drawn
        name = branch_name(found)
        return drawn.map(lambda value: (name, value))

    def _later(self, node: Any, left: int) -> Values:
        return st.deferred(lambda: self.of(node, left - 1))


def _size(left: int) -> int:
    return max(0, min(left, _MOST_ITEMS))


def _scalar(node: Any, kind: str) -> Values:
    logical = node.get("logicalType") if isinstance(node, dict) else None
    if logical == "decimal" and "precision" in node:
        return _decimals(node["precision"], node.get("scale", 0))
    known = _LOGICAL.get((kind, str(logical)))
    if known is not None:
        return known
    if kind == "fixed":
        return st.binary(min_size=node["size"], max_size=node["size"])
    return _PRIMITIVES[kind.removeprefix("unknown-")]


def _decimals(precision: int, scale: int) -> Values:
    most = 10**precision - 1
    return st.integers(-most, most).map(lambda number: Decimal(number).scaleb(-scale))
