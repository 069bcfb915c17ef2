"""Single values: what Python has, what Avro has, and the way from one to the other."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from wirepact.events import times
from wirepact.events.conversions import SAME, Apply, Attribute, Conversion, Pair
from wirepact.events.marks import Unit
from wirepact.events.shapes import Scalar

_AS_IT_IS: Final = Pair(SAME, SAME)
_INSTANT: Final = Pair(Apply(times.aware), SAME)
_WALL: Final = Pair(Apply(times.naive), SAME)
_NANOS: Final = {"millis": 1_000_000, "micros": 1000, "nanos": 1}
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()


def _as_text(back: Any) -> Pair:
    return Pair(Apply(str), Apply(back))


def _iso(back: Any) -> Pair:
    return Pair(Apply(times.text_of), Apply(back))


def _to_day(value: date) -> int:
    return value.toordinal() - _EPOCH_DAY


def _uuid(value: bytes) -> UUID:
    return UUID(bytes=value)


LEAVES: Final[Mapping[tuple[type, str], Pair]] = {
    (type(None), "null"): _AS_IT_IS,
    (bool, "boolean"): _AS_IT_IS,
    (int, "int"): _AS_IT_IS,
    (int, "long"): _AS_IT_IS,
    (float, "float"): _AS_IT_IS,
    (float, "double"): _AS_IT_IS,
    (str, "string"): _AS_IT_IS,
    (bytes, "bytes"): _AS_IT_IS,
    (bytes, "fixed"): _AS_IT_IS,
    (Decimal, "decimal"): _AS_IT_IS,
    (Decimal, "fixed-decimal"): _AS_IT_IS,
    (Decimal, "string"): _as_text(Decimal),
    (date, "date"): _AS_IT_IS,
    (date, "string"): _iso(date.fromisoformat),
    (int, "date"): Pair(SAME, Apply(_to_day)),
    (time, "time-millis"): _AS_IT_IS,
    (time, "time-micros"): _AS_IT_IS,
    (time, "string"): _iso(time.fromisoformat),
    (int, "time-millis"): Pair(SAME, Apply(times.to_time_count(_NANOS["millis"]))),
    (int, "time-micros"): Pair(SAME, Apply(times.to_time_count(_NANOS["micros"]))),
    (datetime, "timestamp-millis"): _INSTANT,
    (datetime, "timestamp-micros"): _INSTANT,
    (datetime, "timestamp-nanos"): Pair(
        Apply(times.to_epoch(1)), Apply(times.from_epoch(1))
    ),
    (datetime, "local-timestamp-millis"): _WALL,
    (datetime, "local-timestamp-micros"): _WALL,
    (datetime, "local-timestamp-nanos"): Pair(
        Apply(times.to_local_epoch(1)), Apply(times.from_local_epoch(1))
    ),
    (datetime, "string"): _iso(datetime.fromisoformat),
    (int, "timestamp-millis"): Pair(SAME, Apply(times.to_epoch(_NANOS["millis"]))),
    (int, "timestamp-micros"): Pair(SAME, Apply(times.to_epoch(_NANOS["micros"]))),
    (int, "timestamp-nanos"): _AS_IT_IS,
    (int, "local-timestamp-millis"): Pair(
        SAME, Apply(times.to_local_epoch(_NANOS["millis"]))
    ),
    (int, "local-timestamp-micros"): Pair(
        SAME, Apply(times.to_local_epoch(_NANOS["micros"]))
    ),
    (int, "local-timestamp-nanos"): _AS_IT_IS,
    (UUID, "uuid"): _AS_IT_IS,
    (UUID, "string"): _as_text(UUID),
    (UUID, "fixed-uuid"): Pair(Attribute("bytes"), Apply(_uuid)),
    (str, "uuid"): Pair(SAME, Apply(str)),
    (bytes, "fixed-uuid"): _AS_IT_IS,
    (bytes, "fixed-duration"): _AS_IT_IS,
    (timedelta, "fixed-duration"): Pair(
        Apply(times.to_duration), Apply(times.from_duration)
    ),
}
"""The type in Python and the one in Avro; what is not in here does not fit."""

PLAIN_TYPES: Final[Mapping[str, type]] = {
    "null": type(None),
    "boolean": bool,
    "int": int,
    "long": int,
    "float": float,
    "double": float,
    "string": str,
    "bytes": bytes,
    "fixed": bytes,
    "fixed-uuid": bytes,
    "fixed-duration": bytes,
    "fixed-decimal": Decimal,
    "decimal": Decimal,
    "date": date,
    "time-millis": time,
    "time-micros": time,
    "timestamp-millis": datetime,
    "timestamp-micros": datetime,
    "timestamp-nanos": int,
    "local-timestamp-millis": datetime,
    "local-timestamp-micros": datetime,
    "local-timestamp-nanos": int,
    "uuid": UUID,
}
"""What fastavro makes of each type when it reads."""

_SPAN_MICROS: Final = {Unit.MILLIS: 1000, Unit.MICROS: 1}


def find_leaf(shape: Scalar, meaning: str) -> Pair | None:
    """Return the conversions of a single value; None if the two do not fit."""
    if shape.type is timedelta and meaning in {"int", "long"}:
        micros = _SPAN_MICROS.get(shape.unit or Unit.MICROS)
        if micros is None:
            return None
        return Pair(Apply(times.to_count(micros)), Apply(times.from_count(micros)))
    pair = LEAVES.get((shape.type, meaning))
    return None if pair is None else Pair(_of(shape.type, pair.to_plain), pair[1])


def _of(wanted: type, to_plain: Conversion) -> Conversion:
    if isinstance(to_plain, Apply | Attribute):
        return replace(to_plain, of=wanted)
    return to_plain
