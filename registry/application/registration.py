"""Registering a schema under a subject."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from registry.application import candidates
from registry.application.candidates import VERSION_PROPERTY, Parsed
from registry.application.ports import (
    AuditEntry,
    NewVersion,
    Origin,
    Policy,
    Ports,
    SchemaStore,
    StaleRevisionError,
    Visibility,
)
from registry.application.submission import Submission
from registry.application.trials import Trial
from registry.application.writing import refusal
from registry.domain import identity
from registry.domain.configuration import Mode, in_scope
from registry.domain.errors import (
    InvalidSchemaError,
    OperationNotPermittedError,
    StoreUnavailableError,
)
from registry.domain.model import (
    LATEST,
    Content,
    Metadata,
    Reference,
    SchemaId,
    SchemaVersion,
    StoredContent,
    Subject,
    Version,
)
from registry.domain.promises import Promise, live, newest
from registry.domain.references import target
from registry.domain.verdict import IncompatibleSchemaError

MOST_ATTEMPTS = 50
"""Each lost attempt means that another writer got through, so this is generous."""


@dataclass(frozen=True, slots=True)
class _Request:
    """What stays the same over all attempts."""

    ports: Ports
    subject: Subject
    submission: Submission
    force: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """A version that may be written if nothing has changed since `policy` was read."""

    new: NewVersion
    policy: Policy


def register(
    ports: Ports,
    subject: Subject,
    submission: Submission,
    origin: Origin,
    *,
    force: bool = False,
) -> SchemaVersion:
    """Register a schema and return its version.

    Content that is live in the subject keeps the version and id that it has, whatever
    the mode; content known elsewhere in the context keeps its id. Safe to repeat, also
    when it is unknown whether an earlier call got through.

    Args:
        force: Leave compatibility, and all else that is promised, unchecked.

    Raises:
        InvalidSubjectError: Nothing may be stored under this name.
        InvalidSchemaError: The text is no schema, or the version asked for is not
            the next one.
        OperationNotPermittedError: The mode forbids it.
        IncompatibleSchemaError: It breaks what the subject promises.
        StoreUnavailableError: The database is out of reach.

    """
    for _ in range(MOST_ATTEMPTS):
        plan = planned(ports, subject, submission, force=force)
        if isinstance(plan, SchemaVersion):
            return plan
        try:
            return _write(ports, plan, origin)
        except StaleRevisionError:
            continue
    raise StoreUnavailableError


def planned(
    ports: Ports, subject: Subject, submission: Submission, *, force: bool = False
) -> Plan | SchemaVersion:
    """Return the version that a registration would write, or the one that is there.

    Raises:
        InvalidSubjectError, InvalidSchemaError, OperationNotPermittedError,
        IncompatibleSchemaError: As `register`.

    """
    request = _Request(ports, subject.checked(), submission, force)
    with ports.transactions.read() as store:
        policy = store.policy(subject)
        config = in_scope(policy.configs, ports.defaults)
        submission = candidates.completed(store, subject, request.submission)
        draft = candidates.draft(ports.parsing, store, subject, submission, config)
    parsed = candidates.new(ports.parsing, draft, config)
    history = _history(request, parsed)
    if isinstance(history, SchemaVersion):
        return history
    _hold_to_mode(policy, subject, request.submission)
    _hold_referable(ports, subject, draft.references)
    if not request.force:
        promise = Promise.of(config, policy.policies)
        _hold_to_promise(Trial(ports, subject, parsed, history, promise))
    content = candidates.inheriting(parsed, newest(history)).content
    return Plan(_new_version(request, content, history), policy)


def _history(request: _Request, parsed: Parsed) -> list[SchemaVersion] | SchemaVersion:
    """Return all versions of the subject, or the one that is the candidate already."""
    ports, subject, asked = request.ports, request.subject, request.submission.version
    with ports.transactions.read() as store:
        if asked == 0:
            exact = candidates.find_exact(store, subject, parsed, Visibility.LIVE)
            if exact is not None:
                return exact
        history = store.history(subject, Visibility.ALL)
        seen = live(history)
        # Whoever asks for a number wants a new version, whatever is there.
        among = {0: seen, LATEST: seen[-1:]}.get(asked, [])
        alike = candidates.likenesses(ports.parsing, store, parsed, among)
    return candidates.first_equal(ports.parsing, parsed, alike) or history


def _hold_to_mode(policy: Policy, subject: Subject, submission: Submission) -> None:
    mode = policy.modes[0] if policy.modes else Mode.READWRITE
    if mode.is_read_only:
        wrong = "is in read-only mode"
    elif submission.schema_id is not None:
        wrong = "is not in import mode"
    elif mode is not Mode.READWRITE:
        wrong = "is not in read-write mode"
    else:
        return
    raise OperationNotPermittedError(refusal(subject, wrong))


def _hold_referable(
    ports: Ports, subject: Subject, references: Sequence[Reference]
) -> None:
    """Refuse references to subjects that belong to a resource, and go with it."""
    if not references:
        return
    targets = dict.fromkeys(target(each, subject.context) for each in references)
    with ports.transactions.read() as store:
        for referred in targets:
            if any(each.is_frozen for each in store.associations.of_subject(referred)):
                raise OperationNotPermittedError(
                    f"Subject '{referred}' has a strong association and cannot be"
                    " referenced"
                )


def _hold_to_promise(trial: Trial) -> None:
    verdict = trial.verdict()
    if not verdict.is_compatible:
        raise IncompatibleSchemaError(
            str(trial.subject), verdict.messages, trial.findings()
        )


def _new_version(
    request: _Request, content: Content, history: Sequence[SchemaVersion]
) -> NewVersion:
    number = history[-1].version + 1 if history else 1
    asked = request.submission.version
    if asked not in {0, LATEST, number}:
        raise InvalidSchemaError("Version is not one more than previous version")
    if asked or _is_stamped(content.metadata):
        content = _stamped(content, number)
    same = [v.version for v in history if v.is_deleted and v.content == content]
    return NewVersion(
        request.subject,
        Version(number),
        content,
        identity.identity_bytes(content),
        request.ports.clock(),
        tuple(same),
    )


def _is_stamped(metadata: Metadata | None) -> bool:
    return metadata is not None and VERSION_PROPERTY in metadata.properties


def _stamped(content: Content, number: int) -> Content:
    metadata = content.metadata or Metadata()
    properties = {**metadata.properties, VERSION_PROPERTY: str(number)}
    return replace(content, metadata=replace(metadata, properties=properties))


def _write(ports: Ports, plan: Plan, origin: Origin) -> SchemaVersion:
    schema_id = ports.transactions.write(lambda store: append(store, plan, origin))
    return version_of(plan, schema_id)


def append(store: SchemaStore, plan: Plan, origin: Origin) -> SchemaId:
    """Write what was planned, within a transaction.

    Raises:
        StaleRevisionError: Something has changed since it was planned.

    """
    new = plan.new
    facts = {
        "guid": str(identity.guid(new.identity)),
        "schemaType": new.content.schema_type,
    }
    entry = AuditEntry(
        origin,
        "version.register",
        f"{new.subject}/versions/{new.version}",
        before=None,
        after=json.dumps(facts),
        at_ms=new.created_ms,
    )
    return store.append(new, plan.policy.revision, entry)


def version_of(plan: Plan, schema_id: SchemaId) -> SchemaVersion:
    """Return the version that was written as planned, under the id that it got."""
    new = plan.new
    stored = StoredContent(new.content, schema_id, identity.guid(new.identity))
    return SchemaVersion(new.subject, new.version, stored, new.created_ms)
