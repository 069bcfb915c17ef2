"""A clock that tests set going: waiting takes no time, and the same test the same."""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeVar

from wirepact.errors import WouldBlockError
from wirepact.testing._virtual_time import VirtualTimeLoop

Result = TypeVar("Result")

BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)
_PATIENCE_S: Final = 1_000_000.0


class Clock:
    """The time of one test. Whatever waits in `run` is awake as soon as nobody works.

    It goes on from one `run` to the next.
    """

    def __init__(self, begin: datetime = BEGIN) -> None:
        """Make a clock.

        Args:
            begin: With a time zone.

        """
        self._begin = begin
        self._seconds = 0.0
        self._loop: VirtualTimeLoop | None = None

    def now(self) -> datetime:
        """Return the time of the test."""
        if self._loop is not None:
            self._seconds = self._loop.time()
        return self._begin + timedelta(seconds=self._seconds)

    def run(self, story: Coroutine[Any, Any, Result]) -> Result:
        """Run a coroutine to its end, in a loop of its own.

        Raises:
            TimeoutError: It has waited for a million seconds; nothing else will come.
            WouldBlockError: An event loop runs in this thread.

        """
        if self._loop is not None or asyncio._get_running_loop() is not None:  # noqa: SLF001 - the public one raises
            story.close()
            raise WouldBlockError("clock.run(...)", "await ..., or a plain test")
        with asyncio.Runner(loop_factory=self._made) as runner:
            try:
                return runner.run(asyncio.wait_for(story, _PATIENCE_S))
            finally:
                self.now()
                self._loop = None

    def _made(self) -> VirtualTimeLoop:
        self._loop = VirtualTimeLoop(seconds=self._seconds)
        return self._loop
