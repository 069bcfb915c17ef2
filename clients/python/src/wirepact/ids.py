"""Ids of messages: new ones that sort by time, and ones that a repetition repeats."""

import os
import threading
import time
from collections.abc import Callable
from typing import Final
from uuid import UUID, uuid5

_RANDOM_BITS: Final = 74
_STEP_BYTES: Final = 4
_LOW_BITS: Final = 62
_VERSION_7: Final = 0x7 << 76
_VARIANT: Final = 0b10 << 62
_NS_PER_MS: Final = 1_000_000
_MESSAGES: Final = UUID("6c2f7b3a-5d0e-5a53-9d0b-0d3f6f0f2b1e")


class IdSource:
    """Makes UUIDs of version 7. Each is greater than the one before; thread-safe.

    Within a millisecond, and while the clock stands or goes back, the random part
    grows by a random step, so that two processes with the same past do not meet.

    Source: RFC 9562, sections 5.7 and 6.2, method 2.
    """

    def __init__(
        self,
        clock_ns: Callable[[], int] = time.time_ns,
        random_bytes: Callable[[int], bytes] = os.urandom,
    ) -> None:
        """Make a source.

        Args:
            clock_ns: Nanoseconds since 1970.
            random_bytes: As many as it is asked for.

        """
        self._clock_ns = clock_ns
        self._random_bytes = random_bytes
        self._lock = threading.Lock()
        self._ms = -1
        self._random = 0

    def __call__(self) -> UUID:
        """Return the next id."""
        with self._lock:
            now_ms = self._clock_ns() // _NS_PER_MS
            if now_ms > self._ms:
                self._begin(now_ms)
            else:
                self._random += 1 + self._drawn(_STEP_BYTES)
                if self._random >> _RANDOM_BITS:
                    self._begin(self._ms + 1)
            return _laid_out(self._ms, self._random)

    def _begin(self, ms: int) -> None:
        self._ms = ms
        # The highest bit stays free, so that there is room for steps.
        self._random = self._drawn(10) >> (80 - _RANDOM_BITS + 1)

    def _drawn(self, count: int) -> int:
        return int.from_bytes(self._random_bytes(count), "big")


def repeatable_id(source: str, message_id: str, handler: str, number: int) -> UUID:
    """Return the id of what a handler sends for a message, each time the same.

    A message that is handled again after a crash is answered with the ids of the first
    time, so that whoever has seen them already can leave them out.

    Args:
        source: Of the message that is handled; with its id it is unique.
        handler: Two handlers of one message send different messages.
        number: Which one of those that the handler sends, from 0.

    """
    # Lengths before texts: no two lists of parts are written alike.
    parts = (source, message_id, handler)
    name = "".join(f"{len(part)}:{part}" for part in parts) + str(number)
    return uuid5(_MESSAGES, name)


def _laid_out(ms: int, random: int) -> UUID:
    high, low = random >> _LOW_BITS, random & ((1 << _LOW_BITS) - 1)
    return UUID(int=(ms << 80) | _VERSION_7 | (high << 64) | _VARIANT | low)
