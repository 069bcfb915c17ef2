"""A write that takes longer than a request may: refused, and rolled back."""

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import TypeVar

import pytest

from registry import bootstrap
from registry.application.changes import Changes
from registry.application.ports import (
    Ports,
    SchemaReader,
    SchemaStore,
    Transactions,
)
from registry.http.app import Surroundings, create_app
from registry.http.health import Health
from registry.settings import Settings
from tests.services.in_process import InProcess, started

Result = TypeVar("Result")
FULL = {"compatibility": "FULL"}


class Slow:
    """Transactions that write everything, and then take their time to commit."""

    def __init__(self, whole: Transactions) -> None:
        self._whole = whole
        self.may_commit = threading.Event()

    def read(self) -> AbstractContextManager[SchemaReader]:
        return self._whole.read()

    def write(self, act: Callable[[SchemaStore], Result]) -> Result:
        def slowly(store: SchemaStore) -> Result:
            result = act(store)
            assert self.may_commit.wait(30)
            return result

        return self._whole.write(slowly)


@pytest.fixture
def ports(settings: Settings) -> Iterator[Ports]:
    with bootstrap.opened(settings) as opened:
        yield opened


@pytest.fixture
def slow(ports: Ports) -> Slow:
    return Slow(ports.transactions)


@pytest.fixture
def registry(ports: Ports, slow: Slow) -> Iterator[InProcess]:
    around = Surroundings(
        Health(lambda: True, lambda: None), cache_bytes=1_000, handler_s=0.1
    )
    app = create_app(replace(ports, transactions=slow), Changes(), around)
    with started(app) as client:
        yield client


def test_given_a_write_that_takes_too_long_when_it_is_given_up_then_it_is_rolled_back(
    registry: InProcess, ports: Ports, slow: Slow
):
    answer = registry.put("/config/s", json=FULL)

    slow.may_commit.set()
    # Takes its turn after the one that was given up.
    ports.transactions.write(lambda _: None)
    assert (answer.status_code, answer.json()) == (
        503,
        {
            "error_code": 503,
            "message": "The request has taken too long and was given up; nothing was"
            " changed. Try again.",
        },
    )
    assert int(answer.headers["retry-after"]) >= 1
    assert registry.get("/config/s").status_code == 404


def test_given_a_write_in_time_when_done_then_it_stays(registry: InProcess, slow: Slow):
    slow.may_commit.set()

    assert registry.put("/config/s", json=FULL).status_code == 200
    assert registry.get("/config/s").status_code == 200
