"""Grants: given and taken once, and each recorded with all that it says."""

import json

import pytest

from registry.application import access
from registry.application.stored import AuditEntry, Origin
from registry.domain.access import (
    EVERYTHING,
    Area,
    Grant,
    Grantee,
    GranteeKind,
    InvalidGrantError,
    Pattern,
    Role,
)
from tests.doubles.access_store import AccessInMemory

BY_ROOT = Origin("root", "r-1")
ANN = Grantee(GranteeKind.USER, "ann")
PAYMENTS = Grantee(GranteeKind.GROUP, "payments")
OWNS = Grant(ANN, Role.OWNER, Area(".eu", Pattern.parse("orders-*")))
READS = Grant(PAYMENTS, Role.READER, EVERYTHING)


@pytest.fixture
def store():
    return AccessInMemory()


def entry(action, target, before, after):
    before, after = (each and json.dumps(each) for each in (before, after))
    return AuditEntry(BY_ROOT, action, target, before, after, 1_000_000)


SAID_OF_OWNS = {
    "role": "owner",
    "context": ".eu",
    "patternKind": "prefix",
    "pattern": "orders-",
}
SAID_OF_READS = {
    "role": "reader",
    "context": None,
    "patternKind": "prefix",
    "pattern": "",
}


def test_given_nothing_when_granted_then_it_is_there_and_recorded(store):
    assert access.grant(store.ports, [OWNS, READS], BY_ROOT) == [OWNS, READS]

    assert access.list_grants(store.ports) == [OWNS, READS]
    assert store.audit == [
        entry("access.grant", "grants/user/ann", None, SAID_OF_OWNS),
        entry("access.grant", "grants/group/payments", None, SAID_OF_READS),
    ]


def test_given_some_of_it_when_granted_then_only_the_rest_is_new(store):
    access.grant(store.ports, [OWNS], BY_ROOT)
    store.audit.clear()

    assert access.grant(store.ports, [OWNS, READS, READS], BY_ROOT) == [READS]

    assert [each.target for each in store.audit] == ["grants/group/payments"]


def test_given_one_that_means_nothing_when_granted_then_none_is(store):
    nothing = Grant(ANN, Role.OWNER, Area(None, Pattern.parse("")))

    with pytest.raises(InvalidGrantError):
        access.grant(store.ports, [READS, nothing], BY_ROOT)

    assert access.list_grants(store.ports) == []


def test_given_grants_when_revoked_then_what_was_there_is_gone_and_recorded(store):
    access.grant(store.ports, [OWNS, READS], BY_ROOT)
    store.audit.clear()
    never = Grant(ANN, Role.ADMIN, EVERYTHING)

    assert access.revoke(store.ports, [never, OWNS, OWNS], BY_ROOT) == [OWNS]

    assert access.list_grants(store.ports) == [READS]
    assert store.audit == [
        entry("access.revoke", "grants/user/ann", SAID_OF_OWNS, None)
    ]
