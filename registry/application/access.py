"""Grants: giving and taking them, listing them, and explaining what follows."""

import json
from collections.abc import Sequence

from registry.application.ports import Ports, SchemaStore
from registry.application.stored import AuditEntry, Origin
from registry.domain.access import Grant, Grantee, GranteeKind
from registry.domain.model import ACCESS_CONTEXT


def list_grants(ports: Ports) -> list[Grant]:
    """Return all grants, by grantee, role, context and pattern."""
    with ports.transactions.read() as store:
        return store.grants.all()


def grant(ports: Ports, wanted: Sequence[Grant], origin: Origin) -> list[Grant]:
    """Give what is not given yet, all in one transaction, and return that.

    Raises:
        InvalidGrantError: A pattern cannot mean anything.

    """
    for each in wanted:
        each.area.pattern.checked()

    def act(store: SchemaStore) -> list[Grant]:
        store.lock(ACCESS_CONTEXT)
        there = set(store.grants.all())
        new = [each for each in dict.fromkeys(wanted) if each not in there]
        for each in new:
            store.grants.add(each)
            _record(ports, store, "access.grant", (None, each), origin)
        return new

    return ports.transactions.write(act)


def revoke(ports: Ports, unwanted: Sequence[Grant], origin: Origin) -> list[Grant]:
    """Take what is given, and return it; within a second no server goes by it."""

    def act(store: SchemaStore) -> list[Grant]:
        store.lock(ACCESS_CONTEXT)
        there = set(store.grants.all())
        gone = [each for each in dict.fromkeys(unwanted) if each in there]
        for each in gone:
            store.grants.remove(each)
            _record(ports, store, "access.revoke", (each, None), origin)
        return gone

    return ports.transactions.write(act)


def forget(ports: Ports, store: SchemaStore, user: str, origin: Origin) -> None:
    """Take all that is granted to a user, by whoever has locked `ACCESS_CONTEXT`.

    Else somebody who is called the same one day would have it.
    """
    gone = Grantee(GranteeKind.USER, user)
    for each in store.grants.all():
        if each.grantee == gone:
            store.grants.remove(each)
            _record(ports, store, "access.revoke", (each, None), origin)


def _record(
    ports: Ports,
    store: SchemaStore,
    action: str,
    change: tuple[Grant | None, Grant | None],
    origin: Origin,
) -> None:
    before, after = (None if each is None else _told(each) for each in change)
    (about,) = (each for each in change if each is not None)
    target = f"grants/{about.grantee.kind}/{about.grantee.name}"
    entry = AuditEntry(origin, action, target, before, after, ports.clock())
    store.record(ACCESS_CONTEXT, entry)


def _told(given: Grant) -> str:
    pattern = given.area.pattern
    facts = {
        "role": given.role,
        "context": given.area.context,
        "patternKind": pattern.kind,
        "pattern": pattern.text,
    }
    return json.dumps(facts)
