"""Every rule that a finding can name, and the long text about it."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final

from registry.application import cases
from registry.domain.formats.avro import rules as avro
from registry.domain.formats.jsonschema import rules as jsonschema
from registry.domain.formats.protobuf import policy_rules
from registry.domain.formats.protobuf import rules as protobuf
from registry.domain.lint import LintLevel, LintRule
from registry.domain.rules import Rule, Severity
from registry.gate import examples, lint_rules, odcs, policy_packs, waivers
from registry.gate import rules as gate
from registry.gate.languages.board import LANGUAGES
from registry.gate.policy_packs import Policy

_RULES: Final[tuple[tuple[str, Mapping[str, Rule]], ...]] = (
    ("Compatibility, all languages", cases.RULES),
    ("Compatibility, Avro", avro.RULES),
    ("Compatibility, Protobuf", protobuf.RULES),
    ("Compatibility, JSON Schema", jsonschema.RULES),
    ("Policies of Protobuf subjects", policy_rules.POLICY_RULES),
    ("Contracts in files", gate.RULES),
    ("Manifests", odcs.RULES),
    ("Examples", examples.RULES),
)
_POLICIES: Final = {
    "WIRE": policy_rules.WIRE,
    "WIRE_JSON": policy_rules.WIRE_JSON,
    "FILE": policy_rules.FILE,
}
_LANGUAGES: Final = {"AVRO": "Avro", "PROTOBUF": "Protobuf", "JSON": "JSON Schema"}
_CONSEQUENCES: Final = {
    Severity.ERROR: "an error: it fails a check",
    Severity.WARNING: "a warning: it is told, and fails nothing by itself",
}
_WAIVERS: Final = "Waivers"
_CLOSING: Final = (
    "A finding says where it stands, and offers what mends it, where that is known. To"
    " accept one for a time: wirepact waive FINGERPRINT"
)
_MOST_SUGGESTIONS: Final = 3
_MOST_TYPED: Final = 200
"""No id is as long; looking for what is alike takes time."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What there is to know of a rule, whichever table it stands in.

    Attributes:
        group: What kind of rule it is, in words.
        facts: Titles and texts, in the order in which they are told.

    """

    id: str
    group: str
    severity: Severity
    purpose: str
    why: str
    facts: tuple[tuple[str, str], ...]


@cache
def rules() -> Mapping[str, Entry]:
    """Return every rule by its id, in the order of the tables."""
    return MappingProxyType({each.id: each for each in _entries()})


def find(name: str) -> Entry | None:
    """Return the rule of an id in any letter case, or the one that came after it."""
    wanted = _as_id(name)
    return rules().get(lint_rules.FORMER.get(wanted, wanted))


def nearest(name: str) -> tuple[str, ...]:
    """Return ids that may have been meant, the likeliest first; there may be none.

    A part of an id is enough: people leave out the language, as Confluent's messages
    do.
    """
    wanted = _as_id(name)[:_MOST_TYPED]
    of_part = [each for each in rules() if wanted and wanted in each]
    alike = difflib.get_close_matches(wanted, rules(), n=_MOST_SUGGESTIONS)
    return tuple(dict.fromkeys((*of_part, *alike)))[:_MOST_SUGGESTIONS]


def long_text(entry: Entry) -> str:
    """Return what there is to know of a rule, as paragraphs for people."""
    said = [
        f"{entry.id}\n{entry.group}; {_CONSEQUENCES[entry.severity]}",
        entry.purpose,
        f"Why: {entry.why}",
        *(f"{title}: {text}" for title, text in entry.facts),
    ]
    if entry.group != _WAIVERS:
        said.append(_CLOSING)
    return "\n\n".join(said)


def _as_id(name: str) -> str:
    return name.strip().upper().replace("-", "_")


def _entries() -> Iterator[Entry]:
    for group, table in _RULES:
        yield from map(_of_rule(group), table.values())
    for kind, language in LANGUAGES.items():
        yield from map(_of_lint(f"Lint, {_LANGUAGES[kind]}"), language.RULES)
    yield from map(_of_lint("Lint, all languages"), lint_rules.OWN)
    yield from map(_of_policy, policy_packs.POLICIES.values())
    yield _NOT_APPLICABLE
    yield from map(_of_lint(_WAIVERS), waivers.RULES)


def _of_rule(group: str) -> Callable[[Rule], Entry]:
    def entry(rule: Rule) -> Entry:
        return Entry(
            rule.id, group, rule.severity, rule.purpose, rule.why, (*_told(rule),)
        )

    return entry


def _told(rule: Rule) -> Iterator[tuple[str, str]]:
    if (told := told_as(rule)) != "<element>":
        yield "Told as", told
    chosen = [name for name, of in _POLICIES.items() if rule in of]
    if rule in policy_rules.REUSE:
        chosen = [*_POLICIES]
    if chosen:
        yield "Held by", ", ".join(chosen)
    if rule.confluent_type is not None:
        yield "In Confluent's messages", rule.confluent_type
    yield "Source", rule.source


def told_as(rule: Rule) -> str:
    """Return a rule's message with words in the places that a finding fills."""
    return rule.message.format_map(_Blanks())


class _Blanks(dict[str, str]):
    """Whatever a message leaves open, in angle brackets."""

    def __missing__(self, key: str) -> str:
        words = {"reader": "the reader", "writer": "the writer"}
        return words.get(key, f"<{key.replace('_', ' ')}>")


def _of_lint(group: str) -> Callable[[LintRule], Entry]:
    def entry(rule: LintRule) -> Entry:
        facts = (
            ("Asked for", _asked_for(rule.level)),
            *([("Mended by", "wirepact check --fix")] if rule.is_fixable else ()),
            ("Source", rule.source),
        )
        return Entry(rule.id, group, rule.severity, rule.purpose, rule.why, facts)

    return entry


def _asked_for(level: LintLevel | None) -> str:
    if level is None:
        return "only where registry.yaml names it"
    return f"from the level {level.name} on"


def _of_policy(policy: Policy) -> Entry:
    packs = [name for name, pack in policy_packs.PACKS.items() if policy in pack]
    told = policy.message.replace("{name}", "<name>")
    facts = (
        ("What to do", policy.fix),
        ("Told as", told),
        ("Held by", ", ".join(packs)),
        ("Condition", policy.expression),
        *([("Looked at where", policy.when)] if policy.when != "true" else ()),
    )
    return Entry(
        policy.id, "Policies", policy.severity, policy.purpose, policy.why, facts
    )


_NOT_APPLICABLE: Final = Entry(
    "POLICY_NOT_APPLICABLE",
    "Policies",
    Severity.ERROR,
    "A policy's condition can be worked out for every contract.",
    "Whether the contract keeps the policy is not known, which is no yes.",
    (("What to do", "Let the condition ask first whether what it needs is there."),),
)
