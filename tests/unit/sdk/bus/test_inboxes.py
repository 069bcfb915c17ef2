"""Inboxes that need no server."""

import asyncio
from datetime import timedelta

import pytest

from tests.suites.inbox import DONE, NEW, InboxSuite
from tests.suites.sql_inbox import SqlInboxSuite
from tests.suites.transport import played
from wirepact.inbox.memory import MemoryInbox


class TestMemory(InboxSuite):
    @pytest.fixture
    def connect(self):
        # One process, one memory.
        inbox = MemoryInbox()
        return lambda: inbox


class TestSqlite(SqlInboxSuite):
    @pytest.fixture
    def url(self, tmp_path):
        return f"sqlite:///{tmp_path}/handlers.db"


class TestSqliteInThreads(TestSqlite):
    is_sync = True


class Clock:
    """A time that a test moves."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


async def handled(inbox, *keys):
    async with inbox.unit("billing", keys) as unit:
        return list(unit.standings)


@played
async def test_given_no_more_room_then_what_nobody_asked_for_longest_is_forgotten():
    inbox = MemoryInbox(capacity=2)
    await handled(inbox, "a")
    await handled(inbox, "b")
    await handled(inbox, "a")
    await handled(inbox, "c")

    assert await handled(inbox, "a") == [DONE]
    assert await handled(inbox, "b") == [NEW]


@played
async def test_what_is_in_memory_ages_by_the_time_that_was_handed_in():
    clock = Clock()
    inbox = MemoryInbox(monotonic=clock)
    await handled(inbox, "a")
    clock.now = 60.0
    await handled(inbox, "b")
    clock.now = 100.0

    assert await inbox.forget(timedelta(seconds=50)) == 1
    assert await handled(inbox, "a", "b") == [NEW, DONE]


def test_given_no_room_at_all_then_the_memory_is_refused():
    with pytest.raises(ValueError, match="0"):
        MemoryInbox(capacity=0)


def test_given_a_negative_age_then_memory_forgets_nothing_and_says_so():
    with pytest.raises(ValueError, match="negative"):
        asyncio.run(MemoryInbox().forget(timedelta(days=-1)))
