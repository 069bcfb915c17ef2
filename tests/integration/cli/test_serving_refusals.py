"""Who is refused while still sending hears why: real clients, a started server."""

import json
import shutil
import socket
import ssl
import subprocess
import tempfile
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
import requests
from confluent_kafka.schema_registry import Schema, SchemaRegistryClient
from confluent_kafka.schema_registry.error import SchemaRegistryError

from tests.services.certificates import Files, certificates
from tests.services.server import Server, serve, serve_tls, upgrade

pytestmark = pytest.mark.e2e

MIB = 1024 * 1024
TIMEOUT_S = 60
JSON = {"content-type": "application/json"}
VERSIONS = "/subjects/s/versions"
ASKING = {"WIREPACT_AUTHENTICATION": "on"}


class Told(NamedTuple):
    """What a client says that it was told."""

    status: int
    message: str


class Place(NamedTuple):
    """Where a registry answers, and whose certificates its clients believe."""

    server: Server
    files: Files
    context: ssl.SSLContext | None

    @property
    def url(self) -> str:
        return self.server.url


@contextmanager
def a_place(*, is_tls: bool, **environ: str) -> Iterator[Place]:
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/registry.db"
        upgrade(url)
        files = certificates(Path(folder))
        if not is_tls:
            with serve(url, **environ) as server:
                yield Place(server, files, None)
            return
        context = files.client_context()
        environ["WIREPACT_TLS_CERTIFICATE"] = str(files.server)
        with serve_tls(url, context, **environ) as server:
            yield Place(server, files, context)


@pytest.fixture(scope="module", params=[False, True], ids=["http", "https"])
def asking(request: pytest.FixtureRequest) -> Iterator[Place]:
    """A registry that asks its clients who they are."""
    with a_place(is_tls=request.param, **ASKING) as place:
        yield place


@pytest.fixture(scope="module")
def open_to_all() -> Iterator[Place]:
    with a_place(is_tls=False) as place:
        yield place


def with_requests(place: Place, path: str, body: bytes, headers: dict) -> Told:
    answer = requests.post(
        place.url + path,
        data=body,
        headers=headers,
        verify=str(place.files.ca),
        timeout=TIMEOUT_S,
    )
    return Told(answer.status_code, answer.json()["message"])


def with_httpx(place: Place, path: str, body: bytes, headers: dict) -> Told:
    verify = place.context or True
    answer = httpx.post(place.url + path, content=body, headers=headers, verify=verify)
    return Told(answer.status_code, answer.json()["message"])


def in_chunks(place: Place, path: str, body: bytes, headers: dict) -> Told:
    pieces = (body[at : at + MIB] for at in range(0, len(body), MIB))
    verify = place.context or True
    answer = httpx.post(
        place.url + path, content=pieces, headers=headers, verify=verify
    )
    return Told(answer.status_code, answer.json()["message"])


def with_urllib(place: Place, path: str, body: bytes, headers: dict) -> Told:
    request = urllib.request.Request(place.url + path, body, headers)  # noqa: S310 - of a test
    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.urlopen(request, context=place.context)  # noqa: S310 - of a test
    return Told(refused.value.code, json.load(refused.value)["message"])


def with_confluent(place: Place, _path: str, body: bytes, _headers: dict) -> Told:
    conf = {"url": place.url, "max.retries": 0}
    if place.context is not None:
        conf["ssl.ca.location"] = str(place.files.ca)
    with pytest.raises(SchemaRegistryError) as refused:
        SchemaRegistryClient(conf).register_schema("s", Schema(body.decode(), "AVRO"))
    return Told(refused.value.http_status_code, refused.value.error_message)


def with_curl(*options: str) -> Callable[..., Told]:
    def ask(place: Place, path: str, body: bytes, headers: dict) -> Told:
        if shutil.which("curl") is None:
            pytest.skip("curl is not installed")
        fields = [each for it in headers.items() for each in ("-H", ": ".join(it))]
        run = subprocess.run(
            [
                *("curl", "-sS", "--cacert", str(place.files.ca), *options, *fields),
                *("-w", "\n%{http_code}", "--data-binary", "@-", place.url + path),
            ],
            input=body,
            capture_output=True,
            check=True,
            timeout=TIMEOUT_S,
        )
        answer, status = run.stdout.rsplit(b"\n", 1)
        return Told(int(status), json.loads(answer)["message"])

    return ask


CLIENTS = {
    "requests": with_requests,
    "httpx": with_httpx,
    "chunks": in_chunks,
    "urllib": with_urllib,
    "confluent": with_confluent,
    "curl": with_curl("-H", "Expect:"),
    "curl that waits": with_curl("-H", "Expect: 100-continue"),
}
ALL = pytest.mark.parametrize("client", CLIENTS.values(), ids=CLIENTS)


@ALL
@pytest.mark.parametrize("size", [4 * MIB, 64 * MIB])
def test_given_nobody_who_may_when_much_is_sent_then_every_client_hears_why(
    asking: Place, client: Callable[..., Told], size: int
):
    told = client(asking, VERSIONS, b"x" * size, JSON)

    assert told.status == 401
    assert told.message.startswith("Say who you are")


WITH_HEADERS = [name for name in CLIENTS if name != "confluent"]


@pytest.mark.parametrize(
    ("path", "more", "size", "status"),
    [
        pytest.param(VERSIONS, {}, 16 * MIB, 413, id="too large"),
        pytest.param(
            VERSIONS, {"content-type": "text/plain"}, 16 * MIB, 415, id="type"
        ),
        pytest.param(VERSIONS, {"origin": "http://a.b"}, 16 * MIB, 403, id="foreign"),
        pytest.param("/nowhere", {}, 4 * MIB, 404, id="no such route"),
    ],
)
@pytest.mark.parametrize("name", WITH_HEADERS)
def test_given_what_nobody_takes_when_much_is_sent_then_every_client_hears_why(
    open_to_all: Place, name: str, path: str, more: dict, size: int, status: int
):
    told = CLIENTS[name](open_to_all, path, b" " * size, {**JSON, **more})

    assert told.status == status
    assert told.message


def test_given_a_client_that_asks_too_often_when_much_is_sent_then_it_hears_why():
    with a_place(is_tls=False, WIREPACT_WRITES_PER_SECOND="1") as place:
        for name in WITH_HEADERS:
            while httpx.post(place.url + VERSIONS, content=b"{}").status_code != 429:
                pass

            told = CLIENTS[name](place, VERSIONS, b" " * (4 * MIB), JSON)

            assert told.status == 429, name


def test_given_a_small_body_when_it_is_refused_then_the_connection_goes_on(
    asking: Place,
):
    with httpx.Client(verify=asking.context or True) as client:
        ports = {_asked_from(client, asking) for _ in range(5)}

    assert len(ports) == 1


def _asked_from(client: httpx.Client, place: Place) -> int:
    answer = client.post(place.url + VERSIONS, content=b"x" * 60_000, headers=JSON)
    assert answer.status_code == 401
    stream = answer.extensions["network_stream"]
    port: int = stream.get_extra_info("client_addr")[1]
    return port


def test_given_clients_that_go_while_they_send_when_refused_then_others_are_served():
    head = (
        f"POST {VERSIONS} HTTP/1.1\r\nhost: localhost\r\ncontent-length: {8 * MIB}\r\n"
    )
    with a_place(is_tls=False, **ASKING) as place:
        for _ in range(100):
            with socket.create_connection(("127.0.0.1", place.server.port)) as client:
                client.sendall(f"{head}\r\n".encode() + b"x" * MIB)
                assert client.recv(12) == b"HTTP/1.1 401"

        assert httpx.get(f"{place.url}/health/ready").status_code == 200
        assert "Traceback" not in place.server.log


def test_given_many_that_send_much_when_all_are_refused_then_memory_stays_bounded():
    with a_place(is_tls=False, **ASKING) as place:
        before = _kept_bytes(place)
        for _ in range(8):
            with_urllib(place, VERSIONS, b"x" * (64 * MIB), JSON)

        assert _kept_bytes(place) - before < 64 * MIB


def _kept_bytes(place: Place) -> int:
    """Return the most that any process of a server has held at a time."""
    family = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(place.server.pid)],
        capture_output=True,
        text=True,
        check=True,
    )
    pids = [*family.stdout.split(), str(place.server.pid)]
    return max(_peak_bytes(pid) for pid in pids)


def _peak_bytes(pid: str) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(each for each in status.splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) * 1024
