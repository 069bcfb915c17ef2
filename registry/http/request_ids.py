"""The name of the request that is being answered: echoed, logged, audited."""

import re
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from itertools import count
from os import urandom
from typing import Final
from uuid import UUID

CURRENT: Final[ContextVar[str]] = ContextVar("request_id", default="")
"""Of the request that this code runs for; worker threads inherit it."""

_ACCEPTABLE: Final = re.compile(rb"[\x21-\x7e]{1,128}")
_BATCH: Final = 256


def _fresh() -> Iterator[bytes]:
    # Asking the system for each single id would cost more than all the rest.
    for _ in count():
        batch = urandom(16 * _BATCH)
        for start in range(0, len(batch), 16):
            yield str(UUID(bytes=batch[start : start + 16], version=4)).encode()


fresh: Final[Callable[[], bytes]] = _fresh().__next__
"""Return a random UUID. Not for threads: the event loop alone calls it."""


def chosen(given: bytes | None) -> bytes:
    """Return the client's request id if it is short and printable, else a new one.

    Args:
        given: The field value; two ids in it (a repeated field) are none.

    """
    if given is not None and _ACCEPTABLE.fullmatch(given) and b"," not in given:
        return given
    return fresh()
