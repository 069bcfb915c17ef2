"""What is still being sent when its request has been answered: taken, and thrown away.

Who may not do something is told so before what they send is read. Many clients listen
only when they have sent all, though, and a server that hangs up on them meanwhile takes
its answer back: they report a broken pipe. So the rest is received, kept nowhere and
looked at by nobody, for some time and up to some size.

Source: RFC 9112, 9.6; nginx does the same as `lingering_close`.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Final

from registry.http.asgi import App, Message, Receive, Scope, Send

_WITHOUT_BODY: Final = frozenset({"GET", "HEAD"})
_SMALL_BYTES: Final = 64 * 1024
_CLOSE: Final = (b"connection", b"close")
_OF_UNKNOWN_SIZE: Final = -1


@dataclass(frozen=True, slots=True)
class Patience:
    """How much is received of what nobody wants.

    Attributes:
        most_bytes: Of one body; who announces more is hung up on at once.
        total_s: From the answer to its last byte.
        pause_s: Between two pieces.
        most_at_once: How many are waited for, in a process.

    """

    most_bytes: int = 256 * 1024 * 1024
    total_s: float = 30
    pause_s: float = 5
    most_at_once: int = 64


class Lingering:
    """An ASGI application that hears clients out after another one has answered.

    For the event loop's thread alone, and to be run in a task.
    """

    def __init__(self, app: App, patience: Patience | None = None) -> None:
        self._app = app
        self._patience = patience or Patience()
        self._at_once = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope.get("method", "GET") in _WITHOUT_BODY:
            await self._app(scope, receive, send)
            return
        upload = _Upload(receive, scope)
        if upload.is_over:
            await self._app(scope, receive, send)
            return
        await self._app(scope, upload.receive, upload.announcing(send))
        if self._has_to_hear_out(upload):
            with self._counted(), suppress(TimeoutError):
                await self._discard(upload)

    def _has_to_hear_out(self, upload: "_Upload") -> bool:
        # Who waits to be told to go on has been told not to.
        return (
            not upload.is_over
            and not upload.is_held_back
            and upload.size <= self._patience.most_bytes
            and self._at_once < self._patience.most_at_once
        )

    async def _discard(self, upload: "_Upload") -> None:
        patience = self._patience
        async with asyncio.timeout(patience.total_s):
            while not upload.is_over and upload.received <= patience.most_bytes:
                async with asyncio.timeout(patience.pause_s):
                    await upload.receive()

    @contextmanager
    def _counted(self) -> Iterator[None]:
        self._at_once += 1
        try:
            yield
        finally:
            self._at_once -= 1


class _Upload:
    """What a client sends, and whether it has come to its end.

    Attributes:
        size: As announced.
        received: In bytes.
        is_over: Whether there is nothing more to come.
        is_held_back: Whether the client sends it only when it is told to.

    """

    def __init__(self, receive: Receive, scope: Scope) -> None:
        fields = dict(scope["headers"])
        self._receive = receive
        self.size = _announced(fields)
        self.received = 0
        self.is_over = self.size == 0
        self.is_held_back = b"expect" in fields

    async def receive(self) -> Message:
        message = await self._receive()
        self.received += len(message.get("body", b""))
        self.is_over = not message.get("more_body", False)
        return message

    def announcing(self, send: Send) -> Send:
        """Return a send that says when this connection cannot be used any more.

        Whoever listens while it sends may then stop. What is small is not worth it.
        """

        async def send_announcing(message: Message) -> None:
            if message["type"] == "http.response.start" and not self._ends_soon():
                message = {**message, "headers": [*message["headers"], _CLOSE]}
            await send(message)

        return send_announcing

    def _ends_soon(self) -> bool:
        is_small = 0 <= self.size <= _SMALL_BYTES
        return self.is_over or (is_small and not self.is_held_back)


def _announced(fields: dict[bytes, bytes]) -> int:
    """Return how many bytes a request says that it has."""
    if b"transfer-encoding" in fields:
        return _OF_UNKNOWN_SIZE
    length = fields.get(b"content-length", b"0")
    return int(length) if length.isdigit() else _OF_UNKNOWN_SIZE
