"""What becomes of dead letters, whichever broker has them.

A subclass brings the fixture `connect`, as for `TransportSuite`.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from tests.suites.transport import QUIET_S, Connect, come, played
from wirepact import BrokerUnavailableError, DeadLetters, Metadata
from wirepact.dead_letter import Death, dead_letter
from wirepact.redriving import (
    Criteria,
    Letter,
    Plan,
    Redriving,
    Ruling,
    Verdict,
    discard,
    look,
)
from wirepact.retrying import Reason
from wirepact.transports.port import Delivery, Receipt, Record, Transport

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LETTERS = DeadLetters()


def letter_of(
    topic: str,
    number: int,
    transport: Transport,
    reason: Reason = Reason.HANDLER,
    **facts: Any,
) -> Record:
    """Return a dead letter as a consumer writes it."""
    own = ((transport.binding.headers["id"], b"m-%d" % number), ("shop", b"north"))
    delivery = Delivery(
        topic, 0, number, facts.get("key", b"k"), b"v-%d" % number, own, NOW
    )
    message = Metadata(delivery, transport.binding, "billing")
    error = facts.get("error", ValueError("no such sku"))
    failed = facts.get("failed", NOW)
    handler = facts.get("handler", "billing.bill")
    return dead_letter(
        message, Death(reason, handler, 3, failed, failed, error), LETTERS
    )


def id_of(value: bytes | None) -> int:
    return int((value or b"v--1").removeprefix(b"v-"))


class Half:
    """A judge who finds only even numbers readable."""

    async def read(self, letter: Letter, topic: str) -> Any:
        return letter.delivery.value

    async def fault(self, letter: Letter, topic: str) -> str:
        return "odd" if id_of(letter.delivery.value) % 2 else ""


class Cut:
    """A transport that breaks off when so much was sent."""

    def __init__(self, inner: Transport, sends: int) -> None:
        self._inner = inner
        self._left = sends

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    async def send(self, records: Sequence[Record]) -> Sequence[Receipt]:
        if self._left <= 0:
            raise BrokerUnavailableError("the broker", "it was cut off")
        self._left -= 1
        return await self._inner.send(records)


class Scene:
    """A broker with dead letters of a topic of its own."""

    def __init__(self, connect: Connect) -> None:
        self._connect = connect
        self.topic = f"t-{uuid4().hex}"
        self.dead = LETTERS.topic_of(self.topic, "billing")
        self.verdicts: list[Verdict] = []

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[Transport]:
        transport = self._connect()
        await transport.open()
        try:
            yield transport
        finally:
            await transport.close()

    async def bury(self, *numbers: int, **facts: Any) -> None:
        async with self.opened() as broker:
            await broker.send(
                [letter_of(self.topic, each, broker, **facts) for each in numbers]
            )

    def plan(self, limit: int | None = None, **criteria: Any) -> Plan:
        return Plan(self.dead, Criteria(**criteria), limit)

    async def dead_now(self, **criteria: Any) -> list[int]:
        """Return what a look finds, in order of the numbers."""
        found: list[int] = []

        async def see(letter: Letter) -> None:
            found.append(id_of(letter.delivery.value))

        async with self.opened() as broker:
            await look(broker, self.plan(**criteria), see)
        return sorted(found)

    async def redrive(self, plan: Plan, **options: Any) -> Counter[Ruling]:
        self.verdicts = []
        cut = options.pop("cut", None)
        async with self.opened() as broker:
            used = broker if cut is None else Cut(broker, cut)
            redriving = Redriving(used, tell_verdict=self.verdicts.append, **options)
            await redriving.run(plan)
        return Counter(each.ruling for each in self.verdicts)

    async def arrived(self, count: int, topic: str = "") -> list[Delivery]:
        async with self.opened() as broker:
            member = await broker.subscribe([topic or self.topic], "reader")
            found = await come(member, count)
            found += await come(member, 1, QUIET_S)
            await member.ack(found)
            await member.close()
        return sorted(found, key=lambda each: id_of(each.value))


class RedrivingSuite:
    """Subclasses bring `connect`."""

    @pytest.fixture
    def connect(self) -> Connect:
        raise NotImplementedError

    @pytest.fixture
    def scene(self, connect: Connect) -> Scene:
        return Scene(connect)

    @played
    async def test_a_look_leaves_all_where_they_are(self, scene):
        await scene.bury(*range(5))

        first, second = await scene.dead_now(), await scene.dead_now()

        assert first == second == [0, 1, 2, 3, 4]

    @played
    async def test_given_none_then_a_look_finds_none(self, scene):
        await scene.bury(1)
        await scene.redrive(scene.plan())

        assert await scene.dead_now() == []

    @played
    async def test_a_message_is_redriven_as_it_was_and_its_letter_is_gone(self, scene):
        await scene.bury(1, 2, 3)

        ruled = await scene.redrive(scene.plan())

        assert ruled == {Ruling.REDRIVEN: 3}
        arrived = await scene.arrived(3)
        assert [each.value for each in arrived] == [b"v-1", b"v-2", b"v-3"]
        assert {each.key for each in arrived} == {b"k"}
        for each in arrived:
            headers = dict(each.headers)
            assert headers["shop"] == b"north"
            assert headers["dlq-redrive-count"] == b"1"
            assert [n for n in headers if n.startswith("dlq-")] == ["dlq-redrive-count"]
        assert await scene.dead_now() == []

    @played
    async def test_given_a_message_sent_moments_ago_then_its_redrive_is_no_duplicate(
        self, scene
    ):
        async with scene.opened() as broker:
            header = (broker.binding.headers["id"], b"m-1")
            await broker.send([Record(scene.topic, b"v-1", b"k", (header,), id="m-1")])
        await scene.bury(1)

        await scene.redrive(scene.plan())

        assert len(await scene.arrived(2)) == 2

    @played
    async def test_what_does_not_fit_survives_each_pass_once(self, scene):
        await scene.bury(1, 2, 3, reason=Reason.DESERIALIZE)
        await scene.bury(4, 5, 6, reason=Reason.HANDLER)
        await scene.bury(7, 8, 9, reason=Reason.SCHEMA)

        await scene.redrive(scene.plan(reasons=("handler",)))
        after_one = await scene.dead_now()
        await scene.redrive(scene.plan(reasons=("schema",)))
        after_two = await scene.dead_now()
        await scene.redrive(scene.plan())

        assert after_one == [1, 2, 3, 7, 8, 9]
        assert after_two == [1, 2, 3]
        assert len(await scene.arrived(9)) == 9

    @played
    async def test_what_would_not_decode_stays_unless_it_is_forced(self, scene):
        await scene.bury(1, 2, 3, 4)

        asked = await scene.redrive(scene.plan(), judge=Half())
        kept = await scene.dead_now()
        forced = await scene.redrive(scene.plan(), judge=None)

        assert asked == {Ruling.REDRIVEN: 2, Ruling.UNREADABLE: 2}
        assert kept == [1, 3]
        assert forced == {Ruling.REDRIVEN: 2}
        assert await scene.dead_now() == []

    @played
    async def test_given_a_limit_then_no_more_are_redriven(self, scene):
        await scene.bury(*range(6))

        ruled = await scene.redrive(scene.plan(limit=2))

        assert ruled == {Ruling.REDRIVEN: 2}
        assert len(await scene.dead_now()) == 4
        assert len(await scene.arrived(2)) == 2

    @played
    async def test_a_dry_run_says_what_would_be_and_changes_nothing(self, scene):
        await scene.bury(1, 2)

        ruled = await scene.redrive(scene.plan(), judge=Half(), is_dry=True)

        assert ruled == {Ruling.WOULD_BE: 1, Ruling.UNREADABLE: 1}
        assert await scene.dead_now() == [1, 2]
        assert await scene.arrived(0) == []

    @played
    async def test_given_another_topic_then_they_go_there(self, scene):
        await scene.bury(1)

        await scene.redrive(scene.plan(), to=f"{scene.topic}.fixed")

        (found,) = await scene.arrived(1, f"{scene.topic}.fixed")
        assert found.value == b"v-1"

    @played
    async def test_given_a_message_that_dies_again_then_its_redrives_are_counted(
        self, scene
    ):
        await scene.bury(1)
        for _ in range(2):
            await scene.redrive(scene.plan())
            (again,) = await scene.arrived(1)
            async with scene.opened() as broker:
                message = Metadata(again, broker.binding, "billing")
                death = Death(Reason.HANDLER, "billing.bill", 1, NOW, NOW)
                await broker.send([dead_letter(message, death, LETTERS)])

        await scene.redrive(scene.plan())

        (last,) = await scene.arrived(1)
        assert dict(last.headers)["dlq-redrive-count"] == b"3"

    @played
    async def test_given_a_broker_that_breaks_off_then_no_letter_is_lost(self, scene):
        await scene.bury(1, 2, 3, reason=Reason.SCHEMA)
        await scene.bury(4, 5, reason=Reason.HANDLER)

        # Nothing is sent, or only the messages: what is to be kept cannot be.
        for cut in (0, 1):
            try:
                await scene.redrive(scene.plan(reasons=("handler",)), cut=cut)
            except BrokerUnavailableError:
                continue

        assert set(await scene.dead_now()) >= {1, 2, 3}
        await scene.redrive(scene.plan(reasons=("handler",)))
        arrived = {id_of(each.value) for each in await scene.arrived(2)}
        assert arrived >= {4, 5}

    @played
    async def test_what_is_discarded_was_saved_first_and_the_others_stay(self, scene):
        await scene.bury(1, 2, handler="billing.bill")
        await scene.bury(3, handler="billing.ship")
        saved: list[Letter] = []

        async with scene.opened() as broker:
            sifted = await discard(broker, scene.plan(handler="bill"), saved.extend)

        assert sifted.settled == 2
        assert {id_of(each.delivery.value) for each in saved} == {1, 2}
        assert await scene.dead_now() == [3]
        assert await scene.arrived(0) == []

    @played
    async def test_given_letters_that_cannot_be_saved_then_they_stay(self, scene):
        await scene.bury(1, 2)

        def refuse(_letters: Sequence[Letter]) -> None:
            raise OSError("the disk is full")

        with pytest.raises(OSError, match="full"):
            async with scene.opened() as broker:
                await discard(broker, scene.plan(), refuse)

        assert await scene.dead_now() == [1, 2]

    @pytest.mark.parametrize(
        ("criteria", "found"),
        [
            pytest.param({"exception": "Lookup"}, [2], id="exception"),
            pytest.param({"handler": "ship"}, [3], id="handler"),
            pytest.param({"key": b"\xff"}, [4], id="key"),
            pytest.param({"id": "m-5"}, [5], id="id"),
            pytest.param({"reasons": ("schema", "parked")}, [5, 6], id="reasons"),
            pytest.param({"older_than_s": 3600.0}, [1], id="age"),
        ],
    )
    @played
    async def test_filters_choose(self, scene, criteria, found):
        recent = datetime.now(UTC)
        await scene.bury(1, failed=recent - timedelta(hours=2))
        await scene.bury(2, failed=recent, error=LookupError("x"))
        await scene.bury(3, failed=recent, handler="billing.ship")
        await scene.bury(4, failed=recent, key=b"\xff")
        await scene.bury(5, failed=recent, reason=Reason.SCHEMA)
        await scene.bury(6, failed=recent, reason=Reason.PARKED)

        assert await scene.dead_now(**criteria) == found
