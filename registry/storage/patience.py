"""A PostgreSQL connection that does not wait for ever for an answer.

The database's own limits do not help when it is frozen (a paused machine, a hung disk):
its clock stands still, while its kernel goes on acknowledging, so that TCP sees nothing
wrong either. Only whoever waits can put an end to it.
"""

import time
from collections.abc import Callable, Generator
from typing import Any, Final, TypeVar

import psycopg

Waiting = TypeVar("Waiting")
Ready = TypeVar("Ready")
Result = TypeVar("Result")

ANSWER_TIMEOUT_S: Final = 7.0
"""Longer than the longest that the database allows a statement: it is to know first."""


class PatientConnection(psycopg.Connection[Any]):
    """Fails a statement that is not answered in time, as if the line had been cut."""

    def wait(self, gen: Any, *args: Any, **options: Any) -> Any:
        return super().wait(within(gen, ANSWER_TIMEOUT_S), *args, **options)


def within(
    waiting: Generator[Waiting, Ready, Result],
    limit_s: float,
    monotonic: Callable[[], float] = time.monotonic,
) -> Generator[Waiting, Ready, Result]:
    """Pass on what the driver waits for, up to a limit.

    The driver is resumed at an interval even if nothing has happened. An answer that
    goes on coming in is waited for, however long it takes.

    Raises:
        OperationalError: Nothing has happened, and the limit is over.

    """
    give_up = monotonic() + limit_s
    try:
        wanted = next(waiting)
        while True:
            ready = yield wanted
            if not ready and monotonic() > give_up:
                message = f"the database gave no answer in {limit_s} s"
                raise psycopg.OperationalError(message)
            wanted = waiting.send(ready)
    except StopIteration as end:
        result: Result = end.value
        return result
