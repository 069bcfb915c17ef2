"""What comes over a socket and is no proper request, to a started server."""

import socket
import ssl
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.services.certificates import certificates
from tests.services.server import Server, serve, serve_tls

pytestmark = pytest.mark.e2e

HOST = b"host: localhost\r\n"
CLOSE = b"connection: close\r\n"
GET = b"GET /schemas/types HTTP/1.1\r\n" + HOST + CLOSE
POST = b"POST /subjects/s HTTP/1.1\r\n" + HOST + CLOSE
NEXT = b"GET /contexts HTTP/1.1\r\n" + HOST + b"\r\n"
KIB = 1024
TIMEOUT_S = 40
"""For what is to end after ten seconds."""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(f"sqlite:///{folder}/registry.db") as server,
    ):
        yield server


def exchanged(server: Server, sent: bytes) -> bytes:
    """Send bytes and no more, and return all that comes back."""
    answer = b""
    with (
        socket.create_connection(("127.0.0.1", server.port), TIMEOUT_S) as connection,
        # Whoever is refused may be hung up on before all has been sent.
        suppress(ConnectionError),
    ):
        connection.sendall(sent)
        while chunk := connection.recv(64 * KIB):
            answer += chunk
    return answer


def statuses(answer: bytes) -> list[int]:
    return [
        int(line.split()[1])
        for line in answer.split(b"\r\n")
        if line.startswith(b"HTTP/1.1 ")
    ]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        pytest.param(GET + b"x: " + b"a" * 15 * KIB + b"\r\n\r\n", 200, id="15 KiB"),
        pytest.param(GET + b"x: " + b"a" * 17 * KIB + b"\r\n\r\n", 431, id="17 KiB"),
        pytest.param(b"GET /" + b"a" * 17 * KIB + GET[3:], 431, id="a long target"),
        pytest.param(GET + b"x: y\r\n" * 90 + b"\r\n", 200, id="90 fields"),
        pytest.param(GET + b"x: y\r\n" * 200 + b"\r\n", 431, id="200 fields"),
        pytest.param(GET + b"x : y\r\n\r\n", 400, id="a blank in a name"),
        pytest.param(GET + b"x: y\r\n z\r\n\r\n", 400, id="a folded line"),
        pytest.param(GET + b"x: y\x00z\r\n\r\n", 400, id="NUL"),
        pytest.param(GET + b"x: y\rz: a\r\n\r\n", 400, id="a bare CR"),
        pytest.param(b"GET /subjects\r\n\r\n", 400, id="no version"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00\x01", 400, id="a TLS handshake"),
        pytest.param(POST + b"content-length: -1\r\n\r\n", 400, id="negative length"),
        pytest.param(
            POST + b"content-length: 4\r\ncontent-length: 5\r\n\r\n{}  ",
            400,
            id="two lengths",
        ),
        pytest.param(
            POST + b"transfer-encoding: chunked, x\r\n\r\n0\r\n\r\n",
            400,
            id="an unknown coding",
        ),
        pytest.param(
            POST + b"content-encoding: gzip\r\ncontent-length: 3\r\n\r\n\x1f\x8b\x08",
            400,
            id="a compressed body is not unpacked",
        ),
    ],
)
def test_given_no_proper_head_when_sent_then_it_is_refused_and_others_are_served(
    server: Server, sent: bytes, status: int
):
    assert statuses(exchanged(server, sent)) == [status]
    assert statuses(exchanged(server, GET + b"\r\n")) == [200]


def test_given_length_and_chunks_when_sent_then_no_second_request_is_seen(
    server: Server,
):
    both = b"content-length: 4\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"

    answer = exchanged(server, POST.replace(CLOSE, b"") + both + NEXT)

    assert len(statuses(answer)) == 1
    assert "path=/contexts" not in server.log


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(b"r" * 129, id="long"),
        pytest.param(b"a b", id="a blank"),
        pytest.param(b"\xe9", id="no ASCII"),
        pytest.param(b"%0d%0aforged: yes,", id="a comma"),
        pytest.param(b"", id="empty"),
        pytest.param(b"one\r\nx-request-id: two", id="repeated"),
    ],
)
def test_given_a_hostile_request_id_when_answered_then_another_is_chosen(
    server: Server, given: bytes
):
    answer = exchanged(server, GET + b"x-request-id: " + given + b"\r\n\r\n")

    (line,) = [each for each in answer.split(b"\r\n") if each[:12] == b"x-request-id"]
    chosen = line.partition(b": ")[2]
    assert len(chosen) == 36
    assert chosen not in given


@pytest.mark.slow
@pytest.mark.parametrize(
    "sent",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"GET /sub", id="a torn line"),
        pytest.param(GET + b"x: ", id="a torn head"),
    ],
)
@pytest.mark.parametrize("is_tls", [False, True])
def test_given_a_client_that_dawdles_when_it_has_not_asked_then_it_is_hung_up_on(
    tmp_path: Path, sent: bytes, *, is_tls: bool
):
    files = certificates(tmp_path)
    url = f"sqlite:///{tmp_path}/registry.db"
    environ = {"WIREPACT_TLS_CERTIFICATE": str(files.server)} if is_tls else {}
    context = files.client_context()
    started = serve_tls(url, context, **environ) if is_tls else serve(url)
    with started as server, connected(server, context if is_tls else None) as client:
        client.sendall(sent)

        assert client.recv(1) == b""


def connected(server: Server, context: ssl.SSLContext | None) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", server.port), TIMEOUT_S)
    if context is None:
        return plain
    return context.wrap_socket(plain, server_hostname="127.0.0.1")


def test_given_a_site_whose_name_leads_here_when_its_page_asks_then_it_gets_nothing(
    tmp_path,
):
    with serve(f"sqlite:///{tmp_path}/registry.db") as server:
        for path in ("/subjects", "/schemas/ids/1", "/health/live"):
            answer = httpx.get(server.url + path, headers={"host": "evil.example"})
            assert answer.status_code == 421
        assert httpx.get(f"{server.url}/subjects").json() == []


def test_given_a_proxy_that_is_named_when_it_asks_by_another_name_then_answered(
    tmp_path,
):
    trusted = {"WIREPACT_TRUSTED_PROXIES": "127.0.0.1"}
    with serve(f"sqlite:///{tmp_path}/registry.db", **trusted) as server:
        answer = httpx.get(f"{server.url}/subjects", headers={"host": "registry"})

    assert answer.json() == []
