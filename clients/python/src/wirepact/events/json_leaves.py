"""Single values: what Python has, what JSON has, and the way from one to the other.

What msgspec writes on its own is left to it.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from wirepact.errors import MissingExtraError
from wirepact.events import times
from wirepact.events.conversions import SAME, Apply, Pair
from wirepact.events.faults import UnfitValueError
from wirepact.events.marks import Unit
from wirepact.events.shapes import Scalar

_AS_IT_IS: Final = Pair(SAME, SAME)
_NANOS: Final = {Unit.MILLIS: 1_000_000, Unit.MICROS: 1000, Unit.NANOS: 1}
_NUMBERS: Final = frozenset({"number", "integer"})


def leaf(shape: Scalar, types: frozenset[str]) -> Pair:
    """Return the conversions of a single value.

    Args:
        types: What the schema says that it is in JSON; empty if it does not.

    """
    is_number = bool(types & _NUMBERS) and "string" not in types
    if is_number and shape.type in _AS_NUMBER:
        return _AS_NUMBER[shape.type](shape)
    return _LEAVES[shape.type](shape)


def whole(value: Any) -> int:
    """Return a whole number, which JSON may write as `1.0`."""
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    raise UnfitValueError(f"{value!r} is no whole number")


def real(value: Any) -> float:
    """Return a number, which JSON may write as `1`."""
    if type(value) is float:
        return value
    if type(value) is int:
        return float(value)
    raise UnfitValueError(f"{value!r} is no number")


def _exactly(kind: type) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        if type(value) is not kind:
            raise UnfitValueError(f"{value!r} is no {kind.__name__}")
        return value

    return check


def text_reader(kind: type) -> Callable[[Any], Any]:
    """Return the function from a text to what msgspec makes of it.

    Raises:
        MissingExtraError: msgspec is not installed.

    """
    try:
        import msgspec
    except ModuleNotFoundError as error:
        raise MissingExtraError("JSON", "json") from error

    def convert(value: Any) -> Any:
        try:
            return msgspec.convert(value, kind)
        except msgspec.ValidationError as error:
            raise UnfitValueError(f"{value!r}: {error}") from error

    return convert


def _text(kind: type) -> Callable[[Scalar], Pair]:
    """Return the conversions of what msgspec writes as a text.

    What a field should not hold would be such a text as well, which nobody could read.
    """

    def check(value: Any) -> Any:
        if not isinstance(value, kind) or (kind is date and type(value) is datetime):
            raise UnfitValueError(f"{value!r} is no {kind.__name__}")
        return value

    return lambda _shape: Pair(Apply(check), Apply(text_reader(kind)))


def _constant(pair: Pair) -> Callable[[Scalar], Pair]:
    return lambda _shape: pair


def _moment(shape: Scalar) -> Pair:
    check = times.naive if shape.is_local else times.aware
    return Pair(Apply(check, datetime), Apply(text_reader(datetime)))


def _number_of(value: Decimal) -> int | float:
    number = int(value) if value == value.to_integral_value() else float(value)
    if Decimal(str(number)) != value:
        raise UnfitValueError(
            f"{value} has more digits than a JSON number keeps; a string has room"
        )
    return number


def _decimal_of(value: Any) -> Decimal:
    return Decimal(str(real(value) if type(value) is not int else value))


def _epoch(shape: Scalar) -> Pair:
    nanos = _NANOS[shape.unit or Unit.MILLIS]
    if shape.is_local:
        to, back = times.to_local_epoch(nanos), times.from_local_epoch(nanos)
    else:
        to, back = times.to_epoch(nanos), times.from_epoch(nanos)
    return Pair(Apply(to, datetime), Apply(lambda value: back(whole(value))))


def _span(shape: Scalar) -> Pair:
    micros = _NANOS[shape.unit or Unit.MILLIS] // 1000 or 1
    back = times.from_count(micros)
    return Pair(
        Apply(times.to_count(micros), timedelta),
        Apply(lambda value: back(whole(value))),
    )


_LEAVES: Final[Mapping[type, Callable[[Scalar], Pair]]] = {
    type(None): _constant(Pair(SAME, Apply(_exactly(type(None))))),
    bool: _constant(Pair(SAME, Apply(_exactly(bool)))),
    int: _constant(Pair(SAME, Apply(whole))),
    float: _constant(Pair(SAME, Apply(real))),
    str: _constant(Pair(SAME, Apply(_exactly(str)))),
    bytes: _text(bytes),
    # msgspec could write it as a text itself, but plain values have it as a number.
    Decimal: _constant(
        Pair(Apply(Decimal.__str__, Decimal), Apply(text_reader(Decimal)))
    ),
    date: _text(date),
    time: _text(time),
    datetime: _moment,
    timedelta: _text(timedelta),
    UUID: _text(UUID),
}

_AS_NUMBER: Final[Mapping[type, Callable[[Scalar], Pair]]] = {
    Decimal: _constant(Pair(Apply(_number_of, Decimal), Apply(_decimal_of))),
    datetime: _epoch,
    timedelta: _span,
}
