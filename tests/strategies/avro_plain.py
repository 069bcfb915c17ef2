"""Values of Avro schemas, as fastavro takes and gives them."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from wirepact.codecs.language import ResolvedSchema
from wirepact.events import avro_nodes as avro

Draw = Callable[[st.SearchStrategy[Any]], Any]

_TEXTS = st.text(st.characters(codec="utf-8"), max_size=5)
_FLOATS = st.floats(allow_nan=False, allow_infinity=False, width=32)


def _cut(value: Any) -> Any:
    return value.replace(microsecond=value.microsecond // 1000 * 1000)


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
# Naive: hypothesis adds the zone, and local times have none.
_FIRST, _LAST = _EPOCH.replace(year=1900), _EPOCH.replace(year=2200)

_SCALARS: dict[str, st.SearchStrategy[Any]] = {
    "null": st.none(),
    "boolean": st.booleans(),
    "int": st.integers(-(2**31), 2**31 - 1),
    "long": st.integers(-(2**63), 2**63 - 1),
    "float": _FLOATS,
    "double": st.floats(allow_nan=False, allow_infinity=False),
    "string": _TEXTS,
    "bytes": st.binary(max_size=5),
    "date": st.dates(date(1900, 1, 1), date(2200, 1, 1)),
    "time-millis": st.times().map(_cut),
    "time-micros": st.times(),
    "timestamp-millis": st.datetimes(_FIRST, _LAST, timezones=st.just(UTC)).map(_cut),
    "timestamp-micros": st.datetimes(_FIRST, _LAST, timezones=st.just(UTC)),
    "local-timestamp-millis": st.datetimes(_FIRST, _LAST).map(_cut),
    "uuid": st.uuids(),
}


@st.composite
def plain_values(draw: Draw, schema: ResolvedSchema) -> Any:
    """A value of a schema; records of unions with several are pairs with their name."""
    types = avro.parse(schema)
    return _value(draw, types, types.root, 4)


def _value(draw: Draw, types: avro.AvroTypes, node: avro.Node, depth: int) -> Any:
    node = types.resolved(node)
    match node:
        case avro.Record():
            return {
                each.name: _value(draw, types, each.type, depth - 1)
                for each in node.fields
            }
        case avro.Enum():
            return draw(st.sampled_from(node.symbols))
        case avro.Array():
            count = draw(st.integers(0, 2)) if depth > 0 else 0
            return [_value(draw, types, node.items, depth - 1) for _ in range(count)]
        case avro.Map():
            keys = draw(st.lists(_TEXTS, max_size=2, unique=True)) if depth > 0 else []
            return {key: _value(draw, types, node.values, depth - 1) for key in keys}
        case avro.Union():
            return _of_union(draw, types, node, depth)
        case _:
            return _scalar(draw, node)


def _of_union(draw: Draw, types: avro.AvroTypes, node: avro.Union, depth: int) -> Any:
    branches = [types.resolved(each) for each in node.branches]
    records = [each for each in branches if isinstance(each, avro.Record)]
    if depth <= 0 and avro.Primitive("null") in branches:
        return None
    branch = draw(st.sampled_from(branches))
    value = _value(draw, types, branch, depth - 1)
    return (branch.name, value) if branch in records and len(records) > 1 else value


def _scalar(draw: Draw, node: Any) -> Any:
    if node.logical == "decimal":
        most = 10**node.precision - 1
        return Decimal(draw(st.integers(-most, most))).scaleb(-node.scale)
    if isinstance(node, avro.Fixed):
        return draw(st.binary(min_size=node.size, max_size=node.size))
    return draw(_SCALARS[node.meaning])
