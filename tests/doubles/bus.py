"""What tests of apps need: events, a registry in memory, and an app over both."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from wirepact import App, AppOptions, CodecOptions, Metadata, Registration, event
from wirepact.inbox.memory import MemoryInbox
from wirepact.observing import Outcome, Unobserved
from wirepact.testing import FakeRegistry
from wirepact.testing._virtual_time import VirtualTimeLoop
from wirepact.transports.memory import Memory, MemoryBroker
from wirepact.transports.port import Delivery, Record


@event("bus.OrderCreated", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderCreated:
    order_id: str
    total: int = 0


@event("bus.OrderBilled", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderBilled:
    order_id: str


REGISTERING = CodecOptions(registration=Registration.REGISTER)


def virtual(scenario: Callable[[], Awaitable[Any]]) -> Any:
    """Run a scenario in a loop whose time is not the world's."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(asyncio.wait_for(scenario(), 100_000))


@dataclass
class Seen(Unobserved):
    """An observer that remembers."""

    outcomes: list[tuple[str, Outcome]] = field(default_factory=list)
    told: list[tuple[Any, ...]] = field(default_factory=list)

    def handled(
        self, message: Metadata, handler: str, outcome: Outcome, seconds: float
    ) -> None:
        self.outcomes.append((handler.rpartition(".")[2], outcome))

    def retried(self, message: Metadata, handler: str, delay_s: float) -> None:
        self.told.append(("retried", delay_s))

    def dead_lettered(self, message: Metadata, handler: str, reason: str) -> None:
        self.told.append(("dead", reason))

    def duplicate(self, message: Metadata, handler: str) -> None:
        self.told.append(("duplicate", message.id))

    def paused(self, group: str, reason: str) -> None:
        self.told.append(("paused", group))

    def resumed(self, group: str) -> None:
        self.told.append(("resumed", group))

    def lag(self, group: str, lags: Any) -> None:
        self.told.append(("lag", sum(each.messages for each in lags.values())))


class Desk:
    """A broker and a registry in memory, and apps that use both."""

    def __init__(self, **broker: Any) -> None:
        self.broker = MemoryBroker(**broker)
        self.registry = FakeRegistry()
        self.seen = Seen()
        self.memory = Memory(self.broker)

    def app(self, name: str = "billing", **parts: Any) -> App:
        """Return an app with an inbox in memory."""
        options = parts.pop("options", {})
        given = {"inbox": MemoryInbox(), "observer": self.seen, **parts}
        return App(
            name,
            registry=self.registry.async_client(),
            broker=given.pop("broker", None) or Memory(self.broker),
            options=AppOptions(codecs=REGISTERING, random=Random(7).random, **options),
            **given,
        )

    async def raw(self, topic: str, *values: bytes | None, key: bytes = b"k") -> None:
        """Send what no registry knows."""
        await self.memory.send([Record(topic, value, key) for value in values])

    async def idle(self) -> None:
        await self.broker.run_until_idle()

    def records(self, topic: str) -> list[Delivery]:
        return self.broker.records(topic)


def headers_of(delivery: Delivery) -> dict[str, str]:
    return {name: (value or b"").decode() for name, value in delivery.headers}
