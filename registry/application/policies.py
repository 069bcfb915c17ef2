"""The stricter policies that a subject has chosen beside its level.

They are promises of our own: no answer of Confluent's interface knows of them, but
that what breaks them is refused.
"""

import json
from collections.abc import Collection, Iterable, Sequence

from registry.application.parsing import Parsing
from registry.application.ports import Ports, SchemaStore
from registry.application.stored import AuditEntry, Origin
from registry.application.writing import exclusively
from registry.domain.errors import UnknownPolicyError
from registry.domain.model import SchemaType, SchemaVersion, Subject
from registry.domain.promises import policy_name

Names = tuple[str, ...]


def get_policies(ports: Ports, subject: Subject) -> Names:
    """Return the names of a subject's policies, sorted; none if nobody chose any.

    Raises:
        InvalidSubjectError: No subject can have this name.

    """
    with ports.transactions.read() as store:
        return store.policies(subject.checked())


def put_policies(
    ports: Ports, subject: Subject, names: Iterable[str], origin: Origin
) -> Names:
    """Choose a subject's policies instead of what it has, and return them.

    The subject need not exist yet. What is registered already is not held to them; a
    version that is to come is held to all of it.

    Args:
        names: In any order and letter case; none clears.

    Raises:
        InvalidSubjectError: Nothing may be stored under this name.
        UnknownPolicyError: The language of the subject's latest version offers no
            such policy; while there is none, no language does.
        OperationNotPermittedError: The subject is read-only.

    """
    subject.checked()
    wanted = spelt(names)

    def act(store: SchemaStore) -> Names:
        hold_known(ports, store, subject, wanted)
        before = store.policies(subject)
        if wanted == before:
            return wanted
        store.put_policies(subject, wanted)
        _record(ports, store, subject, "policies.update", (before, wanted), origin)
        return wanted

    return exclusively(ports, subject, act)


def delete_policies(ports: Ports, subject: Subject, origin: Origin) -> Names:
    """Forget a subject's policies and return what they were; none is fine as well.

    Raises:
        InvalidSubjectError: No subject can have this name.
        OperationNotPermittedError: The subject is read-only.

    """
    subject.checked()

    def act(store: SchemaStore) -> Names:
        before = store.policies(subject)
        if not before:
            return before
        store.put_policies(subject, ())
        _record(ports, store, subject, "policies.delete", (before, ()), origin)
        return before

    return exclusively(ports, subject, act)


def spelt(names: Iterable[str]) -> Names:
    """Return names as they are stored: in capitals, each once, sorted."""
    return tuple(sorted(set(map(policy_name, names))))


def hold_offered(parsing: Parsing, names: Names, language: SchemaType) -> None:
    """Refuse policies that a schema language does not offer.

    Raises:
        UnknownPolicyError: The first of them.

    """
    _hold_known(parsing, names, [language])


def hold_known(
    ports: Ports, store: SchemaStore, subject: Subject, names: Names
) -> None:
    """Refuse policies that the language of a subject does not offer.

    Raises:
        UnknownPolicyError: The first of them.

    """
    hold_suited(ports.parsing, names, store.find_latest(subject))


def hold_suited(parsing: Parsing, names: Names, latest: SchemaVersion | None) -> None:
    """Refuse policies that the language of a subject's latest version does not offer.

    While there is none, any language that has them will do.

    Raises:
        UnknownPolicyError: The first of them.

    """
    languages = parsing.schema_types
    if latest is not None:
        languages = (latest.content.schema_type,)
    _hold_known(parsing, names, languages)


def _hold_known(
    parsing: Parsing, names: Names, languages: Collection[SchemaType]
) -> None:
    offers = (parsing.format(each).policies for each in languages)
    known = sorted({name for offer in offers for name in offer})
    for name in names:
        if name not in known:
            raise UnknownPolicyError(name, sorted(languages), known)


def _record(
    ports: Ports,
    store: SchemaStore,
    subject: Subject,
    action: str,
    change: tuple[Sequence[str], Sequence[str]],
    origin: Origin,
) -> None:
    before, after = (
        json.dumps({"policies": each}) if each else None for each in change
    )
    entry = AuditEntry(origin, action, str(subject), before, after, ports.clock())
    store.record(subject.context, entry)
