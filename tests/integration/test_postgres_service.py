import os
import signal
from pathlib import Path

import psycopg
import pytest

from tests.services import postgres as service
from tests.services.postgres import Postgres

pytestmark = pytest.mark.postgres


@pytest.fixture
def own_server(postgres: Postgres):
    """A server that a test may kill; the session's one belongs to all.

    It asks for that one all the same: there it is decided what a missing server means.
    """
    with service.postgres() as server:
        yield server


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
        assert row is not None
        return row[0]


def test_when_databases_are_created_then_each_is_new_and_empty(postgres: Postgres):
    first, second = postgres.create_database(), postgres.create_database()

    assert first != second
    assert ask(first, "SELECT count(*) FROM pg_tables WHERE schemaname='public'") == 0


@pytest.mark.parametrize(
    ("setting", "value"),
    [
        ("max_connections", "200"),
        ("listen_addresses", "127.0.0.1"),
        ("server_encoding", "UTF8"),
        ("lc_collate", "C"),
    ],
)
def test_the_server_is_set_up_as_promised(postgres: Postgres, setting, value):
    found = ask(postgres.url(), f"SELECT current_setting('{setting}')")

    assert found == value


def test_the_server_is_run_by_an_unprivileged_user(postgres: Postgres):
    assert Path(f"/proc/{postgres.pid}").stat().st_uid != 0


def test_given_committed_rows_when_all_is_killed_and_started_then_they_are_there(
    own_server: Postgres,
):
    url = own_server.create_database()
    port = own_server.port
    with psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE t AS SELECT 42 AS answer")

    own_server.kill()
    own_server.start()

    assert own_server.port == port
    assert ask(url, "SELECT answer FROM t") == 42


def test_given_an_open_session_when_killed_then_no_process_is_left(
    own_server: Postgres,
):
    with psycopg.connect(own_server.url()) as connection:
        pids = [own_server.pid, connection.info.backend_pid]

        own_server.kill()

        assert not any(map(service._is_alive, pids))
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


@pytest.mark.parametrize("immediately", [False, True])
def test_given_an_open_session_when_stopped_and_started_then_it_answers(
    own_server: Postgres,
    immediately: bool,  # noqa: FBT001 - a parameter of the table
):
    with psycopg.connect(own_server.url()):
        own_server.stop(immediately=immediately)
    own_server.start()

    assert ask(own_server.url(), "SELECT 1") == 1


def test_when_the_context_ends_then_process_and_folder_are_gone(own_server: Postgres):
    with service.postgres() as server:
        pid, folder = server.pid, server.folder

    assert not service._is_alive(pid)
    assert not folder.exists()


def test_given_a_server_that_ended_when_started_then_the_log_says_why(
    own_server: Postgres,
):
    own_server.stop()
    own_server._settings["max_connections"] = "none"

    with pytest.raises(service.PostgresFailedError, match="max_connections"):
        own_server.start()


def test_given_a_postmaster_that_is_gone_when_stopped_then_nothing_happens(
    own_server: Postgres,
):
    os.kill(own_server.pid, signal.SIGKILL)

    own_server.stop()
    own_server.stop()
