"""The database is there, but busy, full or read-only: the answer is 503, for now."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from time import monotonic

import psycopg
import pytest

from tests.e2e.builders import ORDER, a_name, body, field, record
from tests.e2e.polling import until
from tests.e2e.wire import Answer, ask, ask_json
from tests.services import postgres as service
from tests.services.postgres import Postgres
from tests.services.server import Server, serve
from tests.services.serving_role import migrated_database

pytestmark = [pytest.mark.e2e, pytest.mark.postgres]

CROWD = 60
MOST_S = 30.0
POOL_SIZE = 8
NEWS_WITHIN_S = 1.0
REGISTER = "/subjects/known/versions"


@pytest.fixture
def registry(postgres: Postgres) -> Iterator[Server]:
    """A server that has answered id 1."""
    url = migrated_database(postgres)
    with serve(url) as server:
        ask_json(server.url, REGISTER, body=body(ORDER))
        assert ask(server.url, "/schemas/ids/1").status == 200
        yield server


def register(server: Server, schema: object = ORDER) -> Answer:
    return ask_json(server.url, f"/subjects/{a_name()}/versions", body=body(schema))


def a_schema(number: int) -> object:
    return record(field(f"f{number}"))


def test_given_all_writers_wait_for_a_lock_when_a_known_id_is_asked_then_at_once(
    registry: Server,
):
    with psycopg.connect(registry.database_url) as session:
        session.execute("LOCK TABLE version IN SHARE MODE")
        with ThreadPoolExecutor(CROWD) as pool:
            waiting = [
                pool.submit(register, registry, a_schema(number))
                for number in range(CROWD)
            ]
            for _ in range(20):
                started = monotonic()
                assert ask(registry.url, "/schemas/ids/1").status == 200
                assert ask(registry.url, "/health/live").status == 200
                assert monotonic() - started < 1
            started = monotonic()
            assert {each.result().status for each in waiting} == {503}
            assert monotonic() - started < MOST_S
        session.rollback()
    assert register(registry).status == 200


def test_given_all_connections_wait_when_others_change_then_ready_and_told_at_once(
    registry: Server,
):
    elsewhere = "/schemas/ids/1?subject=:.other:a"
    with (
        serve(registry.database_url) as other,
        psycopg.connect(registry.database_url) as session,
    ):
        ask_json(other.url, "/subjects/:.other:a/versions", body=body(ORDER))
        assert not ask(registry.url, elsewhere).json["deleted"]
        session.execute("SELECT 1 FROM context WHERE name = '.' FOR UPDATE")
        with ThreadPoolExecutor(CROWD) as pool:
            waiting = [
                pool.submit(register, registry, a_schema(number))
                for number in range(CROWD)
            ]
            until(lambda: waiters(registry) == POOL_SIZE)
            assert ask(other.url, "/subjects/:.other:a", "DELETE").status == 200
            deleted_at = monotonic()
            while monotonic() < deleted_at + 2 * NEWS_WITHIN_S:
                is_due = monotonic() > deleted_at + NEWS_WITHIN_S
                assert ask(registry.url, "/health/ready").status == 200
                assert not (is_due and tells_the_old(registry, elsewhere))
            session.rollback()
            assert {each.result().status for each in waiting} <= {200, 503}


def waiters(server: Server) -> int:
    # A transaction keeps the list of sessions that it saw first.
    with psycopg.connect(server.database_url, autocommit=True) as session:
        ((number,),) = session.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event_type = 'Lock'"
        )
    return number


def tells_the_old(server: Server, target: str) -> bool:
    """Say whether a server still answers that a schema is live; 503 does not."""
    answer = ask(server.url, target)
    return answer.status == 200 and not answer.json["deleted"]


def test_given_no_free_session_when_asked_then_503_and_later_200():
    with service.postgres(max_connections="12") as small:
        url = migrated_database(small)
        with serve(url) as server, ExitStack() as stack:
            taken = [stack.enter_context(psycopg.connect(url)) for _ in range(7)]
            with ThreadPoolExecutor(CROWD) as pool:
                answers = [
                    pool.submit(register, server, a_schema(number))
                    for number in range(CROWD)
                ]
            found = {each.result().status for each in answers}
            assert found <= {200, 503}
            for session in taken:
                session.close()
            until(lambda: register(server).status == 200)


def test_given_a_read_only_database_when_written_then_503_while_reads_go_on(
    registry: Server,
):
    name = registry.database_url.rpartition("/")[2]
    with psycopg.connect(registry.database_url, autocommit=True) as session:
        setting = f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'
        session.execute(setting.encode())
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

        assert register(registry, a_schema(1)).error_code == 503
        answer = ask(registry.url, "/subjects/known/versions/latest")
        assert answer.json["version"] == 1

        setting = f'ALTER DATABASE "{name}" RESET default_transaction_read_only'
        session.execute("SET default_transaction_read_only = off")
        session.execute(setting.encode())
        session.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    until(lambda: register(registry, a_schema(1)).status == 200)


def test_given_sessions_cut_off_again_and_again_when_asked_then_never_a_500(
    registry: Server,
):
    schemas = [a_schema(number) for number in range(100)]
    with (
        psycopg.connect(registry.database_url, autocommit=True) as session,
        ThreadPoolExecutor(4) as pool,
    ):
        answers = [pool.submit(register, registry, schema) for schema in schemas]
        while not all(each.done() for each in answers):
            session.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
            until(lambda: any(each.done() for each in answers))
    found = [each.result() for each in answers]
    assert {each.status for each in found} <= {200, 503}
    ids = [register(registry, schema).json["id"] for schema in schemas]
    assert sorted(ids) == list(range(2, 102))
    told = [each.json["id"] for each in found if each.status == 200]
    assert set(told) <= set(ids)
