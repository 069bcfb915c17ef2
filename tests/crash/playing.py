"""Members of one group are killed, one after the other, while messages come.

Each is told beforehand at which point of the SDK's work it stops; then it is killed, as
`kill -9` does, and another one takes its place. What must hold is looked at in the end.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import monotonic
from typing import IO, Final
from uuid import uuid4

import psycopg

from tests.crash.service import (
    BROKERS,
    FAILS_ALWAYS,
    FAILS_ONCE,
    REGISTERING,
    TABLE,
    OrderCreated,
    Plan,
)
from tests.services.postgres import Postgres
from tests.services.server import serve
from wirepact import Registry
from wirepact._points import Point
from wirepact.dead_letter import DeadLetters
from wirepact.envelope import Binding, read
from wirepact.transports.port import Delivery, Record, Subscription, Transport

JOINING: Final = "joining"
"""Killed wherever it is, in the moment in which another member gets its first messages.
Brokers without partitions have no other thing like a rebalance."""

_ANYWHERE: Final = (
    Point.BEFORE_HANDLER,
    Point.MID_HANDLER,
    Point.AFTER_PUBLISH,
    Point.AFTER_COMMIT,
    Point.BEFORE_ACK,
    Point.DURING_RETRY,
    Point.DURING_DEAD_LETTER,
)
POINTS: Final = {
    "kafka": (*_ANYWHERE, Point.DURING_REBALANCE, JOINING),
    "rabbitmq": (*_ANYWHERE, JOINING),
}
_PARTITIONS: Final = {"kafka": 3, "rabbitmq": 1}
_RARE: Final = (Point.DURING_RETRY, Point.DURING_DEAD_LETTER, Point.BEFORE_ACK)
_ONCE: Final = (Point.DURING_REBALANCE,)

_SEATS: Final = 2
_IMPATIENT_S: Final = 8.0
_IDLE_S: Final = 30.0
_VISITS: Final = 5
_PATIENCE_S: Final = 120.0


@dataclass(frozen=True)
class Kill:
    point: str
    times: int


@dataclass
class Sent:
    """What was sent, by what should become of it."""

    good: set[str] = field(default_factory=set)
    poison: set[tuple[bytes | None, bytes | None]] = field(default_factory=set)
    count: int = 0


@dataclass(frozen=True)
class Played:
    """What has come of it.

    Attributes:
        wrong: What does not hold, in words; empty if all does.
        kills: How often, by point.
        repeated_letters: Dead letters that are there once more than needed: whoever is
            killed after one is sent and before its message is acknowledged sends it
            again.

    """

    broker: str
    wrong: tuple[str, ...]
    kills: dict[str, int]
    messages: int
    repeated_letters: int
    took_s: float

    def __str__(self) -> str:
        found = "; ".join(self.wrong) or "0 lost, 0 double, dead letters = poison"
        return (
            f"{self.broker}: {sum(self.kills.values())} kills,"
            f" {self.messages} messages in {self.took_s:.0f} s: {found};"
            f" dead letters sent again: {self.repeated_letters}; {self.kills}"
        )


def kills_of(broker: str, rounds: int, per_kill: int, random: Random) -> list[Kill]:
    """Return so many kills at each point, in any order.

    A member handles about as many messages until then as there are for each kill.
    """
    kills = [
        Kill(str(point), random.randint(1, _most(point, per_kill)))
        for point in POINTS[broker]
        for _ in range(rounds)
    ]
    random.shuffle(kills)
    return kills


def _most(point: str, per_kill: int) -> int:
    if point in _ONCE:
        return 1
    return max(2, per_kill // 20) if point in _RARE else per_kill


@contextmanager
def plan(broker: str, address: str, postgres: Postgres) -> Iterator[Plan]:
    """Prepare a registry, a database and names that nobody else has."""
    with ExitStack() as stack:
        folder = stack.enter_context(TemporaryDirectory(prefix="wirepact-crash-"))
        registry = stack.enter_context(serve(f"sqlite:///{folder}/registry.db"))
        database = postgres.create_database()
        stack.callback(postgres.drop_database, database)
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(TABLE.encode())
        name = uuid4().hex[:8]
        yield Plan(
            broker,
            address,
            registry.url,
            database,
            topic=f"orders-{name}",
            bills=f"bills-{name}",
            group="billing",
        )


async def play(plan: Plan, kills: Sequence[Kill], per_kill: int, seed: int) -> Played:
    """Play all kills, with so many messages for each, and look at what is left.

    Raises:
        TimeoutError: Something does not go on.

    """
    begun = monotonic()
    broker = BROKERS[plan.broker](plan.address)
    await broker.open()
    try:
        with _log() as log:
            game = _Game(plan, kills, broker, log, Random(seed))
            await game.run(per_kill)
            wrong, repeated = await game.judged()
    finally:
        await broker.close()
    return Played(
        plan.broker,
        tuple(wrong),
        dict(game.done),
        game.sent.count,
        repeated,
        monotonic() - begun,
    )


@contextmanager
def _log() -> Iterator[IO[bytes]]:
    """Yield where the members write their logs; shown if the game breaks off."""
    with TemporaryDirectory(prefix="wirepact-crash-") as folder:
        path = Path(folder) / "log"
        with path.open("wb") as log:
            try:
                yield log
            except BaseException:
                sys.stderr.write(path.read_text(errors="replace")[-8000:])
                raise


class _Member:
    """A process of the service, and what it has said."""

    def __init__(
        self,
        process: Process,
        point: str | None,
        lanes: int,
        joined: Callable[[], None],
    ) -> None:
        self.process = process
        self.point = point
        self.has_joined = asyncio.Event()
        self.is_due = asyncio.Event()
        self.is_idle = asyncio.Event()
        self.has_gone_on = asyncio.Event()
        self._left = -1
        self._joined = joined
        self._listening = asyncio.create_task(self._listen(lanes))

    async def die(self) -> None:
        """Kill it as the kernel would, wherever it is."""
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        await self._listening

    async def _listen(self, lanes: int) -> None:
        assert self.process.stdout is not None
        async for line in self.process.stdout:
            match line.decode().split():
                case ["joined"]:
                    self.has_joined.set()
                    self._joined()
                case ["at", _]:
                    self.is_due.set()
                case ["lag", left, "in", count] if int(count) == lanes:
                    self._note(int(left))

    def _note(self, left: int) -> None:
        if left != self._left:
            self._left = left
            self.has_gone_on.set()
        if left == 0:
            self.is_idle.set()


class _Game:
    def __init__(
        self,
        plan: Plan,
        kills: Sequence[Kill],
        broker: Transport,
        log: IO[bytes],
        random: Random,
    ) -> None:
        self.sent = Sent()
        self.done: Counter[str] = Counter()
        self._plan = plan
        self._kills = list(kills)
        self._broker = broker
        self._log = log
        self._random = random
        self._writer = Registry(
            plan.registry,
            source="/shop",
            options=REGISTERING,
            binding=broker.binding,
        )
        self._members: list[_Member] = []
        self._was_killed = asyncio.Event()
        self._are_killed = asyncio.Event()

    async def run(self, per_kill: int) -> None:
        """Kill all that are to be killed, then let one member do what is left."""
        least = per_kill * len(self._kills)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._feed(per_kill))
                async with asyncio.TaskGroup() as seats:
                    for _ in range(_SEATS):
                        seats.create_task(self._seat())
                self._are_killed.set()
                self._was_killed.set()
            if self.sent.count < least:
                await self._send(least - self.sent.count)
            last = await self._start(None)
            while not last.is_idle.is_set():
                last.has_gone_on.clear()
                async with asyncio.timeout(_PATIENCE_S):
                    await last.has_gone_on.wait()
            last.process.terminate()
            async with asyncio.timeout(_PATIENCE_S):
                assert await last.process.wait() == 0, "it does not end in order"
        finally:
            for member in self._members:
                await member.die()
            self._writer.close()

    async def judged(self) -> tuple[list[str], int]:
        """Return what does not hold, and how many dead letters there are twice."""
        wrong = self._wrong_effects()
        letters = DeadLetters().topic_of(self._plan.topic, self._plan.group)
        found = Counter((each.key, each.value) for each in await self._records(letters))
        if undue := found.keys() - self.sent.poison:
            wrong.append(f"dead letters of good messages: {undue}")
        if missing := self.sent.poison - found.keys():
            wrong.append(f"no dead letters: {missing}")
        bills = await self._records(self._plan.bills)
        wrong += _wrong_bills(bills, self.sent.good, self._broker.binding)
        return wrong, found.total() - len(found)

    async def _seat(self) -> None:
        """Let one member after the other take a place in the group, and die."""
        while self._kills:
            kill = self._kills.pop()
            member = await self._start(kill)
            for _ in range(_VISITS):
                if await _is_set(member.is_due):
                    break
                await self._visit()
            else:
                raise TimeoutError(f"nobody gets to {kill}")
            await self._end(member)
            self.done[kill.point] += 1
            self._was_killed.set()

    async def _visit(self) -> None:
        """Let a member come and go, for those who wait for such a thing."""
        visitor = await self._start(None)
        await _is_set(visitor.has_joined)
        await self._end(visitor)

    async def _start(self, kill: Kill | None) -> _Member:
        told = self._plan
        if kill is not None and kill.point != JOINING:
            told = replace(told, point=kill.point, times=kill.times)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.crash.service", told.text()),
            stdin=DEVNULL,
            stdout=PIPE,
            stderr=self._log,
        )
        point = None if kill is None else kill.point
        lanes = _PARTITIONS[self._plan.broker]
        member = _Member(process, point, lanes, self._joined)
        self._members.append(member)
        return member

    async def _end(self, member: _Member) -> None:
        await member.die()
        self._members.remove(member)

    def _joined(self) -> None:
        joined = [each for each in self._members if each.has_joined.is_set()]
        for member in joined:
            if member.point == JOINING and len(joined) > 1:
                member.is_due.set()

    async def _feed(self, per_kill: int) -> None:
        """Send on: after each kill, and when nobody gets to where it is to die."""
        await self._send(_SEATS * per_kill)
        # What was begun to be sent is sent: it is counted already.
        while not self._are_killed.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(_IMPATIENT_S):
                    await self._was_killed.wait()
            self._was_killed.clear()
            await self._send(per_kill)

    async def _send(self, count: int) -> None:
        records = [self._record() for _ in range(count)]
        await self._broker.send(records)
        # Whoever sends twice is not sure of the first time; it is the same message.
        await self._broker.send(self._random.sample(records, count // 20))
        self.sent.count += count

    def _record(self) -> Record:
        drawn, message_id = self._random.random(), uuid4().hex
        fate = FAILS_ALWAYS if drawn < 0.03 else FAILS_ONCE if drawn < 0.1 else ""
        order = OrderCreated(f"o-{self._random.randrange(50)}", fate)
        message = self._writer.encode(order, self._plan.topic, id=message_id)
        value = message.value
        if drawn > 0.97:
            value = b"poison " + message_id.encode()
        if drawn > 0.97 or fate == FAILS_ALWAYS:
            self.sent.poison.add((message.key, value))
        else:
            self.sent.good.add(message_id)
        return Record(self._plan.topic, value, message.key, tuple(message.headers))

    async def _records(self, topic: str) -> list[Delivery]:
        """Return all that is in a topic."""
        reader = await self._broker.subscribe([topic], f"judge-{uuid4().hex}")
        found: list[Delivery] = []
        try:
            while True:
                fetched = await reader.fetch(1000, 1.0)
                found += fetched
                await reader.ack(fetched)
                if not fetched and await _has_read_all(reader):
                    return found
        finally:
            await reader.close()

    def _wrong_effects(self) -> list[str]:
        with psycopg.connect(self._plan.database) as connection:
            rows = connection.execute("SELECT message_id FROM effect").fetchall()
        effects = Counter(message_id for (message_id,) in rows)
        wrong = []
        if lost := self.sent.good - effects.keys():
            wrong.append(f"lost: {sorted(lost)}")
        if double := [each for each, count in effects.items() if count > 1]:
            wrong.append(f"handled twice: {sorted(double)}")
        if undue := effects.keys() - self.sent.good:
            wrong.append(f"handled, but should fail: {sorted(undue)}")
        return wrong


async def _is_set(event: asyncio.Event) -> bool:
    """Say whether it is set within some time."""
    try:
        async with asyncio.timeout(_IDLE_S):
            await event.wait()
    except TimeoutError:
        return False
    return True


async def _has_read_all(reader: Subscription) -> bool:
    lags = await reader.lag()
    return bool(lags) and not any(each.messages for each in lags.values())


def _wrong_bills(
    bills: Sequence[Delivery], good: set[str], binding: Binding
) -> list[str]:
    """Each handled message has caused one event, however often that was sent."""
    ids = defaultdict(set)
    for bill in bills:
        key = (bill.key or b"").decode()
        ids[key].add(read(bill.headers, bill.value, binding).envelope.id)
    wrong = []
    if missing := sorted(good - ids.keys()):
        wrong.append(f"published nothing: {missing}")
    if undue := sorted(ids.keys() - good):
        wrong.append(f"published for what has failed: {undue}")
    if several := sorted(each for each, those in ids.items() if len(those) > 1):
        wrong.append(f"published with several ids: {several}")
    return wrong
