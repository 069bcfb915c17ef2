"""The poller: what others change is learned; an outage ends nothing."""

import logging
import threading

import pytest

from registry.application.changes import Changes
from registry.domain.errors import StoreUnavailableError
from registry.storage.poller import Poller


@pytest.fixture
def changes() -> Changes:
    return Changes()


def test_given_changes_elsewhere_when_polled_then_they_are_known(changes):
    poller = Poller(lambda: {".": 3, ".a": 1}, changes)

    poller.poll()

    assert (changes.seen("."), changes.seen(".a")) == (3, 1)
    assert poller.is_connected


def test_given_a_database_that_went_back_when_polled_then_it_is_logged(changes, caplog):
    numbers = iter([3, 2, 2])
    poller = Poller(lambda: {".": next(numbers)}, changes)

    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            poller.poll()

    assert [each.message for each in caplog.records] == ["database went back in time"]


def test_given_an_outage_when_it_is_over_then_both_are_logged_once(changes, caplog):
    is_lost = iter([True, True, False, False])

    def sequences() -> dict[str, int]:
        if next(is_lost):
            raise StoreUnavailableError
        return {}

    poller = Poller(sequences, changes)
    with caplog.at_level(logging.WARNING):
        states = []
        for _ in range(4):
            poller.poll()
            states.append(poller.is_connected)

    assert states == [False, False, True, True]
    assert [each.message for each in caplog.records] == [
        "database lost",
        "database back",
    ]


def test_given_a_started_one_when_a_poll_fails_badly_then_it_goes_on(changes, caplog):
    went_on = threading.Event()
    calls = []

    def sequences() -> dict[str, int]:
        calls.append(1)
        if len(calls) == 1:
            raise KeyError
        went_on.set()
        return {".": 1}

    poller = Poller(sequences, changes, interval_s=0.001)
    poller.start()
    poller.start()

    assert went_on.wait(30)
    poller.stop()
    poller.stop()
    assert changes.seen(".") == 1
    assert "polling for changes failed" in caplog.text
