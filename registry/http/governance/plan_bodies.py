"""Bodies of plans: what is wanted, and what it takes."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Self

import msgspec

from registry.application.applying import Applied
from registry.application.desired import Desired, Need, Wanted
from registry.application.planning import Plan, Step
from registry.application.submission import Submission
from registry.domain.errors import SubjectOwnedError
from registry.domain.levels import Level
from registry.domain.model import SchemaId, Subject
from registry.domain.waivers import Waiver
from registry.http import contexts
from registry.http.confluent.bodies import (
    Int32,
    MetadataBody,
    ReferenceBody,
    RuleSetBody,
)
from registry.http.confluent.configuration import ConfigBody, ConfigUpdateBody
from registry.http.findings import FindingBody
from registry.http.governance.bodies import CheckErrorBody

_OWNED = "owned"


class NeedBody(msgspec.Struct):
    """A reference.

    Attributes:
        subject: Absent for the contract of this plan that has the name.
        version: Absent, or -1, for the one that there will be.

    """

    name: str
    subject: str | None = None
    version: Int32 | None = None


class WaiverBody(msgspec.Struct, rename="camel", kw_only=True):
    """That a finding of a contract is accepted.

    Attributes:
        fingerprint: Of the finding, all 64 digits.
        rule: The finding's.
        expires: The last day, in UTC, at most 180 days ahead.
        file: Where it was agreed upon, for messages and the audit log.

    """

    fingerprint: str
    rule: str
    reason: str
    approved_by: list[str]
    expires: date
    requested_by: str = ""
    ticket: str = ""
    file: str = ""

    def to_waiver(self) -> Waiver:
        return Waiver(
            self.fingerprint,
            self.rule,
            self.reason,
            tuple(self.approved_by),
            self.expires,
            self.requested_by,
            self.ticket,
            self.file,
        )

    @classmethod
    def of(cls, waiver: Waiver) -> Self:
        return cls(
            fingerprint=waiver.fingerprint,
            rule=waiver.rule,
            reason=waiver.reason,
            approved_by=[*waiver.approved_by],
            expires=waiver.expires,
            requested_by=waiver.requested_by,
            ticket=waiver.ticket,
            file=waiver.file,
        )


class WantedBody(msgspec.Struct, rename="camel", kw_only=True):
    """A contract.

    Attributes:
        name: How the schemas of other contracts of this plan refer to it.
        schema: Absent for a subject of which only settings are wanted.
        level: Short for the `compatibility` of the config; absent leaves it as it is.
        config: What is absent in it stays, null clears.
        policies: Absent leaves them as they are; an empty list is none.
        metadata: Absent for what the latest version has; so with `ruleSet`.
        owner: Who manages the subject; absent for the owner of the plan.
        waivers: What the schema may break nevertheless; to apply one that is needed
            takes the permission `override`.

    """

    subject: str
    name: str | None = None
    schema: str | None = None
    schema_type: str | None = None
    references: list[NeedBody] | None = None
    metadata: MetadataBody | None = None
    rule_set: RuleSetBody | None = None
    normalize: bool | None = None
    level: str | None = None
    config: ConfigUpdateBody | None = None
    policies: list[str] | None = None
    owner: str | None = None
    waivers: list[WaiverBody] | None = None

    def to_wanted(self) -> Wanted:
        """Return what the use case takes.

        Raises:
            InvalidLevelError: There is no such level.

        """
        patch = {} if self.config is None else dict(self.config.to_patch())
        if self.level is not None:
            patch["level"] = Level.parse(self.level)
        needs = tuple(
            Need(each.name, each.subject, each.version)
            for each in self.references or ()
        )
        return Wanted(
            Subject.parse(self.subject),
            self._submission(),
            needs,
            self.name,
            patch,
            None if self.policies is None else tuple(self.policies),
            _owner(self.owner),
            tuple(each.to_waiver() for each in self.waivers or ()),
        )

    def _submission(self) -> Submission | None:
        if self.schema is None:
            return None
        metadata, rule_set = self.metadata, self.rule_set
        return Submission(
            self.schema,
            self.schema_type,
            metadata=None if metadata is None else metadata.to_metadata(),
            rule_set=None if rule_set is None else rule_set.to_rule_set(),
            normalize=self.normalize,
        )


class DesiredBody(msgspec.Struct, rename="camel", kw_only=True):
    """All that some folders of a repository want.

    Attributes:
        owner: Who manages the subjects that name no other, such as
            `example.com/shop#contracts`; absent leaves that open.
        owners: Who speaks here beside the owner: each may have subjects of the others.
        take_over: Whether subjects of yet others are taken from them.
        prune: Whether what they all managed and do not name any more is deleted,
            softly.
        contexts: Where that is done, such as `.` and `.far`; absent or empty for those
            of the contracts, or the default one if there are none.

    """

    contracts: list[WantedBody]
    owner: str | None = None
    owners: list[str] | None = None
    take_over: bool = False
    prune: bool = False
    contexts: list[str] | None = None

    def to_desired(self) -> Desired:
        """Return what the use case takes.

        Raises:
            InvalidLevelError: There is no such level.

        """
        wanted = tuple(each.to_wanted() for each in self.contracts)
        named = map(_owner, self.owners or ())
        others = tuple(each for each in named if each is not None)
        owner = _owner(self.owner)
        places = frozenset(map(contexts.named, self.contexts or ()))
        return Desired(wanted, owner, self.take_over, self.prune, others, places)


def _owner(said: str | None) -> str | None:
    return (said or "").strip() or None


class ApplyBody(DesiredBody, kw_only=True):
    """What is wanted, and what is known of it.

    Attributes:
        token: Of the plan that was looked at: nothing else is done then. Absent for
            whatever it takes.

    """

    token: str | None = None


class ActionBody(msgspec.Struct, rename="camel", kw_only=True, omit_defaults=True):
    """One thing that is to be done, and whether it would be accepted.

    Attributes:
        action: `own`, `configure`, `set-policies`, `register`, `delete`; or `none`
            where it is not known what it would be, as the contract is invalid.
        verdict: Of all that is done for the subject: `compatible`, `incompatible`,
            `waived` for what is incompatible and was accepted, `invalid`, or `owned`
            by somebody else.
        version: That is predicted of a registration.
        references: With their predicted versions.
        versions: That are deleted.
        before: What is there.
        after: What will be there.
        level: The one that is planned, under which it was judged.
        waivers: Those that accept what was found.

    """

    action: str
    subject: str
    verdict: str
    version: int | None = None
    schema_type: str | None = None
    references: list[ReferenceBody] | None = None
    versions: tuple[int, ...] = ()
    before: Any = None
    after: Any = None
    level: str | None = None
    policies: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    findings: tuple[FindingBody, ...] = ()
    waivers: tuple[WaiverBody, ...] = ()
    error: CheckErrorBody | None = None


class HeldBody(msgspec.Struct, rename="camel"):
    """What the schema of a contract is, or will be.

    Attributes:
        id: 0 for a version that is only planned.
        latest: The number of the subject's latest version then; another one, if
            something was registered after this schema.
        is_new: Whether it is not there yet, or was not before.
        predicted_id: The id that a version which is only planned would get now; absent
            for callers who may not read everything, as it tells how much there is.

    """

    subject: str
    version: int
    id: int
    guid: str
    latest: int
    is_new: bool
    predicted_id: int | msgspec.UnsetType = msgspec.UNSET


class PlanBody(msgspec.Struct, rename="camel"):
    """What it takes.

    Attributes:
        token: Stands for these actions, from this state of the registry.
        accepted: Whether all of it would be accepted.
        actions: In the order of need; none if all is as it is wanted.
        schemas: What the contracts' schemas are then.

    """

    token: str
    accepted: bool
    actions: list[ActionBody]
    schemas: list[HeldBody]

    @classmethod
    def of(cls, found: Plan, predicted: Mapping[Subject, SchemaId] = {}) -> Self:
        return cls(
            found.token,
            found.is_accepted,
            [action for step in found.steps for action in _actions(step)],
            [*_held(found, predicted)],
        )


class AppliedBody(msgspec.Struct, rename="camel"):
    """What was done; the ids of what is new are known now."""

    actions: list[ActionBody]
    schemas: list[HeldBody]

    @classmethod
    def of(cls, done: Applied) -> Self:
        steps = (
            replace(each, version=done.versions.get(each.subject))
            for each in done.plan.steps
        )
        found = replace(done.plan, steps=tuple(steps))
        body = PlanBody.of(found)
        return cls(body.actions, body.schemas)


def _held(found: Plan, predicted: Mapping[Subject, SchemaId]) -> Iterator[HeldBody]:
    for each in found.steps:
        if each.version is not None:
            stored = each.version.stored
            yield HeldBody(
                str(each.subject),
                each.version.version,
                stored.schema_id,
                str(stored.guid),
                each.latest or each.version.version,
                each.registers is not None,
                predicted.get(each.subject, msgspec.UNSET),
            )


def _actions(step: Step) -> Iterator[ActionBody]:
    """Yield what is done for a subject; what was found stands with its schema."""
    bare = _bare(step) or ([{"action": "none"}] if step.error else [])
    names = [each["action"] for each in bare]
    judged = names.index("register") if "register" in names else 0
    told = _told(step)
    for at, each in enumerate(bare):
        more = told if at == judged else {"verdict": told["verdict"]}
        yield ActionBody(subject=str(step.subject), **each, **more)


def _bare(step: Step) -> list[dict[str, Any]]:
    """Return the actions without the verdict."""
    found: list[dict[str, Any]] = []
    if step.owner:
        owner = {"before": step.owner.before, "after": step.owner.after}
        found.append({"action": "own", **owner})
    if step.config:
        before, after = step.config.before, step.config.after
        said = {
            "before": None if before is None else ConfigBody.of(before),
            "after": None if after is None else ConfigBody.of(after),
        }
        found.append({"action": "configure", **said})
    if step.policy_names:
        names = {"before": step.policy_names.before, "after": step.policy_names.after}
        found.append({"action": "set-policies", **names})
    if step.registers:
        content = step.registers.new.content
        here = Subject("")
        references = [ReferenceBody.of(each, here) for each in content.references]
        found.append(
            {
                "action": "register",
                "version": step.registers.new.version,
                "schema_type": content.schema_type,
                "references": references or None,
            }
        )
    if step.deletes:
        found.append({"action": "delete", "versions": step.deletes})
    return found


def _told(step: Step) -> dict[str, Any]:
    error = step.error
    verdict = _OWNED if isinstance(error, SubjectOwnedError) else step.outcome.value
    return {
        "verdict": verdict,
        "level": None if step.level is None else step.level.name,
        "policies": step.policies,
        "messages": step.messages,
        "findings": tuple(map(FindingBody.of, step.findings)),
        "waivers": tuple(map(WaiverBody.of, step.waivers)),
        "error": None if error is None else CheckErrorBody.of(error),
    }
