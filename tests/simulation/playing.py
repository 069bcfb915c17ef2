"""One simulation: what is sent, what goes wrong meanwhile, and what must hold then."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from typing import Any

from tests.doubles.bus import REGISTERING, OrderCreated
from tests.simulation.chance import drawn
from tests.simulation.database import Database
from tests.simulation.service import (
    BILLS,
    FAILS_ALWAYS,
    LETTERS,
    TOPIC,
    Process,
    World,
    task_factory,
)
from wirepact import Registry, RetryBy
from wirepact.envelope import read
from wirepact.testing import FakeRegistry
from wirepact.testing._virtual_time import VirtualTimeLoop
from wirepact.transports.memory import Memory, MemoryBroker
from wirepact.transports.port import Record

UNKNOWN = b"\x00\x7f\xff\xff\xff"
_PATIENCE_S = 20_000


@dataclass(frozen=True)
class Played:
    """What has come of a seed.

    Attributes:
        wrong: The invariants that do not hold, in words; empty if all do.
        digest: The same for the same seed.

    """

    seed: int
    wrong: tuple[str, ...]
    struck: dict[str, int]
    digest: tuple[Any, ...]


def play(seed: int) -> Played:
    """Play one simulation to its end."""
    random = Random(seed)
    with asyncio.Runner(loop_factory=lambda: VirtualTimeLoop(seed)) as runner:
        loop = runner.get_loop()
        loop.set_task_factory(task_factory)
        return runner.run(_played(seed, random))


async def _played(seed: int, random: Random) -> Played:
    world = _world(random)
    sent = _to_be_sent(random)
    processes = [Process(world) for _ in range(random.choice((1, 1, 2, 3)))]
    loop: Any = asyncio.get_running_loop()
    for process in processes:
        process.start()
    loop.before_step = lambda: _strike(world, processes)
    await _send(world, sent, random)
    await asyncio.sleep(random.random() * 5)
    world.chance.is_calm = True
    wrong = []
    try:
        async with asyncio.timeout(_PATIENCE_S):
            while not all(process.has_joined for process in processes):  # noqa: ASYNC110 - the port tells no such event
                await asyncio.sleep(0.1)
            await world.broker.run_until_idle()
    except TimeoutError:
        wrong.append("it never came to an end")
    loop.before_step = None
    for process in processes:
        process.is_ending.set()
    alive = [task for each in processes for task in each.tasks if not task.done()]
    if alive:
        await asyncio.wait(alive, timeout=60)
    wrong += _wrong(world, sent)
    effects = tuple(world.database.effects)
    return Played(seed, tuple(wrong), world.chance.struck, (loop.time(), effects))


def _world(random: Random) -> World:
    loop = asyncio.get_running_loop()
    begin = datetime(2026, 1, 1, tzinfo=UTC)

    def clock() -> datetime:
        return begin + timedelta(seconds=loop.time())

    chance = drawn(random)
    retry_by = random.choice((RetryBy.PROCESS, RetryBy.PROCESS, *RetryBy))
    batch = random.choice((0, 0, 3)) if retry_by is RetryBy.PROCESS else 0
    is_queue = retry_by is RetryBy.BROKER or random.random() < 0.2
    return World(
        chance,
        MemoryBroker(partitions=random.choice((1, 2, 3)), delays=is_queue, clock=clock),
        Database(chance),
        _registry().async_client(),
        {
            "codecs": REGISTERING,
            "wall_clock": clock,
            "in_hand": random.choice((2, 10, 1000)),
        },
        retry_by,
        random.choice((1, 2, 5)),
        batch,
    )


@cache
def _registry() -> FakeRegistry:
    return FakeRegistry()


@cache
def _writer() -> Registry:
    return Registry(_registry().client(), source="/shop", options=REGISTERING)


@dataclass(frozen=True)
class Sent:
    """A record, and what should become of it."""

    record: Record
    key: str
    number: int
    message_id: str
    is_good: bool


def _to_be_sent(random: Random) -> list[Sent]:
    sent: list[Sent] = []
    for number in range(random.randrange(5, 30)):
        drawn = random.random()
        if sent and drawn < 0.1:
            sent.append(random.choice(sent))
            continue
        is_poison = drawn > 0.95
        is_unhandled = 0.9 < drawn <= 0.95
        sent.append(_sent(random.choice("abcd"), number, is_poison, is_unhandled))
    return sent


def _sent(key: str, number: int, is_poison: bool, is_unhandled: bool) -> Sent:  # noqa: FBT001 - two coins
    total = number + (FAILS_ALWAYS if is_unhandled else 0)
    message = _writer().encode(OrderCreated(key, total), TOPIC, id=f"m-{number}")
    # What is not framed at all, and what names a schema that no registry has.
    frame = UNKNOWN if number % 2 else b""
    value = frame + b"poison %d" % number if is_poison else message.value
    record = Record(TOPIC, value, message.key, tuple(message.headers))
    return Sent(record, key, number, f"m-{number}", not (is_poison or is_unhandled))


async def _send(world: World, sent: list[Sent], random: Random) -> None:
    line = Memory(world.broker)
    for each in sent:
        await line.send([each.record])
        if random.random() < 0.3:
            await asyncio.sleep(random.expovariate(3))


def _strike(world: World, processes: list[Process]) -> None:
    """Let a process die between any two steps, or be asked to end."""
    for process in processes:
        if process.line.is_dead or process.is_ending.is_set():
            continue
        if world.chance.strikes("crash"):
            process.crash()
        elif world.chance.strikes("restart"):
            process.is_ending.set()
        else:
            continue
        pause_s = world.chance.random.expovariate(2)
        asyncio.get_running_loop().call_later(
            pause_s, _replace, world, processes, process
        )


def _replace(world: World, processes: list[Process], old: Process) -> None:
    if old not in processes:
        return
    processes[processes.index(old)] = new = Process(world)
    new.start()


def _wrong(world: World, sent: list[Sent]) -> list[str]:
    """Return the invariants that do not hold."""
    effects = world.database.effects
    wrong = []
    good = {each.message_id for each in sent if each.is_good}
    handled = [each.message_id for each in effects]
    if lost := sorted(good - {*handled}):
        wrong.append(f"lost: {lost}")
    if double := sorted({each for each in handled if handled.count(each) > 1}):
        wrong.append(f"handled twice: {double}")
    if undue := sorted({*handled} - good):
        wrong.append(f"handled, but should fail: {undue}")
    wrong += _wrong_letters(world, sent)
    wrong += _wrong_bills(world, good)
    if world.retry_by is RetryBy.PROCESS:
        wrong += _wrong_order(world)
    return wrong


def _wrong_letters(world: World, sent: list[Sent]) -> list[str]:
    letters = {(each.key, each.value) for each in world.broker.records(LETTERS)}
    poison = {(each.record.key, each.record.value) for each in sent if not each.is_good}
    if letters == poison:
        return []
    return [f"dead letters: {letters - poison} too many, {poison - letters} missing"]


def _wrong_bills(world: World, good: set[str]) -> list[str]:
    """Each handled message has caused one event, however often that was sent."""
    ids = defaultdict(set)
    for record in world.broker.records(BILLS):
        envelope = read(record.headers, record.value).envelope
        ids[envelope.subject or ""].add(envelope.id)
    wrong = []
    if missing := sorted(good - ids.keys()):
        wrong.append(f"published nothing: {missing}")
    # What a batch publishes has no one cause, so no id follows from it.
    is_repeated = [each for each, those in ids.items() if len(those) > 1]
    if several := sorted([] if world.batch else is_repeated):
        wrong.append(f"published with several ids: {several}")
    return wrong


def _wrong_order(world: World) -> list[str]:
    numbers = defaultdict(list)
    for effect in world.database.effects:
        numbers[effect.key].append(effect.number)
    return [
        f"out of order: {key} {those}"
        for key, those in sorted(numbers.items())
        if those != sorted(those)
    ]
