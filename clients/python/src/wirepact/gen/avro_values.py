"""Defaults of Avro schemas, as Python code."""

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from wirepact.events import avro_nodes as avro
from wirepact.events import times
from wirepact.events.faults import UnfitValueError
from wirepact.gen.code import Value
from wirepact.gen.layout import Piece, Text, call, literal

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROS: Final = {"millis": 1000, "micros": 1}


class UnfitDefaultError(Exception):
    """A default that is not of its type, or that Python's type cannot hold."""


def scalar(node: avro.Primitive | avro.Fixed, default: Any) -> Value:
    """Return a default as code.

    Raises:
        UnfitDefaultError: With the reason.

    """
    try:
        return _SCALARS[node.meaning](node, default)
    except (UnfitValueError, ValueError, OverflowError, TypeError) as error:
        raise UnfitDefaultError(str(error)) from error


def is_written_as(node: avro.Node, default: Any) -> bool:
    """Tell whether a default is of a type's form in Avro, whatever it means there."""
    if not isinstance(node, avro.Primitive | avro.Fixed) or node.logical is None:
        return False
    try:
        scalar(replace(node, logical=None), default)
    except UnfitDefaultError:
        return False
    return True


def moment(value: datetime) -> Piece:
    parts = [value.year, value.month, value.day, value.hour, value.minute]
    parts += [value.second, value.microsecond]
    while len(parts) > 3 and not parts[-1]:
        parts.pop()
    zone = {"tzinfo": Text("UTC")} if value.tzinfo else {}
    return call("datetime", *(literal(part) for part in parts), **zone)


def _of(kind: type | tuple[type, ...]) -> Callable[[Any, Any], Value]:
    kinds = kind if isinstance(kind, tuple) else (kind,)

    def write(_node: Any, default: Any) -> Value:
        if type(default) not in kinds:
            raise UnfitDefaultError(f"{default!r} is no {kinds[0].__name__}")
        return Value(literal(default))

    return write


def _real(_node: Any, default: Any) -> Value:
    if type(default) not in {int, float} or not math.isfinite(float(default)):
        raise UnfitDefaultError(f"{default!r} is no number")
    return Value(literal(float(default)))


def _bytes(node: Any, default: Any) -> Value:
    raw = _raw(default)
    if isinstance(node, avro.Fixed) and len(raw) != node.size:
        raise UnfitDefaultError(f"{default!r} is not of {node.size} bytes")
    return Value(literal(raw))


def _raw(default: Any) -> bytes:
    if not isinstance(default, str):
        raise UnfitDefaultError(f"{default!r} is no text of bytes")
    return default.encode("latin-1")


def _decimal(node: Any, default: Any) -> Value:
    unscaled = int.from_bytes(_raw(default), "big", signed=True)
    digits = tuple(map(int, str(abs(unscaled))))
    value = Decimal((int(unscaled < 0), digits, -node.scale))
    return Value(call("Decimal", literal(str(value))), _need("decimal", "Decimal"))


def _day(_node: Any, default: Any) -> Value:
    day = date.fromordinal(date(1970, 1, 1).toordinal() + _whole(default))
    parts = (literal(part) for part in (day.year, day.month, day.day))
    return Value(call("date", *parts), _need("datetime", "date"))


def _time_of_day(unit: str) -> Callable[[Any, Any], Value]:
    def write(_node: Any, default: Any) -> Value:
        value = (
            _EPOCH + timedelta(microseconds=_whole(default) * _MICROS[unit])
        ).time()
        if not 0 <= default * _MICROS[unit] < 86_400_000_000:
            raise UnfitDefaultError(f"{default} is no time of day")
        return Value(time_of_day(value), _need("datetime", "time"))

    return write


def time_of_day(value: time) -> Piece:
    parts = [value.hour, value.minute, value.second, value.microsecond]
    while len(parts) > 2 and not parts[-1]:
        parts.pop()
    return call("time", *(literal(part) for part in parts))


def _instant(unit: str) -> Callable[[Any, Any], Value]:
    def write(_node: Any, default: Any) -> Value:
        value = _EPOCH + timedelta(microseconds=_whole(default) * _MICROS[unit])
        return Value(
            moment(value), _need("datetime", "datetime") | _need("datetime", "UTC")
        )

    return write


def _wall(unit: str) -> Callable[[Any, Any], Value]:
    def write(_node: Any, default: Any) -> Value:
        value = _EPOCH + timedelta(microseconds=_whole(default) * _MICROS[unit])
        return Value(moment(value.replace(tzinfo=None)), _need("datetime", "datetime"))

    return write


def _uuid(_node: Any, default: Any) -> Value:
    if str(UUID(default)) != default:
        raise UnfitDefaultError(f"{default!r} is no UUID in its usual form")
    return Value(call("UUID", literal(default)), _need("uuid", "UUID"))


def _fixed_uuid(_node: Any, default: Any) -> Value:
    text = str(UUID(bytes=_raw(default)))
    return Value(call("UUID", literal(text)), _need("uuid", "UUID"))


def _duration(_node: Any, default: Any) -> Value:
    span = times.from_duration(_raw(default))
    millis = span.seconds * 1000 + span.microseconds // 1000
    piece = call("timedelta", days=literal(span.days), milliseconds=literal(millis))
    return Value(piece, _need("datetime", "timedelta"))


def _whole(default: Any) -> int:
    if type(default) is not int:
        raise UnfitDefaultError(f"{default!r} is no whole number")
    return default


def _need(module: str, name: str) -> frozenset[tuple[str, str]]:
    return frozenset({(module, name)})


_SCALARS: Final[Mapping[str, Callable[[Any, Any], Value]]] = {
    "null": _of(type(None)),
    "boolean": _of(bool),
    "int": _of(int),
    "long": _of(int),
    "float": _real,
    "double": _real,
    "string": _of(str),
    "bytes": _bytes,
    "fixed": _bytes,
    "fixed-decimal": _decimal,
    "fixed-uuid": _fixed_uuid,
    "fixed-duration": _duration,
    "decimal": _decimal,
    "date": _day,
    "time-millis": _time_of_day("millis"),
    "time-micros": _time_of_day("micros"),
    "timestamp-millis": _instant("millis"),
    "timestamp-micros": _instant("micros"),
    "timestamp-nanos": _of(int),
    "local-timestamp-millis": _wall("millis"),
    "local-timestamp-micros": _wall("micros"),
    "local-timestamp-nanos": _of(int),
    "uuid": _uuid,
}
