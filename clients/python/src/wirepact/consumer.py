"""A member of a group: fetches, hands out to workers, acknowledges what is settled.

Messages of a key are handled in their order, those of other keys meanwhile, and what is
acknowledged of a lane never goes past a message that is not settled. When lanes are
taken away, or the service ends, what is being handled is finished and the rest is given
back: it was not acknowledged, and comes again.
"""

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from zlib import crc32

from wirepact._batching import BatchWorker
from wirepact._circuit import Circuit
from wirepact._hand import Hand, Pauses
from wirepact._handling import Handling
from wirepact._points import Point, reached
from wirepact._waiting import remaining_s
from wirepact._working import Desk, Worker
from wirepact.errors import BrokerUnavailableError
from wirepact.handlers import Handler
from wirepact.observing import Observer
from wirepact.retrying import Backoff
from wirepact.transports.port import Delivery, Lane, Subscription, Transport

logger = logging.getLogger(__name__)

_FETCH_S: Final = 1.0
# While nothing is fetched, the broker hears of this member that often.
_ALIVE_S: Final = 5.0
_PARTING_S: Final = 20.0
# A broker may choose partitions by the same checksum: without mixing, all keys of a
# partition could be one worker's.
_MIXING: Final = 0x9E3779B1


@dataclass(frozen=True, slots=True)
class ConsumerOptions:
    """How much at a time, and how soon.

    Attributes:
        concurrency: How many messages are handled at once, at most.
        in_hand: How many are fetched and not settled, at most.
        lag_every_s: How often the lag is told.

    """

    concurrency: int = 1
    in_hand: int = 1000
    lag_every_s: float = 15.0


class Early(NamedTuple):
    """Messages of a lane that came before they are due."""

    deliveries: list[Delivery]
    left_s: float


class Consumer:
    """One member of one group. For the tasks of one event loop."""

    def __init__(
        self,
        transport: Transport,
        handling: Callable[[Hand], Handling],
        handlers: Sequence[Handler],
        options: ConsumerOptions,
        observer: Observer,
        random: Callable[[], float],
        wall_clock: Callable[[], datetime],
    ) -> None:
        """Make one; it fetches nothing before it is started.

        Args:
            handling: What becomes of the messages that are in a hand.
            handlers: All of the group; one with batches is the only one.
            random: Draws evenly from 0 to 1.
            wall_clock: By which messages wait for their next attempt.

        """
        batch = next((each for each in handlers if each.batch), None)
        most = (
            options.in_hand if batch is None else 2 * batch.batch * options.concurrency
        )
        self._hand = Hand(max(options.in_hand, most))
        self._handling = handling(self._hand)
        self.group = self._handling.group
        self._transport = transport
        self._options = options
        self._observer = observer
        self._wall_clock = wall_clock
        self._backoff = Backoff(random)
        self._circuit = Circuit(self._backoff, self._hand, self._opened, self._closed)
        self._pauses = Pauses(lambda: self._desk.subscription)
        self._desk = Desk(
            self._handling, self._hand, self._pauses, self._circuit, self._backoff
        )
        self._workers: list[Worker | BatchWorker] = [
            Worker(self._desk) if batch is None else BatchWorker(self._desk, batch)
            for _ in range(options.concurrency)
        ]
        self._waiting_topics = self._handling.routes.keys() - {
            each.topic for each in handlers
        }
        self._acking = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []
        self._turn = 0
        self._is_stopping = False

    async def start(self) -> None:
        """Become a member, and begin to work.

        Raises:
            BrokerUnavailableError: It cannot be reached.

        """
        self._desk.subscription = await self._transport.subscribe(
            sorted(self._handling.routes), self.group, self._revoked
        )
        topics = ", ".join(sorted(self._handling.routes))
        logger.info("%s: begins with %s", self.group, topics)
        loop = asyncio.get_running_loop()
        # The first one is what ends first.
        work = [self._fetching(), self._acknowledging(), self._telling_lag()]
        work += [worker.run() for worker in self._workers]
        self._tasks = [loop.create_task(each) for each in work]

    async def ended(self) -> None:
        """Return when it was stopped; raise what has made it end by itself.

        Raises:
            RuntimeError: One of its tasks was cancelled by something else.

        """
        if self._tasks:
            await asyncio.wait(self._tasks, return_when=asyncio.FIRST_COMPLETED)
        if self._is_stopping:
            return
        for task in self._tasks:
            if task.cancelled():
                # Without it the group would stand still, and nobody would know.
                raise RuntimeError(f"{self.group}: a task was cancelled: {task!r}")
            if task.done():
                task.result()

    async def stop(self, drain_s: float) -> bool:
        """Finish what is being handled, give back the rest, and leave the group.

        Args:
            drain_s: What takes longer is cancelled, and comes again.

        Returns:
            Whether all that was being handled was finished.

        """
        is_finished = True
        self._is_stopping = True
        await _cancelled(self._tasks[:1])
        self._drop(None)
        try:
            async with asyncio.timeout(drain_s):
                await self._hand.ended()
        except TimeoutError:
            is_finished = False
            logger.warning("%s: what is being handled comes again", self.group)
        self._hand.drop_all()
        # Before the workers: a thread may not end for long, and whoever is cancelled
        # while the broker is told has told it a part only.
        await self._flush()
        self._desk.is_closing = True
        await _cancelled(self._tasks[1:])
        self._observer.left(self.group)
        if self._desk.subscription is not None:
            await self._desk.subscription.close()
            logger.info("%s: has ended", self.group)
        return is_finished

    async def _fetching(self) -> None:
        failures = 0
        while not self._is_stopping:
            try:
                fetched = await self._fetched()
            except BrokerUnavailableError as error:
                failures += 1
                if failures == 1:
                    logger.warning("%s: nothing can be fetched: %s", self.group, error)
                await asyncio.sleep(self._backoff.pause_s(failures))
                continue
            if failures:
                logger.info("%s: fetches again", self.group)
            failures = 0
            if fetched:
                self._observer.fetched(self.group, len(fetched))
                await self._hand_out(fetched)

    async def _fetched(self) -> Sequence[Delivery]:
        subscription = self._joined
        if self._hand.has_room.is_set() and not self._circuit.is_open:
            self._pauses.arrange()
            room = max(self._hand.room, 1)
            return await subscription.fetch(room, _FETCH_S)
        self._pauses.arrange(are_all=True)
        await self._room_or(_ALIVE_S)
        return await subscription.fetch(1, 0)

    async def _room_or(self, timeout_s: float) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._circuit.is_closed.wait()
                await self._hand.has_room.wait()
        except TimeoutError:
            pass

    async def _hand_out(self, fetched: Sequence[Delivery]) -> None:
        early: list[Early] = []
        if self._waiting_topics:
            fetched, early = self._due(fetched)
        self._hand.take(fetched)
        self._put(fetched)
        for deliveries, left_s in early:
            await self._desk.hand_back(deliveries, left_s)

    def _put(self, fetched: Sequence[Delivery]) -> None:
        """Put messages into the queues of their workers."""
        workers = self._workers
        if len(workers) == 1:
            for delivery in fetched:
                workers[0].put(delivery)
            workers[0].wake()
            return
        for delivery in fetched:
            worker = workers[self._place(delivery)]
            worker.put(delivery)
            worker.wake()

    def _place(self, delivery: Delivery) -> int:
        if delivery.key is None:
            self._turn += 1
            return self._turn % len(self._workers)
        mixed = (crc32(delivery.key) * _MIXING >> 16) & 0xFFFF
        return mixed % len(self._workers)

    def _due(self, fetched: Sequence[Delivery]) -> tuple[list[Delivery], list[Early]]:
        """Part what is due from what has to wait longer, lane by lane."""
        now = self._wall_clock()
        due: list[Delivery] = []
        early: dict[Lane, Early] = {}
        for delivery in fetched:
            if delivery.topic not in self._waiting_topics:
                due.append(delivery)
                continue
            left_s = remaining_s(delivery, now)
            # Those that follow in the lane wait with it: none is longer under way.
            if left_s > 0 or delivery.lane in early:
                waiting = early.setdefault(delivery.lane, Early([], left_s))
                waiting.deliveries.append(delivery)
            else:
                due.append(delivery)
        return due, list(early.values())

    async def _acknowledging(self) -> None:
        failures = 0
        while not self._desk.is_closing:
            await self._hand.has_settled.wait()
            if await self._flush():
                failures = 0
            else:
                failures += 1
                await asyncio.sleep(self._backoff.pause_s(failures))

    async def _flush(self) -> bool:
        """Acknowledge what is settled; False if the broker does not answer."""
        hand = self._hand
        async with self._acking:
            settled, hand.settled = hand.settled, []
            hand.has_settled.clear()
            if not settled or self._desk.subscription is None:
                return True
            reached(Point.BEFORE_ACK)
            scope = self._observer.settling(self.group, settled)
            try:
                with scope:
                    await self._desk.subscription.ack(settled)
            except BaseException as error:
                # They may still be this member's, as when a broker that has waited too
                # long for the end of a rebalance cancels whoever flushes for it.
                hand.settled[:0] = settled
                hand.has_settled.set()
                if not isinstance(error, BrokerUnavailableError):
                    raise
                logger.warning("%s: acknowledged later: %s", self.group, error)
                return False
        return True

    async def _telling_lag(self) -> None:
        while not self._is_stopping:
            await asyncio.sleep(self._options.lag_every_s)
            try:
                self._observer.lag(self.group, await self._joined.lag())
            except BrokerUnavailableError as error:
                logger.debug("%s: the lag is not known: %s", self.group, error)

    async def _revoked(self, lanes: Sequence[Lane]) -> None:
        """Finish what is being handled of lanes that go to others; drop the rest."""
        lost = frozenset(lanes)
        reached(Point.DURING_REBALANCE)
        self._drop(lost)
        try:
            async with asyncio.timeout(_PARTING_S):
                await self._hand.ended(lost)
        except TimeoutError:
            logger.warning("%s: a handler is too slow for a rebalance", self.group)
        self._hand.drop_all(lost)
        self._forget()
        await self._flush()

    def _drop(self, lanes: frozenset[Lane] | None) -> None:
        self._hand.drop_waiting(lanes)
        self._forget()

    def _forget(self) -> None:
        for worker in self._workers:
            worker.forget()
        self._handling.forget()

    def _opened(self, reason: str) -> None:
        logger.warning("%s: all lanes are paused: %s", self.group, reason)
        self._pauses.arrange(are_all=True)
        self._observer.paused(self.group, reason)

    def _closed(self) -> None:
        logger.info("%s: the lanes go on", self.group)
        self._pauses.arrange()
        self._observer.resumed(self.group)

    @property
    def _joined(self) -> Subscription:
        assert self._desk.subscription is not None, "it was started"  # noqa: S101 - narrows
        return self._desk.subscription


async def _cancelled(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks, and return when they have ended."""
    ending = list(tasks)
    for task in ending:
        task.cancel()
    await asyncio.gather(*ending, return_exceptions=True)
