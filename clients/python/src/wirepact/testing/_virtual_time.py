"""An event loop whose time is not the world's, and whose chances come from a seed."""

import asyncio
import selectors
import threading
from collections.abc import Callable
from random import Random
from typing import Any, Final

# What runs in another thread gets that long before time goes on.
_PATIENCE_S: Final = 0.005
# Only threads could still bring something, and they get that long.
_THREADS_S: Final = 10.0


class StuckError(RuntimeError):
    """Nothing is ready, no timer is set, and no thread has answered."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Jumps to the next timer instead of waiting for it.

    With a seed, callbacks that are ready at once run in an order that it decides.

    Attributes:
        before_step: Is called before each round of ready callbacks.

    """

    def __init__(self, seed: int | None = None, seconds: float = 0.0) -> None:
        self._seconds = seconds
        self._chance = None if seed is None else Random(seed)  # noqa: S311 - of tests
        self.before_step: Callable[[], None] | None = None
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self._seconds

    def jump(self, seconds: float) -> None:
        self._seconds += seconds

    def _run_once(self) -> None:
        if self.before_step is not None:
            self.before_step()
        # What the loop of the standard library does not tell about itself.
        inner: Any = self
        ready = inner._ready  # noqa: SLF001 - see above
        if self._chance is not None and len(ready) > 1:
            shuffled = list(ready)
            self._chance.shuffle(shuffled)
            ready.clear()
            ready.extend(shuffled)
        run_once: Any = vars(asyncio.base_events.BaseEventLoop)["_run_once"]
        run_once(self)


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[Any]:
        found = super().select(0)
        if found or timeout == 0:
            return found
        if timeout is None:
            return self._from_threads()
        if threading.active_count() > 1:
            # What they do takes time of the world's; no timer should fire meanwhile.
            found = super().select(_PATIENCE_S)
            if found:
                return found
        # A little more than asked for: times are floats, and timers must be due.
        self._loop.jump(timeout + 1e-9)
        return []

    def _from_threads(self) -> list[Any]:
        found = super().select(_THREADS_S)
        if not found:
            raise StuckError("nothing will ever happen again")
        return found
