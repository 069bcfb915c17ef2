"""Policies over contracts: those that come along, and a folder's own.

A folder's own stand in `policies/*.yaml`, beside its contracts:

    policies:
      - id: SHOP_TOPIC_PREFIX
        scope: contract
        expression: contract.topic.startsWith("shop.")
        message: the topic of '{name}' does not begin with 'shop.'
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any, Final

from registry.domain.places import Place
from registry.domain.rules import Severity, Spot
from registry.domain.schema import ParsedSchema
from registry.domain.verdict import Category, Finding, fingerprint
from registry.gate.contract_model import Item, Model
from registry.gate.contracts import Contract
from registry.gate.expressions import Condition, ExpressionError, compiled
from registry.gate.lint_settings import PathIgnore
from registry.gate.members import Members
from registry.gate.policy_packs import ALWAYS, PACKS, POLICIES, Policy, Scope
from registry.gate.report import Kind, Located

MOST_POLICIES: Final = 500
MOST_FINDINGS: Final = 200
"""Of one policy in one contract; nobody would read the rest."""

DOCS: Final = "docs/reference/policies.md"
BROKEN: Final = "POLICY_NOT_APPLICABLE"

_ID: Final = re.compile(r"[A-Z][A-Z0-9_]{2,63}")
_SCOPES: Final = {each.value: each for each in Scope}
_SEVERITIES: Final = {each.value: each for each in Severity}
_EARLIER: Final = "earlier"
_DRAFT: Final = "draft"


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """Which policies hold in a folder, and where not.

    Attributes:
        policies: Those of the packs chosen, then the folder's own.

    """

    policies: tuple[Policy, ...] = PACKS["core"]
    ignores: tuple[PathIgnore, ...] = ()


@dataclass(frozen=True, slots=True)
class Judged:
    """A contract, and what is known around it.

    Attributes:
        manifest: Its file, relative to the repository.
        schema_file: The same of its schema.
        in_folder: Its manifest relative to the folder of contracts.
        schema: None for one that cannot be understood.
        earlier: What its manifest said before, as policies see it; empty for nothing.

    """

    contract: Contract
    manifest: PurePosixPath
    schema_file: PurePosixPath
    in_folder: PurePosixPath
    model: Model
    schema: ParsedSchema | None = None
    earlier: Mapping[str, Any] | None = None


def of(defaults: Members | None, own: Iterable[Members]) -> PolicySettings:
    """Return which policies hold.

    Args:
        defaults: The folder's `registry.yaml`; None where there is none.
        own: The files of the folder's own policies.

    Raises:
        ManifestError: A file is not what it must be, or an expression is none.

    """
    chosen = PolicySettings() if defaults is None else _chosen(defaults)
    known: dict[str, Policy] = {}
    for file in own:
        for policy in _own(file, known):
            known[policy.id] = policy
    return replace(chosen, policies=(*chosen.policies, *known.values()))


def _chosen(defaults: Members) -> PolicySettings:
    said = defaults.inside("policies")
    said.only("packs", "ignore")
    ignores = tuple(map(_ignore, said.each("ignore")))
    if "packs" not in said.value:
        return PolicySettings(ignores=ignores)
    names = said.texts("packs")
    for index, name in enumerate(names):
        if name not in PACKS:
            reason = f"unknown pack '{name}'; expected one of {', '.join(PACKS)}"
            raise said.error(reason, "packs", index)
    chosen = (each for name in PACKS if name in names for each in PACKS[name])
    return PolicySettings(tuple(chosen), ignores)


def _ignore(entry: Members) -> PathIgnore:
    entry.only("path", "rules", "reason")
    path, reason = entry.get_text("path"), entry.get_text("reason")
    return PathIgnore(path, frozenset(entry.texts("rules")), reason)


def _own(members: Members, known: Mapping[str, Policy]) -> Iterator[Policy]:
    members.only("policies")
    seen = set(known)
    for entry in members.each("policies"):
        policy = _policy(entry)
        if policy.id in seen or policy.id in POLICIES:
            raise entry.error(f"the id '{policy.id}' is taken already", "id")
        seen.add(policy.id)
        if len(seen) > MOST_POLICIES:
            raise entry.error(f"expected at most {MOST_POLICIES} policies")
        yield policy


def _policy(entry: Members) -> Policy:
    entry.only(
        "id",
        "purpose",
        "scope",
        "severity",
        "when",
        "expression",
        "message",
        "why",
        "fix",
        "at",
    )
    name = entry.get_text("id")
    if not _ID.fullmatch(name):
        reason = f"expected an id such as SHOP_TOPIC_PREFIX, found '{name[:80]}'"
        raise entry.error(reason, "id")
    message = entry.get_text("message")
    policy = Policy(
        name,
        entry.find("purpose", str) or message,
        entry.one_of("scope", _SCOPES, Scope.CONTRACT),
        entry.get_text("expression"),
        message,
        entry.find("why", str) or "",
        entry.find("fix", str) or "",
        entry.one_of("severity", _SEVERITIES, Severity.ERROR),
        entry.find("when", str) or ALWAYS,
        entry.find("at", str) or "",
    )
    for key in ("when", "expression"):
        try:
            _condition(policy, key)
        except ExpressionError as error:
            raise entry.error(f"{key}: {error}", key) from error
    return policy


def _condition(policy: Policy, key: str) -> Condition:
    names = dict.fromkeys((Scope.CONTRACT.value, policy.scope.value, _EARLIER))
    return compiled(getattr(policy, key), tuple(names))


def judge(judged: Judged, settings: PolicySettings) -> Iterator[Located]:
    """Yield what a contract does not keep, policy by policy."""
    for policy in settings.policies:
        is_ignored = any(
            each.covers(policy.id, judged.in_folder) for each in settings.ignores
        )
        if not is_ignored:
            yield from _of_policy(judged, policy)


def _of_policy(judged: Judged, policy: Policy) -> Iterator[Located]:
    left = MOST_FINDINGS
    for item in _items(judged, policy.scope):
        try:
            is_kept = _is_kept(judged, policy, item)
        except ExpressionError as error:
            message = f"the policy {policy.id} cannot be applied to '{item.element}':"
            yield _located(judged, policy, item, f"{message} {error.reason}", BROKEN)
            return  # It would be the same with the others.
        if not is_kept:
            message = policy.message.replace("{name}", item.element)
            yield _located(judged, policy, item, message, policy.id)
            left -= 1
            if left == 0:
                return


def _items(judged: Judged, scope: Scope) -> tuple[Item, ...]:
    model = judged.model
    match scope:
        case Scope.FIELD:
            return model.fields
        case Scope.DEFINITION:
            return model.types
        case Scope.EXAMPLE:
            return model.examples
        case Scope.CONTRACT:
            return (Item(judged.contract.manifest.id, Spot(""), model.contract),)


def _is_kept(judged: Judged, policy: Policy, item: Item) -> bool:
    # All fields with each field would be all fields squared.
    variables = {
        Scope.CONTRACT.value: judged.model.bare,
        _EARLIER: judged.earlier or {},
        policy.scope.value: item.values,
    }
    # Most policies hold everywhere, and there is one call for each field.
    if policy.when != ALWAYS and not _condition(policy, "when").holds(variables):
        return True
    return _condition(policy, "expression").holds(variables)


def _located(
    judged: Judged, policy: Policy, item: Item, message: str, rule: str
) -> Located:
    subject = str(judged.contract.subject)
    is_draft = judged.model.bare["status"] == _DRAFT
    file, place = _place(judged, policy, item)
    is_about_contract = policy.scope is Scope.CONTRACT
    # A manifest's id may change with its folder; the subject says which it is.
    element = "" if is_about_contract else item.element
    if rule == BROKEN:
        element = f"{policy.id}:{element}"
    docs = rule if rule in POLICIES else "own-policies"
    finding = Finding(
        rule=rule,
        category=Category.POLICY,
        severity=Severity.WARNING if is_draft else policy.severity,
        subject=subject,
        schema_type=(
            None if is_about_contract else judged.contract.manifest.schema_type
        ),
        message=message,
        path=item.element,
        change=None,
        location=place,
        old_location=None,
        checked=None,
        broken=(),
        why=" ".join(filter(None, (policy.why, policy.fix))),
        fixes=(),
        docs_url=f"{DOCS}#{docs}",
        fingerprint=fingerprint(rule, subject, element, None, None),
    )
    return Located(finding, Kind.POLICY, judged.contract.manifest.id, file)


def _sought(policy: Policy, item: Item) -> Place | None:
    text = str(item.values["text"])
    found = re.search(policy.sought, text) if policy.sought else None
    return None if found is None else Place.of(text, *found.span())


def _place(
    judged: Judged, policy: Policy, item: Item
) -> tuple[PurePosixPath, Place | None]:
    if policy.scope in (Scope.FIELD, Scope.DEFINITION):
        place = None if judged.schema is None else judged.schema.place(item.spot)
        return judged.schema_file, place
    if policy.scope is Scope.EXAMPLE:
        return judged.manifest.parent / item.element, _sought(policy, item)
    places = judged.contract.manifest.document.places
    pointer = policy.at
    while pointer and pointer not in places:
        pointer = pointer.rpartition("/")[0]
    return judged.manifest, places.get(pointer)
