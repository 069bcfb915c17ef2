"""The lint table of JSON Schema."""

from typing import Final

from registry.domain.formats.jsonschema import lint_checks as checks
from registry.domain.lint import LintLevel, LintRule
from registry.domain.rules import Severity

_MINIMAL, _STANDARD, _STRICT = LintLevel
_CORE: Final = "JSON Schema, core"
_VALIDATION: Final = "JSON Schema, validation"

RULES: Final[tuple[LintRule, ...]] = (
    LintRule(
        "JSON_NO_UNRESOLVED_REF",
        "Every reference leads to a schema.",
        "A validator that comes to one that does not fails, whatever the value.",
        _MINIMAL,
        severity=Severity.ERROR,
        source=f"{_CORE}: $ref",
        refusals=("expected $ref to lead to",),
    ),
    LintRule(
        "JSON_REQUIRED_EXISTS_IN_PROPERTIES",
        "What is required is among the properties.",
        "A property that is required and not described is mostly one misspelt.",
        _MINIMAL,
        checks.required_exists,
        Severity.ERROR,
        source=f"{_VALIDATION}: required",
    ),
    LintRule(
        "JSON_ENUM_UNIQUE_AND_TYPED",
        "The values of an enum differ, and are of the type beside it.",
        "The others can never be written.",
        _MINIMAL,
        checks.enums,
        Severity.ERROR,
        source=f"{_VALIDATION}: enum",
    ),
    LintRule(
        "JSON_DEFAULT_VALID",
        "A default fits its schema.",
        "Code that fills it in makes a value that is refused.",
        _MINIMAL,
        checks.defaults,
        Severity.ERROR,
        source=f"{_VALIDATION}: default",
    ),
    LintRule(
        "JSON_EXAMPLES_VALID",
        "Examples fit their schema.",
        "Whoever copies one makes a value that is refused.",
        _MINIMAL,
        checks.examples,
        Severity.ERROR,
        source=f"{_VALIDATION}: examples",
    ),
    LintRule(
        "JSON_PATTERN_LINEAR_TIME",
        "Patterns do not look around or back.",
        "Such a pattern can keep a validator busy for ever; some have none at all for"
        " it.",
        _MINIMAL,
        checks.linear_patterns,
        Severity.ERROR,
        source=f"{_CORE}: regular expressions",
    ),
    LintRule(
        "JSON_SCHEMA_DIALECT_DECLARED",
        "A schema says its dialect by $schema.",
        "Keywords mean other things in other drafts; draft 7 is taken otherwise.",
        _STANDARD,
        checks.dialect,
        source=f"{_CORE}: $schema",
    ),
    LintRule(
        "JSON_SCHEMA_ID_PRESENT",
        "A schema has an id.",
        "Other schemas refer to it by that address.",
        _STANDARD,
        checks.has_id,
        source=f"{_CORE}: $id",
    ),
    LintRule(
        "JSON_TYPE_REQUIRED",
        "Every property has a type, or something that says one.",
        "Any value passes otherwise.",
        _STANDARD,
        checks.typed,
    ),
    LintRule(
        "JSON_PROPERTIES_DESCRIBED",
        "Every property has a description.",
        "Readers of the event have nothing else to go by.",
        _STANDARD,
        checks.described,
    ),
    LintRule(
        "JSON_PROPERTY_CASE",
        "Properties are written in one case: snake_case, or camelCase where the"
        " settings say so.",
        "Whoever writes a query or a mapping need not look every name up.",
        _STANDARD,
        checks.property_case,
    ),
    LintRule(
        "JSON_ADDITIONAL_PROPERTIES_EXPLICIT",
        "An object says whether it may have other properties.",
        "It decides which changes are compatible, and few know the default.",
        _STANDARD,
        checks.additional,
    ),
    LintRule(
        "JSON_FORMAT_KNOWN",
        "A format is one that validators know.",
        "They let any text pass for another one.",
        _STANDARD,
        checks.formats,
        source=f"{_VALIDATION}: format",
    ),
    LintRule(
        "JSON_INTEGER_FOR_IDS",
        "An id is a text or an integer.",
        "A number may have a fraction, and loses digits from 2^53 on.",
        _STANDARD,
        checks.ids,
    ),
    LintRule(
        "JSON_NO_NUMBER_MONEY",
        "An amount of money is no number.",
        "It is read as a double, which rounds. Use a text, or whole minor units.",
        _STANDARD,
        checks.money,
        Severity.ERROR,
    ),
    LintRule(
        "JSON_NO_UNKNOWN_KEYWORDS",
        "Every keyword is one of the draft, or begins with x-.",
        "Validators take no notice of one that is misspelt.",
        _STANDARD,
        checks.unknown_keywords,
    ),
    LintRule(
        "JSON_ONE_OF_DISCRIMINATED",
        "A property tells the branches of a oneOf apart.",
        "Otherwise each is tried, and nobody can say why none of them fits.",
        _STRICT,
        checks.discriminated,
    ),
)
"""Every rule, in the order of its level."""
