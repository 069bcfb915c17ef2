"""A service that publishes events and handles them.

app = App("orders", registry="http://registry:8081", broker=Kafka("kafka:9092"), db=db)

@app.on(OrderCreated, topic="orders", retry=Retry(5, "1s..1m"))
async def bill(event: OrderCreated, message: Metadata, session: AsyncSession) -> None:
session.add(Invoice(order=event.order_id))
await app.publish(OrderBilled(event.order_id), topic="invoices")

asyncio.run(app.serve())
"""

import asyncio
from collections.abc import (
    AsyncIterator,
    Callable,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager, contextmanager, nullcontext, suppress
from functools import cache
from types import TracebackType
from typing import Any, Self, TypeVar, Unpack
from urllib.parse import quote
from weakref import WeakKeyDictionary, ref

from wirepact._closing import all_closed
from wirepact._core import Urls
from wirepact._declaring import Declared, declared, refuse_neighbours
from wirepact._making import inbox_of, parts_of
from wirepact._running import Contracts, Parts, Running, checked
from wirepact._signals import signals
from wirepact._wrapping import Attributes
from wirepact.app_options import AppOptions
from wirepact.async_serializer import AsyncSchemas
from wirepact.contracts import ContractReport
from wirepact.dead_letter import DeadLetters
from wirepact.envelope import Headers
from wirepact.errors import EncodeError
from wirepact.handlers import Function, Handler, HandlerError, KeyOf
from wirepact.inbox.port import Inbox
from wirepact.observing import Observer, Together, Unobserved
from wirepact.retrying import Retry
from wirepact.sync import SyncApp
from wirepact.transports.port import Receipt, Transport

Decorated = TypeVar("Decorated", bound=Function)


class App:
    """A service: its handlers, and what it publishes. For one event loop at a time."""

    def __init__(
        self,
        name: str,
        *,
        registry: Urls | AsyncSchemas,
        broker: Transport,
        db: Any = None,
        inbox: Inbox | None = None,
        source: str = "",
        topics: Mapping[type, str] | None = None,
        observer: Observer | None = None,
        options: AppOptions | None = None,
    ) -> None:
        """Make a service; nothing is connected before it is needed.

        Args:
            name: Stays when the code is deployed again: it is the group of handlers
                that name none, and a part of their names.
            registry: Its address, or several of equal servers, or an
                `AsyncRegistryClient`, which stays the caller's to close.
            broker: A transport; the app opens and closes it.
            db: A `Sql`, in whose transactions handlers run. Its connections are closed
                with the app; whoever uses it afterwards opens new ones.
            inbox: Where handled messages are noted down, if not in the usual table of
                `db`. It brings the transactions of handlers, if it has any.
            source: Who publishes, as a URI reference; the name, if it is empty.
            topics: Where the events are that this service publishes, and which are
                checked at the start as such.
            observer: Is told what happens.
            options: All that is seldom changed.

        """
        self.name = name
        self.options = options or AppOptions()
        self._address = registry
        self._transport = broker
        self._database = db
        self._inbox = inbox_of(db, inbox)
        self._source = source or f"/{quote(name)}"
        self._topics = dict(topics or {})
        self._observer: Observer = observer or Unobserved()
        self._handlers: list[Handler] = []
        self._parts: Parts | None = None
        self._is_open = False
        self._opening = asyncio.Lock()
        self._running: Running | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_finished = True
        self._sync = SyncApp(self)

    def __repr__(self) -> str:
        return f"App({self.name!r})"

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        await self.close()

    @property
    def handlers(self) -> tuple[Handler, ...]:
        """Those that were declared, in their order."""
        return tuple(self._handlers)

    @property
    def inbox(self) -> Inbox | None:
        """Where handled messages are noted down; None if they are not."""
        return self._inbox

    @property
    def sync(self) -> SyncApp:
        """The same app for code that does not await; from any thread."""
        return self._sync

    @property
    def loop(self) -> asyncio.AbstractEventLoop | None:
        """The event loop that it is open in; None if it is not."""
        return self._loop

    def observe(self, observer: Observer) -> None:
        """Let an observer be told what happens as well; before the app opens.

        Raises:
            RuntimeError: It is open.

        """
        if self._parts is not None:
            raise RuntimeError(f"{self.name} is open, and whoever observes it is told")
        is_first = type(self._observer) is Unobserved
        self._observer = observer if is_first else Together(self._observer, observer)

    @contextmanager
    def moved(
        self,
        *,
        registry: Urls | AsyncSchemas,
        broker: Transport,
        db: Any = None,
        inbox: Inbox | None = None,
        options: AppOptions | None = None,
        handlers: Sequence[Handler] | None = None,
    ) -> Iterator[Self]:
        """Let the app have other surroundings until the block ends: for tests.

        Args:
            registry: As it is given to an app.
            broker: As it is given to an app.
            db: None for the app's own, and its own inbox.
            inbox: None for the app's own, if there is no `db` either.
            options: None for the app's own.
            handlers: None for all that it has.

        Raises:
            RuntimeError: It is open.

        """
        if self._parts is not None:
            raise RuntimeError(f"{self.name} is open, and cannot be moved")
        before = vars(self).copy()
        self._address, self._transport = registry, broker
        if db is not None or inbox is not None:
            self._database, self._inbox = db, inbox_of(db, inbox)
        self.options = options or self.options
        self._handlers = list(self._handlers if handlers is None else handlers)
        try:
            yield self
        finally:
            vars(self).update(before)

    @classmethod
    def of(cls, function: Function) -> "App | None":
        """Return the app that a function was declared for; None if there is none."""
        found = _apps().get(function)
        return None if found is None else found()

    @property
    def registry(self) -> Contracts:
        """What writes the messages that this service publishes."""
        return self._made.registry

    def on(
        self,
        *events: Any,
        topic: str | None = None,
        group: str | None = None,
        name: str | None = None,
        retry: Retry | None = None,
        dead_letter: bool | DeadLetters = True,
        idempotent: bool | str | KeyOf = True,
        batch: int = 0,
        every: str | float | None = None,
        concurrency: int = 1,
        on_key_error: str = "go_on",
        unknown: str = "skip",
    ) -> Callable[[Decorated], Decorated]:
        """Declare a handler: a coroutine function, or a plain one, run in a thread.

        Its first parameter is the event. A parameter annotated with `Metadata` gets
        what is known of the message, one with a session its transaction; without
        annotations they are given in this order. The function stays as it is.

        Args:
            events: Classes declared by `event`, or unions of them; None for tombstones.
                Without any, those that the first parameter is annotated with.
            topic: None for the one that the app's `topics` have.
            group: Handlers of a group share its messages; None for the app's name.
            name: What idempotency knows the handler by; None for the app's name and the
                function's. A handler that is renamed begins anew.
            retry: After errors of the handler; None for `Retry()`.
            dead_letter: Whether, and how, a message is kept that cannot be handled.
                With False it is dropped, and only logged.
            idempotent: Whether a message that was handled is skipped: known by its
                source and id, or by what a function of the event (and the metadata)
                returns. With `"place"`, one without an id is known by where it is; sent
                again, or moved, it is another one.
            batch: The most messages of a call, which gets lists then.
            every: How long a batch waits to become full; `"1s"` if nothing is said.
            concurrency: How many messages of the group are handled at once, those of a
                key in their order; the largest one of the group counts.
            on_key_error: With `"park"`, messages of a key that has a dead letter become
                dead letters as well, until the first one is sent again.
            unknown: What becomes of messages that no handler of topic and group is for:
                `"skip"`, `"dead_letter"`, or `"error"`, which ends the service.

        Raises:
            HandlerError: It cannot work so; the message says what to write instead.

        """
        said = Declared(
            app=self.name,
            events=events,
            topic=topic,
            group=group,
            name=name,
            batch=batch,
            every=every,
            retry=retry or Retry(),
            dead_letter=dead_letter,
            idempotent=idempotent,
            on_key_error=on_key_error,
            unknown=unknown,
            concurrency=concurrency,
            topics=self._topics,
            has_transactions=self._inbox is not None and self._inbox.has_transactions,
            has_inbox=self._inbox is not None,
            has_delays=self._transport.capabilities.delays,
        )

        def declare(function: Decorated) -> Decorated:
            handler = declared(said, function)
            self._add(handler)
            with suppress(TypeError):
                # Both weakly, as the app has its functions; not all of these can be.
                _apps()[function] = ref(self)
            return function

        return declare

    async def publish(
        self,
        event: Any,
        topic: str | None = None,
        *,
        key: str | bytes | None = None,
        headers: Headers = (),
        **attributes: Unpack[Attributes],
    ) -> Receipt | None:
        """Publish an event: its message names the one that is being handled, if any.

        Inside a handler it is encoded now, so that what does not fit fails there, and
        sent when the handler has ended, before its transaction commits.

        Args:
            event: An instance of a declared class; None for a tombstone, which needs a
                topic and a key.
            topic: None for the one that the app's `topics` have.
            key: None for the one that the event's type declares.
            headers: More of them, none of the envelope's.
            attributes: Of the envelope, where they differ from what is usual.

        Returns:
            Where it is; None if it is sent when the handler has ended.

        Raises:
            EncodeError: It does not fit its schema, or has no topic.
            BrokerUnavailableError: The broker cannot be reached.
            RecordRefusedError: The broker does not take it.
            WirepactError: As `AsyncRegistry.encode` raises them.

        """
        chosen = self._topic_of(event, topic)
        await self.open()
        return await self._made.producer.publish(
            event, chosen, key, headers, attributes
        )

    async def publish_all(
        self,
        events: Iterable[Any],
        topic: str | None = None,
        *,
        headers: Headers = (),
    ) -> Sequence[Receipt] | None:
        """Publish events together: several times as fast as one after the other.

        All are encoded before the first one is sent, so that one that does not fit
        keeps back all. They are not sent as a whole: when the broker fails, some of
        them may have been. Inside a handler they are kept until it has ended, as by
        `publish`.

        Args:
            events: Instances of declared classes, in the order in which they are sent.
            topic: Of all of them; None for those that the app's `topics` have.
            headers: More of them for each message, none of the envelope's.

        Returns:
            Where they are, in their order; None if they are sent when the handler has
            ended.

        Raises:
            EncodeError: One does not fit its schema, or has no topic.
            BrokerUnavailableError: The broker cannot be reached; some may be sent.
            RecordRefusedError: The broker does not take one; others may be sent.
            WirepactError: As `AsyncRegistry.encode` raises them.

        """
        chosen = [(event, self._topic_of(event, topic)) for event in events]
        await self.open()
        return await self._made.producer.publish_all(chosen, headers)

    async def check(self) -> ContractReport | None:
        """Check that all events can be read and written; None if there are none.

        Raises:
            ContractCheckError: One cannot be.

        """
        return await checked(self.registry, self._handlers, self._topics)

    async def open(self) -> None:
        """Connect to the broker, to publish; twice is fine.

        Raises:
            BrokerUnavailableError: It cannot be reached.

        """
        if self._is_open:
            return
        async with self._opening:
            await self._made.transport.open()
            self._loop = asyncio.get_running_loop()
            self._is_open = True

    async def close(self) -> None:
        """Close the broker, the inbox, the database, and what the registry needed.

        All are closed, whatever one of them raises.

        Raises:
            Exception: The first that was raised; notes tell of the others.

        """
        self._is_open, self._opening = False, asyncio.Lock()
        if self._loop is asyncio.get_running_loop():
            self._loop = None
        parts, self._parts = self._parts, None
        registry = None if parts is None else parts.registry
        opened = (self._transport, self._inbox, self._database, registry)
        await all_closed([each.close for each in opened if each is not None])

    async def serve(
        self, *, check: bool = True, until: asyncio.Event | None = None
    ) -> bool:
        """Handle messages until the process is told to end (SIGTERM, SIGINT).

        What is being handled then is finished, as long as `drain_s` of the options
        lasts; all else comes again. A second signal ends the process at once.

        Args:
            check: Whether contracts that do not hold are a reason not to start.
            until: Is set to end it; no signals are handled then.

        Returns:
            Whether all that was being handled was finished.

        Raises:
            ContractCheckError: An event cannot be read or written.
            UnroutableError: A message came that must not, by `unknown="error"`.

        """
        ending = asyncio.Event() if until is None else until
        with signals(ending.set) if until is None else nullcontext():
            serving = asyncio.ensure_future(self._serve(ending, check=check))
            told = asyncio.ensure_future(ending.wait())
            try:
                await asyncio.wait({serving, told}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                told.cancel()
                # Nobody has told it to end, or it still waits for something to begin.
                if not ending.is_set() or self._running is None:
                    serving.cancel()
                with suppress(asyncio.CancelledError):
                    await serving
        return self._is_finished

    @asynccontextmanager
    async def running(self, *, check: bool = True) -> AsyncIterator[Self]:
        """Handle messages as long as the block lasts; for tests, and inside services.

        Raises:
            ContractCheckError: An event cannot be read or written.

        """
        self._loop = asyncio.get_running_loop()
        if self._sync.is_open:
            # What was opened for threads belongs to another loop.
            await asyncio.to_thread(self._sync.close)
        running = Running(self._made, self._handlers)
        try:
            if check:
                await self.check()
            await running.start()
            self._is_open = True
            self._running = running
            yield self
        finally:
            self._running = None
            self._is_finished = await running.stop(self.options.drain_s)
            await self.close()

    async def _serve(self, ending: asyncio.Event, *, check: bool) -> None:
        async with self.running(check=check):
            told = asyncio.ensure_future(ending.wait())
            failed = asyncio.ensure_future(self.ended())
            await asyncio.wait({told, failed}, return_when=asyncio.FIRST_COMPLETED)
            told.cancel()
            if failed.done():
                failed.result()
            failed.cancel()

    async def ended(self) -> None:
        """Raise what has made a running consumer end by itself, or wait for ever."""
        if self._running is not None:
            await self._running.ended()
        await asyncio.Event().wait()

    @property
    def _made(self) -> Parts:
        """What belongs to an event loop, made when it is first needed."""
        if self._parts is None:
            self._parts = parts_of(
                self._address,
                self._transport,
                self._inbox,
                self._observer,
                self._source,
                self.options,
            )
        return self._parts

    def _topic_of(self, event: Any, said: str | None) -> str:
        topic = said or self._topics.get(type(event))
        if topic is None:
            raise EncodeError(
                f"{type(event).__qualname__} has no topic: say topic=..., or give the"
                " app topics={...}"
            )
        return topic

    def _add(self, handler: Handler) -> None:
        if self._running is not None:
            raise HandlerError(handler.name, "is declared after the service has begun")
        refuse_neighbours(handler, self._handlers)
        self._handlers.append(handler)


@cache
def _apps() -> WeakKeyDictionary[Function, ref[App]]:
    return WeakKeyDictionary()
