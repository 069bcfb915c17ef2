"""Accounts: what may be added, changed and removed, and what is recorded of it."""

import json

import pytest

from registry.application import access, accounts, tokens
from registry.application.stored import AuditEntry, Origin
from registry.domain.access import EVERYTHING, Grant, Grantee, GranteeKind, Role
from registry.domain.accounts import Account, AccountError
from tests.doubles.access_store import AccessInMemory

BY_ROOT = Origin("root", "r-1")
ANN = Account("ann", 5, "hash of ann's", "CN=ann")


class Reversed:
    """Keeps passwords backwards: what is to be seen is who was asked for what."""

    nobodys = "nobody's"

    def hash(self, password):
        return password[::-1]

    def matches(self, password_hash, password):
        return password_hash == self.hash(password)


def entry(action, before, after, name="ann", at_ms=1_000_000):
    before, after = (each and json.dumps(each) for each in (before, after))
    return AuditEntry(BY_ROOT, action, f"accounts/{name}", before, after, at_ms)


def said(*, has_password, certificate=None):
    return {"hasPassword": has_password, "certificateSubject": certificate}


@pytest.fixture
def store():
    return AccessInMemory()


@pytest.fixture
def with_ann(store):
    accounts.add(store.ports, ANN, BY_ROOT)
    store.audit.clear()
    return store


def refusal(act, *arguments):
    with pytest.raises(AccountError) as caught:
        act(*arguments)
    return str(caught.value)


def test_given_nobody_when_one_is_added_then_they_are_there_and_it_is_recorded(store):
    accounts.add(store.ports, ANN, BY_ROOT)

    assert accounts.all_accounts(store.ports) == [ANN]
    after = said(has_password=True, certificate="CN=ann")
    assert store.audit == [entry("account.create", None, after)]


def test_given_a_service_without_a_password_when_added_then_that_is_recorded(store):
    accounts.add(store.ports, Account("jobs", 5), BY_ROOT)

    after = said(has_password=False)
    assert store.audit == [entry("account.create", None, after, "jobs")]


def test_given_a_name_that_is_taken_when_added_then_the_first_one_stays(with_ann):
    found = refusal(accounts.add, with_ann.ports, Account("ann", 6), BY_ROOT)

    assert found == "There is an account 'ann' already"
    assert accounts.all_accounts(with_ann.ports) == [ANN]
    assert with_ann.audit == []


def test_given_a_certificate_that_is_taken_when_added_then_it_says_by_whom(with_ann):
    other = Account("bob", 6, certificate_subject="CN=ann")

    found = refusal(accounts.add, with_ann.ports, other, BY_ROOT)

    assert found == "The certificate stands for 'ann' already"
    assert accounts.all_accounts(with_ann.ports) == [ANN]


def test_given_accounts_without_certificates_when_added_then_none_is_in_the_way(store):
    for name in ("jobs", "more"):
        accounts.add(store.ports, Account(name, 5), BY_ROOT)

    assert len(accounts.all_accounts(store.ports)) == 2


@pytest.mark.parametrize(
    ("account", "reason"),
    [
        (Account("no:name", 5), "An account's name"),
        (Account("bob", 5, certificate_subject=" CN=bob"), "The subject of a cert"),
    ],
)
def test_given_what_cannot_be_when_added_then_it_is_refused(store, account, reason):
    assert refusal(accounts.add, store.ports, account, BY_ROOT).startswith(reason)
    assert accounts.all_accounts(store.ports) == []


def test_given_tokens_and_grants_when_their_account_is_removed_then_all_is_gone(
    with_ann,
):
    accounts.add(with_ann.ports, Account("bob", 5), BY_ROOT)
    for name, letter in (("ann", b"a"), ("ann", b"b"), ("bob", b"c")):
        wanted = tokens.Grantee(name)
        tokens.create(with_ann.ports, wanted, letter.__mul__, BY_ROOT)
    of_ann, of_group = (
        Grant(Grantee(kind, "ann"), Role.OWNER, EVERYTHING) for kind in GranteeKind
    )
    access.grant(with_ann.ports, [of_ann, of_group], BY_ROOT)
    with_ann.audit.clear()

    assert accounts.remove(with_ann.ports, "ann", BY_ROOT) == 2

    assert accounts.all_accounts(with_ann.ports) == [Account("bob", 5)]
    assert [each.account for each in with_ann.accounts.tokens()] == ["bob"]
    assert with_ann.grants.all() == [of_group]
    revoked, removed = with_ann.audit
    assert revoked.origin is BY_ROOT
    assert (revoked.action, revoked.target, revoked.after) == (
        "access.revoke",
        "grants/user/ann",
        None,
    )
    before = said(has_password=True, certificate="CN=ann")
    assert removed == entry("account.delete", before, None)


def test_given_nobody_of_that_name_when_changed_then_it_says_how_to_make_one(store):
    wanted = "There is no account 'bob'. `wirepact user add` makes one"

    removing = refusal(accounts.remove, store.ports, "bob", BY_ROOT)
    changing = refusal(accounts.change_password, store.ports, "bob", "x", BY_ROOT)

    assert (removing, changing) == (wanted, wanted)
    assert store.audit == []


def test_given_a_password_when_taken_away_then_the_rest_of_the_account_stays(with_ann):
    with_ann.now_ms += 7
    accounts.change_password(with_ann.ports, "ann", None, BY_ROOT)

    (left,) = accounts.all_accounts(with_ann.ports)
    assert left == Account("ann", 5, None, "CN=ann")
    before = said(has_password=True, certificate="CN=ann")
    after = said(has_password=False, certificate="CN=ann")
    assert with_ann.audit == [entry("account.password", before, after, at_ms=1_000_007)]


def test_given_another_password_when_recorded_then_nothing_of_it_is_told(with_ann):
    accounts.change_password(with_ann.ports, "ann", "another hash", BY_ROOT)

    (left,) = accounts.all_accounts(with_ann.ports)
    assert left == Account("ann", 5, "another hash", "CN=ann")
    assert "hash" not in repr(with_ann.audit)


@pytest.mark.parametrize("length", [12, 1_024])
def test_given_a_password_of_a_proper_length_when_hashed_then_it_is_kept_so(length):
    password = "p" * (length - 1) + "d"

    assert accounts.hashed(Reversed(), password) == "d" + "p" * (length - 1)


@pytest.mark.parametrize("length", [0, 11, 1_025])
def test_given_a_password_of_another_length_when_hashed_then_it_is_refused(length):
    found = refusal(accounts.hashed, Reversed(), "p" * length)

    assert found == "A password has 12 to 1024 characters"
