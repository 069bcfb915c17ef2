"""What the fixtures of a test share: a broker and a registry in memory, and a clock.

def test_an_order_is_billed(broker, clock):
    async def story():
        async with serving(app) as service:
            await app.publish(OrderCreated("o-1"), "orders")
            await service.settled()

    clock.run(story())
    assert_published(OrderBilled, where=lambda bill: bill.order_id == "o-1")
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, replace
from random import Random
from typing import Any, Final

from wirepact.app import App
from wirepact.codec_options import Registration
from wirepact.handlers import Handler
from wirepact.inbox.port import Inbox
from wirepact.observing import Observer
from wirepact.testing.clock import Clock
from wirepact.testing.crashing import LIVING, CrashedError
from wirepact.testing.fake_registry import FakeRegistry
from wirepact.transports.memory import Memory, MemoryBroker

_SEED: Final = 7


class NoKitError(RuntimeError):
    """No test with a broker is running."""

    def __init__(self) -> None:
        super().__init__(
            "this needs the broker of a test: let the test have the fixture `broker`,"
            " or be inside `with kit():`"
        )


@dataclass(frozen=True, slots=True)
class Kit:
    """Where the services of a test are.

    Attributes:
        has_contracts: Whether the registry was seeded: what it does not have then must
            not be published. Otherwise all that is published is registered.

    """

    broker: MemoryBroker
    registry: FakeRegistry
    clock: Clock
    has_contracts: bool = False

    def options_of(self, app: App) -> Any:
        """Return the options of an app, with the time and the chances of the test."""
        options = replace(
            app.options,
            wall_clock=self.clock.now,
            random=Random(_SEED).random,  # noqa: S311 - of tests
        )
        if self.has_contracts:
            return options
        codecs = replace(options.codecs, registration=Registration.REGISTER)
        return replace(options, codecs=codecs)


_KITS: Final[list[Kit]] = []


def current() -> Kit:
    """Return the kit of the test that runs.

    Raises:
        NoKitError: There is none.

    """
    if not _KITS:
        raise NoKitError
    return _KITS[-1]


@contextmanager
def kit(
    *,
    broker: MemoryBroker | None = None,
    registry: FakeRegistry | None = None,
    clock: Clock | None = None,
    has_contracts: bool = False,
) -> Iterator[Kit]:
    """Let services of this block be on a broker and a registry in memory.

    The fixture `broker` does it for the length of a test.
    """
    time = clock or Clock()
    made = Kit(
        broker or MemoryBroker(clock=time.now),
        registry or FakeRegistry(),
        time,
        has_contracts,
    )
    _KITS.append(made)
    try:
        yield made
    finally:
        _KITS.remove(made)


class Service:
    """An app that is served in a test, and begun again when it has crashed.

    Attributes:
        lives: How often it was begun.

    """

    def __init__(self, app: App, around: Kit, parts: dict[str, Any]) -> None:
        self.app = app
        self.lives = 0
        self._kit = around
        self._parts = parts
        self._observer: Observer | None = parts.pop("observer", None)
        self._line = Memory(around.broker)
        self._options = around.options_of(app)
        self._is_up = asyncio.Event()
        self._is_ending = asyncio.Event()

    async def settled(self) -> None:
        """Return when all messages are handled, dead letters, or given up.

        What waits for its next attempt is waited for, which takes no time.
        """
        lives = 0
        while lives != self.lives or not self._is_up.is_set():
            await self._is_up.wait()
            lives = self.lives
            await self._kit.broker.run_until_idle()

    def die(self) -> None:
        """Do nothing more, as a process that was killed."""
        self._is_up.clear()
        self._line.kill()
        self.app.options = replace(self.app.options, drain_s=0.0)

    async def live(self) -> None:
        """Be served, one life after the other, until it is told to end."""
        LIVING.set(self)
        try:
            with self.app.moved(
                registry=self._kit.registry.async_client(),
                broker=self._line,
                options=self._options,
                **self._parts,
            ):
                if self._observer is not None:
                    self.app.observe(self._observer)
                while not self._is_ending.is_set():
                    with suppress(CrashedError):
                        await self._life()
        finally:
            # Nobody should wait for what does not come again.
            self._is_up.set()

    def end(self) -> None:
        self._is_ending.set()

    async def up(self) -> None:
        await self._is_up.wait()

    async def _life(self) -> None:
        self.app.options = self._options
        async with self.app.running(check=self._kit.has_contracts):
            self.lives += 1
            self._is_up.set()
            await self._ended()
        self._is_up.clear()

    async def _ended(self) -> None:
        both = [
            asyncio.ensure_future(each)
            for each in (self.app.ended(), self._is_ending.wait())
        ]
        try:
            done, _ = await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        finally:
            for each in both:
                each.cancel()
            await asyncio.gather(*both, return_exceptions=True)


@asynccontextmanager
async def serving(
    app: App,
    *,
    db: Any = None,
    inbox: Inbox | None = None,
    handlers: Sequence[Handler] | None = None,
    observer: Observer | None = None,
) -> AsyncIterator[Service]:
    """Serve an app on the broker and the registry of the test, as long as the block.

    With contracts in the registry they are checked first, as a service does.

    Args:
        app: As the service has it: where it would publish to is left alone.
        db: None for the app's own.
        inbox: None for the app's own.
        handlers: None for all.
        observer: Is told what happens as well.

    Raises:
        ContractCheckError: An event cannot be read or written.
        NoKitError: No test with a broker is running.
        UnroutableError: A message came that must not, by `unknown="error"`.

    """
    parts = {"db": db, "inbox": inbox, "handlers": handlers, "observer": observer}
    service = Service(app, current(), parts)
    living = asyncio.ensure_future(service.live())
    beginning = asyncio.ensure_future(service.up())
    try:
        await _first(living, beginning)
        yield service
    finally:
        service.end()
        beginning.cancel()
        await living


async def _first(living: "asyncio.Future[None]", other: "asyncio.Future[Any]") -> None:
    """Return when the other one is done; raise what a service has ended with."""
    await asyncio.wait({living, other}, return_when=asyncio.FIRST_COMPLETED)
    if living.done():
        other.cancel()
        living.result()


def deliver(app: App, *events: Any, topic: str | None = None, **parts: Any) -> Service:
    """Publish events, let an app handle them, and return when all is settled.

    Args:
        topic: None for the one that the app's `topics`, or its first handler, have.
        parts: As `serving` takes them.

    Raises:
        WouldBlockError: An event loop runs in this thread.

    """
    around = current()

    async def story() -> Service:
        async with serving(app, **parts) as service:
            for event in events:
                await app.publish(event, topic or topic_of(app, event))
            await service.settled()
        return service

    return around.clock.run(story())


def topic_of(app: App, event: Any) -> str | None:
    """Return where an app gets events of a class; None where it gets none."""
    those = (each.topic for each in app.handlers if each.is_for(type(event)))
    return next(those, None)
