"""Every rule that a finding can name, and the long text about it."""

import difflib
from collections.abc import Iterator, Mapping
from functools import cache
from types import MappingProxyType
from typing import Final

from registry.application import cases
from registry.domain.formats.avro import rules as avro
from registry.domain.formats.jsonschema import rules as jsonschema
from registry.domain.formats.protobuf import policy_rules
from registry.domain.formats.protobuf import rules as protobuf
from registry.domain.rules import Rule, Severity
from registry.gate import rules as gate

_TABLES: Final[tuple[tuple[str, Mapping[str, Rule]], ...]] = (
    ("Compatibility, all languages", cases.RULES),
    ("Compatibility, Avro", avro.RULES),
    ("Compatibility, Protobuf", protobuf.RULES),
    ("Compatibility, JSON Schema", jsonschema.RULES),
    ("Policies of Protobuf subjects", policy_rules.POLICY_RULES),
    ("Contracts in files", gate.RULES),
)

_POLICIES: Final = {
    "WIRE": policy_rules.WIRE,
    "WIRE_JSON": policy_rules.WIRE_JSON,
    "FILE": policy_rules.FILE,
}
_CONSEQUENCES: Final = {
    Severity.ERROR: "error: the schema is refused",
    Severity.WARNING: "warning: the schema is accepted",
}
_MOST_SUGGESTIONS: Final = 3


@cache
def rules() -> Mapping[str, Rule]:
    """Return every rule by its id, in the order of the tables."""
    return MappingProxyType(
        {name: rule for _, table in _TABLES for name, rule in table.items()}
    )


@cache
def groups() -> Mapping[str, str]:
    """Return what kind of rule each id is."""
    return MappingProxyType({name: group for group, table in _TABLES for name in table})


def find(name: str) -> Rule | None:
    """Return the rule of an id in any letter case."""
    return rules().get(name.strip().upper().replace("-", "_"))


def nearest(name: str) -> tuple[str, ...]:
    """Return ids that may have been meant, the likeliest first; there may be none.

    What an id ends with is found whatever stands before it: people leave out the
    language, as Confluent's messages do.
    """
    wanted = name.strip().upper().replace("-", "_")
    of_part = [each for each in rules() if wanted and wanted in each]
    alike = difflib.get_close_matches(wanted, rules(), n=_MOST_SUGGESTIONS)
    return tuple(dict.fromkeys((*of_part, *alike)))[:_MOST_SUGGESTIONS]


def long_text(rule: Rule) -> str:
    """Return what there is to know of a rule, as paragraphs for people."""
    return "\n\n".join(_paragraphs(rule))


def _paragraphs(rule: Rule) -> Iterator[str]:
    yield f"{rule.id}\n{groups().get(rule.id, 'Rule')}; {_CONSEQUENCES[rule.severity]}"
    yield rule.purpose
    yield f"Why: {rule.why}"
    yield f"Told as: {told_as(rule)}."
    yield from (f"{title}: {text}" for title, text in _facts(rule))
    yield (
        "A finding says who breaks and offers the fixes that were tried. To accept one"
        " for a time: wirepact waive FINGERPRINT"
    )


def _facts(rule: Rule) -> Iterator[tuple[str, str]]:
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
