"""What is still being done for a request that was given up changes nothing."""

from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from registry.application import deadlines
from registry.application.changes import Changes
from registry.application.deadlines import AbandonedError, Deadline
from registry.application.stored import Visibility
from registry.domain.model import Subject
from registry.storage.engine import SqlTransactions, connect
from tests.suites.registering import a_content, decided, numbers, register, soft_delete

A = Subject("a")


@pytest.fixture
def transactions(url: str) -> Iterator[SqlTransactions]:
    with closing(SqlTransactions(connect(url), Changes())) as found:
        yield found


@contextmanager
def doing() -> Iterator[Deadline]:
    """Act as the thread of a request does."""
    deadline = Deadline()
    token = deadlines.CURRENT.set(deadline)
    try:
        yield deadline
    finally:
        deadlines.CURRENT.reset(token)


def test_given_up_before_the_commit_when_written_then_it_is_rolled_back(transactions):
    register(transactions, A, a_content())

    def act(store):
        store.lock(A.context)
        store.soft_delete(A, [1], 1)
        assert deadline.end()

    with doing() as deadline, pytest.raises(AbandonedError):
        transactions.write(act)

    assert numbers(transactions, A, Visibility.LIVE) == [1]
    assert not deadline.has_changed


def test_given_up_before_a_registration_when_written_then_there_is_none(transactions):
    decision = decided(transactions, A, a_content())

    def act(store):
        assert deadline.end()
        return decision(store)

    with doing() as deadline, pytest.raises(AbandonedError):
        transactions.write(act)

    assert numbers(transactions, A, Visibility.ALL) == []


def test_given_up_when_read_then_nothing_is_asked(transactions):
    with doing() as deadline:
        deadline.end()
        with pytest.raises(AbandonedError), transactions.read():
            pytest.fail("the store was opened")


def test_given_time_when_written_then_it_is_done_and_known_to_be(transactions):
    with doing() as deadline:
        register(transactions, A, a_content())

    assert deadline.has_changed
    soft_delete(transactions, A, 1)
    assert numbers(transactions, A, Visibility.ALL) == [1]
