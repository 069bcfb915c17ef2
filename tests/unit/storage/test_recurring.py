"""What is done now and then: again after a failure, and no more when stopped."""

import threading

import pytest

from registry.domain.errors import StoreUnavailableError
from registry.storage.recurring import Recurring


class Act:
    """Fails in turn with what it is given, and says when it was called so often."""

    def __init__(self, *faults):
        self._faults = [*faults]
        self._left = len(faults) + 1
        self.done = threading.Event()

    def __call__(self):
        self._left -= 1
        if not self._left:
            self.done.set()
        if self._faults:
            raise self._faults.pop(0)


@pytest.fixture
def recurring():
    made = []

    def build(act, interval_s=0.001):
        made.append(Recurring("tidying", act, interval_s))
        return made[-1]

    yield build
    for each in made:
        each.stop()


def test_given_failures_when_running_then_it_is_done_again_and_they_are_logged(
    recurring, caplog
):
    caplog.set_level("INFO", "registry.storage.recurring")
    act = Act(StoreUnavailableError(), KeyError("x"))

    recurring(act).start()

    assert act.done.wait(10)
    assert "tidying put off: the database cannot be reached" in caplog.messages
    assert "tidying failed" in caplog.messages


def test_given_a_long_interval_when_stopped_then_nobody_waits_for_its_end(recurring):
    act = Act()
    it = recurring(act, interval_s=3600)
    it.start()
    assert act.done.wait(10)

    it.stop()
    act.done.clear()
    act._left = 1
    it.start()

    assert act.done.wait(10)
