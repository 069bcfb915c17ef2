"""Times as numbers and bytes, for the schemas that count them so."""

import struct
from collections.abc import Callable
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from wirepact.events.faults import UnfitValueError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DURATION: Final = struct.Struct("<III")
_MILLIS_OF_DAY: Final = 86_400_000


def aware(value: datetime) -> datetime:
    """Return the value as it is.

    Raises:
        UnfitValueError: It has no zone, so that nobody could tell which instant it is.

    """
    if value.tzinfo is None:
        raise UnfitValueError(
            f"{value!r} has no time zone; write datetime.now(UTC), or mark the field"
            " Annotated[datetime, Local]"
        )
    return value


def naive(value: datetime) -> datetime:
    """Return the value as it is.

    Raises:
        UnfitValueError: It has a zone, which a local time would lose.

    """
    if value.tzinfo is not None:
        raise UnfitValueError(f"{value!r} has a time zone, and the schema's time none")
    return value


def to_epoch(nanos: int) -> Callable[[datetime], int]:
    """Return a function from an instant to a number of units since 1970."""
    per_micro, per_unit = 1000, nanos

    def convert(value: datetime) -> int:
        return (aware(value) - _EPOCH) // _MICROSECOND * per_micro // per_unit

    return convert


def from_epoch(nanos: int) -> Callable[[int], datetime]:
    """Return the way back; what is finer than a microsecond is cut off."""
    per_unit = nanos

    def convert(value: int) -> datetime:
        return _EPOCH + timedelta(microseconds=value * per_unit // 1000)

    return convert


def to_local_epoch(nanos: int) -> Callable[[datetime], int]:
    convert = to_epoch(nanos)
    return lambda value: convert(naive(value).replace(tzinfo=UTC))


def from_local_epoch(nanos: int) -> Callable[[int], datetime]:
    convert = from_epoch(nanos)
    return lambda value: convert(value).replace(tzinfo=None)


def to_time_count(nanos: int) -> Callable[[time], int]:
    """Return a function from a time of day to a number of units since midnight."""

    def convert(value: time) -> int:
        seconds = (value.hour * 60 + value.minute) * 60 + value.second
        return (seconds * 1_000_000 + value.microsecond) * 1000 // nanos

    return convert


def to_count(micros: int) -> Callable[[timedelta], int]:
    """Return a function from a time span to a whole number of units."""
    unit = timedelta(microseconds=micros)

    def convert(value: timedelta) -> int:
        count, rest = divmod(value, unit)
        if rest:
            raise UnfitValueError(f"{value!r} is not a whole number of {unit!r}")
        return count

    return convert


def from_count(micros: int) -> Callable[[int], timedelta]:
    return lambda value: timedelta(microseconds=value * micros)


def to_duration(value: timedelta) -> bytes:
    """Return Avro's `duration`: no months, days and milliseconds."""
    millis, rest = divmod(value, timedelta(milliseconds=1))
    if millis < 0 or rest:
        raise UnfitValueError(
            f"{value!r}: the schema's duration is not negative, and in milliseconds"
        )
    days, millis = divmod(millis, _MILLIS_OF_DAY)
    return _DURATION.pack(0, days, millis)


def from_duration(value: bytes) -> timedelta:
    months, days, millis = _DURATION.unpack(value)
    if months:
        raise UnfitValueError(f"{months} months have no length in days")
    return timedelta(days=days, milliseconds=millis)


def text_of(value: Any) -> str:
    """Return the ISO form of a date or time."""
    text: str = value.isoformat()
    return text
