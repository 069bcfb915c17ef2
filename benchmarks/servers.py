"""Server processes under measurement: on a core of their own, watched in /proc."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path

from benchmarks import machine

BIN = Path(sys.executable).parent
"""Where the commands of the environment are."""

_READY_TIMEOUT_S = 60
_STOP_TIMEOUT_S = 15
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_ROOT = Path(__file__).parents[1]


class NotReadyError(Exception):
    """A server ended, or gave no answer in time; the message ends with its log."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers.

    Attributes:
        pid: The root of its process tree.
        started_s: How long it took from the start of the process to the first answer.

    """

    url: str
    pid: int
    started_s: float

    def cpu_s(self) -> float:
        """Return the processor time that all processes of the server have used."""
        return sum(_cpu_ticks(pid) for pid in tree(self.pid)) / _TICKS_PER_S

    def resident_bytes(self) -> int:
        """Return the resident memory of the largest process: the worker."""
        return max(_resident_bytes(pid) for pid in tree(self.pid))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server said."""

    status: int
    body: bytes
    etag: str


@contextmanager
def running(
    command: list[str],
    environ: Mapping[str, str],
    log: Path,
    *,
    port: int,
    ready: str,
    core: int | None = machine.SERVER_CORE,
) -> Iterator[Running]:
    """Start a server, wait until `ready` is answered well, and stop it in the end.

    Raises:
        NotReadyError: It ended, or was not ready in time.

    """
    url = f"http://127.0.0.1:{port}"
    with log.open("wb") as output:
        started = time.perf_counter()
        process = subprocess.Popen(
            command if core is None else machine.pinned(core, command),
            env={"PATH": os.environ.get("PATH", os.defpath), **environ},
            cwd=_ROOT,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        elapsed_s = _wait(process, url + ready, started, log)
        yield Running(url, process.pid, elapsed_s)
    finally:
        _stop(process)


def registry(
    database_url: str, folder: Path, **settings: str
) -> AbstractContextManager[Running]:
    """Start ours as a user starts it, with one worker.

    Args:
        folder: Takes the log.
        settings: By their full names.

    """
    port = free_port()
    environ = {
        **without_uvloop(folder),
        "WIREPACT_LISTEN": f"127.0.0.1:{port}",
        "WIREPACT_DATABASE_URL": database_url,
        "WIREPACT_DRAIN_SECONDS": "0",
        **settings,
    }
    command = [str(BIN / "wirepact"), "serve"]
    log = folder / f"registry-{port}.log"
    return running(command, environ, log, port=port, ready="/health/ready")


def without_uvloop(folder: Path) -> Mapping[str, str]:
    """Return the environment in which granian runs as it does for a user.

    A peer brings uvloop along, which the registry does not depend on; granian would
    take it for whoever it serves.
    """
    hidden = folder / "hidden"
    hidden.mkdir(exist_ok=True)
    (hidden / "uvloop.py").write_text("raise ImportError\n")
    return {"PYTHONPATH": str(hidden)}


def free_port() -> int:
    """Return a port that the kernel has just chosen; the nonce shows who answers."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(url: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Return an answer, whatever its status."""
    return _answer("GET", url, None, headers or {})


def send(method: str, url: str, body: object) -> Answer:
    """Send a JSON body, and return the answer."""
    return _answer(
        method, url, json.dumps(body).encode(), {"Content-Type": "application/json"}
    )


def tree(root: int) -> list[int]:
    """Return the process ids of a process and all that descend from it."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:  # it has just ended
            continue
        parents[int(stat.parent.name)] = int(text.rpartition(")")[2].split()[1])
    found = [root]
    for pid in found:
        found += [child for child, parent in parents.items() if parent == pid]
    return found


def _answer(
    method: str, url: str, body: bytes | None, headers: Mapping[str, str]
) -> Answer:
    address, _, path = url.removeprefix("http://").partition("/")
    connection = HTTPConnection(address, timeout=30)
    try:
        connection.request(method, f"/{path}", body, dict(headers))
        answer = connection.getresponse()
        etag = answer.getheader("etag", "")
        return Answer(answer.status, answer.read(), etag)
    finally:
        connection.close()


def _wait(
    process: subprocess.Popen[bytes], url: str, started: float, log: Path
) -> float:
    while time.perf_counter() - started < _READY_TIMEOUT_S:
        if process.poll() is not None:
            break
        try:
            if get(url).status < 400:
                return time.perf_counter() - started
        except OSError:
            time.sleep(0.002)
    raise NotReadyError(f"{url}\n{log.read_text(errors='replace')[-3000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    # The whole session: a killed parent must not leave its workers behind.
    process.terminate()
    try:
        process.wait(_STOP_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _cpu_ticks(pid: int) -> int:
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0
    user, system = text.rpartition(")")[2].split()[11:13]
    return int(user) + int(system)


def _resident_bytes(pid: int) -> int:
    try:
        pages = Path(f"/proc/{pid}/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
