"""What rates of a whole registry mean for each of its processes."""

from ipaddress import ip_network

import pytest

from registry.http import windows
from registry.http.peers import Peers
from registry.http.rates import NO_RATES, Rates, TooManyError
from registry.http.windows import MovingWindow, admission

PEERS = Peers((ip_network("127.0.0.1/32"),))
READ = {"type": "http", "method": "GET", "client": ("192.0.2.1", 1), "headers": []}
CHECK = {**READ, "method": "POST"}
CHECKING = "/governance/v1/check"


def taken(window, who="a"):
    count = 0
    while count < 1_000 and window.take(who):
        count += 1
    return count


@pytest.mark.parametrize(
    ("per_s", "workers", "most"), [(5, 1, 10), (5, 2, 5), (1, 8, 1), (100, 1, 200)]
)
def test_given_a_rate_when_used_up_at_once_then_two_seconds_are_allowed_of_each_share(
    per_s, workers, most
):
    assert taken(MovingWindow(per_s, workers)) == most


def test_given_one_who_has_used_theirs_up_when_another_comes_then_they_have_their_own():
    window = MovingWindow(2)

    assert taken(window, "a") == taken(window, "b") == 4
    assert not window.take("a")
    assert 1 <= window.wait_s("a") <= 3


def reads(rates, workers):
    admitting = admission(rates, workers, PEERS)
    count = 0
    while count < 1_000 and admitting.has_room_to_read(READ):
        count += 1
    return count


def test_given_workers_when_admitting_then_each_has_its_share_of_the_rate():
    assert reads(Rates(reads_per_s=20), 1) == 40
    assert reads(Rates(reads_per_s=20), 4) == 10


def test_given_no_rate_when_admitting_then_nobody_is_held_up():
    assert reads(NO_RATES, 1) == 1_000


def at_once(rates, workers):
    admitting = admission(rates, workers, PEERS)
    with admitting.admitted(CHECK, CHECKING):
        try:
            with admitting.admitted(CHECK, CHECKING):
                return "two or more"
        except TooManyError:
            return "one"


@pytest.mark.parametrize(
    ("most", "workers", "found"),
    [
        *((2, 1, "two or more"), (2, 2, "one"), (1, 1, "one"), (3, 2, "one")),
        *((1, 8, "one"), (0, 1, "two or more")),
    ],
)
def test_given_checks_at_once_when_admitting_then_each_worker_has_its_share(
    most, workers, found
):
    assert at_once(Rates(checks_at_once=most), workers) == found


class Moving:
    def __init__(self):
        self.now = 1_000.0

    def __call__(self):
        return self.now


def test_given_a_batch_when_it_has_more_than_there_is_room_for_then_the_rest_is_owed():
    monotonic = Moving()
    window = MovingWindow(10, monotonic=monotonic)
    assert window.take("a")

    window.owe("a", 999)

    # Of 1000, 20 had room; 980 at 10 a second.
    assert not window.take("a")
    assert window.wait_s("a") == 98
    assert window.take("b")


def test_given_a_debt_when_its_time_is_over_then_there_is_room_again():
    monotonic = Moving()
    window = MovingWindow(500, monotonic=monotonic)
    window.owe("a", 1_000 + 5_000)
    window.owe("a", 5_000)

    monotonic.now += 19
    assert not window.take("a")
    monotonic.now += 1
    assert window._owes_s("a") == 0


def test_given_a_small_batch_when_there_is_room_then_nothing_is_owed():
    window = MovingWindow(10)
    assert window.take("a")

    window.owe("a", 9)

    assert taken(window, "a") == 10


def test_given_workers_when_owed_then_each_has_its_share_of_the_rate():
    window = MovingWindow(10, 2, monotonic=Moving())

    window.owe("a", 10 + 50)

    assert window.wait_s("a") == 10


def test_given_a_debt_long_paid_when_more_is_owed_then_it_takes_its_time_again():
    monotonic = Moving()
    window = MovingWindow(10, monotonic=monotonic)
    window.owe("a", 20 + 100)
    monotonic.now += 1_000

    window.owe("a", 1_000)

    assert not window.take("a")
    assert 90 <= window.wait_s("a") <= 100


def test_given_a_lease_when_a_batch_is_owed_then_it_is_used_up_first():
    window = MovingWindow(50)
    assert window.take("a")

    window.owe("a", 1)

    assert window.lease("a").left == 0
    assert taken(window, "a") == 98


def test_given_a_lease_and_room_when_more_is_owed_then_only_the_rest_is_a_debt():
    window = MovingWindow(50, monotonic=Moving())
    assert window.take("a")

    window.owe("a", 1 + 98 + 51)

    assert window._owes_s("a") == pytest.approx(51 / 50)


def test_given_many_debts_when_one_more_comes_then_those_that_are_paid_are_forgotten(
    monkeypatch,
):
    monkeypatch.setattr(windows, "_MOST_LEASES", 2)
    monotonic = Moving()
    window = MovingWindow(10, monotonic=monotonic)
    window.owe("a", 20 + 100)
    window.owe("b", 20 + 200)
    monotonic.now += 10

    window.owe("c", 20 + 100)

    assert set(window._paying_until) == {"b", "c"}


def test_given_a_debt_when_the_window_has_moved_on_then_it_is_owed_still():
    window = MovingWindow(10, monotonic=Moving())
    window.owe("a", 20 + 5)
    window._limiter.storage.reset()

    assert not window.take("a")
    assert window.take("b")
