"""Doing something now and then, in a thread of its own."""

import logging
import threading
from collections.abc import Callable

from registry.domain.errors import StoreUnavailableError

logger = logging.getLogger(__name__)


class Recurring:
    """Runs an act when it is started, and again whenever an interval has passed.

    An outage of the database is none of its business: the next time will come.
    """

    def __init__(self, name: str, act: Callable[[], object], interval_s: float) -> None:
        self._name = name
        self._act = act
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Start the thread; on the second call there is nothing to do."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(
                target=self._run, name=self._name, daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it; it may be started again."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self._act()
            except StoreUnavailableError:
                logger.info("%s put off: the database cannot be reached", self._name)
            except Exception:
                # The outermost frame of the thread: the next time it may go well.
                logger.exception("%s failed", self._name)
            self._stopping.wait(self._interval_s)
