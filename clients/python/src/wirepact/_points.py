"""Points in the course of a message at which a test may let its process die.

Nothing looks at them unless a test has said so: to reach one costs a comparison.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from typing import Final


class Point(StrEnum):
    """Where a message is on its way; the order is that in which it gets there."""

    BEFORE_HANDLER = "before_handler"
    """The message is noted down in a transaction, and the handler is to be called."""

    MID_HANDLER = "mid_handler"
    """The handler has had its effects; nothing of them is committed or sent."""

    AFTER_PUBLISH = "after_publish"
    """The broker has what the handler has published; nothing is committed."""

    AFTER_COMMIT = "after_commit"
    """The handler's transaction is committed."""

    DURING_RETRY = "during_retry"
    """The handler has failed, and is to be tried again."""

    DURING_DEAD_LETTER = "during_dead_letter"
    """The broker has the dead letter, and the message is still to be acknowledged."""

    DURING_REBALANCE = "during_rebalance"
    """Lanes are about to go to another member, and may still be settled."""

    BEFORE_ACK = "before_ack"
    """All that a message asks for is done, but that the broker is told."""


Watch = Callable[[Point], None]
"""Is called in the thread and task that gets to a point; what it raises goes on."""


class _Watched:
    __slots__ = ("watches",)

    def __init__(self) -> None:
        self.watches: tuple[Watch, ...] = ()


_WATCHED: Final = _Watched()


def reached(point: Point) -> None:
    """Tell the tests that watch, if there are some: the last one first."""
    if _WATCHED.watches:
        for watch in _WATCHED.watches:
            watch(point)


@contextmanager
def watched(watch: Watch) -> Iterator[None]:
    """Let a function be told of the points of this process, until the block ends."""
    before = _WATCHED.watches
    _WATCHED.watches = (watch, *before)
    try:
        yield
    finally:
        _WATCHED.watches = before
