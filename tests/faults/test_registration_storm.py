"""Eight clients, two servers, one database, 2 000 registrations: nothing gets lost.

Half of the texts are registered by every client, under two subjects each. Every client
writes down what it was told; in the end that is held against what is there.
"""

from collections.abc import Iterator
from itertools import count, cycle
from pathlib import Path

import pytest

from tests.e2e.polling import until
from tests.e2e.starting import all_started
from tests.faults import verdict
from tests.faults.ledger import UNKNOWN, Entry, acknowledged
from tests.faults.storm import Storm, storm, work
from tests.faults.verdict import Stored
from tests.services.postgres import Postgres
from tests.services.server import Server, serve
from tests.services.serving_role import migrated_database

pytestmark = pytest.mark.e2e

CLIENTS, EACH, SUBJECTS = 8, 250, 20
SHARED = EACH // 2
CONTENTS = SHARED + CLIENTS * (EACH - SHARED)
VERSIONS = 2 * SHARED + CLIENTS * (EACH - SHARED)
MOST_S = 120.0


@pytest.fixture
def servers(own_postgres: Postgres) -> Iterator[list[Server]]:
    url = migrated_database(own_postgres)
    with all_started([serve(url), serve(url)]) as both:
        yield both


@pytest.fixture
def running(servers: list[Server], tmp_path: Path) -> Iterator[Storm]:
    urls = [server.url for server in servers]
    jobs = work(clients=CLIENTS, each=EACH, subjects=SUBJECTS)
    with storm(urls, jobs, tmp_path) as clients:
        yield clients


def judge(running: Storm, server: Server) -> None:
    """Wait for the clients, and hold their ledgers against what a server shows."""
    entries, stored = held_against_the_ledger(running, server)
    assert len(acknowledged(entries)) == CLIENTS * EACH
    assert len(stored) == VERSIONS
    assert {each.schema_id for each in stored} == set(range(1, CONTENTS + 1))


def held_against_the_ledger(
    running: Storm, server: Server
) -> tuple[list[Entry], list[Stored]]:
    until(running.is_over, timeout_s=MOST_S)
    assert running.exit_codes() == {0}
    entries, stored = running.entries(), verdict.stored(server.url)
    assert verdict.violations(entries, stored) == []
    return entries, stored


def wait_for(running: Storm, outcomes: int) -> None:
    until(lambda: running.has_written(outcomes) or running.is_over(), timeout_s=MOST_S)


def in_the_middle(running: Storm) -> None:
    wait_for(running, CLIENTS * EACH // 3)
    assert not running.is_over()


def unknown(running: Storm) -> int:
    return sum(entry.outcome == UNKNOWN for entry in running.entries())


@pytest.mark.postgres
def test_given_two_servers_when_all_register_then_every_promise_is_kept(
    running: Storm, servers: list[Server]
):
    judge(running, servers[1])

    assert unknown(running) == 0


@pytest.mark.postgres
def test_given_a_server_killed_in_the_middle_then_every_promise_is_kept(
    running: Storm, servers: list[Server]
):
    in_the_middle(running)

    servers[0].kill()

    judge(running, servers[1])
    assert unknown(running) > 0


@pytest.mark.postgres
def test_given_the_database_killed_in_the_middle_then_every_promise_is_kept(
    running: Storm, servers: list[Server], own_postgres: Postgres
):
    in_the_middle(running)
    pids = [server.pid for server in servers]

    own_postgres.kill()
    own_postgres.start()

    judge(running, servers[0])
    assert unknown(running) > 0
    assert [server.pid for server in servers] == pids


@pytest.mark.postgres
@pytest.mark.slow
def test_given_all_killed_again_and_again_then_every_promise_is_kept(
    servers: list[Server], own_postgres: Postgres, tmp_path: Path
):
    each_in_turn: list[Server | Postgres] = [servers[0], own_postgres, servers[1]]
    victims = cycle(each_in_turn)
    urls = [server.url for server in servers]
    jobs = work(clients=CLIENTS, each=4 * EACH, subjects=SUBJECTS)
    with storm(urls, jobs, tmp_path) as running:
        for kills in count(1):
            wait_for(running, CLIENTS * EACH * kills // 4)
            if running.is_over():
                break
            victim = next(victims)
            victim.kill()
            victim.start()
        entries, _ = held_against_the_ledger(running, servers[0])
    assert kills > 10
    assert len(acknowledged(entries)) == 4 * CLIENTS * EACH


def test_given_sqlite_and_two_workers_killed_in_the_middle_then_nothing_is_lost(
    tmp_path: Path,
):
    with serve(f"sqlite:///{tmp_path}/registry.db", "--workers", "2") as server:
        jobs = work(clients=4, each=100, subjects=5)
        with storm([server.url], jobs, tmp_path) as running:
            until(lambda: running.has_written(130), timeout_s=MOST_S)

            server.kill()
            server.start()

            entries, stored = held_against_the_ledger(running, server)
    assert len(acknowledged(entries)) == 400
    assert len({each.schema_id for each in stored}) == 50 + 4 * 50
