"""The words of ASGI, and what the layers around the application share."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

WITH_BODY: Final = frozenset({"POST", "PUT", "PATCH"})
"""Of requests with these methods, the body is looked at."""


def fields(headers: Headers) -> dict[bytes, bytes]:
    """Return the header fields of a request by lower-case name.

    A repeated field is one with its values joined by commas, as HTTP defines it.
    """
    found = dict(headers)
    if len(found) == len(headers):
        return found
    found.clear()
    for name, value in headers:
        found[name] = found[name] + b", " + value if name in found else value
    return found


def without_body(send: Send) -> Send:
    """Return a send that answers HEAD: the fields of a GET and nothing after them."""

    async def send_fields(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_fields


def replay(body: bytes) -> Receive:
    """Return a receive that hands over a body that has been read already."""
    messages: list[Message] = [
        {"type": "http.request", "body": body, "more_body": False}
    ]

    async def receive() -> Message:
        return messages.pop() if messages else {"type": "http.disconnect"}

    return receive
