"""Deleting versions and subjects, softly (hidden, still readable by id) or for good.

Each act runs in one transaction that has the context to itself, so that what it
looked at is still so when it writes.
"""

import json
from collections.abc import Collection, Mapping, Sequence

from registry.application.lookup import version_in
from registry.application.ports import Ports, SchemaReader, SchemaStore
from registry.application.stored import (
    AuditEntry,
    Origin,
    Use,
    Visibility,
)
from registry.application.writing import exclusively, purged, referring
from registry.domain.associations import NoLiveVersionError, SubjectAssociatedError
from registry.domain.errors import (
    ReferenceExistsError,
    SubjectNotFoundError,
    SubjectNotSoftDeletedError,
    SubjectSoftDeletedError,
    VersionNotSoftDeletedError,
    VersionSoftDeletedError,
)
from registry.domain.model import Subject, Version


def soft_delete_version(
    ports: Ports, subject: Subject, wanted: int, origin: Origin
) -> Version:
    """Hide a version from new work and return its number; the id keeps answering.

    Raises:
        SubjectNotFoundError, VersionNotFoundError: There is no such version.
        VersionSoftDeletedError: It is hidden already.
        ReferenceExistsError: A live schema refers to it.
        NoLiveVersionError: It is the last one that a resource can use.
        OperationNotPermittedError: The subject is read-only.

    """

    def act(store: SchemaStore) -> Version:
        found = version_in(store, subject, wanted, Visibility.ALL)
        if found.is_deleted:
            raise VersionSoftDeletedError(str(subject), found.version)
        hold_unreferenced(ports, store, subject, [found.version], by_live_only=True)
        _hold_needless(store, subject, found.version)
        store.soft_delete(subject, [found.version], ports.clock())
        before = {"versions": [found.version]}
        _record(ports, store, subject, "version.delete", before, origin)
        return found.version

    return exclusively(ports, subject, act)


def hard_delete_version(
    ports: Ports, subject: Subject, wanted: int, origin: Origin
) -> Version:
    """Remove a soft-deleted version for good and return its number.

    Raises:
        SubjectNotFoundError, VersionNotFoundError: There is no such version.
        VersionNotSoftDeletedError: It is live.
        ReferenceExistsError: A schema, live or soft-deleted, refers to it.
        OperationNotPermittedError: The subject is read-only.

    """

    def act(store: SchemaStore) -> Version:
        found = version_in(store, subject, wanted, Visibility.ALL)
        if not found.is_deleted:
            raise VersionNotSoftDeletedError(str(subject), found.version)
        hold_unreferenced(ports, store, subject, [found.version], by_live_only=False)
        removed = store.hard_delete(subject, [found.version])
        before = purged(removed, [found.version])
        _record(ports, store, subject, "version.purge", before, origin)
        return found.version

    return exclusively(ports, subject, act)


def soft_delete_subject(
    ports: Ports, subject: Subject, origin: Origin
) -> list[Version]:
    """Hide all live versions of a subject and return their numbers, ascending.

    Raises:
        SubjectNotFoundError: It never had a version.
        SubjectSoftDeletedError: All of its versions are hidden already.
        SubjectAssociatedError: A resource uses it.
        ReferenceExistsError: A live schema of another subject refers to one of them.
        OperationNotPermittedError: The subject is read-only.

    """

    def act(store: SchemaStore) -> list[Version]:
        live = [use.version for use in _uses(store, subject) if not use.is_deleted]
        if not live:
            raise SubjectSoftDeletedError(str(subject))
        hold_unused(store, subject)
        hold_unreferenced(ports, store, subject, live, by_live_only=True)
        store.soft_delete(subject, live, ports.clock())
        _record(ports, store, subject, "subject.delete", {"versions": live}, origin)
        return live

    return exclusively(ports, subject, act)


def hard_delete_subject(
    ports: Ports, subject: Subject, origin: Origin
) -> list[Version]:
    """Remove a soft-deleted subject for good, with its config, mode and policies.

    Returns the numbers of all versions removed, ascending.

    Raises:
        SubjectNotFoundError: It never had a version.
        SubjectNotSoftDeletedError: It has live versions.
        SubjectAssociatedError: A resource uses it.
        ReferenceExistsError: A schema of another subject refers to one of them.
        OperationNotPermittedError: The subject is read-only.

    """

    def act(store: SchemaStore) -> list[Version]:
        uses = _uses(store, subject)
        if not all(use.is_deleted for use in uses):
            raise SubjectNotSoftDeletedError(str(subject))
        hold_unused(store, subject)
        return purge(ports, store, subject, uses, origin)

    return exclusively(ports, subject, act)


def purge(
    ports: Ports,
    store: SchemaStore,
    subject: Subject,
    uses: Sequence[Use],
    origin: Origin,
) -> list[Version]:
    """Remove all versions of a subject for good, live ones as well.

    It is for whoever has its context to itself. Return the numbers, ascending.

    Raises:
        ReferenceExistsError: A schema of another subject refers to one of them.

    """
    versions = [use.version for use in uses]
    hold_unreferenced(ports, store, subject, versions, by_live_only=False)
    removed = store.hard_delete(subject, versions)
    before = purged(removed, versions)
    _record(ports, store, subject, "subject.purge", before, origin)
    return versions


def _uses(store: SchemaStore, subject: Subject) -> list[Use]:
    uses = store.uses_of(subject)
    if not uses:
        raise SubjectNotFoundError(str(subject))
    return uses


def hold_unused(store: SchemaReader, subject: Subject) -> None:
    """Refuse to hide a subject that a resource uses.

    Raises:
        SubjectAssociatedError: One does.

    """
    if store.associations.of_subject(subject):
        raise SubjectAssociatedError(str(subject))


def _hold_needless(store: SchemaStore, subject: Subject, version: Version) -> None:
    """Refuse to hide the last live version of a subject that a resource uses."""
    others = (use for use in store.uses_of(subject) if use.version != version)
    if all(use.is_deleted for use in others) and store.associations.of_subject(subject):
        raise NoLiveVersionError(str(subject))


def hold_unreferenced(
    ports: Ports,
    store: SchemaReader,
    subject: Subject,
    versions: Sequence[Version],
    *,
    by_live_only: bool,
    besides: Collection[Subject] = (),
) -> None:
    """Refuse when anything but what is being deleted along still refers to it.

    What the caller may not read is in the way as well, but is not named.

    Args:
        besides: Other subjects that are deleted along.

    Raises:
        ReferenceExistsError: Something does.

    """
    along = {(subject, version) for version in versions}
    for version in versions:
        in_the_way = [
            each
            for each in store.referrers(subject, version)
            if (each.subject, each.version) not in along
            and each.subject not in besides
            and not (by_live_only and each.is_deleted)
        ]
        if in_the_way:
            seen = (each for each in in_the_way if ports.access.may_read(each.subject))
            raise ReferenceExistsError(str(subject), version, map(referring, seen))


def _record(
    ports: Ports,
    store: SchemaStore,
    subject: Subject,
    action: str,
    before: Mapping[str, object],
    origin: Origin,
) -> None:
    text = json.dumps(before)
    entry = AuditEntry(origin, action, str(subject), text, None, ports.clock())
    store.record(subject.context, entry)
