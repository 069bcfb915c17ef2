"""The name of the request that is being answered: echoed, logged, audited."""

from collections.abc import Callable, Iterator
from contextvars import ContextVar
from itertools import count
from os import urandom
from typing import Final
from uuid import UUID

CURRENT: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""Of the request that this code runs for; worker threads inherit it."""

_LONGEST: Final = 128
_COMMA: Final = 0x2C
_LAST_DIGITS: Final = tuple(b"%02x" % number for number in range(256))
# Printable ASCII but for the comma, which joins the values of a repeated field.
_ACCEPTABLE: Final = bytes(each for each in range(0x21, 0x7F) if each != _COMMA)


def _fresh() -> Iterator[bytes]:
    # Random is what tells processes apart; within one, counting does. A fresh random
    # number for each request would cost as much as looking a schema up.
    chance = str(UUID(bytes=urandom(16), version=4))[:-8].encode()
    # To write a number out takes longer than to add its last digits to the others.
    for number in count():
        others = b"%b%06x" % (chance, number % 2**24)
        for digits in _LAST_DIGITS:
            yield others + digits


fresh: Final[Callable[[], bytes]] = _fresh().__next__
"""Return an id of the form of a UUID that nobody else has."""


def chosen(given: bytes | None) -> bytes:
    """Return the client's request id if it is short and printable, else a new one.

    Args:
        given: The field value; two ids in it (a repeated field) are none.

    """
    # What is left when all that is acceptable is taken from both ends; half as dear as
    # a pattern. Most have nothing but letters and digits, which is seen even sooner.
    if (
        given
        and len(given) <= _LONGEST
        and (given.isalnum() or not given.strip(_ACCEPTABLE))
    ):
        return given
    return fresh()
