"""Reads over HTTP: the cached one against bare answers, the others against the driver.

Everybody listens on loopback, on core 0; the load generator has core 1. The bodies hold
a nonce, so that an answer cannot come from a server of somebody else.
"""

import json
import secrets
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import quote

from benchmarks import corpus, load
from benchmarks.alternating import alternate
from benchmarks.load import Exchange, Load, loaded
from benchmarks.rows import Claim, Row, row
from benchmarks.servers import (
    BIN,
    Running,
    free_port,
    get,
    registry,
    running,
    send,
    without_uvloop,
)
from registry.storage import migrations
from tests.services.postgres import postgres
from tests.services.programs import ServiceMissingError

SUITE = "http"
_ROUNDS = 6
# A process keeps the luck that it had when memory was handed out: some hundredths. Of
# the hot path, which is held to as few, many processes are measured shortly.
_STARTS = 12
_ROUNDS_OF_A_START = 2
_SECONDS_OF_A_START = 1
_SECONDS = 2
Server = AbstractContextManager[Running]

_HEADERS = {"X-Request-ID": "benchmark", "Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the servers of one run find things.

    Attributes:
        folder: Holds logs, the database, bodies; removed in the end.
        nonce: In the names of this run.

    """

    folder: Path
    nonce: str

    @property
    def subject(self) -> str:
        return f"orders-{self.nonce}"

    def granian(self, app: str, environ: Mapping[str, str]) -> Server:
        """Start one of the peers on the server that we run on."""
        port = free_port()
        command = [
            *(str(BIN / "granian"), "--interface", "asgi", "--no-ws"),
            *("--host", "127.0.0.1", "--port", str(port)),
            *("--log-level", "warning", f"benchmarks.peers.{app}"),
        ]
        alike = {**without_uvloop(self.folder), **environ}
        return self._started(command, alike, port, f"/config/{self.subject}")

    def uvicorn(self, app: str, environ: Mapping[str, str]) -> Server:
        """Start a peer on its own server, in its fastest form."""
        port = free_port()
        command = [
            *(str(BIN / "uvicorn"), "--host", "127.0.0.1", "--port", str(port)),
            *("--loop", "uvloop", "--http", "httptools", "--no-access-log"),
            *("--log-level", "warning", f"benchmarks.peers.{app}"),
        ]
        return self._started(command, environ, port, "/schemas/ids/1")

    def _started(
        self, command: list[str], environ: Mapping[str, str], port: int, ready: str
    ) -> Server:
        log = self.folder / f"peer-{port}.log"
        return running(command, environ, log, port=port, ready=ready)


def rows() -> list[Row]:
    """Measure the cached read, then the others on each database that is installed."""
    if not load.is_installed():
        raise SystemExit("wrk is not installed: `make services` installs it on Debian")
    found: list[Row] = []
    with _place() as place:
        found += _on(place, f"sqlite:///{place.folder}/registry.db", "SQLite", 1.5)
    try:
        with _place() as place, postgres(fsync="on") as server:
            url = server.create_database()
            migrations.upgrade(url)
            found += _on(place, url, "PostgreSQL", None)
    except ServiceMissingError as error:
        print(f"http: left out: {error}", file=sys.stderr)
    return found


@contextmanager
def _place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="wirepact-bench-") as folder:
        yield Place(Path(folder), secrets.token_hex(8))


def _on(
    place: Place, database_url: str, database: str, at_most: float | None
) -> Iterator[Row]:
    with registry(database_url, place.folder) as ours:
        schema_id = _fill(ours, place)
        if at_most is not None:
            yield from _cached(place, database_url, schema_id)
            yield from _by_token(place, database_url, schema_id)
        environ = {"BENCH_DATABASE_URL": database_url}
        with place.granian("threaded_reads:app", environ) as limit:
            yield from _reads(place, ours, limit, database, at_most)


def _fill(ours: Running, place: Place) -> int:
    """Register three versions and a level; return the id of the last."""
    subject = ours.url + "/subjects/" + quote(place.subject)
    level = {"compatibility": "FULL"}
    answer = send("PUT", f"{ours.url}/config/{quote(place.subject)}", level)
    assert answer.status == 200, answer
    for number in range(3):
        schema = {"schema": corpus.wide(24, f"{place.nonce} {number}")}
        answer = send("POST", f"{subject}/versions", schema)
        assert answer.status == 200, answer
    return int(json.loads(answer.body)["id"])


def _cached(place: Place, database_url: str, schema_id: int) -> Iterator[Row]:
    name, path = "GET /schemas/ids/{id}", f"/schemas/ids/{schema_id}"
    kept = place.folder / "body"
    environ = {"BENCH_BODY": str(kept)}

    def begun(stack: ExitStack) -> Mapping[str, Exchange]:
        start = stack.enter_context
        ours = start(registry(database_url, place.folder))
        found = get(ours.url + path, _HEADERS)
        assert found.status == 200, found
        assert place.nonce.encode() in found.body, found
        kept.write_bytes(found.body)
        limit = start(place.granian("bare:found", environ))
        peer = start(place.uvicorn("fastapi_by_id:app", environ))
        return {
            "ours": Exchange(ours, path, 200, found.body, _HEADERS),
            "peer": Exchange(peer, path, 200, found.body, _HEADERS),
            "made before": Exchange(
                peer, f"/made-before/{schema_id}", 200, found.body, _HEADERS
            ),
            "limit": Exchange(limit, path, 200, found.body, _HEADERS),
        }

    samples = _measured_anew(begun)
    yield _cpu(name, samples, 1.2)
    yield _rate_of_a_core(f"{name}: rate of a core, peer FastAPI", samples, 5)
    yield _rate(f"{name}: rate as seen, peer FastAPI", samples)
    yield _p99(name, samples)
    samples["peer"] = samples["made before"]
    yield _rate_of_a_core(
        f"{name}: rate of a core, peer FastAPI on the loop, model made before", samples
    )
    yield from _not_modified(place, database_url, path)


def _by_token(place: Place, database_url: str, schema_id: int) -> Iterator[Row]:
    """Measure the same read of somebody who has to say who they are each time."""
    headers = {**_HEADERS, "Authorization": f"Bearer {_token(database_url)}"}
    environ = {"BENCH_BODY": str(place.folder / "body")}
    path, body = f"/schemas/ids/{schema_id}", (place.folder / "body").read_bytes()

    def begun(stack: ExitStack) -> Mapping[str, Exchange]:
        asking = registry(
            database_url,
            place.folder,
            WIREPACT_AUTHENTICATION="on",
            # So many that none is refused; they are counted nevertheless.
            WIREPACT_READS_PER_SECOND="1000000",
        )
        ours = stack.enter_context(asking)
        limit = stack.enter_context(place.granian("bare:found", environ))
        assert get(ours.url + path, _HEADERS).status == 401
        return {
            "ours": Exchange(ours, path, 200, body, headers),
            "limit": Exchange(limit, path, 200, body, headers),
        }

    yield _cpu("GET /schemas/ids/{id}, by token", _measured_anew(begun), 1.2)


def _token(database_url: str) -> str:
    command = [str(BIN / "wirepact")]
    where = ["--database-url", database_url]
    subprocess.run([*command, "user", "add", *where, "bench", "--service"], check=True)
    granted = ["access", "grant", *where, "reader", "bench", "*"]
    subprocess.run([*command, *granted], check=True)
    made = subprocess.run(
        [*command, "token", "create", *where, "bench"],
        check=True,
        capture_output=True,
        text=True,
    )
    return made.stdout.strip()


def _not_modified(place: Place, database_url: str, path: str) -> Iterator[Row]:
    environ = {"BENCH_BODY": str(place.folder / "body")}

    def begun(stack: ExitStack) -> Mapping[str, Exchange]:
        ours = stack.enter_context(registry(database_url, place.folder))
        limit = stack.enter_context(place.granian("bare:not_modified", environ))
        etag = get(ours.url + path, _HEADERS).etag
        headers = {**_HEADERS, "If-None-Match": etag}
        asked = Exchange(ours, path, 304, headers=headers)
        return {"ours": asked, "limit": replace(asked, server=limit)}

    yield _cpu("GET /schemas/ids/{id}, 304", _measured_anew(begun))


def _reads(
    place: Place,
    ours: Running,
    limit: Running,
    database: str,
    at_most: float | None,
) -> Iterator[Row]:
    of_subject = f"/subjects/{quote(place.subject)}"
    for name, path in (
        ("GET /subjects/{s}/versions/{v}", f"{of_subject}/versions/2"),
        ("GET /subjects/{s}/versions/latest", f"{of_subject}/versions/latest"),
        ("GET /subjects/{s}/versions", f"{of_subject}/versions"),
        ("GET /config/{s}", f"/config/{quote(place.subject)}"),
    ):
        found = get(ours.url + path, _HEADERS)
        assert found.status == 200, found
        samples = _measured(
            {
                "ours": Exchange(ours, path, 200, found.body, _HEADERS),
                "limit": Exchange(limit, path, 200, found.body, _HEADERS),
            }
        )
        yield _cpu(f"{name}, {database}", samples, at_most)


def _measured_anew(
    begun: Callable[[ExitStack], Mapping[str, Exchange]],
) -> dict[str, list[Load]]:
    """Measure servers that are started anew a few times."""
    samples: dict[str, list[Load]] = {}
    for _ in range(_STARTS):
        with ExitStack() as stack:
            found = _measured(begun(stack), _ROUNDS_OF_A_START, _SECONDS_OF_A_START)
        for who, loads in found.items():
            samples.setdefault(who, []).extend(loads)
    return samples


def _measured(
    exchanges: Mapping[str, Exchange], rounds: int = _ROUNDS, seconds: int = _SECONDS
) -> dict[str, list[Load]]:
    for exchange in exchanges.values():
        loaded(exchange, 1)()  # warm, and the caches filled
    measures: dict[str, Callable[[], Load]] = {
        name: loaded(exchange, seconds) for name, exchange in exchanges.items()
    }
    return alternate(measures, rounds)


def _cpu(
    name: str, samples: Mapping[str, list[Load]], at_most: float | None = None
) -> Row:
    claim = Claim(SUITE, f"{name}: CPU", "us/request", "limit", at_most=at_most)
    used = {who: [each.cpu_us for each in found] for who, found in samples.items()}
    return row(claim, used["ours"], peer=used.get("peer"), limit=used["limit"])


def _rate(name: str, samples: Mapping[str, list[Load]]) -> Row:
    seen = {who: [each.per_s for each in found] for who, found in samples.items()}
    claim = Claim(SUITE, name, "requests/s", "peer")
    return row(claim, seen["ours"], peer=seen["peer"], limit=seen["limit"])


def _rate_of_a_core(
    name: str, samples: Mapping[str, list[Load]], at_least: float | None = None
) -> Row:
    """Say what a core can do: unlike the rate, it is not the neighbours' as well."""
    seen = {who: [1e6 / each.cpu_us for each in it] for who, it in samples.items()}
    claim = Claim(SUITE, name, "requests/CPU s", "peer", at_least=at_least)
    return row(claim, seen["ours"], peer=seen["peer"], limit=seen["limit"])


def _p99(name: str, samples: Mapping[str, list[Load]]) -> Row:
    claim = Claim(SUITE, f"{name}: 99th percentile", "ms", "limit")
    seen = {who: [each.p99_ms for each in found] for who, found in samples.items()}
    return row(claim, seen["ours"], peer=seen["peer"], limit=seen["limit"])
