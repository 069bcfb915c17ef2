"""Crashes where a test wants them: a service dies at a point, as by `kill -9`."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Protocol

from wirepact._points import Point, watched


class CrashedError(BaseException):
    """A service has died at a point. Nothing but the kit catches it."""

    def __init__(self, point: Point) -> None:
        self.point = point
        super().__init__(f"it has crashed: {point.value}")


class Mortal(Protocol):
    """A service that can die."""

    def die(self) -> None: ...


LIVING: ContextVar[Mortal | None] = ContextVar("wirepact_living", default=None)
"""The service that this task belongs to."""


@dataclass(slots=True)
class Crashes:
    """What was planned, and what came of it.

    Attributes:
        left: How many are still to come.
        count: How many there were.

    """

    point: Point
    left: int
    count: int = 0


@contextmanager
def crash_at(point: str, *, times: int = 1) -> Iterator[Crashes]:
    """Let the services of a test die when a message gets to a point.

    Each comes again at once, as by a supervisor, and gets what it had not acknowledged.

    Args:
        point: `before_handler`, `mid_handler`, `after_publish`, `after_commit`,
            `during_retry`, `during_dead_letter`, `before_ack` or `during_rebalance`.
        times: How often; from then on all goes well.

    Raises:
        AssertionError: The block has ended, and no message ever got there.
        ValueError: There is no such point.

    """
    planned = Crashes(Point(point), times)

    def strike(reached: Point) -> None:
        living = LIVING.get()
        if reached is not planned.point or not planned.left or living is None:
            return
        planned.left -= 1
        planned.count += 1
        living.die()
        raise CrashedError(reached)

    with watched(strike):
        yield planned
    if not planned.count:
        raise AssertionError(f"nothing has crashed: no message got to {point!r}")
