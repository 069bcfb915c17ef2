"""A broker in memory with the semantics of a real one: for tests, and for development.

Topics have partitions, groups have members that share them, and what is not settled is
delivered again. Nothing outlives the process. `MemoryBroker` is what a server would be;
each `Memory` is a connection of one process to it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Final

from wirepact.envelope import KAFKA
from wirepact.errors import BrokerUnavailableError
from wirepact.transports._kafka_names import find_topic_fault
from wirepact.transports._memory_groups import Group, Member
from wirepact.transports._memory_log import Log, now
from wirepact.transports.port import (
    Capabilities,
    Delivery,
    Lag,
    Lane,
    Receipt,
    Record,
    Revoked,
)

PARTITIONS: Final = 3
MOST_BYTES: Final = 64 * 1024 * 1024


class MemoryBroker:
    """What all connections share: topics, groups, and whether they can be reached.

    For the tasks of one event loop. Delays follow the loop's own time.
    """

    def __init__(
        self,
        *,
        partitions: int = PARTITIONS,
        delays: bool = False,
        keep: int | None = None,
        most_bytes: int = MOST_BYTES,
        clock: Callable[[], datetime] = now,
    ) -> None:
        """Make a broker without topics.

        Args:
            partitions: Of each topic.
            delays: Whether what is handed back with a delay holds up nothing else, as
                queues have it; otherwise its lane waits, as logs have it.
            keep: How many records of a partition stay when all groups have settled
                them, and for a while up to an eighth more; None for all.
            most_bytes: The largest record.
            clock: For the time at which records are taken; with a time zone.

        """
        self.log = Log(partitions, keep, most_bytes, clock)
        self.groups: dict[str, Group] = {}
        self.delays = delays
        self.is_out = False
        self._changed: asyncio.Event | None = None

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Answer nothing inside; groups and their members stay."""
        self.is_out = True
        self.wake()
        try:
            yield
        finally:
            self.is_out = False
            self.wake()

    def refuse_outages(self) -> None:
        """Pass if the broker can be reached.

        Raises:
            BrokerUnavailableError: It is out.

        """
        if self.is_out:
            raise BrokerUnavailableError("the broker in memory", "it is out")

    def group(self, name: str) -> Group:
        """Return a group; a new one begins with the oldest records."""
        found = self.groups.get(name)
        if found is None:
            found = self.groups[name] = Group(name, self.log, is_queue=self.delays)
        return found

    def committed(self, group: str) -> Mapping[Lane, int]:
        """Return how far a group has settled each lane that it has begun."""
        return dict(self.group(group).committed)

    @property
    def topics(self) -> list[str]:
        """The names of all topics, in the order in which they were made."""
        return self.log.topics

    def records(self, topic: str) -> list[Delivery]:
        """Return what a topic keeps, partition by partition."""
        return self.log.records(topic)

    def wake(self) -> None:
        """Let all who wait look again."""
        self.note_change()
        for group in self.groups.values():
            group.wake()

    def note_change(self) -> None:
        """Let those who wait for idleness look again."""
        if self._changed is not None:
            self._changed.set()
            self._changed = None

    async def run_until_idle(self) -> None:
        """Return when all groups that have members have settled all they can see.

        What waits for a delay is waited for as well.
        """
        while not all(group.is_idle for group in self.groups.values()):
            if self._changed is None:
                self._changed = asyncio.Event()
            await self._changed.wait()


class Memory:
    """A connection of one process to a broker in memory."""

    system = "memory"
    binding = KAFKA

    def __init__(self, broker: MemoryBroker | None = None) -> None:
        """Make a connection; without a broker, to one of its own."""
        self.broker = broker or MemoryBroker()
        self.capabilities = Capabilities(
            keeps_key_order=True,
            has_partitions=True,
            delays=self.broker.delays,
            deduplicates=False,
            has_any_header=True,
        )
        self._members: list[Member] = []

    def __repr__(self) -> str:
        return "Memory()"

    def find_name_fault(
        self,
        topic: str,
        group: str | None = None,
    ) -> str | None:
        """See `Transport`."""
        return find_topic_fault(topic)

    async def open(self) -> None:
        """See `Transport`."""
        self.broker.refuse_outages()

    async def close(self) -> None:
        """Leave all groups; what is not settled is delivered again."""
        for member in list(self._members):
            await self._left(member)

    def kill(self) -> None:
        """End as a process does that is killed: nothing more is settled or told."""
        for member in self._members:
            member.group.drop(member)
        self._members.clear()
        self.broker.wake()

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        """See `Transport`."""
        self.broker.refuse_outages()
        for record in records:
            self.broker.log.refuse(record)
        receipts = [self.broker.log.append(record) for record in records]
        self.broker.wake()
        return receipts

    async def subscribe(
        self, topics: Sequence[str], group: str, revoked: Revoked | None = None
    ) -> "MemorySubscription":
        """See `Transport`."""
        self.broker.refuse_outages()
        for topic in topics:
            self.broker.log.make(topic)
        joined = self.broker.group(group)
        member = Member(joined, tuple(topics), revoked)
        self._members.append(member)
        await joined.join(member)
        self.broker.wake()
        return MemorySubscription(self.broker, member, self._left)

    async def _left(self, member: Member) -> None:
        if member in self._members:
            self._members.remove(member)
            await member.group.leave(member)
            self.broker.wake()


class MemorySubscription:
    """See `Subscription`."""

    def __init__(
        self,
        broker: MemoryBroker,
        member: Member,
        leave: Callable[[Member], Awaitable[None]],
    ) -> None:
        self._broker = broker
        self._member = member
        self._leave = leave

    async def fetch(self, limit: int, wait_s: float) -> Sequence[Delivery]:
        """See `Subscription`."""
        found = self._fetched(limit)
        if found or wait_s <= 0:
            return found
        with suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while not found:
                    # What was found is never awaited with: no cancellation loses it.
                    await self._member.woken()
                    found = self._fetched(limit)
        return found

    def _fetched(self, limit: int) -> list[Delivery]:
        self._broker.refuse_outages()
        return self._member.fetch(limit)

    async def ack(self, deliveries: Iterable[Delivery]) -> None:
        """See `Subscription`."""
        self._broker.refuse_outages()
        self._member.settle(deliveries)
        self._broker.note_change()

    async def nack(self, deliveries: Iterable[Delivery], delay_s: float = 0) -> None:
        """See `Subscription`."""
        self._member.hand_back(list(deliveries), delay_s, self._broker.wake)
        self._broker.wake()

    def pause(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`."""
        self._member.paused.update(lanes)

    def resume(self, lanes: Iterable[Lane]) -> None:
        """See `Subscription`."""
        self._member.paused.difference_update(lanes)
        self._member.wake()

    def lanes(self) -> Sequence[Lane]:
        """See `Subscription`."""
        return list(self._member.hands)

    async def lag(self) -> Mapping[Lane, Lag]:
        """See `Subscription`."""
        self._broker.refuse_outages()
        return self._member.lag()

    async def close(self) -> None:
        """See `Subscription`."""
        await self._leave(self._member)
