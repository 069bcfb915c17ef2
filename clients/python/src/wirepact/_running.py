"""A service that runs: what is opened for it, its consumers, and how all of it ends."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Protocol

from wirepact._admission import Admission, refuse_missing_extras
from wirepact._applying import Applying
from wirepact._burying import Burying
from wirepact._hand import Hand
from wirepact._handling import Handling, Surroundings
from wirepact._timing import Encoder
from wirepact.app_options import AppOptions
from wirepact.async_serializer import AsyncDeserializer, AsyncSchemas
from wirepact.consumer import Consumer, ConsumerOptions
from wirepact.contracts import ContractReport, ProblemKind
from wirepact.errors import OutageError
from wirepact.handlers import Handler, HandlerError, Route, routes
from wirepact.inbox.port import Inbox
from wirepact.inbox.sweeping import sweep
from wirepact.observing import Observer
from wirepact.producer import Producer
from wirepact.retrying import Backoff, outages
from wirepact.transports.port import Transport

logger = logging.getLogger(__name__)


class Contracts(Encoder, Protocol):
    """What is used of an `AsyncRegistry`, which brings httpx along."""

    @property
    def client(self) -> AsyncSchemas: ...

    async def check(
        self, *events: type, topics: Iterable[str] = (), only_read: bool = False
    ) -> ContractReport: ...

    async def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What an app is made of."""

    registry: Contracts
    transport: Transport
    producer: Producer
    inbox: Inbox | None
    observer: Observer
    options: AppOptions


class Running:
    """The consumers of an app, from start to stop."""

    def __init__(self, parts: Parts, handlers: Sequence[Handler]) -> None:
        self._parts = parts
        self._handlers = handlers
        options = parts.options
        self._backoff = Backoff(options.random)
        self._threads = ThreadPoolExecutor(options.threads, "wirepact")
        events = {cls for each in handlers for cls in each.events if cls is not None}
        self._deserializer = AsyncDeserializer(
            parts.registry.client,
            options.codecs,
            types=sorted(events, key=lambda cls: (cls.__module__, cls.__qualname__)),
        )
        self._consumers = [self._consumer(those) for those in by_group(handlers)]
        self._sweeping: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open what is needed, and begin; what is out is waited for.

        Raises:
            HandlerError: A topic or a group of a handler cannot have its name.
            MissingExtraError: The events of a handler need what is not installed.

        """
        parts = self._parts
        refuse_names(parts.transport, self._handlers)
        refuse_missing_extras(self._handlers, parts.options.codecs)
        await self._patiently(parts.transport.open)
        if parts.inbox is not None:
            await self._patiently(parts.inbox.prepare)
            self._sweeping = asyncio.create_task(
                sweep(
                    parts.inbox,
                    parts.options.retention,
                    chance=parts.options.random,
                )
            )
        for consumer in self._consumers:
            await self._patiently(consumer.start)

    async def ended(self) -> None:
        """Raise what has made a consumer end by itself; wait as long as none does."""
        waiting = [asyncio.ensure_future(each.ended()) for each in self._consumers]
        try:
            if waiting:
                await asyncio.wait(waiting, return_when=asyncio.FIRST_EXCEPTION)
            for each in waiting:
                if each.done():
                    each.result()
        finally:
            for each in waiting:
                each.cancel()
            await asyncio.gather(*waiting, return_exceptions=True)

    async def stop(self, drain_s: float) -> bool:
        """Finish what is being handled, and let go of the rest.

        Returns:
            Whether all that was being handled was finished.

        """
        stopped = await asyncio.gather(
            *(each.stop(drain_s) for each in self._consumers), return_exceptions=True
        )
        for failure in stopped:
            if isinstance(failure, Exception):
                logger.error("a consumer has not ended well: %r", failure)
        if self._sweeping is not None:
            self._sweeping.cancel()
            await asyncio.gather(self._sweeping, return_exceptions=True)
        self._threads.shutdown(wait=False)
        return all(each is True for each in stopped)

    async def _patiently(self, step: Callable[[], Awaitable[object]]) -> None:
        failures = 0
        while True:
            try:
                await step()
            except OutageError as error:
                failures += 1
                if failures == 1:
                    logger.warning("the start waits: %s", error)
                await asyncio.sleep(self._backoff.pause_s(failures))
            else:
                break
        if failures:
            logger.info("the start goes on")

    def _consumer(self, handlers: Sequence[Handler]) -> Consumer:
        parts, options = self._parts, self._parts.options
        group = handlers[0].group
        around = Surroundings(
            deserializer=self._deserializer,
            admission=Admission(parts.registry.client, handlers, options.codecs),
            observer=parts.observer,
            binding=parts.transport.binding,
            outages=outages(options.outages),
            wall_clock=options.wall_clock,
            random=options.random,
        )
        refused = Backoff(options.random, first_s=1.0, longest_s=60.0)
        burying = Burying(parts.producer, parts.observer, refused)

        def handling(hand: Hand) -> Handling:
            applying = Applying(parts.inbox, self._threads, parts.observer, hand.holds)
            return Handling(
                group, with_waiting(handlers), applying, burying, hand, around
            )

        return Consumer(
            parts.transport,
            handling,
            handlers,
            ConsumerOptions(
                max(each.concurrency for each in handlers),
                options.in_hand,
                options.lag_every_s,
            ),
            parts.observer,
            options.random,
            options.wall_clock,
        )


def refuse_names(transport: Transport, handlers: Sequence[Handler]) -> None:
    """Pass if all topics of the handlers can be: those of retries and dead letters too.

    Raises:
        HandlerError: One cannot be; nothing of the service has begun yet.

    """
    for handler in handlers:
        topic, group = handler.topic, handler.group
        read = (topic, *handler.retry.topics_read(topic, group))
        faults = [transport.find_name_fault(each, group) for each in read]
        if handler.letters is not None:
            buried = handler.letters.topic_of(topic, group)
            faults.append(transport.find_name_fault(buried))
        for fault in faults:
            if fault is not None:
                raise HandlerError(handler.name, fault)


def by_group(handlers: Sequence[Handler]) -> list[list[Handler]]:
    """Return the handlers of each group, in the order of their declaration."""
    groups: dict[str, list[Handler]] = {}
    for handler in handlers:
        groups.setdefault(handler.group, []).append(handler)
    return list(groups.values())


def with_waiting(handlers: Sequence[Handler]) -> Mapping[str, Route]:
    """Return the routes of a group, those of the topics in which messages wait too."""
    found = routes(handlers)
    waiting = {
        topic: found[handler.topic]
        for handler in handlers
        for topic in handler.retry.topics_read(handler.topic, handler.group)
    }
    return {**found, **waiting}


async def checked(
    registry: Contracts, handlers: Sequence[Handler], topics: Mapping[type, str]
) -> ContractReport | None:
    """Check that all events can be read and written; None if there are none.

    A registry that is out is no reason to refuse: messages wait until it is back.

    Raises:
        ContractCheckError: An event cannot be, and never could.

    """
    read = {
        (cls, each.topic)
        for each in handlers
        for cls in each.events
        if cls is not None and (cls, each.topic) not in topics.items()
    }
    reports = [
        await registry.check(cls, topics=[topic], only_read=True)
        for cls, topic in sorted(read, key=_spelled)
    ] + [
        await registry.check(cls, topics=[topic])
        for cls, topic in sorted(topics.items(), key=_spelled)
    ]
    if not reports:
        return None
    report = ContractReport(
        reports[0].url,
        tuple(contract for each in reports for contract in each.contracts),
        is_offline=any(each.is_offline for each in reports),
    )
    if _is_refused(report):
        report.raise_if_failed()
    elif report.has_failed:
        logger.warning("the registry is out, and not all was seen:\n%s", report)
    return report


def _is_refused(report: ContractReport) -> bool:
    return any(
        problem.is_fatal and problem.kind is not ProblemKind.UNAVAILABLE
        for contract in report.contracts
        for problem in contract.problems
    )


def _spelled(use: tuple[type, str]) -> tuple[str, str]:
    return use[0].__qualname__, use[1]
