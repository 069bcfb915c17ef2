"""What it would take to make a registry hold what somebody wants; nothing is written.

Each contract is judged under the level that it will have, beside all that the plan adds
before it: what passes here is accepted when it is carried out.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Generic, TypeVar

from registry.application import (
    accepting,
    comparison,
    deletion,
    foresight,
    policies,
    registration,
)
from registry.application.configuration import hold_patch
from registry.application.desired import Desired, Need, Providers, Wanted, referred
from registry.application.foresight import Foresight, Scene
from registry.application.governance import Outcome
from registry.application.plans import Plan as Registration
from registry.application.ports import Ports, SchemaReader
from registry.application.stored import Revision
from registry.application.writing import refusal, said
from registry.domain import loosening
from registry.domain.access import Permission
from registry.domain.configuration import Config, in_scope, level_of
from registry.domain.errors import (
    InvalidSchemaError,
    OperationNotPermittedError,
    RegistryError,
    SubjectOwnedError,
    UnavailableError,
)
from registry.domain.levels import Level
from registry.domain.model import (
    LATEST,
    Reference,
    SchemaVersion,
    Subject,
    Version,
)
from registry.domain.promises import live, newest
from registry.domain.rules import Severity
from registry.domain.verdict import (
    Category,
    Change,
    Finding,
    IncompatibleSchemaError,
    PlanRefusedError,
    fingerprint,
)
from registry.domain.waivers import Waiver

Value = TypeVar("Value")

_DOCS = "docs/how-to/apply-contracts.md"
_ACCEPTED = frozenset({Outcome.COMPATIBLE, Outcome.WAIVED})


@dataclass(frozen=True, slots=True)
class Changed(Generic[Value]):
    """What is there, and what is to be there instead."""

    before: Value
    after: Value


@dataclass(frozen=True, slots=True)
class Step:
    """All that is to be done for one subject; often nothing.

    Attributes:
        outcome: Whether it would be accepted under the planned level.
        level: The level that was applied; None where nothing could be judged.
        policies: The stricter policies that were applied.
        config: Its own config; None where it stays as it is.
        registers: The version that is written; None if it is there already.
        version: What the subject's schema is then: written, or there already.
        latest: The number of the subject's latest version then.
        deletes: The versions that are hidden.
        waivers: Those that accept what is incompatible.
        messages: Confluent's strings, up to the first version that fails.
        findings: All causes, warnings included.
        error: Why nothing of it can be done.

    """

    subject: Subject
    outcome: Outcome = Outcome.COMPATIBLE
    level: Level | None = None
    policies: tuple[str, ...] = ()
    owner: Changed[str | None] | None = None
    config: Changed[Config | None] | None = None
    policy_names: Changed[tuple[str, ...]] | None = None
    registers: Registration | None = None
    version: SchemaVersion | None = None
    latest: Version | None = None
    deletes: tuple[Version, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    messages: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    error: RegistryError | None = None

    @property
    def is_empty(self) -> bool:
        """Whether all is as it is wanted."""
        parts = (self.owner, self.config, self.policy_names, self.registers)
        return self.error is None and not self.deletes and not any(parts)

    @property
    def is_accepted(self) -> bool:
        return self.outcome in _ACCEPTED

    @property
    def needs(self) -> tuple[Permission, ...]:
        """What whoever carries it out has to be allowed, weakest first.

        To say who manages a subject is a setting of it, taken over or not.
        """
        sets = self.owner or self.config or self.policy_names
        parts = (
            (Permission.REGISTER, bool(self.registers)),
            (Permission.CONFIGURE, bool(sets) and not self.deletes),
            (Permission.DELETE, bool(self.deletes)),
        )
        needed = (permission for permission, is_needed in parts if is_needed)
        # Else what is wanted of a hidden subject might be there already.
        return (Permission.READ, *needed)

    def told(self) -> dict[str, object]:
        """Return what would be done, for comparison with another plan."""
        new = self.registers and self.registers.new
        return {
            "subject": str(self.subject),
            "outcome": self.outcome,
            "owner": self.owner and self.owner.after,
            "config": self.config and said(self.config.after or Config()),
            "policies": self.policy_names and self.policy_names.after,
            "version": new and [new.version, new.identity.hex()],
            "deletes": self.deletes,
        }


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done, in this order.

    Attributes:
        token: The same as long as the same would be done, from the same state.
        revisions: What it was based on, by context and name.

    """

    steps: tuple[Step, ...]
    token: str
    revisions: Mapping[str, Mapping[str, Revision]] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        return all(each.is_empty for each in self.steps)

    @property
    def is_accepted(self) -> bool:
        return all(each.is_accepted for each in self.steps)

    def hold(self) -> None:
        """Refuse a plan of which something would not be accepted.

        Raises:
            SubjectOwnedError: Somebody else manages a subject.
            PlanRefusedError: Anything else is wrong.

        """
        refused = [each for each in self.steps if not each.is_accepted]
        for each in refused:
            if isinstance(each.error, SubjectOwnedError):
                raise each.error
        if refused:
            raise PlanRefusedError(
                {str(each.subject): _why(each) for each in refused},
                [found for each in refused for found in each.findings],
            )


def plan(ports: Ports, desired: Desired) -> Plan:
    """Return what is to be done, so that the registry holds what is wanted.

    What is there already is left alone: the plan that follows a carried out one is
    empty. Faults of single contracts stand in their steps.

    Raises:
        InvalidSchemaError: A subject is wanted twice, or pruning has no owner.
        InvalidWaiverError: A waiver lacks something, or is not in force.
        StoreUnavailableError: The database is out of reach.

    """
    desired.checked()
    _hold_in_force(ports, desired)
    with ports.transactions.read() as store:
        concerned = {*_concerned(desired)}
        pruned = _pruned(store, desired)
        now = foresight.scene(store, concerned | pruned, ports.parsing.limits)
        doomed = [_deleting(ports, store, each, now, pruned) for each in sorted(pruned)]
    planner = _Planner(ports, desired, now)
    steps = (*planner.steps(), *_dependents_first(doomed, now))
    basis = [now.facts(), [each.told() for each in steps]]
    text = json.dumps(basis, default=str, sort_keys=True)
    token = hashlib.sha256(text.encode(errors="replace")).hexdigest()
    return Plan(steps, token, now.revisions)


def _hold_in_force(ports: Ports, desired: Desired) -> None:
    today = accepting.day_of(ports.clock())
    for wanted in desired.wanted:
        for waiver in wanted.waivers:
            waiver.checked(today)


def _concerned(desired: Desired) -> Iterator[Subject]:
    for each in desired.wanted:
        yield each.subject
        for need in each.needs if each.submission else ():
            if need.subject is not None:
                yield referred(need.subject, each.subject)


def _pruned(store: SchemaReader, desired: Desired) -> set[Subject]:
    if not desired.prunes:
        return set()
    kept = {each.subject for each in desired.wanted}
    owned = (
        store.planning.owned(each, desired.pruned_contexts)
        for each in sorted(desired.speakers)
    )
    return {*chain.from_iterable(owned)} - kept


def _deleting(
    ports: Ports, store: SchemaReader, subject: Subject, now: Scene, along: set[Subject]
) -> Step:
    versions = [each.version for each in live(now.histories.get(subject, []))]
    owner = Changed(now.owners.get(subject), None)
    step = Step(subject, owner=owner, deletes=tuple(versions))
    try:
        _hold_writable(now, subject)
        # What the caller may not read is in the way as well.
        whole = store.whole
        deletion.hold_unused(whole, subject)
        deletion.hold_unreferenced(
            ports, whole, subject, versions, by_live_only=True, besides=along
        )
    except UnavailableError:
        raise
    except RegistryError as error:
        return replace(step, outcome=Outcome.INVALID, error=error)
    return step


def _dependents_first(steps: Sequence[Step], now: Scene) -> list[Step]:
    """Put deletions in an order in which nothing is left that refers to a gone one."""
    left = {each.subject: each for each in steps}
    graph: dict[Subject, set[Subject]] = {each: set() for each in sorted(left)}
    for subject in left:
        for version in live(now.histories.get(subject, [])):
            for reference in version.content.references:
                used = referred(reference.subject, subject)
                if used in left and used != subject:
                    graph[used].add(subject)
    # Versions refer to older ones alone, subjects may well refer to one another.
    order: list[Step] = []
    while left:
        free = [each for each in left if not graph[each] & left.keys()] or [*left][:1]
        order.extend(left.pop(each) for each in free)
    return order


class _Planner:
    """One call of `plan`, as far as it has come."""

    def __init__(self, ports: Ports, desired: Desired, now: Scene) -> None:
        self._desired = desired
        self._now = now
        self._foresight = Foresight(now, ports.access.may_read)
        self._ports = foresight.foreseeing(ports, self._foresight)
        self._providers = Providers(desired.wanted)
        self._done: dict[Subject, Step] = {}

    def steps(self) -> Iterator[Step]:
        order = self._providers.order(self._desired.wanted)
        for each in order.wanted:
            self._done[each.subject] = step = self._guarded(each)
            yield step
        for subject, around in sorted(order.cycles.items()):
            fault = InvalidSchemaError(f"The references form a cycle: {around}")
            yield Step(subject, Outcome.INVALID, error=fault)

    def _guarded(self, wanted: Wanted) -> Step:
        step = Step(wanted.subject)
        try:
            wanted.subject.checked()
            step = self._settings(step, wanted)
            if wanted.submission is not None:
                step = self._schema(step, wanted)
            if not step.is_empty:
                _hold_writable(self._now, wanted.subject)
        except UnavailableError:
            raise
        except RegistryError as error:
            return replace(step, outcome=Outcome.INVALID, error=error)
        return step

    def _settings(self, step: Step, wanted: Wanted) -> Step:
        """Foresee owner, config and policies, before the schema is judged."""
        step = replace(step, owner=self._owner(wanted))
        step = self._config(step, wanted)
        return self._policies(step, wanted)

    def _owner(self, wanted: Wanted) -> Changed[str | None] | None:
        desired = self._desired
        before = self._now.owners.get(wanted.subject)
        after = desired.owner_of(wanted)
        if before == after:
            return None
        is_free = before is None or before in desired.speakers
        if not (is_free or desired.takes_over):
            raise SubjectOwnedError(str(wanted.subject), str(before))
        return None if after is None else Changed(before, after)

    def _config(self, step: Step, wanted: Wanted) -> Step:
        hold_patch(wanted.patch)
        before = self._now.configs.get(wanted.subject)
        after = replace(before or Config(), **wanted.patch)
        if after == (before or Config()):
            return step
        earlier = self._level(wanted.subject)
        self._foresight.foresee_config(wanted.subject, after)
        later = self._level(wanted.subject)
        findings = step.findings
        if live(self._now.histories.get(wanted.subject, [])):
            findings = (*findings, *_loosened_level(wanted.subject, earlier, later))
        return replace(step, config=Changed(before, after), findings=findings)

    def _level(self, subject: Subject) -> Level:
        configs = self._foresight.policy(subject).configs
        return level_of(in_scope(configs, self._ports.defaults))

    def _policies(self, step: Step, wanted: Wanted) -> Step:
        if wanted.policies is None:
            return step
        before = self._now.policies[wanted.subject].policies
        after = policies.spelt(wanted.policies)
        if after == before:
            return step
        parsing = self._ports.parsing
        if wanted.submission is None:
            latest = self._foresight.find_latest(wanted.subject)
            policies.hold_suited(parsing, after, latest)
        else:
            language = parsing.schema_type(wanted.language)
            policies.hold_offered(parsing, after, language)
        self._foresight.foresee_policies(wanted.subject, after)
        offered = [*parsing.format(parsing.schema_type(wanted.language)).policies]
        change = loosening.of_policies(before, after, offered)
        findings = step.findings
        if change is not None and live(self._now.histories.get(wanted.subject, [])):
            message = loosening.told_of_policies(change)
            findings = (*findings, _loosened(wanted.subject, message, change))
        changed = Changed(before, after)
        return replace(step, policy_names=changed, findings=findings)

    def _schema(self, step: Step, wanted: Wanted) -> Step:
        assert wanted.submission is not None  # noqa: S101 - whoever calls has looked
        references = tuple(self._reference(each, wanted) for each in wanted.needs)
        submission = replace(wanted.submission, references=references)
        ports, subject = self._ports, wanted.subject
        try:
            found = registration.planned(ports, subject, submission)
        except IncompatibleSchemaError as error:
            # Others may need it: they are judged as if it were to come.
            found = registration.planned(ports, subject, submission, force=True)
            waivers = accepting.accepting(wanted.waivers, error.findings)
            step = replace(
                step,
                outcome=Outcome.WAIVED if waivers else Outcome.INCOMPATIBLE,
                waivers=waivers,
                messages=error.messages,
                findings=(*step.findings, *error.findings),
            )
        policy = self._foresight.policy(subject)
        step = replace(step, level=self._level(subject), policies=policy.policies)
        if isinstance(found, SchemaVersion):
            latest = newest(self._foresight.history(subject)) or found
            return replace(step, version=found, latest=latest.version)
        if step.outcome is Outcome.COMPATIBLE and self._foresight.history(subject):
            warned = comparison.trial(ports, subject, submission).findings()
            step = replace(step, findings=(*step.findings, *warned))
        version = found.outcome(registration.NOT_GIVEN)
        self._foresight.foresee_version(version)
        number = version.version
        return replace(step, registers=found, version=version, latest=number)

    def _reference(self, need: Need, wanted: Wanted) -> Reference:
        provider = self._providers.find(need, wanted)
        if provider is None:
            version = LATEST if need.version is None else need.version
            return Reference(need.name, need.subject or "", version)
        step = self._done.get(provider.subject)
        if step is None or step.version is None:
            raise InvalidSchemaError(
                f"It uses '{need.name}' of {provider.subject}, which is refused"
            )
        written = need.subject or _written(provider.subject, wanted.subject)
        return Reference(need.name, written, step.version.version)


def _written(target: Subject, user: Subject) -> str:
    """Return how a reference names a subject: bare within one context."""
    if target.context == user.context:
        return target.name
    return str(target) if target.is_qualified else f":.:{target.name}"


def _hold_writable(now: Scene, subject: Subject) -> None:
    if now.policies[subject].mode.is_read_only:
        raise OperationNotPermittedError(refusal(subject, "is in read-only mode"))


def _loosened_level(subject: Subject, before: Level, after: Level) -> Iterator[Finding]:
    if not loosening.is_kept(before, after):
        change = Change("changed", before.name, after.name)
        yield _loosened(subject, loosening.told(before, after), change)


def _loosened(subject: Subject, message: str, change: Change) -> Finding:
    rule, name = loosening.LEVEL_LOOSENED, str(subject)
    return Finding(
        rule=rule.id,
        category=Category.POLICY,
        # Whoever applies it has decided so: they are told, not held up.
        severity=Severity.WARNING,
        subject=name,
        schema_type=None,
        message=message,
        path="",
        change=change,
        location=None,
        old_location=None,
        checked=None,
        broken=(),
        why=rule.why,
        fixes=(),
        docs_url=f"{_DOCS}#{rule.id}",
        fingerprint=fingerprint(rule.id, name, "", change.old, change.new),
    )


def _why(step: Step) -> str:
    if step.error is not None:
        return str(step.error)
    level = "" if step.level is None else f" ({step.level.name})"
    errors = [each for each in step.findings if each.severity is Severity.ERROR]
    told = "; ".join(each.message for each in errors[:3]) or step.messages[0]
    return f"incompatible{level}: {told}"
