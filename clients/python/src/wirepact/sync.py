"""An app for code that does not await: scripts, WSGI handlers, threads.

What is asked here is done by an event loop in another thread: by the one that the app
is served in, or, where it is not served, by one of its own, which is begun with the
first call and ended with the process. Any number of threads may call at once.
"""

import asyncio
import atexit
import logging
import os
import threading
from collections.abc import Callable, Coroutine, Iterable, Sequence
from concurrent import futures
from typing import Any, Final, Protocol, TypeVar, Unpack

from wirepact._wrapping import Attributes
from wirepact.envelope import Headers
from wirepact.errors import PortalClosedError, WouldBlockError
from wirepact.transports.port import Receipt

Result = TypeVar("Result")

logger = logging.getLogger(__name__)

_LOOK_AGAIN_S: Final = 0.5
_CLOSING_S: Final = 30.0


class Awaited(Protocol):
    """What is used of an `App`."""

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None: ...

    async def publish(
        self,
        event: Any,
        topic: str | None = None,
        *,
        key: str | bytes | None = None,
        headers: Headers = (),
        **attributes: Unpack[Attributes],
    ) -> Receipt | None: ...

    async def publish_all(
        self,
        events: Iterable[Any],
        topic: str | None = None,
        *,
        headers: Headers = (),
    ) -> Sequence[Receipt] | None: ...

    async def serve(self, *, check: bool = True) -> bool: ...

    async def close(self) -> None: ...


class SyncApp:
    """Does what an `App` does, and returns when it is done. Safe from many threads."""

    def __init__(self, app: Awaited) -> None:
        self._app = app
        self._portal: _Portal | None = None
        self._turn = threading.Lock()

    def publish(
        self,
        event: Any,
        topic: str | None = None,
        *,
        key: str | bytes | None = None,
        headers: Headers = (),
        **attributes: Unpack[Attributes],
    ) -> Receipt | None:
        """Publish an event, and return when the broker has it. See `App.publish`.

        In a plain handler it is kept until the handler has ended, as `await
        app.publish(...)` is in a coroutine function, and names the handled message.

        Raises:
            WouldBlockError: An event loop runs in this thread, as in handlers that are
                coroutine functions.
            PortalClosedError: The service ended meanwhile; whether the broker has the
                event is not known.

        """
        refuse_loops("app.sync.publish(...)", "await app.publish(...)")

        def publishing() -> Coroutine[Any, Any, Receipt | None]:
            return self._app.publish(
                event, topic, key=key, headers=headers, **attributes
            )

        return self._done(publishing)

    def publish_all(
        self,
        events: Iterable[Any],
        topic: str | None = None,
        *,
        headers: Headers = (),
    ) -> Sequence[Receipt] | None:
        """Publish events together. See `App.publish_all` and `publish`.

        Raises:
            WouldBlockError: An event loop runs in this thread.
            PortalClosedError: The service ended meanwhile; whether the broker has the
                events is not known.

        """
        refuse_loops("app.sync.publish_all(...)", "await app.publish_all(...)")
        # What is iterated may be asked for twice.
        given = list(events)

        def publishing() -> Coroutine[Any, Any, Sequence[Receipt] | None]:
            return self._app.publish_all(given, topic, headers=headers)

        return self._done(publishing)

    def run(self, *, check: bool = True) -> bool:
        """Handle messages until the process is told to end. See `App.serve`.

        Returns:
            Whether all that was being handled was finished.

        Raises:
            WouldBlockError: An event loop runs in this thread.

        """
        refuse_loops("app.sync.run()", "await app.serve()")
        return asyncio.run(self._app.serve(check=check))

    def close(self) -> None:
        """Close what the calls of this face have opened; the next one opens it anew.

        Is done by itself when the process ends.
        """
        # Who calls meanwhile waits: all belongs to one loop at a time.
        with self._turn:
            portal, self._portal = self._portal, None
            if portal is not None:
                portal.close()

    @property
    def is_open(self) -> bool:
        """Whether there is something to be closed."""
        return self._portal is not None

    def _done(self, work: Callable[[], Coroutine[Any, Any, Result]]) -> Result:
        # The app may begin or end to be served between two looks.
        while True:
            loop = self._loop()
            coroutine = work()
            try:
                begun = asyncio.run_coroutine_threadsafe(coroutine, loop)
            except RuntimeError:
                coroutine.close()
                if not loop.is_closed():
                    raise
            else:
                return _result(begun, loop)

    def _loop(self) -> asyncio.AbstractEventLoop:
        with self._turn:
            if self._portal is None:
                loop = self._app.loop
                if loop is not None and loop.is_running():
                    return loop
                self._portal = _Portal(self._app.close)
            return self._portal.checked_loop()


class _Portal:
    """A thread with an event loop, which ends with the process."""

    def __init__(self, closing: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._closing = closing
        self._process = os.getpid()
        self._loop = asyncio.new_event_loop()
        # A thread that is no daemon would keep the process from ending at all.
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="wirepact-sync", daemon=True
        )
        self._thread.start()
        atexit.register(self.close)

    def checked_loop(self) -> asyncio.AbstractEventLoop:
        """Return the loop.

        Raises:
            PortalClosedError: Its thread is in the parent of this process.

        """
        if self._process != os.getpid():
            raise PortalClosedError(
                "this process was forked after app.sync was used, and connections"
                " cannot be shared: publish first in the workers"
            )
        return self._loop

    def close(self) -> None:
        atexit.unregister(self.close)
        if self._process != os.getpid():
            return
        closing = asyncio.run_coroutine_threadsafe(self._closing(), self._loop)
        try:
            closing.result(_CLOSING_S)
        except Exception:
            logger.exception("what app.sync has opened could not be closed well")
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSING_S)
        if not self._thread.is_alive():
            self._loop.close()


def refuse_loops(said: str, instead: str) -> None:
    """Pass where no event loop runs: one that runs here would wait for itself.

    Raises:
        WouldBlockError: One runs.

    """
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise WouldBlockError(said, instead)


def _result(begun: "futures.Future[Result]", loop: asyncio.AbstractEventLoop) -> Result:
    try:
        # A loop that is closed would let us wait for ever.
        while not futures.wait([begun], _LOOK_AGAIN_S).done and not loop.is_closed():
            pass
        return begun.result(0)
    except (futures.CancelledError, TimeoutError):
        if begun.done() and not begun.cancelled():
            raise
        raise PortalClosedError("the service has ended meanwhile") from None
    except BaseException:
        begun.cancel()
        raise
