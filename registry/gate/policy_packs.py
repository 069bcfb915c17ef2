"""The policies that come along, in packs; each holds where its expression is true.

`EXAMPLES_VALID` and `SEMVER_MATCHES_CHANGE` are looks of their own, as no expression
over a contract can decide them.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from registry.domain.rules import Severity

ALWAYS: Final = "true"


class Scope(StrEnum):
    """What a policy is asked about; the name of the variable that holds it."""

    CONTRACT = "contract"
    FIELD = "field"
    DEFINITION = "definition"
    EXAMPLE = "example"


@dataclass(frozen=True, slots=True)
class Policy:
    """A rule over the contract model.

    Attributes:
        expression: CEL; must be true.
        when: CEL; where it is false, the policy says nothing.
        message: `{name}` stands for the contract, field, definition or example.
        why: What goes wrong otherwise, one sentence.
        fix: What to do, one sentence.
        at: Where in the manifest, as a JSON pointer; for the scope of contracts.

    """

    id: str
    purpose: str
    scope: Scope
    expression: str
    message: str
    why: str
    fix: str
    severity: Severity = Severity.ERROR
    when: str = ALWAYS
    at: str = ""


_IS_EVENT: Final = 'contract.topic != ""'
_IS_OUT: Final = 'contract.status in ["active", "deprecated"]'
_IS_PRODUCTION: Final = 'matches("(?i)^(prod|prd|production|live)$")'
_GIVEN_AWAY: Final = "|".join(
    (
        r"-----BEGIN [A-Z ]*PRIVATE KEY",
        r"\bAKIA[0-9A-Z]{16}\b",
        r"\bgh[pousr]_[A-Za-z0-9]{36}",
        r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
        r"\beyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.",
        r'"(password|passwd|secret|api_?key|access_?token)"\s*:\s*"[^"]{6,}"',
    )
)
"""What the keys and tokens of well-known services look like."""

CORE: Final = (
    Policy(
        "OWNER_REQUIRED",
        "A contract names the team that owns it.",
        Scope.CONTRACT,
        'contract.owner != ""',
        "the contract '{name}' has no owner",
        "Nobody can be asked, and nobody approves a change.",
        "Give the team under team.name.",
        at="/team",
    ),
    Policy(
        "CONTACT_REQUIRED",
        "A contract says where its owners can be reached.",
        Scope.CONTRACT,
        'contract.support.exists(each, each.channel != "" || each.url != "")',
        "the contract '{name}' does not say where its owners can be reached",
        "Whoever is broken by a change at night does not know whom to call.",
        "Give a channel or an address under support.",
        Severity.WARNING,
        at="/support",
    ),
    Policy(
        "STATUS_REQUIRED",
        "A contract is in a state of its life that is known.",
        Scope.CONTRACT,
        'contract.status in ["draft", "proposed", "approved", "active", "deprecated",'
        ' "retired"]',
        "the status of the contract '{name}' is none that is known",
        "Rules that hold for a state are not applied to it.",
        "Write draft, proposed, approved, active, deprecated or retired.",
        at="/status",
    ),
    Policy(
        "LEVEL_MINIMUM",
        "A contract that is in use has a compatibility level.",
        Scope.CONTRACT,
        'contract.level != "NONE"',
        "the contract '{name}' is in use and allows any change",
        "Any change may break its readers without a word.",
        "Choose BACKWARD or stronger, and ask for a waiver for a single change.",
        when=_IS_OUT,
        at="/customProperties",
    ),
    Policy(
        "MONEY_NOT_FLOAT",
        "An amount of money is no floating-point number.",
        Scope.FIELD,
        "!(field.is_money && field.is_floating)",
        "the amount '{name}' is a floating-point number",
        "It rounds: 0.1 + 0.2 is not 0.3.",
        "Use a decimal, or whole minor units with a currency.",
    ),
    Policy(
        "PII_NAME_UNTAGGED",
        "A field that is about a person by its name is tagged or classified.",
        Scope.FIELD,
        '!field.is_personal || size(field.tags) > 0 || field.classification != ""',
        "'{name}' is about a person by its name, and not tagged",
        "What is not tagged is neither encrypted nor deleted with the person.",
        "Give tags or a classification in the manifest, or tags in the schema.",
        Severity.WARNING,
    ),
    Policy(
        "PII_VALUE_UNTAGGED",
        "A field that has mail addresses, IBANs or telephone numbers in all examples is"
        " tagged or classified.",
        Scope.FIELD,
        'size(field.tags) > 0 || field.classification != ""',
        "'{name}' is about a person by what the examples have there, and not tagged",
        "What is not tagged is neither encrypted nor deleted with the person.",
        "Give tags or a classification in the manifest, or tags in the schema.",
        Severity.WARNING,
        when="field.looks_personal && !field.is_personal",
    ),
    Policy(
        "SUBJECT_MATCHES_TOPIC",
        "A subject begins with the topic that its events are sent to.",
        Scope.CONTRACT,
        "contract.subject == contract.topic ||"
        ' contract.subject.startsWith(contract.topic + "-")',
        "the subject of '{name}' does not begin with its topic",
        "Clients look the schema up by the topic and find none.",
        "Call the subject after schema.physicalName, such as TOPIC-value.",
        Severity.WARNING,
        when=_IS_EVENT,
        at="/customProperties",
    ),
    Policy(
        "EXAMPLES_PRESENT",
        "A contract has an example that fits.",
        Scope.CONTRACT,
        "contract.examples.valid > 0",
        "the contract '{name}' has no valid example",
        "Nobody can try it, and no test shows what is meant.",
        "Put one into examples/valid.",
        Severity.WARNING,
    ),
    Policy(
        "NO_SECRET_IN_EXAMPLES",
        "No example has a password, key or token in it.",
        Scope.EXAMPLE,
        f"!example.text.matches(r'''(?i)({_GIVEN_AWAY})''')",
        "the example '{name}' seems to have a secret in it",
        "Examples are read by many, and history keeps them.",
        "Make one up, and change the real one if it was.",
    ),
    Policy(
        "SUNSET_NOTICE",
        "A deprecated contract says when it ends, 90 days after its support does or"
        " later.",
        Scope.CONTRACT,
        'contract.end_of_support != "" && contract.end_of_life != "" &&'
        " timestamp(contract.end_of_life) - timestamp(contract.end_of_support) >="
        ' duration("2160h")',
        "the contract '{name}' is deprecated without 90 days from its endOfSupport to"
        " its endOfLife",
        "Whoever reads it cannot plan the move.",
        "Give both dates under slaProperties.",
        when='contract.status == "deprecated"',
        at="/slaProperties",
    ),
    Policy(
        "SUNSET_NOT_EARLIER",
        "An end that was announced does not come earlier.",
        Scope.CONTRACT,
        'contract.end_of_life == "" ||'
        " timestamp(contract.end_of_life) >= timestamp(earlier.end_of_life)",
        "the contract '{name}' ends earlier than was announced",
        "Whoever planned by the first date is caught out.",
        "Keep the date, or agree with every reader and ask for a waiver.",
        when='has(earlier.end_of_life) && earlier.end_of_life != ""',
        at="/slaProperties",
    ),
)
STRICT: Final = (
    Policy(
        "PURPOSE_REQUIRED",
        "A contract says what it is for.",
        Scope.CONTRACT,
        'contract.purpose.trim() != ""',
        "the contract '{name}' does not say what it is for",
        "Nobody can tell which of two similar events is meant.",
        "Write a sentence under description.purpose.",
        at="/description",
    ),
    Policy(
        "DOC_REQUIRED",
        "Every type is documented.",
        Scope.DEFINITION,
        'definition.doc.trim() != ""',
        "'{name}' is not documented",
        "Readers of the event have nothing else to go by.",
        "Write a sentence in the schema.",
    ),
    Policy(
        "FIELD_DOC_REQUIRED",
        "Every field is documented.",
        Scope.FIELD,
        'field.doc.trim() != ""',
        "the field '{name}' is not documented",
        "Readers of the event have nothing else to go by.",
        "Write a sentence in the schema.",
    ),
    Policy(
        "TIMESTAMP_LOGICAL_TYPE",
        "A point in time has a type that says so.",
        Scope.FIELD,
        "!field.is_time || field.is_moment",
        "'{name}' is a point in time by its name only",
        "Seconds, milliseconds and time zones are guessed.",
        "Use a timestamp's logical type, google.protobuf.Timestamp or date-time.",
    ),
    Policy(
        "TOPIC_NAME_PATTERN",
        "A topic is small letters and digits, with dots or hyphens between them.",
        Scope.CONTRACT,
        'contract.topic.matches("^[a-z0-9]+([.-][a-z0-9]+)*$")',
        "the topic of '{name}' is written otherwise than topics are",
        "Metrics take dots and underscores for the same, and so mix topics up.",
        "Rename it before anyone reads it, in schema.physicalName.",
        when=_IS_EVENT,
        at="/schema",
    ),
    Policy(
        "RETENTION_SET",
        "An event says how long it is kept.",
        Scope.CONTRACT,
        '"retention" in contract.sla',
        "the contract '{name}' does not say how long its events are kept",
        "Nobody knows which old versions readers may still meet.",
        "Give the property retention under slaProperties.",
        when=_IS_EVENT,
        at="/slaProperties",
    ),
    Policy(
        "EVENT_ENVELOPE",
        "An event carries its id, its time and a correlation id, in fields or headers.",
        Scope.CONTRACT,
        '("envelope" in contract.registry && contract.registry.envelope == "headers")'
        " || (contract.fields.exists(each, each.is_id) &&"
        " contract.fields.exists(each, each.is_moment) &&"
        " contract.fields.exists(each, each.is_correlation))",
        "the event '{name}' has no id, time and correlation id",
        "It cannot be told from its repetition, or followed through the services.",
        "Add the fields, or say envelope: headers in the property registry.",
        Severity.WARNING,
        when=_IS_EVENT,
        at="/customProperties",
    ),
)
REGULATED: Final = (
    Policy(
        "CLASSIFICATION_REQUIRED",
        "A field that is tagged, or about a person, is classified.",
        Scope.FIELD,
        'field.classification != ""',
        "'{name}' is not classified",
        "Nobody can tell who may see it.",
        "Give a classification in the manifest.",
        when="field.is_personal || size(field.tags) > 0",
    ),
    Policy(
        "APPROVERS_REQUIRED",
        "A contract says who approves its readers.",
        Scope.CONTRACT,
        'has(contract.document.roles) && contract.document.roles.exists(each, "'
        'firstLevelApprovers" in each)',
        "the contract '{name}' does not say who approves its readers",
        "Access to the data is given by whoever is asked.",
        "Give firstLevelApprovers under roles.",
        at="/roles",
    ),
    Policy(
        "CONSUMER_REGISTERED_FOR_PROD",
        "A contract that is in use in production names an application that reads it"
        " there.",
        Scope.CONTRACT,
        "contract.consumers.exists(each, size(each.environments) == 0 ||"
        f" each.environments.exists(name, name.{_IS_PRODUCTION}))",
        "the contract '{name}' is in production, and nobody is known to read it there",
        "Nobody is asked before a change, or data is kept that nobody needs.",
        "Name the applications in consumers.yaml.",
        Severity.WARNING,
        when=f"{_IS_OUT} && contract.environments.exists(each, each.{_IS_PRODUCTION})",
        at="/servers",
    ),
)

PACKS: Final[Mapping[str, tuple[Policy, ...]]] = {
    "core": CORE,
    "strict": STRICT,
    "regulated": REGULATED,
}
"""Packs by name; `core` is on unless a folder chooses others."""

POLICIES: Final[Mapping[str, Policy]] = {
    each.id: each for pack in PACKS.values() for each in pack
}
"""Every policy that comes along, by its id."""
