"""The broker in memory, over a line that loses requests and answers."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

from tests.simulation.chance import Chance
from wirepact import BrokerUnavailableError
from wirepact.transports.memory import Memory, MemoryBroker, MemorySubscription
from wirepact.transports.port import Delivery, Lag, Lane, Receipt, Record, Revoked


class FlakyMemory(Memory):
    """A connection of one process, which is cut when that dies."""

    def __init__(self, broker: MemoryBroker, chance: Chance) -> None:
        super().__init__(broker)
        self.chance = chance
        self.is_dead = False

    def kill(self) -> None:
        self.is_dead = True
        super().kill()

    @property
    def has_members(self) -> bool:
        return bool(self._members)

    def refuse_dead(self) -> None:
        if self.is_dead:
            # Nothing that a dead process still asks for has any effect.
            raise asyncio.CancelledError

    async def close(self) -> None:
        if not self.is_dead:
            await super().close()

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        await self.chance.pause()
        self.refuse_dead()
        if self.chance.strikes("send before"):
            raise BrokerUnavailableError("the broker", "the request was lost")
        receipts = await super().send(records)
        await self.chance.pause()
        self.refuse_dead()
        if self.chance.strikes("send after"):
            raise BrokerUnavailableError("the broker", "the answer was lost")
        return receipts

    async def subscribe(
        self, topics: Sequence[str], group: str, revoked: Revoked | None = None
    ) -> "FlakySubscription":
        await self.chance.pause()
        self.refuse_dead()
        return FlakySubscription(self, await super().subscribe(topics, group, revoked))


class FlakySubscription(MemorySubscription):
    """A subscription over the line of its process."""

    def __init__(self, line: FlakyMemory, inner: MemorySubscription) -> None:
        self._line = line
        self._inner = inner

    async def fetch(self, limit: int, wait_s: float) -> Sequence[Delivery]:
        await self._line.chance.pause()
        self._line.refuse_dead()
        if self._line.chance.strikes("fetch"):
            raise BrokerUnavailableError("the broker", "it does not answer")
        return await self._inner.fetch(limit, wait_s)

    async def ack(self, deliveries: Iterable[Delivery]) -> None:
        settled = list(deliveries)
        await self._line.chance.pause()
        self._line.refuse_dead()
        if self._line.chance.strikes("ack before"):
            raise BrokerUnavailableError("the broker", "the request was lost")
        await self._inner.ack(settled)
        if self._line.chance.strikes("ack after"):
            raise BrokerUnavailableError("the broker", "the answer was lost")

    async def nack(self, deliveries: Iterable[Delivery], delay_s: float = 0) -> None:
        self._line.refuse_dead()
        await self._inner.nack(deliveries, delay_s)

    def pause(self, lanes: Iterable[Lane]) -> None:
        self._inner.pause(lanes)

    def resume(self, lanes: Iterable[Lane]) -> None:
        self._inner.resume(lanes)

    def lanes(self) -> Sequence[Lane]:
        return self._inner.lanes()

    async def lag(self) -> Mapping[Lane, Lag]:
        return await self._inner.lag()

    async def close(self) -> None:
        if not self._line.is_dead:
            await self._inner.close()
