"""Learning what other processes have changed."""

import logging
import threading
from collections.abc import Callable, Mapping
from typing import Final

from registry.application.changes import Changes
from registry.domain.errors import StoreUnavailableError

INTERVAL_S: Final = 0.25

logger = logging.getLogger(__name__)


class Poller:
    """Reads the change counters of all contexts at an interval, in a thread of its own.

    Attributes:
        is_connected: Whether the last reading succeeded; False before the first.

    """

    def __init__(
        self,
        sequences: Callable[[], Mapping[str, int]],
        changes: Changes,
        *,
        interval_s: float = INTERVAL_S,
    ) -> None:
        self._sequences = sequences
        self._changes = changes
        self._interval_s = interval_s
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        self._was_lost = False
        self.is_connected = False

    def start(self) -> None:
        """Start the thread; on the second call there is nothing to do."""
        if self._thread is None:
            self._stopping.clear()
            self._thread = threading.Thread(
                target=self._run, name="change-poller", daemon=True
            )
            self._thread.start()

    def stop(self) -> None:
        """End the thread and wait for it; it may be started again."""
        if self._thread is not None:
            self._stopping.set()
            self._thread.join()
            self._thread = None

    def poll(self) -> None:
        """Read the counters once; an outage is noted and logged, not raised."""
        try:
            is_back = self._changes.learn(self._sequences)
        except StoreUnavailableError:
            self.is_connected = False
            if not self._was_lost:
                self._was_lost = True
                logger.warning("database lost")
            return
        if is_back:
            logger.warning("database went back in time")
        self.is_connected = True
        if self._was_lost:
            self._was_lost = False
            logger.warning("database back")

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                self.poll()
            except Exception:
                # The outermost frame of the thread: without it, answers would go
                # stale for good and nobody would know.
                self.is_connected = False
                logger.exception("polling for changes failed")
            self._stopping.wait(self._interval_s)
