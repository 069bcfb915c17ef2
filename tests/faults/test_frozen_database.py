"""The database is there and says nothing: nobody may wait for ever."""

import signal
import time
from collections.abc import Iterator

import pytest

from tests.e2e.builders import ORDER, body
from tests.e2e.polling import until
from tests.e2e.wire import Answer, ask, ask_json
from tests.faults.processes import children, signal_all
from tests.services.postgres import Postgres
from tests.services.server import Server, serve
from tests.services.serving_role import migrated_database

pytestmark = [pytest.mark.e2e, pytest.mark.postgres]

MOST_S = 25.0
REGISTER = "/subjects/known/versions"


@pytest.fixture
def registry(own_postgres: Postgres) -> Iterator[Server]:
    """A server that has answered id 1; in the end its database is thawed."""
    url = migrated_database(own_postgres)
    with serve(url) as server:
        ask_json(server.url, REGISTER, body=body(ORDER))
        assert ask(server.url, "/schemas/ids/1").status == 200
        try:
            yield server
        finally:
            thaw(own_postgres)


def freeze(postgres: Postgres) -> None:
    signal_all([postgres.pid, *children(postgres.pid)], signal.SIGSTOP)


def thaw(postgres: Postgres) -> None:
    signal_all([postgres.pid, *children(postgres.pid)], signal.SIGCONT)


def timed(url: str, target: str, method: str = "GET", content: object = None) -> Answer:
    started = time.monotonic()
    answer = ask_json(url, target, method, content)
    assert time.monotonic() - started < MOST_S
    return answer


def test_given_a_frozen_database_when_asked_then_answers_come_in_time(
    registry: Server, own_postgres: Postgres
):
    freeze(own_postgres)

    assert timed(registry.url, "/schemas/ids/1").status == 200
    assert timed(registry.url, "/schemas/ids/999").error_code == 503
    assert timed(registry.url, REGISTER, "POST", body("string")).error_code == 503
    until(lambda: ask(registry.url, "/health/ready").status == 503, timeout_s=MOST_S)
    assert ask(registry.url, "/health/live").status == 200
    thaw(own_postgres)
    until(lambda: ask(registry.url, "/health/ready").status == 200, timeout_s=MOST_S)
    assert timed(registry.url, REGISTER, "POST", body(ORDER)).json["id"] == 1
