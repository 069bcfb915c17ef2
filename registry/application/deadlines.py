"""Until when a request may go on: known to who waits for it and to who does it.

Who does it cannot be stopped from outside. It looks at the deadline itself, whenever it
turns to the store, and above all before it commits: of what somebody was told that
nothing was changed, nothing is changed later.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Final


class AbandonedError(Exception):
    """Nobody waits any more for what is being done; it must not change anything."""


class Deadline:
    """Whether somebody still waits; thread-safe.

    Attributes:
        has_changed: Whether anything was committed before it was over.

    """

    def __init__(self) -> None:
        self.has_changed = False
        self._lock = threading.Lock()
        self._is_over = False
        self._is_committing = False

    def end(self) -> bool:
        """Stop waiting, and say whether that is so.

        It is not while something is being committed, which is waited for: whether it
        is done could not be told.
        """
        with self._lock:
            self._is_over = not self._is_committing
            return self._is_over

    def hold(self) -> None:
        """Go on only if somebody waits.

        Raises:
            AbandonedError: Nobody does.

        """
        if self._is_over:
            raise AbandonedError

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Commit something, for which whoever waits goes on waiting.

        Raises:
            AbandonedError: Nobody waits; nothing is to be committed.

        """
        with self._lock:
            self.hold()
            self._is_committing = True
        try:
            yield
            self.has_changed = True
        finally:
            self._is_committing = False


CURRENT: Final[ContextVar[Deadline]] = ContextVar("deadline")
"""Of the present request; nothing is set for what may take its time."""


def current() -> Deadline:
    """Return the deadline of the present request, or one that nobody knows of."""
    return CURRENT.get(None) or Deadline()
