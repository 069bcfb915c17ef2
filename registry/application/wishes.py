"""From what a request asks for a resource to what is to be done; nothing in here reads.

Defaults: a schema that comes along, or frozen, makes a strong association, nothing of
that a weak one, with the subject that is named after the resource. Where something that
is there is only to be seen to, what it is already comes before that.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Final

from registry.application.submission import Submission
from registry.domain.associations import (
    ASSOCIATION_TYPES,
    TOPIC,
    VALUE,
    Association,
    AssociationFrozenError,
    AssociationNotFoundError,
    InvalidAssociationError,
    Lifecycle,
    Resource,
    ResourceAssociatedError,
)
from registry.domain.errors import InvalidSubjectError
from registry.domain.model import Subject

_LONGEST_NAME: Final = 1_000
_CONTROL_OR_SURROGATE: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]")


class Verb(Enum):
    """What is asked: it must be new, it must be so in the end, or it must go."""

    CREATE = "CREATE"
    UPSERT = "UPSERT"
    DELETE = "DELETE"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request says of one association; None and empty are left open.

    Attributes:
        subject: Qualified or not; if not, it is in `context`.
        cascades: Of a deletion: whether a strong association's subject goes along.

    """

    verb: Verb
    association_type: str | None = None
    subject: str | None = None
    context: str = "."
    lifecycle: str | None = None
    frozen: bool | None = None
    submission: Submission | None = None
    cascades: bool = False


@dataclass(frozen=True, slots=True)
class Make:
    """An association is to be there.

    Attributes:
        present: The one that is there already; it is as it shall be.

    """

    association_type: str
    subject: Subject
    lifecycle: Lifecycle
    submission: Submission | None
    is_new: bool
    present: Association | None


@dataclass(frozen=True, slots=True)
class Removal:
    """An association is to go, and if it is strong, its subject."""

    present: Association

    @property
    def association_type(self) -> str:
        return self.present.association_type


Wish = Make | Removal


def hold_resource(resource: Resource, *, is_trial: bool) -> None:
    """Check that a resource can be named like this.

    Args:
        is_trial: Whether it may have no id yet.

    Raises:
        InvalidAssociationError: It cannot.

    """
    named = {"resourceName": resource.name, "resourceNamespace": resource.namespace}
    if resource.id or not is_trial:
        named["resourceId"] = resource.id
    for name, value in named.items():
        if not value:
            raise InvalidAssociationError(name, "cannot be null or empty")
        if len(value) > _LONGEST_NAME:
            raise InvalidAssociationError(
                name, f"cannot have more than {_LONGEST_NAME} characters"
            )
        if _CONTROL_OR_SURROGATE.search(value):
            raise InvalidAssociationError(name, "cannot have control characters")
    if resource.type != TOPIC:
        raise InvalidAssociationError("resourceType", f"must be '{TOPIC}'")


def settled(
    resource: Resource, asked: Sequence[Asked], found: Sequence[Association]
) -> tuple[Wish, ...]:
    """Return what is to be done, given what is there.

    Args:
        found: All associations of the resource's id, and of its name.

    Raises:
        InvalidAssociationError: What is asked makes no sense, or contradicts what is
            there.
        ResourceAssociatedError: It was to be new, and is there otherwise.
        AssociationFrozenError: What is there is frozen.
        AssociationNotFoundError: What was to go is not there.

    """
    if not asked:
        raise InvalidAssociationError("associations", "cannot be null or empty")
    _hold_identity(resource, found)
    present = {each.association_type: each for each in found}
    wishes: dict[str, Wish] = {}
    for each in asked:
        kind = association_type(each.association_type)
        if kind in wishes:
            raise InvalidAssociationError("associationType", f"'{kind}' is given twice")
        wishes[kind] = (
            _removal(resource, each, kind, present.get(kind))
            if each.verb is Verb.DELETE
            else _make(resource, each, kind, present.get(kind))
        )
    _hold_one_lifecycle(wishes, found)
    return tuple(wishes.values())


def association_type(text: str | None) -> str:
    """Return a type of association; none is that of values.

    Raises:
        InvalidAssociationError: There is no such type.

    """
    if text and text not in ASSOCIATION_TYPES:
        raise InvalidAssociationError(
            "associationType", "must be either 'key' or 'value'"
        )
    return text or VALUE


def lifecycle(text: str | None) -> Lifecycle | None:
    """Read a lifecycle in any letter case; none is None.

    Raises:
        InvalidAssociationError: There is no such lifecycle.

    """
    try:
        return Lifecycle(text.upper()) if text else None
    except ValueError:
        raise InvalidAssociationError(
            "lifecycle", "must be either STRONG or WEAK"
        ) from None


def subject_of(asked: Asked, otherwise: Subject) -> Subject:
    """Return the subject that is asked for, or another one if none is.

    Raises:
        InvalidAssociationError: It is no name of a subject.

    """
    if not asked.subject:
        if Subject.parse(str(otherwise)) != otherwise:
            raise InvalidAssociationError("resourceNamespace", "cannot have a colon")
        return otherwise
    parsed = Subject.parse(asked.subject)
    if not asked.subject.startswith(":."):
        parsed = Subject(asked.subject, asked.context)
    try:
        return parsed.checked()
    except InvalidSubjectError:
        raise InvalidAssociationError(
            "subject", f"'{parsed}' is no name of a subject"
        ) from None


def _hold_identity(resource: Resource, found: Iterable[Association]) -> None:
    """Check that the id and the name are those of one resource."""
    for each in found:
        there = each.resource
        if there.id == resource.id and there != resource:
            raise InvalidAssociationError(
                "resourceName",
                f"the resource '{there.id}' is '{there.name}' in '{there.namespace}'",
            )
        if resource.id and there.id != resource.id:
            raise InvalidAssociationError(
                "resourceId",
                f"'{there.name}' in '{there.namespace}' has the id '{there.id}'; if"
                " it was made anew, delete the associations of that id first",
            )


def _removal(
    resource: Resource, asked: Asked, kind: str, present: Association | None
) -> Removal:
    if present is None:
        raise AssociationNotFoundError(resource.id or resource.name)
    if present.is_frozen and not asked.cascades:
        raise AssociationFrozenError(kind, str(present.subject))
    return Removal(present)


def _make(
    resource: Resource, asked: Asked, kind: str, present: Association | None
) -> Make:
    stated = lifecycle(asked.lifecycle)
    if stated is Lifecycle.WEAK and asked.submission is not None:
        raise InvalidAssociationError(
            "lifecycle", "cannot be WEAK when schema is provided"
        )
    is_strong = asked.frozen or asked.submission is not None
    usual = Lifecycle.STRONG if is_strong else Lifecycle.WEAK
    own = resource.own_subject(kind)
    is_new = asked.verb is Verb.CREATE
    kept = None if is_new else present
    wanted = stated or (usual if kept is None else kept.lifecycle)
    subject = subject_of(asked, own if kept is None else kept.subject)
    make = Make(kind, subject, wanted, asked.submission, is_new, present)
    if present is not None:
        _hold_unchanged(make, present, resource)
    _hold_frozen(make, asked.frozen)
    if wanted is Lifecycle.STRONG:
        _hold_own(make, own)
    return make


def _hold_unchanged(make: Make, present: Association, resource: Resource) -> None:
    """Refuse to change what is there: an association stays what it is."""
    has_moved = make.subject != present.subject
    if not has_moved and make.lifecycle is present.lifecycle:
        return
    if make.is_new:
        raise ResourceAssociatedError(
            make.association_type, resource.id or resource.name
        )
    if has_moved:
        raise InvalidAssociationError(
            "subject", "subject of association cannot be changed"
        )
    if present.is_frozen:
        raise AssociationFrozenError(make.association_type, str(present.subject))
    raise InvalidAssociationError(
        "lifecycle", "lifecycle of association cannot be changed"
    )


def _hold_frozen(make: Make, frozen: bool | None) -> None:  # noqa: FBT001 - None is a third answer
    is_strong = make.lifecycle is Lifecycle.STRONG
    if frozen is None or frozen is is_strong:
        return
    if make.present is not None:
        raise InvalidAssociationError(
            "frozen", "frozen attribute of association cannot be changed"
        )
    raise InvalidAssociationError(
        "frozen",
        "association with lifecycle of STRONG cannot be frozen=false"
        if is_strong
        else "association with lifecycle of WEAK cannot be frozen",
    )


def _hold_own(make: Make, own: Subject) -> None:
    if make.subject != own:
        raise InvalidAssociationError(
            "subject", f"frozen associations must use subject '{own}'"
        )
    if make.present is None and make.submission is None:
        raise InvalidAssociationError(
            "schema", "must be provided when creating a frozen association"
        )


def _hold_one_lifecycle(wishes: dict[str, Wish], found: Iterable[Association]) -> None:
    made = {each.lifecycle for each in wishes.values() if isinstance(each, Make)}
    kept = {each.lifecycle for each in found if each.association_type not in wishes}
    if len(made | kept) > 1:
        raise InvalidAssociationError(
            "lifecycle", "all associations of a resource must have the same lifecycle"
        )
