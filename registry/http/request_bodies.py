"""The body of a request: read when it is asked for, and not before.

Whether somebody may do something at all is decided without it. So nobody who may not
makes the server read, and keep, what they send.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

from registry.http.asgi import Message, Receive
from registry.http.errors import RefusedError


class BodyRoom:
    """How many bytes of bodies a process keeps at the same time, for all requests.

    For the event loop's thread alone.

    Args:
        most_bytes: Of all requests together.
        free_bytes: So many of each are not counted: whoever sends large bodies does not
            keep those out who send small ones.

    """

    def __init__(self, most_bytes: int, free_bytes: int = 0) -> None:
        self.free_bytes = free_bytes
        self._most = most_bytes
        self._kept = 0

    def take(self, size: int) -> None:
        """Keep some more.

        Raises:
            RefusedError: 503: there is no room; nothing was taken.

        """
        if self._kept + size > self._most:
            raise RefusedError(
                503,
                "Too many large requests at the same time; nothing was changed."
                " Try again.",
            )
        self._kept += size

    def give_back(self, size: int) -> None:
        self._kept -= size


class Body:
    """A `Receive` that reads the whole body on its first call, and hands it over.

    Args:
        receive: Gets the body piece by piece.
        most_bytes: The longest body.
        timeout_s: From when it is asked for to its last byte.
        room: Shared with all other requests.

    """

    def __init__(
        self, receive: Receive, most_bytes: int, timeout_s: float, room: BodyRoom
    ) -> None:
        self._receive = receive
        self._most = most_bytes
        self._timeout_s = timeout_s
        self._room = room
        self._size = self._kept = 0
        self._is_read = False

    async def __call__(self) -> Message:
        """Return the body as one message; later, that the client has gone.

        Raises:
            RefusedError: 413 for one that is too long, 408 for one that takes too
                long, 400 for one that has no end, 503 where there is no room for it.

        """
        if self._is_read:
            return {"type": "http.disconnect"}
        self._is_read = True
        try:
            async with asyncio.timeout(self._timeout_s):
                body = await self._whole()
        except TimeoutError:
            raise RefusedError(408) from None
        # The framework tells "no body" and "no value" apart, the API does not.
        return {"type": "http.request", "body": body or b"null", "more_body": False}

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep what is read until the request is answered."""
        try:
            yield
        finally:
            self._room.give_back(self._kept)
            self._kept = 0

    def _keep(self, size: int) -> None:
        self._room.take(size - self._kept)
        self._kept = size

    async def _whole(self) -> bytes:
        chunks = []
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise RefusedError(400, "The request ended before its body did")
            chunk = message.get("body", b"")
            self._size += len(chunk)
            if self._size > self._most:
                # What was announced is not believed: a chunked body announces nothing.
                raise RefusedError(413)
            self._keep(max(0, self._size - self._room.free_bytes))
            chunks.append(chunk)
            if not message.get("more_body", False):
                return b"".join(chunks)
