"""Registering a schema under a subject."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from registry.application import candidates, importing, plans
from registry.application.candidates import Parsed
from registry.application.ledger import Ledger
from registry.application.plans import Plan, Request
from registry.application.ports import Ports, SchemaStore
from registry.application.stored import (
    Origin,
    Policy,
    StaleRevisionError,
    Visibility,
)
from registry.application.submission import Submission
from registry.application.trials import Trial
from registry.application.writing import refusal
from registry.domain.access import Permission
from registry.domain.configuration import Config, Mode, in_scope
from registry.domain.errors import OperationNotPermittedError, StoreUnavailableError
from registry.domain.model import LATEST, Reference, SchemaId, SchemaVersion, Subject
from registry.domain.promises import Promise, live, newest
from registry.domain.references import target
from registry.domain.rule_sets import hold_metadata, hold_rule_set
from registry.domain.schema import Strictness
from registry.domain.verdict import IncompatibleSchemaError

MOST_ATTEMPTS = 50
"""Each lost attempt means that another writer got through, so this is generous."""

NOT_GIVEN = SchemaId(0)
"""Stands for the id of a version that is only planned."""


@dataclass(frozen=True, slots=True)
class _Situation:
    """The candidate, and the settings under which it is decided upon."""

    policy: Policy
    config: Config
    parsed: Parsed


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

    Where the mode takes schemas over from another registry, they are stored as they
    come, held to nothing but the limits. IMPORT takes the id and the version's number
    as well, and writes over a version that has this number.

    Args:
        force: Leave compatibility, and all else that is promised, unchecked.

    Raises:
        InvalidRuleSetError: Clients could not execute the rules.
        InvalidSubjectError: Nothing may be stored under this name.
        InvalidSchemaError: The text is no schema, or the version asked for is not
            the next one.
        OperationNotPermittedError: The mode forbids it, or the imported id has
            another content.
        ForbiddenError: The mode is one for imports, which are not for everybody.
        IdDoesNotMatchError: The imported content has another id.
        ReferenceExistsError: Schemas refer to the version that would be written over.
        IncompatibleSchemaError: It breaks what the subject promises.
        TooManyVersionsError: The subject has as many as it may.
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
        RegistryError: All that `register` raises, but for a lost database.

    """
    hold_rule_set(submission.rule_set)
    hold_metadata(submission.metadata)
    request = Request(ports, subject.checked(), submission, force)
    it = _situation(request)
    history, found = _history(request, it)
    if found is not None and not it.config.adds:
        return found
    _hold_to_mode(it.policy, request)
    if found is None:
        _hold_referable(ports, subject, it.parsed.content.references)
    if it.policy.mode.takes_over:
        ports.access.hold(Permission.IMPORT, subject)
        return importing.planned(request, it.policy, it.parsed.content, history)
    if found is not None:
        return found
    parsed = candidates.inheriting(it.parsed, newest(history), it.config)
    hold_rule_set(parsed.content.rule_set)
    hold_metadata(parsed.content.metadata)
    if not request.force:
        promise = Promise.of(it.config, it.policy.policies)
        ledger = Ledger(ports.parsing.limits.max_comparison_units)
        _hold_to_promise(
            Trial(ports, request.subject, parsed, history, promise, ledger)
        )
    content = parsed.content
    asked = request.submission
    if asked.version or asked.tagging or plans.is_stamped(content.metadata):
        content = plans.stamped(content, plans.next_number(history))
    return Plan(plans.next_version(request, content, history), it.policy)


def _situation(request: Request) -> _Situation:
    ports, subject, submission = request.ports, request.subject, request.submission
    with ports.transactions.read() as store:
        policy = store.policy(subject)
        config = in_scope(policy.configs, ports.defaults)
        if policy.mode.takes_over:
            submission = replace(submission, normalize=False)
        else:
            submission = candidates.completed(store, subject, submission)
        draft = candidates.draft(ports.parsing, store, subject, submission, config)
        earlier = candidates.tagged_earlier(ports.parsing, store, subject, submission)
    if policy.mode.takes_over:
        parsed = candidates.parsed(ports.parsing, draft, Strictness.LENIENT)
    else:
        draft = candidates.retagged(ports.parsing, draft, earlier)
        parsed = candidates.new(ports.parsing, draft, config)
    return _Situation(policy, config, parsed)


def _history(
    request: Request, it: _Situation
) -> tuple[list[SchemaVersion], SchemaVersion | None]:
    """Return all versions of the subject, and the one that is the candidate already.

    If it is found by its content alone, nothing else is read.
    """
    parsing, subject = request.ports.parsing, request.subject
    asked, parsed = request.submission.version, it.parsed
    with request.ports.transactions.read() as store:
        exact = None
        if asked == 0 and not it.config.adds:
            exact = candidates.find_exact(store, subject, parsed, Visibility.LIVE)
            if exact is not None and _has_id(request, exact):
                return [], exact
        history = store.history(subject, Visibility.ALL)
        seen = live(history)
        if it.config.adds:
            # What it brings is not what would be stored, even if it is there.
            parsed = candidates.inheriting(parsed, newest(history), it.config)
            same = (each for each in reversed(seen) if each.content == parsed.content)
            exact = next(same, None) if asked == 0 else None
        among = {0: seen, LATEST: seen[-1:]}.get(asked)
        if among is None:
            # Whoever asks for a number wants a new version, whatever is there, but
            # for one that is repeated with its id.
            has_id = request.submission.schema_id is not None
            among = [each for each in seen if has_id and each.version == asked]
        alike = candidates.likenesses(parsing, store, parsed, among, it.config)
    found = exact or candidates.first_equal(parsing, parsed, alike)
    return history, found if found and _has_id(request, found) else None


def _has_id(request: Request, found: SchemaVersion) -> bool:
    return request.submission.schema_id in {None, found.schema_id}


def _hold_to_mode(policy: Policy, request: Request) -> None:
    mode = policy.mode
    has_id = request.submission.schema_id is not None
    if mode.is_read_only:
        wrong = "is in read-only mode"
    elif has_id and not mode.takes_over:
        wrong = "is not in import mode"
    elif not has_id and mode is not Mode.READWRITE:
        wrong = "is not in read-write mode"
    else:
        return
    raise OperationNotPermittedError(refusal(request.subject, wrong))


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


def _write(ports: Ports, plan: Plan, origin: Origin) -> SchemaVersion:
    given = ports.transactions.write(lambda store: append(store, plan, origin))
    return plan.outcome(given)


def append(store: SchemaStore, plan: Plan, origin: Origin) -> SchemaId:
    """Write what was planned, within a transaction, and return the id that it got.

    Raises:
        StaleRevisionError: Something has changed since it was planned.
        RegistryError: What an import raises that contradicts what is there.

    """
    schema_id = plan.schema_id
    if schema_id is None:
        entry = plan.entry("version.register", origin)
        return store.append(plan.new, plan.policy.revision, entry)
    importing.place(store, plan, schema_id, plan.entry("version.import", origin))
    return schema_id
