"""The breaker: one failure spares the others the wait."""

import pytest

from registry.domain.errors import StoreUnavailableError
from registry.storage.breaker import Breaker


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


class Server:
    """Something to connect to."""

    def __init__(self) -> None:
        self.attempts = 0
        self.is_up = False

    def connect(self) -> str:
        self.attempts += 1
        if not self.is_up:
            raise ConnectionRefusedError
        return "connected"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def failed(clock: Clock) -> tuple[Breaker, Server]:
    """A breaker that has just seen a failure."""
    breaker, server = Breaker(1.0, clock), Server()
    with pytest.raises(ConnectionRefusedError):
        breaker.guard(server.connect)
    return breaker, server


def test_given_a_failure_when_tried_soon_then_refused_without_an_attempt(failed):
    breaker, server = failed

    with pytest.raises(StoreUnavailableError):
        breaker.guard(server.connect)

    assert server.attempts == 1


def test_given_a_failure_when_tried_later_then_attempted(failed, clock):
    breaker, server = failed
    clock.now, server.is_up = 1.0, True

    assert breaker.guard(server.connect) == "connected"
    assert breaker.guard(server.connect) == "connected"


def test_given_one_that_tries_when_another_comes_then_it_is_refused(failed, clock):
    breaker, server = failed
    clock.now, server.is_up = 1.0, True

    def connect_with_another_meanwhile() -> str:
        with pytest.raises(StoreUnavailableError):
            breaker.guard(server.connect)
        return server.connect()

    assert breaker.guard(connect_with_another_meanwhile) == "connected"
    assert server.attempts == 2
