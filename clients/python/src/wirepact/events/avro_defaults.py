"""Defaults of fields, as Avro writes them in JSON."""

import math
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from wirepact.events import times
from wirepact.events.defaults import default_of
from wirepact.events.faults import EventTypeError, UnfitValueError
from wirepact.events.marks import Unit
from wirepact.events.members import MISSING, members_of, place
from wirepact.events.naming import Naming, spelled
from wirepact.events.shapes import (
    Choices,
    Collection,
    Constants,
    Either,
    Record,
    Scalar,
    Shape,
    Table,
    shape_of,
)
from wirepact.events.symbols import symbols_of


def with_default_first(shape: Shape, default: Any, where: str) -> Shape:
    """Return a union with the branch of its default first, where Avro wants it."""
    if not isinstance(shape, Either):
        return shape
    for option in shape.options:
        if is_of(option, default):
            return Either((option, *(each for each in shape.options if each != option)))
    raise _unfit(default, where)


def default_as_json(shape: Shape, default: Any, where: str, naming: Naming) -> Any:
    """Return a default as it stands in a schema.

    Raises:
        EventTypeError: The default is not of the field's type, or has no form in Avro.

    """
    if not is_of(shape, default):
        raise _unfit(default, where)
    try:
        match shape:
            case Scalar():
                return _SCALARS[shape.type](default, shape)
            case Choices():
                return symbols_of(shape.cls)[default]
            case Collection():
                # A set has no order, but its schema has one.
                values = default if shape.build in {list, tuple} else sorted(default)
                return [default_as_json(shape.item, v, where, naming) for v in values]
            case Table():
                return {
                    key: default_as_json(shape.value, value, where, naming)
                    for key, value in default.items()
                }
            case Either():
                return _of_union(shape, default, where, naming)
            case Record():
                return _record(shape.cls, default, naming)
            case _:
                return default
    except (TypeError, UnfitValueError) as error:
        raise EventTypeError(where, f"its default {default!r}: {error}") from error


def is_of(shape: Shape, value: Any) -> bool:
    """Tell whether a value is of a shape, as far as its class shows."""
    match shape:
        case Scalar():
            return type(value) is shape.type or (
                shape.type is float and type(value) is int
            )
        case Choices() | Record():
            return isinstance(value, shape.cls)
        case Constants():
            return any(value == each for each in shape.values)
        case Collection():
            return isinstance(value, (list, tuple, set, frozenset))
        case Table():
            return isinstance(value, dict)
        case Either():
            return any(is_of(each, value) for each in shape.options)
        case _:
            return True


def _of_union(shape: Either, default: Any, where: str, naming: Naming) -> Any:
    first = shape.options[0]
    if not is_of(first, default):
        raise EventTypeError(
            where,
            f"a default inside of a default is of the first type of its union, which"
            f" {default!r} is not",
        )
    return default_as_json(first, default, where, naming)


def _record(cls: type, default: Any, naming: Naming) -> dict[str, Any]:
    found = {}
    for member in members_of(cls):
        where = place(cls, member.name)
        shape = shape_of(member.hint, where)
        stated = default_of(member)
        if stated is not MISSING:
            shape = with_default_first(shape, stated, where)
        name = member.schema_name or spelled(member.name, naming)
        value = getattr(default, member.name)
        found[name] = default_as_json(shape, value, where, naming)
    return found


def _unfit(default: Any, where: str) -> EventTypeError:
    return EventTypeError(where, f"its default {default!r} is not of its type")


def _number(value: Any, _shape: Scalar) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise UnfitValueError("JSON has no such number")
    return value


def _real(value: Any, shape: Scalar) -> Any:
    return _number(float(value), shape)


def _bytes(value: bytes, _shape: Scalar) -> str:
    return value.decode("latin-1")


def _decimal(value: Decimal, shape: Scalar) -> str:
    scale = shape.digits.scale if shape.digits else 0
    if not value.is_finite():
        raise UnfitValueError("JSON has no such number")
    sign, digits, exponent = value.as_tuple()
    shift = int(exponent) + scale
    if shift < 0 and any(digits[shift:]):
        raise UnfitValueError(f"it has more than {scale} decimals")
    whole = int("".join(map(str, digits)) or "0")
    unscaled = whole * 10**shift if shift >= 0 else whole // 10**-shift
    unscaled = -unscaled if sign else unscaled
    size = (unscaled + (unscaled < 0)).bit_length() // 8 + 1
    if shape.fixed is not None:
        size = shape.fixed.size
    encoded: bytes = unscaled.to_bytes(size, "big", signed=True)
    return encoded.decode("latin-1")


def _day(value: date, _shape: Scalar) -> int:
    return value.toordinal() - date(1970, 1, 1).toordinal()


_NANOS: Final = {Unit.MILLIS: 1_000_000, Unit.MICROS: 1000, Unit.NANOS: 1}


def _moment(value: datetime, shape: Scalar) -> int:
    if shape.is_local:
        value = times.naive(value).replace(tzinfo=UTC)
    return times.to_epoch(_NANOS[shape.unit or Unit.MICROS])(value)


def _time_of_day(value: time, shape: Scalar) -> int:
    return times.to_time_count(_NANOS[shape.unit or Unit.MICROS])(value)


def _span(value: timedelta, shape: Scalar) -> Any:
    if shape.fixed is not None:
        return times.to_duration(value).decode("latin-1")
    return times.to_count(_NANOS[shape.unit or Unit.MICROS] // 1000)(value)


def _uuid(value: UUID, shape: Scalar) -> str:
    return str(value) if shape.fixed is None else value.bytes.decode("latin-1")


_SCALARS: Final[Mapping[type, Callable[[Any, Scalar], Any]]] = {
    type(None): _number,
    bool: _number,
    int: _number,
    float: _real,
    str: _number,
    bytes: _bytes,
    Decimal: _decimal,
    date: _day,
    time: _time_of_day,
    datetime: _moment,
    timedelta: _span,
    UUID: _uuid,
}
