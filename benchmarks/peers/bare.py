"""The limit of an answer: its bytes, from an application that does nothing else."""

import os
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

Send = Callable[[dict[str, Any]], Awaitable[None]]

_BODY = Path(os.environ["BENCH_BODY"]).read_bytes()
_FOUND = {
    "type": "http.response.start",
    "status": 200,
    "headers": [
        (b"content-type", b"application/vnd.schemaregistry.v1+json"),
        (b"content-length", b"%d" % len(_BODY)),
    ],
}
_CONTENT = {"type": "http.response.body", "body": _BODY}
_NOT_MODIFIED = {"type": "http.response.start", "status": 304, "headers": []}
_NOTHING = {"type": "http.response.body", "body": b""}


async def found(scope: dict[str, Any], receive: object, send: Send) -> None:
    """Answer every request with 200 and the body."""
    if scope["type"] == "http":
        await send(_FOUND)
        await send(_CONTENT)


async def not_modified(scope: dict[str, Any], receive: object, send: Send) -> None:
    """Answer every request with 304."""
    if scope["type"] == "http":
        await send(_NOT_MODIFIED)
        await send(_NOTHING)
