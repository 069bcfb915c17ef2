"""Who guesses has to wait, by a clock of the test's own."""

import threading

import pytest

from registry.application import lockout
from registry.application.lockout import (
    CEILING,
    OF_ACCOUNT,
    OF_ADDRESS,
    OF_STRANGERS,
    LockedOutError,
    Lockout,
)


class Waiting:
    def __init__(self):
        self.now = 1_000.0
        self.lockout = Lockout(lambda: self.now)

    def fails(self, account="alice", address="10.0.0.1", times=1):
        """Try so often; return how many were looked at."""
        looked_at = 0
        for _ in range(times):
            try:
                self.lockout.attempt(account, address)
            except LockedOutError:
                continue
            looked_at += 1
        return looked_at

    def wait_s(self, account="alice", address="10.0.0.1"):
        with pytest.raises(LockedOutError) as caught:
            self.lockout.attempt(account, address)
        return caught.value.retry_after_s


@pytest.fixture
def waiting():
    return Waiting()


def test_given_a_thousand_guesses_when_counted_then_five_are_looked_at(waiting):
    assert waiting.fails(times=1_000) == OF_ACCOUNT.most


def test_given_an_account_when_guessed_from_everywhere_then_it_is_locked(waiting):
    looked_at = sum(waiting.fails(address=f"10.0.0.{each}") for each in range(200))

    assert looked_at == CEILING * OF_ACCOUNT.most == 100


def test_given_an_account_locked_from_one_address_when_its_owner_comes_then_they_get_in(
    waiting,
):
    for _ in range(24 * 60):
        waiting.fails(times=10)
        assert waiting.fails(address="10.0.0.2") == 1
        waiting.lockout.succeeded("alice", "10.0.0.2")
        waiting.now += 60

    assert waiting.fails(times=10) <= OF_ACCOUNT.most


def test_given_guesses_from_everywhere_when_its_owner_comes_as_before_then_they_get_in(
    waiting,
):
    waiting.lockout.attempt("alice", "192.0.2.1")
    waiting.lockout.succeeded("alice", "192.0.2.1")
    for each in range(200):
        waiting.fails(address=f"10.0.0.{each}")

    assert waiting.fails(address="192.0.2.2") == 0
    assert waiting.fails(address="192.0.2.1") == 1


def test_given_an_address_that_was_good_when_it_guesses_then_it_is_locked(waiting):
    waiting.lockout.attempt("alice", "192.0.2.1")
    waiting.lockout.succeeded("alice", "192.0.2.1")

    assert waiting.fails(address="192.0.2.1", times=100) == OF_ACCOUNT.most


def test_given_an_address_that_was_good_when_it_guesses_at_others_then_it_is_no_better(
    waiting,
):
    waiting.lockout.attempt("mallory", "192.0.2.1")
    waiting.lockout.succeeded("mallory", "192.0.2.1")
    for each in range(200):
        waiting.fails(address=f"10.0.0.{each}")

    assert waiting.fails(address="192.0.2.1") == 0


def test_given_an_address_when_it_tries_all_accounts_then_it_is_locked(waiting):
    looked_at = sum(waiting.fails(account=f"user-{each}") for each in range(200))

    assert looked_at == OF_ADDRESS.most


def test_given_a_lock_when_its_time_is_over_then_the_next_is_twice_as_long(waiting):
    waits = []
    for _ in range(6):
        waiting.fails(times=OF_ACCOUNT.most)
        waits.append(waiting.wait_s() - 1)
        waiting.now += waits[-1]

    assert waits == [60, 120, 240, 480, 900, 900]


def test_given_a_day_of_guessing_when_counted_then_few_are_looked_at(waiting):
    looked_at = 0
    for _ in range(24 * 60):
        looked_at += waiting.fails(times=10)
        waiting.now += 60

    assert looked_at <= 24 * 4 * OF_ACCOUNT.most + 25


def test_given_a_lock_when_long_quiet_then_it_begins_anew(waiting):
    waiting.fails(times=OF_ACCOUNT.most)
    waiting.now += 60 + OF_ACCOUNT.most_locked_s + 1

    waiting.fails(times=OF_ACCOUNT.most)

    assert waiting.wait_s() == 61


def test_given_failures_when_the_window_is_over_then_they_are_forgotten(waiting):
    waiting.fails(times=OF_ACCOUNT.most - 1)
    waiting.now += OF_ACCOUNT.window_s + 1

    assert waiting.fails(times=10) == OF_ACCOUNT.most


def test_given_a_success_when_counted_then_the_accounts_failures_are_forgotten(waiting):
    for _ in range(50):
        waiting.fails(times=OF_ACCOUNT.most - 1, address=str(waiting.now))
        waiting.lockout.attempt("alice", str(waiting.now))
        waiting.lockout.succeeded("alice", str(waiting.now))
        waiting.now += 1

    assert waiting.fails() == 1


def test_given_successes_between_guesses_when_counted_then_the_address_is_locked(
    waiting,
):
    looked_at = 0
    for each in range(100):
        looked_at += waiting.fails(account=f"victim-{each}")
        try:
            waiting.lockout.attempt("mallory", "10.0.0.1")
        except LockedOutError:
            continue
        waiting.lockout.succeeded("mallory", "10.0.0.1")

    assert looked_at <= OF_ADDRESS.most


def test_given_many_users_of_one_address_when_all_succeed_then_nobody_waits(waiting):
    for each in range(1_000):
        waiting.lockout.attempt(f"user-{each}", "10.0.0.1")
        waiting.lockout.succeeded(f"user-{each}", "10.0.0.1")

    assert waiting.fails(account="another") == 1


def test_given_guesses_at_once_when_counted_then_no_more_are_looked_at(waiting):
    looked_at = []
    threads = [
        threading.Thread(target=lambda: looked_at.append(waiting.fails(times=50)))
        for _ in range(8)
    ]
    for each in threads:
        each.start()
    for each in threads:
        each.join()

    assert sum(looked_at) == OF_ACCOUNT.most


def test_given_endless_names_when_counted_then_what_is_remembered_is_bounded(
    waiting, monkeypatch
):
    monkeypatch.setattr(lockout, "MOST_REMEMBERED", 10)
    for each in range(100):
        waiting.fails(account=f"user-{each}", address=f"address-{each}")

    for each in range(100):
        waiting.lockout.succeeded(f"good-{each}", f"good-{each}")

    assert len(waiting.lockout._pairs._records) == 10
    assert len(waiting.lockout._accounts._records) == 10
    assert len(waiting.lockout._trusted) == 10
    assert len(waiting.lockout._addresses._records) == 10


def strangers(waiting, address="10.0.0.1", times=1):
    """Present what stands for nobody; return how often the store was asked."""
    asked = 0
    for _ in range(times):
        try:
            waiting.lockout.hold_stranger(address)
        except LockedOutError:
            continue
        waiting.lockout.refused_stranger(address)
        asked += 1
    return asked


def test_given_a_flood_of_strangers_when_counted_then_few_are_looked_at(waiting):
    asked = 0
    for _ in range(600):
        asked += strangers(waiting, times=1_000)
        waiting.now += 0.1

    # A minute; locked for 1, 2, 4, 8, 15, 15 and 15 seconds.
    assert asked == 7 * OF_STRANGERS.most


def test_given_a_locked_stranger_when_another_address_comes_then_it_is_looked_at(
    waiting,
):
    strangers(waiting, times=1_000)

    assert strangers(waiting, address="10.0.0.2") == 1


def test_given_a_stranger_each_second_when_counted_then_it_is_never_locked(waiting):
    for _ in range(1_000):
        assert strangers(waiting) == 1
        waiting.now += 1


def test_given_locked_strangers_when_a_password_comes_then_it_is_looked_at(waiting):
    strangers(waiting, times=1_000)

    assert waiting.fails() == 1


def test_given_a_locked_address_when_a_stranger_comes_then_it_is_looked_at(waiting):
    for each in range(100):
        waiting.fails(account=f"user-{each}")

    assert strangers(waiting) == 1


def test_given_locked_strangers_when_told_then_it_says_when_to_try_again(waiting):
    strangers(waiting, times=1_000)

    with pytest.raises(LockedOutError) as caught:
        waiting.lockout.hold_stranger("10.0.0.1")
    assert caught.value.retry_after_s == 2


def fails_of_many(waiting, times):
    for each in range(times):
        assert waiting.fails(account=f"victim-{each}") == 1


def test_given_an_address_at_its_last_attempt_when_it_succeeds_then_it_has_that_again(
    waiting,
):
    fails_of_many(waiting, OF_ADDRESS.most - 1)
    for each in range(3):
        waiting.lockout.attempt(f"ann-{each}", "10.0.0.1")
        waiting.lockout.succeeded(f"ann-{each}", "10.0.0.1")

    assert waiting.fails(account="another") == 1

    assert waiting.wait_s(account="one more") == OF_ADDRESS.locked_s + 1


def test_given_an_address_before_its_last_attempt_when_it_succeeds_then_it_has_two(
    waiting,
):
    fails_of_many(waiting, OF_ADDRESS.most - 2)
    waiting.lockout.attempt("ann", "10.0.0.1")
    waiting.lockout.succeeded("ann", "10.0.0.1")

    assert waiting.fails(account="another") == 1
    assert waiting.fails(account="one more") == 1
    assert waiting.wait_s(account="too many") == OF_ADDRESS.locked_s + 1


def test_given_endless_successes_when_remembered_then_the_latest_are(
    waiting, monkeypatch
):
    monkeypatch.setattr(lockout, "MOST_REMEMBERED", 2)
    for account in ("ann", "bob", "cem"):
        waiting.lockout.attempt(account, "10.0.0.1")
        waiting.lockout.succeeded(account, "10.0.0.1")

    assert [*waiting.lockout._trusted] == [("bob", "10.0.0.1"), ("cem", "10.0.0.1")]
