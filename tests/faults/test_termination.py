"""SIGTERM: those who are being served are served, then the server ends well."""

import json
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.e2e.builders import ORDER, body
from tests.e2e.polling import until
from tests.e2e.wire import JSON, ask, ask_json, connect, receive, request_head, send
from tests.services.postgres import Postgres
from tests.services.server import Server, serve
from tests.services.serving_role import migrated_database

pytestmark = pytest.mark.e2e

REGISTER = "/subjects/orders/versions"
DRAIN_S = 3


@pytest.fixture
def registry(tmp_path: Path) -> Iterator[Server]:
    database = f"sqlite:///{tmp_path}/registry.db"
    with serve(database, WIREPACT_DRAIN_SECONDS=str(DRAIN_S)) as server:
        yield server


def ready(server: Server) -> int:
    return ask(server.url, "/health/ready").status


def test_given_sigterm_when_probed_then_not_ready_but_still_serving(registry: Server):
    os.kill(registry.pid, signal.SIGTERM)

    until(lambda: ready(registry) == 503, timeout_s=DRAIN_S)

    assert ask(registry.url, "/health/live").status == 200
    assert ask_json(registry.url, REGISTER, body=body(ORDER)).status == 200
    assert registry.stop() == 0


@pytest.mark.parametrize("workers", ["1", "2"])
def test_given_a_request_half_sent_when_terminated_then_it_is_answered(
    tmp_path: Path, workers: str
):
    content = json.dumps(body(ORDER)).encode()
    head = [*JSON, ("Content-Length", str(len(content)))]
    database = f"sqlite:///{tmp_path}/registry.db"
    drain = {"WIREPACT_DRAIN_SECONDS": str(DRAIN_S)}
    with (
        serve(database, "--workers", workers, **drain) as server,
        connect(server.url) as connection,
    ):
        send(connection, request_head(server.url, REGISTER, "POST", head))
        send(connection, content[:10])
        os.kill(server.pid, signal.SIGTERM)
        until(lambda: ready(server) == 503, timeout_s=DRAIN_S)

        send(connection, content[10:])

        assert receive(connection, "POST").json["version"] == 1
        assert server.stop() == 0


@pytest.mark.postgres
def test_given_a_request_that_waits_when_terminated_then_it_is_answered(
    postgres: Postgres,
):
    """A registration hangs on a lock while the server has to end: it gets through."""
    content = json.dumps(body(ORDER)).encode()
    head = [*JSON, ("Content-Length", str(len(content)))]
    url = migrated_database(postgres)
    with (
        serve(url) as server,
        psycopg.connect(url) as session,
        connect(server.url) as connection,
    ):
        session.execute("LOCK TABLE version IN SHARE MODE")
        send(connection, request_head(server.url, REGISTER, "POST", head) + content)
        until(lambda: waiting(postgres, url))

        os.kill(server.pid, signal.SIGTERM)
        until(lambda: "SIGTERM" in server.log or not accepts(server))
        session.rollback()

        assert receive(connection, "POST").json["id"] == 1
        assert server.stop() == 0
    with psycopg.connect(url) as session:
        assert session.execute("SELECT count(*) FROM version").fetchone() == (1,)


def waiting(postgres: Postgres, url: str) -> bool:
    with psycopg.connect(postgres.url()) as session:
        found = session.execute(
            "SELECT 1 FROM pg_stat_activity"
            " WHERE wait_event_type = 'Lock' AND datname = %s",
            (url.rpartition("/")[2],),
        )
        return found.fetchone() is not None


def accepts(server: Server) -> bool:
    try:
        connect(server.url).close()
    except OSError:
        return False
    return True


def test_given_no_requests_when_terminated_then_the_end_is_quick_and_clean(
    tmp_path: Path,
):
    with serve(f"sqlite:///{tmp_path}/registry.db") as server:
        assert server.stop() == 0
        assert not accepts(server)
        assert "Traceback" not in server.log


def test_given_a_run_folder_tidied_away_when_terminated_then_it_ends_all_the_same(
    tmp_path: Path,
):
    database = f"sqlite:///{tmp_path}/registry.db"
    with serve(database, TMPDIR=str(tmp_path)) as server:
        (folder,) = tmp_path.glob("wirepact-run-*")
        shutil.rmtree(folder)

        assert server.stop() == 0
