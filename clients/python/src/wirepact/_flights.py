"""Single flight: what many want at the same time is fetched once, for all of them."""

import copy
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from threading import Lock
from typing import Any, Final, TypeVar

from wirepact._steps import Join, Steps
from wirepact.errors import RegistryUnavailableError, WirepactError

Result = TypeVar("Result")

_ABANDONED: Final = object()


class Flights:
    """What is being fetched now. Shared by threads or by tasks."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._running: dict[Hashable, Future[Any]] = {}

    def join(
        self, key: Hashable, begin: Callable[[], Steps[Result]], timeout_s: float
    ) -> Steps[Result]:
        """Return what the flight of this key brings; begin one if there is none.

        If the one who began it is cancelled, one of those who wait begins anew.

        Raises:
            RegistryUnavailableError: It took longer than `timeout_s`.
            WirepactError: What was raised in the flight, a copy for each.

        """
        while True:
            future, is_first = self._flight(key)
            if is_first:
                return (yield from self._lead(key, future, begin))
            if not (yield Join(future, timeout_s)):
                waited = f"another request for the same took over {timeout_s:g} s"
                raise RegistryUnavailableError(waited)
            outcome = future.result()
            if isinstance(outcome, WirepactError):
                # Whoever raises an exception writes into it: one for each thread.
                raise copy.copy(outcome) from outcome
            if outcome is not _ABANDONED:
                result: Result = outcome
                return result

    def _flight(self, key: Hashable) -> tuple["Future[Any]", bool]:
        with self._lock:
            running = self._running.get(key)
            if running is not None:
                return running, False
            future: Future[Any] = Future()
            # From here on nobody who waits can cancel it for the others.
            future.set_running_or_notify_cancel()
            self._running[key] = future
            return future, True

    def _lead(
        self,
        key: Hashable,
        future: "Future[Any]",
        begin: Callable[[], Steps[Result]],
    ) -> Steps[Result]:
        outcome: object = _ABANDONED
        try:
            outcome = yield from begin()
        except WirepactError as error:
            outcome = error
            raise
        else:
            return outcome
        finally:
            with self._lock:
                del self._running[key]
            future.set_result(outcome)
