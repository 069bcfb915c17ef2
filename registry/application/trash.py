"""What was soft-deleted: listing it, and letting go of it after its time."""

import json

from registry.application.ports import Ports, SchemaStore
from registry.application.stored import (
    AuditEntry,
    Origin,
    Page,
    Trashed,
    Use,
)
from registry.application.writing import exclusively, purged
from registry.domain.errors import OperationNotPermittedError
from registry.domain.model import Subject

DAY_MS = 24 * 60 * 60 * 1000

_TURN = "trash.purge"


def list_trash(
    ports: Ports, context: str | None, prefix: str, page: Page
) -> list[Trashed]:
    """Return soft-deleted versions by subject and number, and what refers to them."""
    with ports.transactions.read() as store:
        return store.trash(context, prefix, page)


def purge(ports: Ports, retention_days: int, origin: Origin) -> list[Use]:
    """Remove for good what was soft-deleted so many days ago, and return it.

    What a schema refers to stays, be it soft-deleted itself, and so does all that is
    in a read-only subject. A version of which nobody has noted when it was deleted is
    dated by the first call.
    """
    ports.transactions.write(lambda store: store.date_trash(ports.clock()))
    before_ms = ports.clock() - retention_days * DAY_MS
    gone: list[Use] = []
    while True:
        with ports.transactions.read() as store:
            overdue = store.overdue_subjects(before_ms)
        # What was referred to by nothing but trash is free in the next round.
        found = [
            each
            for subject in overdue
            for each in _purge_in(ports, subject, before_ms, origin)
        ]
        if not found:
            return gone
        gone.extend(found)


def purge_in_turn(
    ports: Ports, retention_days: int, every_ms: int, origin: Origin
) -> list[Use]:
    """Purge if no process has done so for a while; of several, one does it."""

    def is_due(store: SchemaStore) -> bool:
        now_ms = ports.clock()
        return store.take_turn(_TURN, now_ms, now_ms + every_ms)

    is_ours = ports.transactions.write(is_due)
    return purge(ports, retention_days, origin) if is_ours else []


def _purge_in(
    ports: Ports, subject: Subject, before_ms: int, origin: Origin
) -> list[Use]:
    def act(store: SchemaStore) -> list[Use]:
        # Asked for once more: it may have been restored since, and deleted anew.
        versions = store.overdue(subject, before_ms)
        if not versions:
            return []
        removed = store.hard_delete(subject, versions)
        before = json.dumps(purged(removed, versions))
        entry = AuditEntry(
            origin, "trash.purge", str(subject), before, None, ports.clock()
        )
        store.record(subject.context, entry)
        return [Use(subject, each, is_deleted=True) for each in versions]

    try:
        return exclusively(ports, subject, act)
    except OperationNotPermittedError:
        return []
