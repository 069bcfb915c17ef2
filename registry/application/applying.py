"""Carrying out a plan: all of it in one transaction, or nothing."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from registry.application import deletion
from registry.application.desired import Desired
from registry.application.moving import Placing
from registry.application.numbering import Numbered, numbered
from registry.application.planning import Plan, Step, plan
from registry.application.ports import Ports, SchemaStore
from registry.application.stored import (
    AuditEntry,
    Origin,
    StaleRevisionError,
)
from registry.application.writing import said
from registry.domain import identity
from registry.domain.configuration import Config
from registry.domain.errors import StalePlanError, StoreUnavailableError
from registry.domain.model import (
    SchemaVersion,
    StoredContent,
    Subject,
)
from registry.domain.references import target
from registry.domain.waivers import hold_overriding

_MOST_ATTEMPTS: Final = 10


@dataclass(frozen=True, slots=True)
class Applied:
    """What was done.

    Attributes:
        versions: What the wanted schemas are now, by subject; new ones with their ids.

    """

    plan: Plan
    versions: dict[Subject, SchemaVersion]


def apply(
    ports: Ports, desired: Desired, origin: Origin, token: str | None = None
) -> Applied:
    """Make the registry hold what is wanted, in one transaction.

    If it is so already, nothing is written, whatever the token: a call whose answer was
    lost may be repeated.

    Args:
        token: Of the plan that was looked at; None to do whatever it takes.

    Raises:
        ForbiddenError: The caller may not do a part of it, or not see it.
        WaiverForbiddenError: A waiver would accept what they may not accept.
        InvalidWaiverError: A waiver lacks something, or is not in force.
        StalePlanError: Something else would be done than what the token stands for.
        SubjectOwnedError: A subject is managed from elsewhere.
        PlanRefusedError: Something of it would not be accepted.
        InvalidSchemaError: A subject is wanted twice, or pruning has no owner.
        StoreUnavailableError: The database is out of reach, or others were faster each
            time.

    """
    for _ in range(_MOST_ATTEMPTS):
        found = plan(ports, desired)
        _hold_allowed(ports, found.steps)
        if found.is_empty:
            return Applied(found, _present(found.steps))
        if token is not None and token != found.token:
            raise StalePlanError
        found.hold()
        try:
            return ports.transactions.write(_writing(ports, found, origin))
        except StaleRevisionError:
            continue
    raise StoreUnavailableError


def _hold_allowed(ports: Ports, steps: Iterable[Step]) -> None:
    for each in steps:
        for permission in each.needs:
            ports.access.hold(permission, each.subject)
        hold_overriding(ports.access, each.subject, each.waivers)


def _present(steps: Iterable[Step]) -> dict[Subject, SchemaVersion]:
    return {each.subject: each.version for each in steps if each.version is not None}


def _writing(
    ports: Ports, found: Plan, origin: Origin
) -> Callable[[SchemaStore], Applied]:
    def act(store: SchemaStore) -> Applied:
        return _Writing(ports, found, origin, store).write()

    return act


@dataclass(frozen=True, slots=True)
class _Writing:
    """One transaction, which takes all contexts of a plan to itself.

    Attributes:
        entries: What is remembered, by context.
        ids: Of contents, by context; grows with what is written.

    """

    ports: Ports
    plan: Plan
    origin: Origin
    store: SchemaStore
    entries: dict[str, list[AuditEntry]] = field(default_factory=dict)
    written: dict[Subject, SchemaVersion] = field(default_factory=dict)

    def write(self) -> Applied:
        self._hold()
        by_context: dict[str, list[Step]] = {}
        for each in self.plan.steps:
            by_context.setdefault(each.subject.context, []).append(each)
        placings: list[Sequence[Placing]] = []
        for context, steps in sorted(by_context.items()):
            self._put_settings(context, steps)
            found = self._placings(context, steps)
            self.store.moving.place(context, found)
            placings.append(found)
        self._append(self.plan.steps)
        # Last, as references may go from any of the contexts to any other.
        for placed in placings:
            self.store.moving.refer(placed)
        for each in self.plan.steps:
            self._remember_waivers(each)
            if each.deletes:
                self._delete(each)
        for context, entries in sorted(self.entries.items()):
            self.store.planning.record(context, entries)
        return Applied(self.plan, {**_present(self.plan.steps), **self.written})

    def _hold(self) -> None:
        """Take all contexts, in order, and see to it that all is as it was.

        Raises:
            StaleRevisionError: It is not.

        """
        contexts = {*self.plan.revisions, *_referred(self.plan.steps)}
        for context in sorted(contexts):
            self.store.lock(context)
        for context, revisions in self.plan.revisions.items():
            if not self.store.planning.is_current(context, revisions):
                raise StaleRevisionError

    def _put_settings(self, context: str, steps: Sequence[Step]) -> None:
        planning = self.store.planning
        owned = {each.subject.name: each.owner for each in steps}
        planning.put_owners(
            context, {name: each.after for name, each in owned.items() if each}
        )
        configs = {each.subject.name: each.config for each in steps}
        planning.put_configs(
            context,
            {name: each.after or Config() for name, each in configs.items() if each},
        )
        policies = {each.subject.name: each.policy_names for each in steps}
        planning.put_policies(
            context, {name: each.after for name, each in policies.items() if each}
        )
        for each in steps:
            self._remember_settings(each)

    def _remember_settings(self, step: Step) -> None:
        owner, config, policies = step.owner, step.config, step.policy_names
        if owner:
            before, after = (
                _if_any("owner", owner.before),
                _if_any("owner", owner.after),
            )
            self._remember(step, "owner.update", before, after)
        if config:
            before = None if config.before is None else said(config.before)
            self._remember(
                step, "config.update", before, said(config.after or Config())
            )
        if policies:
            before = _if_any("policies", policies.before)
            after = _if_any("policies", policies.after)
            self._remember(step, "policies.update", before, after)

    def _remember_waivers(self, step: Step) -> None:
        for each in step.waivers:
            version = self.written[step.subject].version
            place = f"{step.subject}/versions/{version}"
            context = step.subject.context
            self._note(context, "waiver.use", place, None, each.told())

    def _placings(self, context: str, steps: Sequence[Step]) -> list[Placing]:
        """Give ids to what is new in a context; contents keep those that they have."""
        new = [
            each.registers.new
            for each in steps
            if each.registers and not each.registers.new.replaces
        ]
        return [*map(self._placing, numbered(self.store, context, new))]

    def _placing(self, one: Numbered) -> Placing:
        new, number = one.new, one.id
        guid = identity.guid(new.identity)
        stored = StoredContent(new.content, number, guid)
        version = SchemaVersion(new.subject, new.version, stored, new.created_ms)
        self.written[new.subject] = version
        after = {"id": number, "guid": str(guid), "schemaType": new.content.schema_type}
        place = f"{new.subject}/versions/{new.version}"
        self._note(new.subject.context, "version.register", place, None, after)
        return Placing(version, None, identity.sha256(new.identity), one.is_new)

    def _append(self, steps: Iterable[Step]) -> None:
        """Write what takes the place of soft-deleted versions: rare, one by one."""
        for each in steps:
            registers = each.registers
            if registers is None or not registers.new.replaces:
                continue
            revision = self.store.policy(each.subject).revision
            entry = registers.entry("version.register", self.origin)
            given = self.store.append(registers.new, revision, entry)
            self.written[each.subject] = registers.outcome(given)

    def _delete(self, step: Step) -> None:
        deletion.hold_unused(self.store, step.subject)
        deletion.hold_unreferenced(
            self.ports, self.store, step.subject, step.deletes, by_live_only=True
        )
        self.store.soft_delete(step.subject, step.deletes, self.ports.clock())
        self._remember(step, "subject.delete", {"versions": step.deletes}, None)

    def _remember(self, step: Step, action: str, before: Any, after: Any) -> None:
        self._note(step.subject.context, action, str(step.subject), before, after)

    def _note(
        self, context: str, action: str, place: str, before: Any, after: Any
    ) -> None:
        old = None if before is None else json.dumps(before)
        new = None if after is None else json.dumps(after)
        now_ms = self.ports.clock()
        entry = AuditEntry(self.origin, action, place, old, new, now_ms)
        self.entries.setdefault(context, []).append(entry)


def _if_any(name: str, value: Any) -> dict[str, Any] | None:
    return {name: value} if value else None


def _referred(steps: Iterable[Step]) -> set[str]:
    """Return the contexts of what is referred to: nothing may vanish there."""
    return {
        target(reference, each.subject.context).context
        for each in steps
        if each.registers
        for reference in each.registers.new.content.references
    }
