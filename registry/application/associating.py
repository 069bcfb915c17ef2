"""Associating resources with subjects, and making schemas for them in the same act.

All that is asked for one resource is done in one transaction, or nothing of it. As in
a registration, schemas are parsed and compared with nothing locked; what was read is
read again under the locks, and if it has changed, all is decided anew.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from registry.application import deletion, lookup, registration
from registry.application.plans import Plan
from registry.application.ports import Ports, SchemaReader, SchemaStore
from registry.application.registration import MOST_ATTEMPTS
from registry.application.stored import (
    AuditEntry,
    Origin,
    StaleRevisionError,
    Visibility,
)
from registry.application.submission import Submission
from registry.application.wishes import (
    Asked,
    Make,
    Removal,
    Verb,
    Wish,
    association_type,
    hold_resource,
    settled,
    subject_of,
)
from registry.application.writing import hold_writable
from registry.domain.access import Permission
from registry.domain.associations import (
    Association,
    AssociationNotFoundError,
    InvalidAssociationError,
    Lifecycle,
    NoLiveVersionError,
    Resource,
    ResourceAssociatedError,
    SubjectAssociatedError,
    SubjectOwnedError,
)
from registry.domain.errors import (
    SchemaNotFoundError,
    StoreUnavailableError,
    SubjectNotFoundError,
)
from registry.domain.model import SchemaVersion, Subject


@dataclass(frozen=True, slots=True)
class Associated:
    """An association, and the version of the schema that came with the request."""

    association: Association
    version: SchemaVersion | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """In whose name something is done for a resource.

    Attributes:
        resource: In a trial its id may be empty: a topic that is yet to be made.
        is_trial: Whether everything is checked, and nothing stays written.

    """

    ports: Ports
    resource: Resource
    origin: Origin
    is_trial: bool = False


@dataclass(frozen=True, slots=True)
class _Decision:
    """What is to be done, and the associations on which that was decided."""

    wishes: tuple[Wish, ...]
    found: list[Association]
    plans: dict[Subject, Plan | SchemaVersion]

    @property
    def makes(self) -> list[Make]:
        return [each for each in self.wishes if isinstance(each, Make)]

    @property
    def contexts(self) -> list[str]:
        """The contexts that are written in, in the order of locking."""
        subjects = [
            each.present.subject if isinstance(each, Removal) else each.subject
            for each in self.wishes
        ]
        return sorted({each.context for each in subjects})


class _TriedError(Exception):
    """Carries the outcome of a trial out of its transaction, which is undone."""

    def __init__(self, outcome: list[Associated]) -> None:
        self.outcome = outcome
        super().__init__()


def associate(act: Act, asked: Sequence[Asked]) -> list[Associated]:
    """Do what is asked for one resource; return the associations that were to be made.

    To ask again for what is there already changes nothing.

    Raises:
        InvalidAssociationError: It makes no sense, or contradicts what is there.
        ResourceAssociatedError: It was to be new, and is there otherwise.
        SubjectAssociatedError, SubjectOwnedError: Others use the subject.
        NoLiveVersionError: The subject has no schema, and none came along.
        AssociationFrozenError: A strong association cannot change.
        AssociationNotFoundError: What was to go is not there.
        ForbiddenError: The caller may not do this to one of the subjects, or may not
            say which one the topic uses.
        RegistryError: All that registrations and deletions raise.

    """
    hold_resource(act.resource, is_trial=act.is_trial)
    for _ in range(MOST_ATTEMPTS):
        try:
            decision = _decided(act, asked)
            return act.ports.transactions.write(partial(_perform, act, decision))
        except StaleRevisionError:
            continue
        except _TriedError as tried:
            return tried.outcome
    raise StoreUnavailableError


def dissociate(
    ports: Ports,
    resource: tuple[str, str],
    association_types: Sequence[str],
    origin: Origin,
    *,
    cascades: bool,
    is_trial: bool,
) -> None:
    """Let a resource's associations go, and with strong ones their subjects.

    Args:
        resource: Its type and id.
        association_types: An empty list for all that there are.
        cascades: Whether the subjects of strong ones go along, for good.
        is_trial: Whether everything is checked, and nothing goes.

    Raises:
        AssociationNotFoundError: There is none of these.
        AssociationFrozenError: A strong one cannot go without its subject.
        ReferenceExistsError: A schema still refers to that.

    """
    with ports.transactions.read() as store:
        found = store.associations.of_resource(*resource)
    going = [
        each
        for each in found
        if not association_types or each.association_type in association_types
    ]
    if not going:
        raise AssociationNotFoundError(resource[1])
    act = Act(ports, going[0].resource, origin, is_trial)
    asked = [
        Asked(Verb.DELETE, each.association_type, cascades=cascades) for each in going
    ]
    associate(act, asked)


def _decided(act: Act, asked: Sequence[Asked]) -> _Decision:
    with act.ports.transactions.read() as store:
        # All of them, or what is seen under the locks would be another list.
        found = _found(store.whole, act.resource)
    _hold_unseen(act, asked, found)
    wishes = settled(act.resource, asked, found)
    for each in wishes:
        _hold_permitted(act, each)
    plans = {
        each.subject: _planned(act, each, each.submission)
        for each in wishes
        if isinstance(each, Make) and each.submission is not None
    }
    return _Decision(wishes, found, plans)


def _hold_unseen(
    act: Act, asked: Sequence[Asked], found: Sequence[Association]
) -> None:
    """Refuse what meets associations that the caller may not see, and name none."""
    resource, access = act.resource, act.ports.access
    unseen = [each for each in found if not access.may_read(each.subject)]
    taken = {each.association_type for each in unseen}
    for each in asked if unseen else ():
        kind = association_type(each.association_type)
        called = resource.id or resource.name
        if each.verb is Verb.DELETE:
            if kind in taken:
                raise AssociationNotFoundError(called)
            continue
        # First, as if nothing was there: who may not do it learns no more.
        subject = subject_of(each, resource.own_subject(kind))
        permission = _permission(act, Permission.CONFIGURE)
        access.hold(permission, subject)
        access.hold(permission, resource.own_subject(kind))
        if kind in taken:
            raise ResourceAssociatedError(kind, called)
    if resource.id and any(each.resource != resource for each in unseen):
        raise InvalidAssociationError(
            "resourceId", "the id and the name are those of different resources"
        )


def _hold_permitted(act: Act, wish: Wish) -> None:
    for permission, subject in _needed(act.resource, wish):
        act.ports.access.hold(_permission(act, permission), subject)


def _permission(act: Act, permission: Permission) -> Permission:
    return Permission.READ if act.is_trial else permission


def _needed(resource: Resource, wish: Wish) -> Iterator[tuple[Permission, Subject]]:
    if isinstance(wish, Make):
        yield Permission.CONFIGURE, wish.subject
        if wish.present is None:
            # Whichever it is to use: who may not say anything of the topic's own
            # subject could otherwise tell its clients to use another one.
            yield Permission.CONFIGURE, resource.own_subject(wish.association_type)
        return
    going = wish.present
    # The subject of a strong one goes along, for good.
    is_strong = going.lifecycle is Lifecycle.STRONG
    yield Permission.PURGE if is_strong else Permission.CONFIGURE, going.subject


def _planned(act: Act, make: Make, submission: Submission) -> Plan | SchemaVersion:
    if not make.is_new or make.present is None:
        return registration.planned(act.ports, make.subject, submission)
    # What is to be new is there: fine, if it was made with this very schema.
    try:
        return lookup.find_registered(
            act.ports, make.subject, submission, Visibility.LIVE
        )
    except SchemaNotFoundError:
        resource = act.resource.id or act.resource.name
        raise ResourceAssociatedError(make.association_type, resource) from None
    except SubjectNotFoundError:
        # It has gone since, and the association with it.
        raise StaleRevisionError from None


def _found(store: SchemaReader, resource: Resource) -> list[Association]:
    """Return what there is under the resource's id, and under its name."""
    by_name = store.associations.of_name(
        resource.type, resource.name, resource.namespace
    )
    if not resource.id:
        return by_name
    by_id = store.associations.of_resource(resource.type, resource.id)
    return [*by_id, *(each for each in by_name if each not in by_id)]


def _perform(act: Act, decision: _Decision, store: SchemaStore) -> list[Associated]:
    for context in decision.contexts:
        store.lock(context)
    if _found(store, act.resource) != decision.found:
        raise StaleRevisionError
    for each in decision.wishes:
        if isinstance(each, Removal):
            _remove(act, store, each.present)
    for make in decision.makes:
        _hold_makeable(store, make)
    # All versions first: they were decided on before there was a strong association.
    versions = {
        subject: _written(act, store, plan) for subject, plan in decision.plans.items()
    }
    outcome = [
        Associated(_made(act, store, make), versions.get(make.subject))
        for make in decision.makes
    ]
    if act.is_trial:
        raise _TriedError(outcome)
    return outcome


def _remove(act: Act, store: SchemaStore, association: Association) -> None:
    subject = association.subject
    hold_writable(store, subject)
    store.associations.remove(association)
    _record(act, store, association, is_there=False)
    if association.lifecycle is Lifecycle.STRONG:
        uses = store.uses_of(subject)
        deletion.purge(act.ports, store, subject, uses, act.origin)


def _hold_makeable(store: SchemaStore, make: Make) -> None:
    subject = make.subject
    if make.present is not None:
        return
    hold_writable(store, subject)
    others = store.associations.of_subject(subject)
    if others and make.lifecycle is Lifecycle.STRONG:
        raise SubjectAssociatedError(str(subject))
    if any(each.lifecycle is Lifecycle.STRONG for each in others):
        raise SubjectOwnedError(str(subject))
    is_there = store.find_latest(subject) is not None
    if is_there and make.lifecycle is Lifecycle.STRONG:
        raise InvalidAssociationError(
            "subject", f"'{subject}' has schemas already, and cannot become frozen"
        )
    if not is_there and make.submission is None:
        raise NoLiveVersionError(str(subject))


def _written(act: Act, store: SchemaStore, plan: Plan | SchemaVersion) -> SchemaVersion:
    if isinstance(plan, SchemaVersion):
        return plan
    return plan.outcome(registration.append(store, plan, act.origin))


def _made(act: Act, store: SchemaStore, make: Make) -> Association:
    if make.present is not None:
        return make.present
    association = Association(
        act.resource,
        make.association_type,
        make.subject,
        make.lifecycle,
        act.ports.clock(),
    )
    store.associations.add(association)
    _record(act, store, association, is_there=True)
    return association


def _record(
    act: Act, store: SchemaStore, association: Association, *, is_there: bool
) -> None:
    resource, subject = association.resource, association.subject
    facts = json.dumps(
        {
            "resourceName": resource.name,
            "resourceNamespace": resource.namespace,
            "resourceId": resource.id,
            "associationType": association.association_type,
            "lifecycle": association.lifecycle,
        }
    )
    entry = AuditEntry(
        act.origin,
        "association.create" if is_there else "association.delete",
        str(subject),
        before=None if is_there else facts,
        after=facts if is_there else None,
        at_ms=act.ports.clock(),
    )
    store.record(subject.context, entry)
