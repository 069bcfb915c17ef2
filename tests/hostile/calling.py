"""Calls of the application as a server makes them; a client would mend a path first."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from registry.http.asgi import App, Message, Scope
from tests.hostile.requests import Request
from tests.services.in_process import InProcess


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    body: bytes

    @property
    def code(self) -> int:
        """The code that the body says, or else the status."""
        try:
            code = int(json.loads(self.body)["error_code"])
        except (ValueError, KeyError, TypeError):
            return self.status
        # The one says in its first digits what the other is.
        assert int(str(code)[:3]) == self.status, self
        return code


def called(registry: InProcess, request: Request) -> Answer:
    """Make a request, and wait for all of its answer."""
    path, _, query = request.path.encode().partition(b"?")
    fields = [(b"host", b"registry")]
    fields += [
        (name.encode("latin-1"), value.encode("latin-1"))
        for name, value in request.headers.items()
    ]
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": request.method,
        "scheme": "http",
        "root_path": "",
        "path": unquote(path.decode()),
        "raw_path": path,
        "query_string": query,
        "headers": fields,
        "client": ("127.0.0.1", 50_000),
        "server": None,
        "state": {},
    }
    return registry.run(_answered(registry.app, scope, request.chunks()))


async def _answered(app: App, scope: Scope, chunks: Iterator[bytes]) -> Answer:
    status, body = 0, b""

    async def receive() -> Message:
        chunk = next(chunks, b"")
        return {"type": "http.request", "body": chunk, "more_body": bool(chunk)}

    async def send(message: Message) -> None:
        nonlocal status, body
        status = message.get("status", status)
        body += message.get("body", b"")

    await app(scope, receive, send)
    return Answer(status, body)
