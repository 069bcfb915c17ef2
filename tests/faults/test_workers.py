"""Processes of one server die: the others go on, and nobody is left behind."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.builders import ORDER, a_name, body
from tests.e2e.polling import until
from tests.e2e.wire import ask_json
from tests.faults.processes import is_alive, listens, workers
from tests.services.server import Server, serve

pytestmark = pytest.mark.e2e

MOST_S = 30.0


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Server]:
    database = f"sqlite:///{tmp_path}/registry.db"
    drain = {"WIREPACT_DRAIN_SECONDS": "3"}
    with serve(database, "--workers", "2", **drain) as server:
        until(lambda: serving(server) == 2, timeout_s=MOST_S)
        yield server


def serving(server: Server) -> int:
    """Return how many workers take requests: one of them makes a server ready."""
    return sum(listens(each, server.port) for each in workers(server.pid))


def registered(server: Server) -> int:
    answer = ask_json(server.url, f"/subjects/{a_name()}/versions", body=body(ORDER))
    return answer.status


def registered_at_last(server: Server) -> int:
    """Register as clients do: what the victim had taken is reset, and asked again."""
    try:
        return registered(server)
    except ConnectionResetError:
        return registered(server)


def test_given_a_worker_killed_when_asked_then_another_takes_its_place(
    registry: Server,
):
    victim, survivor = workers(registry.pid)

    os.kill(victim, signal.SIGKILL)

    until(lambda: not is_alive(victim))
    assert registered_at_last(registry) == 200
    until(lambda: serving(registry) == 2, timeout_s=MOST_S)
    assert survivor in workers(registry.pid)
    assert [registered(registry) for _ in range(20)] == [200] * 20


def test_given_the_parent_killed_when_looked_for_then_no_worker_is_left(
    registry: Server,
):
    orphans = workers(registry.pid)

    os.kill(registry.pid, signal.SIGKILL)

    until(lambda: not any(map(is_alive, orphans)), timeout_s=MOST_S)
    registry.kill()
    registry.start()
    assert registered(registry) == 200


def test_given_sigterm_to_all_processes_when_it_ends_then_it_ends_well(
    registry: Server,
):
    """A process manager may signal them all, as systemd does if not told otherwise."""
    os.killpg(registry.pid, signal.SIGTERM)

    assert registry.stop() == 0
    assert "Traceback" not in registry.log
