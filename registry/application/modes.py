"""Reading and changing what may be written: the modes of subjects, contexts, registry.

Scopes are those of `configuration`. Who changes a mode need not be allowed to write:
else nothing that is read-only would ever be anything else.
"""

import json
from collections.abc import Sequence

from registry.application.configuration import ALWAYS_ANSWER, hold_scope
from registry.application.ports import Ports, SchemaStore
from registry.application.stored import (
    AuditEntry,
    Origin,
    Page,
    Visibility,
)
from registry.application.writing import purged, whatever_the_mode
from registry.domain.configuration import Mode
from registry.domain.errors import (
    InvalidModeError,
    OperationNotPermittedError,
    ReferenceExistsError,
    SubjectModeNotFoundError,
    SubjectNotFoundError,
)
from registry.domain.model import GLOBAL_CONTEXT, Subject

_EVERYWHERE = Subject("", GLOBAL_CONTEXT)


def get_mode(ports: Ports, scope: Subject, *, in_scope: bool) -> Mode:
    """Return the mode of a scope; the registry's own always has one.

    Raises:
        SubjectModeNotFoundError: It has none, and wider scopes do not count.

    """
    with ports.transactions.read() as store:
        if in_scope:
            return store.policy(scope).mode
        found = store.find_mode(scope)
    if found is None and scope not in ALWAYS_ANSWER:
        raise SubjectModeNotFoundError(str(scope))
    return found or Mode.READWRITE


def update_mode(
    ports: Ports, scope: Subject, mode: Mode | None, origin: Origin, *, force: bool
) -> None:
    """Change the mode of a scope; None clears it. The subject need not exist yet.

    Under IMPORT a scope takes ids and versions from elsewhere, so it has to be empty:
    what is soft-deleted in it goes for good.

    Args:
        force: Let a scope that has schemas, live or soft-deleted, take over others.

    Raises:
        InvalidSubjectError: Nothing may be stored under this name.
        InvalidModeError: The mode is only for all contexts together.
        OperationNotPermittedError: Modes may not be changed, or there are live schemas
            where others are to be imported.
        ReferenceExistsError: Schemas elsewhere refer to what would go for good.

    """
    _hold_mutable(ports)
    hold_scope(scope)
    if mode is Mode.FORWARD and scope != _EVERYWHERE:
        raise InvalidModeError("Forward mode only supported on global level")

    def act(store: SchemaStore) -> None:
        before = store.find_mode(scope)
        if mode is Mode.IMPORT and before is not Mode.IMPORT and not force:
            _empty(ports, store, scope, origin)
        if mode is None:
            store.delete_mode(scope)
        else:
            store.put_mode(scope, mode)
        _record(ports, store, scope, "mode.update", (before, mode), origin)

    whatever_the_mode(ports, scope, act)


def delete_mode(
    ports: Ports, scope: Subject, origin: Origin, *, recursive: bool
) -> Mode | None:
    """Forget the mode of a scope and return what it was; None if it had none.

    Args:
        recursive: Forget those of all subjects in a context as well, or of all contexts
            for `:.__GLOBAL:`.

    Raises:
        SubjectNotFoundError: It had none (the registry's own scope may), and only its
            own was to be forgotten.
        OperationNotPermittedError: Modes may not be changed.

    """
    _hold_mutable(ports)

    def act(store: SchemaStore) -> Mode | None:
        before = store.find_mode(scope)
        if recursive and not scope.name:
            store.delete_modes(scope.context)
            action = "mode.clear"
        elif before is not None:
            store.delete_mode(scope)
            action = "mode.delete"
        elif recursive or scope in ALWAYS_ANSWER:
            return None
        else:
            raise SubjectNotFoundError(str(scope))
        _record(ports, store, scope, action, (before, None), origin)
        return before

    return whatever_the_mode(ports, scope, act)


def _hold_mutable(ports: Ports) -> None:
    if not ports.is_mode_mutable:
        raise OperationNotPermittedError("Mode changes are not allowed")


def _empty(ports: Ports, store: SchemaStore, scope: Subject, origin: Origin) -> None:
    """Remove for good what is soft-deleted in a scope without live schemas."""
    if scope == _EVERYWHERE:
        store.lock_all()
    subjects = _subjects(store, scope)
    if not all(use.is_deleted for each in subjects for use in store.uses_of(each)):
        raise OperationNotPermittedError("Cannot import since found existing subjects")
    _hold_unreferenced(store, subjects)
    for subject, removed in zip(
        subjects, store.hard_delete_subjects(subjects), strict=True
    ):
        entry = AuditEntry(
            origin,
            "subject.purge",
            str(subject),
            json.dumps(purged(removed)),
            None,
            ports.clock(),
        )
        store.record(subject.context, entry)


def _subjects(store: SchemaStore, scope: Subject) -> list[Subject]:
    """Return the subjects of a scope: one, a context's, or all."""
    if scope.name:
        return [scope] if store.uses_of(scope) else []
    context = None if scope == _EVERYWHERE else scope.context
    return store.subjects(context, "", Visibility.ALL, Page())


def _hold_unreferenced(store: SchemaStore, subjects: Sequence[Subject]) -> None:
    """Refuse when a schema outside of these subjects refers to one of theirs."""
    going = {*subjects}
    for subject in subjects:
        for use in store.uses_of(subject):
            for referrer in store.referrers(subject, use.version):
                if referrer.subject not in going:
                    raise ReferenceExistsError(str(subject), use.version)


def _record(
    ports: Ports,
    store: SchemaStore,
    scope: Subject,
    action: str,
    change: tuple[Mode | None, Mode | None],
    origin: Origin,
) -> None:
    before, after = (
        None if each is None else json.dumps({"mode": each}) for each in change
    )
    target = str(scope) or "*"
    entry = AuditEntry(origin, action, target, before, after, ports.clock())
    store.record(scope.context, entry)
