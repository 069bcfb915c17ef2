"""Taking versions back out of the trash: live again, under their numbers and ids.

Whether a subject keeps its promise is worked out before anything is locked, and holds
if the subject is still the same when it is written.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from registry.application import candidates
from registry.application.candidates import Parsed
from registry.application.ledger import Ledger
from registry.application.lookup import version_in
from registry.application.ports import Ports, SchemaReader, SchemaStore
from registry.application.resolving import Resolver
from registry.application.stored import (
    AuditEntry,
    Origin,
    Policy,
    StaleRevisionError,
    Visibility,
)
from registry.application.trials import Trial
from registry.application.writing import exclusively
from registry.domain.configuration import in_scope
from registry.domain.errors import (
    ReferenceDeletedError,
    StoreUnavailableError,
    SubjectNotFoundError,
)
from registry.domain.levels import Reach
from registry.domain.model import SchemaVersion, Subject, Version
from registry.domain.promises import Promise
from registry.domain.references import target
from registry.domain.verdict import IncompatibleSchemaError

_MOST_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class _Request:
    ports: Ports
    subject: Subject
    wanted: int | None
    action: str
    force: bool


@dataclass(frozen=True, slots=True)
class _Plan:
    """What is to be restored (oldest first), and what was decided on."""

    policy: Policy
    history: list[SchemaVersion]
    restored: list[SchemaVersion]


def restore_version(
    ports: Ports, subject: Subject, wanted: int, origin: Origin, *, force: bool
) -> SchemaVersion:
    """Make a soft-deleted version live again and return it; a live one stays so.

    Args:
        force: Leave unchecked what the subject promises.

    Raises:
        SubjectNotFoundError, VersionNotFoundError: There is no such version, or it
            was removed for good.
        ReferenceDeletedError: It refers to a version that is deleted.
        IncompatibleSchemaError: It would break what the subject promises, towards
            the live versions before it or after it.
        OperationNotPermittedError: The subject is read-only.

    """
    request = _Request(ports, subject, wanted, "version.restore", force)
    found = _restored(request, origin)
    return found[0]


def restore_subject(
    ports: Ports, subject: Subject, origin: Origin, *, force: bool
) -> list[Version]:
    """Make all soft-deleted versions live again; return their numbers, ascending.

    Raises:
        SubjectNotFoundError: It has no version at all.
        ReferenceDeletedError: One refers to a deleted version of another subject.
        IncompatibleSchemaError: They would break what the subject promises.
        OperationNotPermittedError: The subject is read-only.

    """
    request = _Request(ports, subject, None, "subject.restore", force)
    return [each.version for each in _restored(request, origin)]


def _restored(request: _Request, origin: Origin) -> list[SchemaVersion]:
    for _ in range(_MOST_ATTEMPTS):
        plan = _plan(request)
        if not any(each.is_deleted for each in plan.restored):
            return plan.restored
        if not request.force:
            _hold_to_promise(request, plan)
        try:
            _write(request, plan, origin)
        except StaleRevisionError:
            continue
        return [replace(each, is_deleted=False) for each in plan.restored]
    raise StoreUnavailableError


def _plan(request: _Request) -> _Plan:
    subject = request.subject
    with request.ports.transactions.read() as store:
        policy = store.policy(subject)
        if request.wanted is None:
            history = store.history(subject, Visibility.ALL)
            restored = [each for each in history if each.is_deleted]
        else:
            restored = [version_in(store, subject, request.wanted, Visibility.ALL)]
            history = store.history(subject, Visibility.ALL)
    if not history:
        raise SubjectNotFoundError(str(subject))
    return _Plan(policy, history, restored)


def _hold_to_promise(request: _Request, plan: _Plan) -> None:
    """Compare each pair of live versions that stands beside one another anew.

    A restored version is held to those before it, as when it was registered; those
    after it are held to the restored ones.
    """
    config = in_scope(plan.policy.configs, request.ports.defaults)
    promise = Promise.of(config, plan.policy.policies)
    back = {each.version for each in plan.restored if each.is_deleted}
    after = [
        replace(each, is_deleted=each.is_deleted and each.version not in back)
        for each in plan.history
    ]
    ledger = Ledger(request.ports.parsing.limits.max_comparison_units)
    for position, version in enumerate(after):
        earlier = after[:position]
        if version.is_deleted:
            continue
        if version.version not in back:
            earlier = _anew(earlier, back, promise)
        if not earlier:
            continue
        parsed = _parsed(request, version)
        # One request: all of them together may take as much as one candidate.
        ledger = ledger.of_next()
        trial = Trial(request.ports, request.subject, parsed, earlier, promise, ledger)
        verdict = trial.verdict()
        if not verdict.is_compatible:
            raise IncompatibleSchemaError(
                str(request.subject), verdict.messages, trial.findings()
            )


def _anew(
    earlier: Sequence[SchemaVersion], back: set[Version], promise: Promise
) -> list[SchemaVersion]:
    """Return those before a version that never went which it has not met, live."""
    live = [each for each in earlier if not each.is_deleted]
    if promise.level.reach is not Reach.ALL:
        live = live[-1:]
    return [each for each in live if each.version in back]


def _parsed(request: _Request, version: SchemaVersion) -> Parsed:
    parsing = request.ports.parsing
    with request.ports.transactions.read() as store:
        resolver = Resolver(store.whole, request.subject.context, parsing.limits)
        source = resolver.source_of(version.content)
    return candidates.Parsed(parsing.parse(source), source, version.content)


def _write(request: _Request, plan: _Plan, origin: Origin) -> None:
    ports, subject = request.ports, request.subject
    hidden = [each for each in plan.restored if each.is_deleted]

    def act(store: SchemaStore) -> None:
        if store.policy(subject).revision != plan.policy.revision:
            raise StaleRevisionError
        for version in hidden:
            _hold_references(store, version, hidden)
        numbers = [each.version for each in hidden]
        store.restore(subject, numbers)
        entry = AuditEntry(
            origin,
            request.action,
            str(subject),
            before=None,
            after=json.dumps({"versions": numbers}),
            at_ms=ports.clock(),
        )
        store.record(subject.context, entry)

    exclusively(ports, subject, act, [each.context for each in _targets(hidden)])


def _targets(versions: Iterable[SchemaVersion]) -> list[Subject]:
    return [
        target(reference, version.subject.context)
        for version in versions
        for reference in version.content.references
    ]


def _hold_references(
    store: SchemaReader, version: SchemaVersion, along: Sequence[SchemaVersion]
) -> None:
    restored = {(each.subject, each.version) for each in along}
    for reference in version.content.references:
        subject = target(reference, version.subject.context)
        number = Version(reference.version)
        if (subject, number) in restored:
            continue
        if store.find_version(subject, number, Visibility.LIVE) is None:
            raise ReferenceDeletedError(
                str(version.subject), version.version, str(subject), number
            )
