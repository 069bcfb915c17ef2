"""What a consumer may rely on, wherever handled messages are noted down.

A subclass brings the fixture `connect`: each call makes one more worker's inbox over
the same store, which is empty in the beginning.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from datetime import timedelta

import pytest

from tests.suites.transport import played
from wirepact.inbox import keys
from wirepact.inbox.port import Inbox, Standing, Unit

Connect = Callable[[], Inbox]

NEW, IN_FLIGHT, DONE = Standing.NEW, Standing.IN_FLIGHT, Standing.DONE

BLOCKED_S = 0.3
"""How long a unit must not begin until it is said to wait."""

CROWD = 40
"""Workers with one message; more than there are connections or threads."""


class HandlerError(Exception):
    """What a handler raises."""


class Stage:
    """The inboxes of one test, closed when it ends."""

    def __init__(self, connect: Connect, *, is_sync: bool) -> None:
        self._connect = connect
        self._is_sync = is_sync
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> "Stage":
        self.inbox = await self.connected()
        return self

    async def __aexit__(self, *_failure: object) -> None:
        await self._stack.aclose()

    async def connected(self) -> Inbox:
        """Return one more worker's inbox, prepared."""
        inbox = self._connect()
        await inbox.prepare()
        self._stack.push_async_callback(inbox.close)
        return inbox

    def unit(
        self, *keys: str, by: str = "billing", on: Inbox | None = None
    ) -> AbstractAsyncContextManager[Unit]:
        return (on or self.inbox).unit(by, keys, is_sync=self._is_sync)

    async def handled(
        self, *keys: str, by: str = "billing", on: Inbox | None = None
    ) -> Sequence[Standing]:
        """Return how messages stood before they were handled, well."""
        async with self.unit(*keys, by=by, on=on) as unit:
            return list(unit.standings)

    async def failed(self, *keys: str) -> Sequence[Standing]:
        """Return how messages stood before they were handled, in vain."""
        found: list[Standing] = []

        async def handle(unit: Unit) -> None:
            found.extend(unit.standings)
            raise HandlerError

        with pytest.raises(HandlerError):
            await self.handle(handle, *keys)
        return found

    async def handle(
        self, handler: Callable[[Unit], Awaitable[object]], *keys: str
    ) -> None:
        """Have messages handled, whatever a handler does."""
        async with self.unit(*keys) as unit:
            await handler(unit)


class InboxSuite:
    """Subclasses say what is particular to their store.

    Attributes:
        is_sync: Transactions are those of plain functions.
        waits: What another one is handling is waited for, and is not in flight.

    """

    is_sync = False
    waits = True

    @pytest.fixture
    def connect(self) -> Connect:
        raise NotImplementedError

    @pytest.fixture
    def stage(self, connect: Connect) -> Stage:
        return Stage(connect, is_sync=self.is_sync)

    @played
    async def test_a_message_is_new_once(self, stage: Stage):
        async with stage:
            found = [await stage.handled("m") for _ in range(3)]

        assert found == [[NEW], [DONE], [DONE]]

    @played
    async def test_what_one_worker_has_handled_all_others_know(self, stage: Stage):
        async with stage:
            other = await stage.connected()
            await stage.handled("m")

            assert await stage.handled("m", on=other) == [DONE]

    @played
    async def test_given_a_handler_that_fails_then_nothing_is_noted_down(
        self, stage: Stage
    ):
        async with stage:
            found = [await stage.failed("m"), await stage.handled("m")]

        assert found == [[NEW], [NEW]]

    @played
    async def test_given_a_known_message_when_its_handler_fails_then_it_stays_known(
        self, stage: Stage
    ):
        async with stage:
            await stage.handled("m")
            await stage.failed("m", "n")

            assert await stage.handled("m", "n") == [DONE, NEW]

    @played
    async def test_given_a_handler_that_is_cancelled_then_nothing_is_noted_down(
        self, stage: Stage
    ):
        async with stage:
            began = asyncio.Event()

            async def handle() -> None:
                async with stage.unit("m"):
                    began.set()
                    await asyncio.Event().wait()

            handling = asyncio.create_task(handle())
            await began.wait()
            handling.cancel()
            with pytest.raises(asyncio.CancelledError):
                await handling

            assert await stage.handled("m") == [NEW]

    @played
    async def test_two_handlers_do_not_share_what_they_have_handled(self, stage: Stage):
        async with stage:
            found = [
                await stage.handled("m", by=name)
                for name in (
                    "billing",
                    "shipping",
                    "billing.m",
                    "b",
                    "Ünïcödé 店",
                    "billing",
                )
            ]

        assert found == [[NEW], [NEW], [NEW], [NEW], [NEW], [DONE]]

    @played
    async def test_of_a_batch_each_message_is_told_apart_in_its_order(
        self, stage: Stage
    ):
        async with stage:
            await stage.handled("b", "d")

            found = await stage.handled("e", "d", "c", "b", "a")

            assert found == [NEW, DONE, NEW, DONE, NEW]
            assert await stage.handled("a", "b", "c", "d", "e") == [DONE] * 5

    @played
    async def test_a_batch_may_be_empty_and_may_be_large(self, stage: Stage):
        async with stage:
            many = [f"m{number}" for number in range(3_000)]

            assert await stage.handled() == []
            assert await stage.handled(*many) == [NEW] * 3_000
            assert await stage.handled(*reversed(many)) == [DONE] * 3_000

    @played
    async def test_keys_of_any_text_are_told_apart(self, stage: Stage):
        ids = [
            "1",
            "1 ",
            "É",
            "é",
            "e\u0301",
            "店",
            "\0",
            "\ud800",
            "x" * 99_999,
            "'",
            "%",
        ]
        made = [
            *(keys.of_message("urn:orders", each) for each in ids),
            *(keys.of_message("urn:ordeŕs", each) for each in ids),
            keys.of_business("1"),
            keys.of_place("urn:orders", 0, 1),
        ]
        async with stage:
            assert await stage.handled(*made) == [NEW] * len(made)
            assert await stage.handled(*made) == [DONE] * len(made)

    @played
    async def test_given_one_who_handles_it_when_it_commits_then_others_skip_it(
        self, stage: Stage
    ):
        async with stage:
            other = await stage.connected()
            async with stage.unit("m"):
                second = await self.began_beside(stage, other)

            assert await second() == [DONE]

    @played
    async def test_given_one_who_handles_it_when_it_fails_then_another_handles_it(
        self, stage: Stage
    ):
        async with stage:
            other = await stage.connected()
            begun = []

            async def handle(_unit: Unit) -> None:
                begun.append(await self.began_beside(stage, other))
                raise HandlerError

            with pytest.raises(HandlerError):
                await stage.handle(handle, "m")

            assert await begun[0]() == [NEW]

    async def began_beside(
        self, stage: Stage, other: Inbox
    ) -> Callable[[], asyncio.Task[Sequence[Standing]]]:
        """Handle the same message by another worker, who waits or lets it be."""
        if not self.waits:
            assert await stage.handled("m", on=other) == [IN_FLIGHT]
            return lambda: asyncio.create_task(stage.handled("m", on=other))
        second = asyncio.create_task(stage.handled("m", on=other))
        _, waiting = await asyncio.wait([second], timeout=BLOCKED_S)
        assert waiting
        return lambda: second

    @played
    async def test_given_a_crowd_with_one_message_then_one_of_them_handles_it(
        self, stage: Stage
    ):
        async with stage:
            others = [stage.inbox, await stage.connected(), await stage.connected()]
            found = await asyncio.gather(
                *(stage.handled("m", on=others[n % 3]) for n in range(CROWD))
            )

        assert sum(standing == [NEW] for standing in found) == 1
        assert all(standing != [IN_FLIGHT] for standing in found) or not self.waits

    @played
    async def test_given_batches_that_overlap_then_each_message_is_handled_once(
        self, stage: Stage
    ):
        async with stage:
            other = await stage.connected()
            names = [f"m{number}" for number in range(20)]

            async def share(inbox: Inbox, batch: Sequence[str]) -> list[str]:
                standings = await stage.handled(*batch, on=inbox)
                paired = zip(batch, standings, strict=True)
                return [name for name, standing in paired if standing is NEW]

            shares = await asyncio.gather(
                *(share(stage.inbox, names[n:]) for n in range(10)),
                *(share(other, names[n:][::-1]) for n in range(10)),
            )
            # What was in flight for somebody comes to somebody again.
            shares.append(await share(other, names))

        assert sorted(name for each in shares for name in each) == sorted(names)

    @played
    async def test_given_batches_in_opposite_orders_then_none_waits_for_ever(
        self, stage: Stage
    ):
        async with stage:
            others = [await stage.connected(), await stage.connected()]
            begun: list[asyncio.Task[Sequence[Standing]]] = []

            async def handle(_unit: Unit) -> None:
                for other, batch in zip(others, ("ba", "ab"), strict=True):
                    waiting = asyncio.create_task(stage.handled(*batch, on=other))
                    begun.append(waiting)
                    await asyncio.wait([waiting], timeout=BLOCKED_S)
                raise HandlerError

            with pytest.raises(HandlerError):
                await stage.handle(handle, "b")
            found = await asyncio.gather(*begun)

        handled = sum(standing is NEW for each in found for standing in each)
        assert handled == (2 if self.waits else 1)

    @played
    async def test_when_many_prepare_it_at_once_then_all_can_use_it(
        self, connect: Connect
    ):
        inboxes = [connect() for _ in range(8)]
        await asyncio.gather(*(inbox.prepare() for inbox in inboxes))

        for inbox in inboxes:
            async with inbox.unit("billing", ["m"], is_sync=self.is_sync):
                pass
            await inbox.prepare()
            await inbox.close()

    @played
    async def test_what_was_handled_is_forgotten_by_age_and_not_before(
        self, stage: Stage
    ):
        async with stage:
            await stage.handled("m", "n")

            assert await stage.inbox.forget(timedelta(days=1)) == 0
            assert await stage.handled("m") == [DONE]

            await self.forget_all(stage)

            assert await stage.handled("m", "n") == [NEW, NEW]

    async def forget_all(self, stage: Stage) -> None:
        assert await stage.inbox.forget(timedelta(0)) == 2
        assert await stage.inbox.forget(timedelta(0)) == 0

    @played
    async def test_when_closed_twice_then_nothing_happens(self, stage: Stage):
        async with stage:
            await stage.handled("m")
            await stage.inbox.close()
            await stage.inbox.close()
