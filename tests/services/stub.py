"""A loopback server that answers what a test says, also what no registry would."""

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Asked:
    """A request that came in.

    Attributes:
        headers: Names in lower case.

    """

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Said:
    """What is sent back.

    Attributes:
        length: What the header claims; None for the truth.
        is_cut: The connection ends without an answer.

    """

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    length: int | None = None
    is_cut: bool = False

    @property
    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return json.dumps(self.body).encode()


@dataclass
class Stub:
    """A server that runs.

    Attributes:
        answer: Called for each request, in a thread of its own.
        kill: Stops listening; a second time there is nothing to do.
        asked: All requests so far.

    """

    url: str
    answer: Callable[[Asked], Said]
    kill: Callable[[], None]
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def stub(
    answer: Callable[[Asked], Said], tls: ssl.SSLContext | None = None
) -> Iterator[Stub]:
    """Serve on a loopback port, and stop in the end."""
    server = _Server(("127.0.0.1", 0), _Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)

    def kill() -> None:
        if thread.is_alive():
            server.shutdown()
            server.server_close()
            thread.join()

    scheme = "http" if tls is None else "https"
    url = f"{scheme}://127.0.0.1:{server.server_port}"
    server.stub = Stub(url, answer, kill)
    thread.start()
    try:
        yield server.stub
    finally:
        kill()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    stub: Stub


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def _answer(self) -> None:
        size = int(self.headers.get("content-length") or 0)
        headers = {name.lower(): value for name, value in self.headers.items()}
        asked = Asked(self.command, self.path, headers, self.rfile.read(size))
        self.server.stub.asked.append(asked)
        said = self.server.stub.answer(asked)
        if not said.is_cut:
            self._say(said)
        # A connection for each request: none is left open when the server stops.
        self.close_connection = True

    def _say(self, said: Said) -> None:
        content = said.content
        self.send_response(said.status)
        for name, value in {"Content-Type": "application/json", **said.headers}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(said.length or len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content)

    def __getattr__(self, name: str) -> Callable[[], None]:
        # The server calls `do_GET` and so on.
        if name.startswith("do_"):
            return self._answer
        raise AttributeError(name)

    def handle(self) -> None:
        # A client that is refused, or refuses, ends the handshake.
        with suppress(OSError):
            super().handle()

    def log_message(self, *_args: Any) -> None:
        """Say nothing: the tests look at `asked`."""
