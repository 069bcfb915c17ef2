from ipaddress import ip_network

import pytest

from registry.application import callers
from registry.domain.principals import ANONYMOUS, CredentialKind, Principal
from registry.http import principals
from registry.http.peers import Peers, network_of
from registry.http.rates import (
    UNLIMITED,
    Admission,
    Kind,
    Lease,
    Rates,
    TooManyError,
    charge,
    kind_of,
)
from registry.http.windows import MovingWindow, admission

ANN = Principal("ann", CredentialKind.TOKEN)


class CountedWindow:
    """Room for so many, for ever."""

    def __init__(self, most):
        self.most = most
        self.taken = []
        self.owed = []

    def owe(self, who, more):
        self.owed.append((who, more))

    def take(self, who):
        if self.taken.count(who) >= self.most:
            return False
        self.taken.append(who)
        return True

    def lease(self, who):
        return Lease(who)

    def renew(self, lease):
        lease.left = 1
        return self.take(lease.who)

    def wait_s(self, who):
        return 7


def a_scope(method="GET", address="192.0.2.1", forwarded=None):
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded)]
    return {"method": method, "client": (address, 1), "headers": headers}


def an_admission(most=1, at_once=0, proxies=()):
    windows = {kind: CountedWindow(most) for kind in Kind}
    return Admission(windows, at_once, Peers(tuple(map(ip_network, proxies))))


def enter(held, *given, path="/subjects", **more):
    with held.admitted(a_scope(*given, **more), path):
        pass


@pytest.fixture
def as_ann():
    token = principals.CURRENT.set(ANN)
    yield
    principals.CURRENT.reset(token)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/subjects", Kind.READ),
        ("HEAD", "/schemas/ids/1", Kind.READ),
        ("OPTIONS", "/config", Kind.READ),
        ("GET", "/health/live", None),
        ("GET", "/metrics", Kind.READ),
        ("POST", "/subjects/s", Kind.READ),
        ("POST", "/subjects/s/versions", Kind.WRITE),
        ("DELETE", "/subjects/s", Kind.WRITE),
        ("PUT", "/config", Kind.WRITE),
        ("LOCK", "/subjects", Kind.WRITE),
        ("POST", "/compatibility/subjects/s/versions/latest", Kind.CHECK),
        ("POST", "/governance/v1/check", Kind.CHECK),
        ("POST", "/governance/v1/plan", Kind.CHECK),
        ("POST", "/governance/v1/import", Kind.WRITE),
        ("POST", "/associations:batchGet", Kind.READ),
        ("POST", "/governance/v1/subjects:batchGet", Kind.READ),
        ("POST", "/associations:batchMutate", Kind.WRITE),
    ],
)
def test_when_a_request_comes_then_it_is_of_a_kind(method, path, kind):
    assert kind_of(method, path) is kind


def test_given_no_room_when_asked_then_it_is_429_and_says_when_to_come_again():
    held = an_admission(most=1)
    enter(held)

    with pytest.raises(TooManyError) as caught:
        enter(held)

    assert (caught.value.status, caught.value.headers["retry-after"]) == (429, "7")


def test_given_no_room_to_read_when_written_then_it_has_room_of_its_own():
    held = an_admission(most=1)
    enter(held)

    enter(held, "POST", path="/subjects/s/versions")
    enter(held, "POST", path="/compatibility/subjects/s/versions/1")


def test_given_two_addresses_when_one_has_no_room_then_the_other_has():
    held = an_admission(most=1)
    enter(held)

    enter(held, address="192.0.2.2")


def test_given_one_network_when_its_addresses_change_then_they_are_one_client():
    held = an_admission(most=1)
    enter(held, address="2001:db8::1")

    with pytest.raises(TooManyError):
        enter(held, address="2001:db8::ffff:2")
    enter(held, address="2001:db8:0:1::1")


@pytest.mark.usefixtures("as_ann")
def test_given_a_principal_when_it_moves_then_it_is_the_same_client():
    held = an_admission(most=1)
    enter(held, address="192.0.2.1")

    with pytest.raises(TooManyError):
        enter(held, address="192.0.2.2")


def test_given_a_stranger_when_it_claims_to_forward_then_it_is_not_believed():
    held = an_admission(most=1)
    enter(held, forwarded=b"198.51.100.1")

    with pytest.raises(TooManyError):
        enter(held, forwarded=b"198.51.100.2")


def test_given_a_trusted_proxy_when_it_forwards_then_its_clients_are_told_apart():
    held = an_admission(most=1, proxies=["192.0.2.1"])
    enter(held, forwarded=b"203.0.113.9, 198.51.100.1")

    enter(held, forwarded=b"203.0.113.9, 198.51.100.2")
    with pytest.raises(TooManyError):
        enter(held, forwarded=b"203.0.113.8, 198.51.100.2")


def test_given_checks_that_run_when_another_comes_then_it_waits_for_one_to_end():
    held = an_admission(most=100, at_once=2)
    scope, path = a_scope("POST"), "/governance/v1/check"

    with held.admitted(scope, path), held.admitted(scope, path):
        with pytest.raises(TooManyError, match="at the same time"):
            enter(held, "POST", path=path)
        enter(held, "POST", path=path, address="192.0.2.2")

    enter(held, "POST", path=path)


def test_given_a_check_that_fails_when_another_comes_then_its_place_is_free():
    held = an_admission(most=100, at_once=1)
    path = "/governance/v1/check"

    def fail():
        with held.admitted(a_scope("POST"), path):
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    enter(held, "POST", path=path)


def test_given_probes_when_there_is_no_room_then_they_are_answered():
    held = an_admission(most=0)

    enter(held, path="/health/ready")


@pytest.mark.parametrize("address", ["192.0.2.1", "::ffff:192.0.2.1", "unknown", ""])
def test_when_an_address_is_none_of_version_6_then_it_is_a_client(address):
    assert network_of(address) == f"address {address}"


@pytest.mark.parametrize(("per_s", "workers"), [(500, 1), (500, 4), (1, 1), (1, 8)])
def test_given_a_rate_when_asked_at_once_then_twice_of_it_and_a_share_of_it(
    per_s, workers
):
    window = MovingWindow(per_s, workers)
    most = max(1, per_s * 2 // workers)

    taken = [window.take("ann") for _ in range(most + 50)]

    assert most - most // 40 <= sum(taken[:most])
    assert not window.take("ann")
    assert window.take("bob")
    assert 1 <= window.wait_s("ann") <= 2


def test_given_no_limit_of_a_kind_when_asked_then_only_the_others_are_limited():
    held = admission(Rates(reads_per_s=0, writes_per_s=1), 1, Peers())

    for _ in range(200):
        enter(held)
        assert held.has_room_to_read(a_scope())
    enter(held, "DELETE")
    enter(held, "DELETE")
    with pytest.raises(TooManyError):
        enter(held, "DELETE")


def test_given_reads_that_are_limited_when_leased_then_they_are_the_principals_own():
    held = an_admission(most=1)

    lease, renew = held.lease(ANN)

    assert (lease.who, lease.left) == ("ann", 0)
    assert renew(lease) is True
    assert (lease.left, renew(lease)) == (1, False)


def test_given_nobody_when_reads_are_leased_then_each_is_to_be_let_in_by_its_address():
    held = an_admission(most=1)

    assert held.lease(ANONYMOUS) is None
    assert held.has_room_to_read(a_scope())
    assert not held.has_room_to_read(a_scope())
    assert held.has_room_to_read(a_scope(address="192.0.2.2"))


def test_given_reads_without_a_limit_when_leased_then_there_is_no_end_to_them():
    held = Admission({}, 0, Peers())

    assert held.lease(ANN) is UNLIMITED
    assert held.lease(ANONYMOUS) is UNLIMITED
    lease, renew = UNLIMITED
    lease.left = 0
    assert renew(lease) is True
    assert lease.left > 1_000_000


def test_given_a_batch_when_it_is_read_then_it_costs_its_items():
    held = an_admission(most=5)
    path = "/governance/v1/check"

    with held.admitted(a_scope("POST"), path):
        charge(5)

    assert held._windows[Kind.CHECK].owed == [("address 192.0.2.1", 4)]
    assert held._windows[Kind.READ].owed == []


def test_given_two_items_when_they_are_read_then_they_cost_one_more():
    held = an_admission(most=5)

    with held.admitted(a_scope("POST"), "/governance/v1/check"):
        charge(2)

    assert held._windows[Kind.CHECK].owed == [("address 192.0.2.1", 1)]


def test_given_one_item_when_it_is_read_then_it_costs_no_more_than_its_request():
    held = an_admission(most=5)

    with held.admitted(a_scope("POST"), "/governance/v1/check"):
        charge(1)
        charge(0)

    assert held._windows[Kind.CHECK].owed == []


def test_given_no_rates_when_a_batch_is_read_then_nothing_is_counted():
    charge(1_000)
    with admission(Rates(checks_per_s=0), 1, Peers()).admitted(
        a_scope("POST"), "/governance/v1/check"
    ):
        charge(1_000)


def test_given_a_request_that_is_let_in_then_what_it_needs_knows_whom_that_is_for():
    held, seen = an_admission(most=2), []

    token = principals.CURRENT.set(ANN)
    with held.admitted(a_scope(), "/subjects"):
        seen.append(callers.CURRENT.get())
    principals.CURRENT.reset(token)
    with held.admitted(a_scope(), "/subjects"):
        seen.append(callers.CURRENT.get())

    assert [*seen, callers.CURRENT.get()] == ["ann", "address 192.0.2.1", ""]
