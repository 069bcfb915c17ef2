"""When handled messages are forgotten."""

import asyncio
from datetime import timedelta

import pytest

from tests.suites.transport import played
from wirepact import InboxUnavailableError
from wirepact.inbox.memory import MemoryInbox
from wirepact.inbox.sweeping import sweep


class StopTestError(Exception):
    pass


class Pauses:
    """A sleep that passes at once, so many times, and notes how long it was to be."""

    def __init__(self, count: int) -> None:
        self.seconds: list[float] = []
        self._count = count

    async def __call__(self, seconds: float) -> None:
        self.seconds.append(seconds)
        if len(self.seconds) > self._count:
            raise StopTestError


class Flaky(MemoryInbox):
    """An inbox whose store is out the first time."""

    ages: list[timedelta]

    def __init__(self) -> None:
        super().__init__()
        self.ages = []

    async def forget(self, older_than: timedelta) -> int:
        self.ages.append(older_than)
        if len(self.ages) == 1:
            raise InboxUnavailableError("the inbox", "it is being restarted")
        return await super().forget(older_than)


@played
async def test_it_forgets_now_and_then_and_an_outage_is_none_of_its_business():
    inbox, pauses = Flaky(), Pauses(3)

    with pytest.raises(StopTestError):
        await sweep(
            inbox,
            timedelta(days=2),
            every=timedelta(minutes=10),
            sleep=pauses,
            chance=lambda: 0.5,
        )

    assert inbox.ages == [timedelta(days=2)] * 3
    assert pauses.seconds == [300, 600, 600, 600]


@played
async def test_it_ends_when_its_task_is_cancelled():
    sweeping = asyncio.create_task(sweep(MemoryInbox()))
    await asyncio.sleep(0)
    sweeping.cancel()

    with pytest.raises(asyncio.CancelledError):
        await sweeping


@played
async def test_given_a_negative_retention_then_nothing_is_forgotten():
    with pytest.raises(ValueError, match="negative"):
        await sweep(MemoryInbox(), timedelta(seconds=-1))
