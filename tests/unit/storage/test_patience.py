from collections.abc import Generator

import psycopg
import pytest

from registry.storage.patience import within

NOTHING, READY = 0, 1


class Clock:
    """Shows what it is set to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def driver() -> Generator[str, int, str]:
    """Wait for two things, and return what has come of it."""
    for wanted in ("write", "read"):
        while not (yield wanted):
            pass
    return "rows"


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_given_an_answer_in_time_when_waited_for_then_it_is_passed_on(clock):
    waiting = within(driver(), 7, clock)

    assert next(waiting) == "write"
    assert waiting.send(READY) == "read"
    clock.now = 6.9
    assert waiting.send(NOTHING) == "read"
    with pytest.raises(StopIteration) as end:
        waiting.send(READY)
    assert end.value.value == "rows"


def test_given_no_answer_when_the_limit_is_over_then_it_fails(clock):
    waiting = within(driver(), 7, clock)
    next(waiting)
    clock.now = 7.1

    with pytest.raises(psycopg.OperationalError, match="no answer in 7 s"):
        waiting.send(NOTHING)


def test_given_an_answer_that_goes_on_when_the_limit_is_over_then_it_is_waited_for(
    clock,
):
    waiting = within(driver(), 7, clock)
    next(waiting)
    clock.now = 100

    assert waiting.send(READY) == "read"
