"""The load generator: one thread of wrk with 32 connections, on a core of its own."""

import json
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from benchmarks import machine
from benchmarks.servers import Running, get

_SCRIPT = Path(__file__).with_name("load.lua")


@dataclass(frozen=True, slots=True)
class Load:
    """What one run of the load generator saw, and what it cost the server."""

    per_s: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request, and the answer that the server has to give.

    Attributes:
        body: Holds the nonce of this run, so that no other server can pass for it;
            None for an answer without a body.

    """

    server: Running
    path: str
    status: int = 200
    body: bytes | None = None
    headers: Mapping[str, str] | None = None

    def check(self) -> None:
        """Raise AssertionError unless the server gives this very answer."""
        found = get(self.server.url + self.path, self.headers)
        assert found.status == self.status, (self.path, found)
        assert found.body == (self.body or b""), (self.path, found, self.body)


def loaded(exchange: Exchange, seconds: int) -> Callable[[], Load]:
    """Return a measurement: requests as fast as they are answered."""

    def measure() -> Load:
        exchange.check()
        before = exchange.server.cpu_s()
        seen = _run(exchange, seconds)
        cpu_s = exchange.server.cpu_s() - before
        assert seen["failed"] == 0, (exchange.path, seen)
        exchange.check()
        requests = seen["requests"]
        return Load(
            per_s=requests / seen["duration_us"] * 1e6,
            cpu_us=cpu_s / requests * 1e6,
            p50_ms=seen["p50_us"] / 1e3,
            p99_ms=seen["p99_us"] / 1e3,
        )

    return measure


def is_installed() -> bool:
    return shutil.which("wrk") is not None


def _run(exchange: Exchange, seconds: int) -> dict[str, int]:
    headers = [
        text
        for name, value in (exchange.headers or {}).items()
        for text in ("-H", f"{name}: {value}")
    ]
    finished = subprocess.run(
        machine.pinned(
            machine.LOAD_CORE,
            [
                *("wrk", "-t1", "-c32", f"-d{seconds}s", "-s", str(_SCRIPT)),
                *headers,
                exchange.server.url + exchange.path,
            ],
        ),
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    )
    seen: dict[str, int] = json.loads(finished.stdout.splitlines()[-1])
    return seen
