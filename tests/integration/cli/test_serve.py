"""A started server: its processes, how they end, and what they share."""

import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.services.server import COMMAND, NO_AUTHORITIES, Server, serve

pytestmark = pytest.mark.e2e


def url_in(folder: Path) -> str:
    return f"sqlite:///{folder}/registry.db"


def until(claim: Callable[[], bool], timeout_s: float = 20) -> None:
    give_up = time.monotonic() + timeout_s
    while not claim():
        assert time.monotonic() < give_up, "still not true"
        time.sleep(0.02)


def get(server: Server, path: str) -> httpx.Response:
    return httpx.get(f"{server.url}{path}", verify=NO_AUTHORITIES)


def is_ready(server: Server) -> bool:
    try:
        return get(server, "/health/ready").is_success
    except httpx.TransportError:
        return False


def is_dead(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def workers_of(server: Server) -> list[int]:
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    return [
        child
        for child in map(int, children.split())
        # Beside the workers there is the tracker of what they share.
        if b"resource_tracker" not in Path(f"/proc/{child}/cmdline").read_bytes()
    ]


def is_asking(server: Server, database: Path) -> bool:
    """Say whether a request has a connection to a file, beside the poller's own."""
    (worker,) = workers_of(server)
    opened = []
    for each in Path(f"/proc/{worker}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            opened.append(each.readlink())
    return opened.count(database) > 1


def start(*options: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [COMMAND, "serve", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_given_two_workers_when_either_is_scraped_then_both_are_counted(tmp_path):
    with serve(url_in(tmp_path), "--workers", "2") as server:
        for _ in range(30):  # a connection each: the kernel spreads them
            get(server, "/schemas/types")

        text = get(server, "/metrics").text

    assert 'route="/schemas/types",status="2xx"} 30.0' in text


def test_given_a_killed_worker_when_time_passes_then_another_takes_its_place(tmp_path):
    with serve(url_in(tmp_path)) as server:
        counted = 'route="/schemas/types",status="2xx"} 1.0'
        get(server, "/schemas/types")
        # What is answered is counted a moment later.
        until(lambda: counted in get(server, "/metrics").text)
        (first,) = workers_of(server)
        os.kill(first, signal.SIGKILL)

        until(lambda: workers_of(server) not in ([], [first]) and is_ready(server))

        text = get(server, "/metrics").text
        assert counted in text


def test_given_a_killed_parent_when_time_passes_then_its_workers_end(tmp_path):
    with serve(url_in(tmp_path)) as server:
        (worker,) = workers_of(server)
        os.kill(server.pid, signal.SIGKILL)

        until(lambda: is_dead(worker))
        server.kill()


def test_given_a_request_being_answered_when_told_to_end_then_it_is_finished(tmp_path):
    with serve(url_in(tmp_path)) as server:
        blocker = sqlite3.connect(tmp_path / "registry.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        answers: list[int] = []

        def register():
            path = f"{server.url}/subjects/s/versions"
            answer = httpx.post(path, json={"schema": '"string"'}, timeout=30)
            answers.append(answer.status_code)

        request = threading.Thread(target=register)
        request.start()
        until(lambda: is_asking(server, tmp_path / "registry.db"))
        os.kill(server.pid, signal.SIGTERM)
        until(lambda: not is_ready(server))
        blocker.execute("ROLLBACK")
        request.join()

        assert answers == [200]
        assert server.stop() == 0


def test_given_time_to_drain_when_told_to_end_then_it_answers_but_is_not_ready(
    tmp_path,
):
    with serve(url_in(tmp_path), WIREPACT_DRAIN_SECONDS="3") as server:
        os.kill(server.pid, signal.SIGTERM)

        until(lambda: not is_ready(server), timeout_s=2)
        answer = get(server, "/subjects")

        assert answer.status_code == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_when_told_to_end_then_the_status_is_0_and_nothing_is_left(tmp_path, number):
    with serve(url_in(tmp_path)) as server:
        workers = workers_of(server)
        os.kill(server.pid, number)

        assert server.stop() == 0
        assert all(map(is_dead, workers))


def test_given_a_used_port_when_started_then_it_says_so(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as other:
        address = f"127.0.0.1:{other.getsockname()[1]}"
        result = start("--listen", address, "--database-url", url_in(tmp_path))

    assert result.returncode == 2
    assert "in use" in result.stderr


def test_given_a_newer_database_when_started_then_it_is_refused(
    wirepact_database, tmp_path
):
    shutil.copy(wirepact_database, tmp_path / "registry.db")
    with sqlite3.connect(tmp_path / "registry.db") as database:
        database.execute("UPDATE alembic_version SET version_num = 'from-the-future'")

    result = start("--listen", "127.0.0.1:0", "--database-url", url_in(tmp_path))

    assert result.returncode == 2
    assert "is of a newer release" in result.stderr


def test_given_no_server_at_the_database_url_when_started_then_it_is_unavailable():
    url = "postgresql://u:hunter2@127.0.0.1:1/d"

    result = start("--listen", "127.0.0.1:0", "--database-url", url)

    assert result.returncode == 3
    assert "Traceback" not in result.stderr
    assert "hunter2" not in result.stderr


def test_given_logs_as_json_when_a_request_is_answered_then_one_line_tells_of_it(
    tmp_path,
):
    with serve(url_in(tmp_path), WIREPACT_LOG_FORMAT="json") as server:
        headers = {"x-request-id": "find-me"}
        httpx.get(f"{server.url}/subjects", headers=headers)
        # It is written when the answer has gone out.
        until(lambda: "find-me" in server.log)
        log = server.log

    (line,) = [line for line in log.splitlines() if "find-me" in line]
    told = json.loads(line)
    assert (told["event"], told["status"]) == ("request", 200)
    assert told["route"] == "/subjects"
