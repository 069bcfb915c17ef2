"""The service that is simulated: its processes live, die at any await, come again."""

import asyncio
import contextvars
from dataclasses import dataclass, field
from typing import Any

from tests.doubles.bus import OrderBilled, OrderCreated
from tests.simulation.broker import FlakyMemory
from tests.simulation.chance import Chance
from tests.simulation.database import Database, Effect, SimulatedInbox
from wirepact import App, AppOptions, Metadata, Retry, RetryBy
from wirepact.transports.memory import MemoryBroker

TOPIC = "orders"
BILLS = "bills"
GROUP = "billing"
LETTERS = f"{TOPIC}.{GROUP}.dlq"

FAILS_ALWAYS = 1_000_000
"""Events with such a total are poison for the handler."""

_process: contextvars.ContextVar["Process | None"] = contextvars.ContextVar(
    "process", default=None
)


@dataclass
class World:
    """What outlives processes."""

    chance: Chance
    broker: MemoryBroker
    database: Database
    registry: Any
    options: dict[str, Any]
    retry_by: RetryBy
    concurrency: int
    batch: int


@dataclass
class Process:
    """One process of the service."""

    world: World
    line: FlakyMemory = field(init=False)
    life: "asyncio.Future[None]" = field(init=False)
    tasks: list["asyncio.Task[Any]"] = field(default_factory=list)
    is_ending: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        self.line = FlakyMemory(self.world.broker, self.world.chance)
        token = _process.set(self)
        self.life = asyncio.ensure_future(self._live())
        _process.reset(token)

    @property
    def has_joined(self) -> bool:
        """Whether it works, and nothing has asked it to end."""
        return self.line.has_members and not self.is_ending.is_set()

    def crash(self) -> None:
        """End as by kill -9: nothing that was begun has an effect any more."""
        self.line.kill()
        for task in self.tasks:
            task.cancel()

    async def _live(self) -> None:
        world = self.world
        app = App(
            GROUP,
            registry=world.registry,
            broker=self.line,
            inbox=SimulatedInbox(world.database),
            options=AppOptions(
                random=world.chance.random.random, drain_s=5, **world.options
            ),
        )
        declare(app, world)
        async with app.running(check=False):
            await self.is_ending.wait()


def declare(app: App, world: World) -> None:
    """Declare the handler, by ones or in batches."""
    chance = world.chance

    async def handle(event: OrderCreated, message_id: str, transaction: Any) -> None:
        await chance.pause()
        if event.total >= FAILS_ALWAYS or chance.strikes("handler"):
            raise RuntimeError("the handler fails")
        row = Effect(event.order_id, event.total, message_id)
        await transaction.write(row)
        await app.publish(OrderBilled(event.order_id), BILLS, subject=message_id)
        await chance.pause()
        if chance.strikes("handler after"):
            raise RuntimeError("the handler fails at its end")

    # So many attempts do not all fail by chance, which would make a dead letter.
    retry = Retry(25, "10ms..200ms", by=world.retry_by)
    if world.batch:

        @app.on(
            topic=TOPIC,
            retry=retry,
            batch=world.batch,
            every="50ms",
            concurrency=world.concurrency,
        )
        async def bill_all(
            events: list[OrderCreated], messages: list[Metadata], transaction: Any
        ) -> None:
            for event, message in zip(events, messages, strict=True):
                await handle(event, message.id, transaction)
    else:

        @app.on(topic=TOPIC, retry=retry, concurrency=world.concurrency)
        async def bill(
            event: OrderCreated, message: Metadata, transaction: Any
        ) -> None:
            await handle(event, message.id, transaction)


def task_factory(
    loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any
) -> "asyncio.Task[Any]":
    """Make tasks that are known to the process in which they are begun.

    What the broker begins for a process is not its own, and outlives it.
    """
    task = asyncio.Task(coroutine, loop=loop, **options)
    context = options.get("context") or contextvars.copy_context()
    process = context.get(_process)
    if process is not None:
        process.tasks.append(task)
    return task
