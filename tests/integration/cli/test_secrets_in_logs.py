"""What a server writes that fails in many ways, searched for the secrets it met."""

import os
import socket
import subprocess
from base64 import b64encode
from pathlib import Path

import httpx
import pytest

from tests.e2e.polling import until
from tests.services.postgres import Postgres
from tests.services.server import COMMAND, Server, serve
from tests.services.serving_role import migrated_database

pytestmark = pytest.mark.e2e

SECRET = "hunter2"  # noqa: S105 - planted, to be searched for
BASIC = b64encode(f"ann:{SECRET}".encode()).decode()
TOKEN = "wpt_0123456789abcdef_" + SECRET.ljust(43, "x")
PLANTED = (SECRET, BASIC, BASIC.rstrip("="))

CREDENTIALS = [
    f"Basic {BASIC}",
    f"Basic {SECRET}",
    f"Bearer {SECRET}",
    f"Bearer {TOKEN}",
    f"Digest {SECRET}",
    SECRET,
    f"Bearer {SECRET * 1_000}",
]


def start(**environ: str) -> str:
    """Start a server that cannot be; return all that it writes."""
    result = subprocess.run(
        [COMMAND, "serve", "--listen", "127.0.0.1:0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={"PATH": os.environ["PATH"], **environ},
    )
    assert result.returncode != 0
    return result.stdout + result.stderr


def fail_in_many_ways(server: Server) -> None:
    for credential in CREDENTIALS:
        headers = {"authorization": credential, "cookie": f"session={SECRET}"}
        for path in (
            "/subjects",
            "/schemas/ids/1",
            f"/subjects/http:%2F%2Fann:{SECRET}@host",
            f"/subjects?password={SECRET}",
        ):
            answer = httpx.get(server.url + path, headers=headers)
            assert answer.status_code in {401, 429}
        answer = httpx.post(
            f"{server.url}/subjects/s/versions",
            content=f'{{"schema": "{SECRET}',
            headers=headers,
        )
        assert answer.status_code in {401, 429}
        assert SECRET not in answer.text
    torn = f"GET /{SECRET} HTTP/1.1\r\nauthorization: {SECRET}\r\n"
    broken = f"GET /subjects HTTP/1.1\r\nauthorization {SECRET}\r\n\r\n"
    for text in (torn, broken):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(text.encode())


@pytest.mark.postgres
@pytest.mark.parametrize("form", ["json", "text"])
def test_given_a_server_that_fails_when_its_log_is_searched_then_no_secret_is_found(
    postgres: Postgres, form: str
):
    url = migrated_database(postgres)
    secretly = url.replace("postgres@", f"postgres:{SECRET}@")
    environ = {
        "WIREPACT_AUTHENTICATION": "on",
        "WIREPACT_LOG_LEVEL": "DEBUG",
        "WIREPACT_LOG_FORMAT": form,
    }
    with serve(secretly, **environ) as server:
        fail_in_many_ways(server)
        postgres.drop_database(url)
        until(lambda: not is_ready(server))
        fail_in_many_ways_without_a_database(server)
        server.stop()
        log = server.log

    assert log.count("/subjects") > len(CREDENTIALS)
    assert "503" in log
    assert not [planted for planted in PLANTED if planted in log]


def fail_in_many_ways_without_a_database(server: Server) -> None:
    for credential in CREDENTIALS:
        headers = {"authorization": credential}
        answer = httpx.get(f"{server.url}/subjects", headers=headers)
        assert answer.status_code in {401, 429, 503}
        assert SECRET not in answer.text


def is_ready(server: Server) -> bool:
    return httpx.get(f"{server.url}/health/ready").is_success


def test_given_a_server_that_cannot_start_when_it_says_why_then_without_the_secret(
    tmp_path: Path,
):
    good, bad = tmp_path / "good", tmp_path / "bad"
    good.write_text(f"postgresql://ann:{SECRET}@127.0.0.1:1/d")
    bad.write_text(f"mysql://ann:{SECRET}@127.0.0.1:1/d")

    for environ, why in (
        ({"WIREPACT_DATABASE_URL": good.read_text()}, "cannot be reached"),
        ({"WIREPACT_DATABASE_URL_FILE": str(good)}, "cannot be reached"),
        ({"WIREPACT_DATABASE_URL": bad.read_text()}, "WIREPACT_DATABASE_URL: expected"),
        ({"WIREPACT_DATABASE_URL_FILE": str(bad)}, str(bad)),
        ({"WIREPACT_DATABASE_URI": good.read_text()}, "is unknown"),
        ({"WIREPACT_DATABASE_URL": f"postgresql://ann:{SECRET}"}, "is neither"),
    ):
        said = start(**environ)

        assert why in said
        assert not [planted for planted in PLANTED if planted in said]
