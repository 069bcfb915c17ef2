"""Records as entries of a stream in Redis, and entries as deliveries; no I/O.

An entry has the fields `value` and `key`, each of them absent for None, and one for
each header: `h0:name`, or `n0:name` without a value. The number keeps their order, and
lets names repeat.
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

from wirepact.envelope import Header
from wirepact.transports._times import time_of
from wirepact.transports.port import Delivery, Record

KEY: Final = b"key"
VALUE: Final = b"value"
_GIVEN: Final = b"h"
_NONE: Final = b"n"
# An entry without any field cannot be.
_TOMBSTONE: Final = b"tombstone"


def to_fields(record: Record) -> list[bytes]:
    """Return names and values of an entry, one after the other."""
    fields: list[bytes] = []
    if record.value is None:
        fields += (_TOMBSTONE, b"")
    else:
        fields += (VALUE, record.value)
    if record.key is not None:
        fields += (KEY, record.key)
    for number, (name, value) in enumerate(record.headers):
        mark = _NONE if value is None else _GIVEN
        fields += (b"%s%d:%s" % (mark, number, name.encode()), value or b"")
    return fields


def to_delivery(
    topic: str, entry_id: str, pairs: Mapping[bytes, bytes], count: int
) -> Delivery:
    """Return an entry as it was sent by us, or as it can be read of others."""
    return Delivery(
        topic=topic,
        partition=0,
        position=entry_id,
        key=pairs.get(KEY),
        value=pairs.get(VALUE),
        headers=tuple(_headers(pairs)),
        sent_at=added_at(entry_id),
        attempt=count,
    )


def added_at(entry_id: str) -> datetime | None:
    """Return when an entry was added, by the server's clock, or by who chose its id."""
    return time_of(int(entry_id.partition("-")[0]))


def _headers(pairs: Mapping[bytes, bytes]) -> Iterator[Header]:
    numbered: list[tuple[int, Header]] = []
    others: list[Header] = []
    for field, value in pairs.items():
        mark, number, name = field[:1], *_split(field)
        if mark in (_GIVEN, _NONE) and number.isdigit():
            numbered.append((int(number), (name, value if mark == _GIVEN else None)))
        elif field not in (KEY, VALUE, _TOMBSTONE):
            others.append((field.decode(errors="replace"), value))
    yield from _in_order(numbered)
    yield from others


def _split(field: bytes) -> tuple[bytes, str]:
    number, colon, name = field[1:].partition(b":")
    return (number if colon else b""), name.decode(errors="replace")


def _in_order(numbered: Iterable[tuple[int, Header]]) -> Iterator[Header]:
    for _, header in sorted(numbered, key=lambda each: each[0]):
        yield header
