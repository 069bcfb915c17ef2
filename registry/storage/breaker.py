"""Not to wait, again and again, for a server that is not there."""

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from registry.domain.errors import StoreUnavailableError

Result = TypeVar("Result")


class Breaker:
    """After a failure, refuses further attempts for a while without making them.

    When the while is over, one caller tries; the others are refused until it knows.
    Thread-safe.
    """

    def __init__(
        self,
        pause_s: float = 1.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._pause_s = pause_s
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._closed_until: float | None = None

    def guard(self, attempt: Callable[[], Result]) -> Result:
        """Make an attempt, unless one has just failed.

        Raises:
            StoreUnavailableError: One has just failed.

        """
        with self._lock:
            now = self._monotonic()
            if self._closed_until is not None:
                if now < self._closed_until:
                    raise StoreUnavailableError
                # This caller tries for all.
                self._closed_until = now + self._pause_s
        try:
            result = attempt()
        except Exception:
            with self._lock:
                self._closed_until = self._monotonic() + self._pause_s
            raise
        with self._lock:
            self._closed_until = None
        return result
