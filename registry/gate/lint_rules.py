"""The lint rules of all languages, and those about lint itself."""

from collections.abc import Mapping
from functools import cache
from typing import Final

from registry.domain.lint import LintLevel, LintRule
from registry.domain.rules import Severity
from registry.gate.languages.board import LANGUAGES

IGNORE_WITHOUT_REASON: Final = LintRule(
    "LINT_IGNORE_WITHOUT_REASON",
    "Whoever does not want a rule somewhere says why.",
    "Nobody can tell later whether the reason still holds; it is not followed.",
    LintLevel.MINIMAL,
    severity=Severity.ERROR,
)
IGNORE_SWITCHED_OFF: Final = LintRule(
    "LINT_IGNORE_SWITCHED_OFF",
    "Schemas do not say themselves which rules are not wanted, where the settings"
    " forbid it.",
    "It is not followed; ask for a waiver, or an entry in registry.yaml.",
    LintLevel.MINIMAL,
)
OWN: Final = (IGNORE_WITHOUT_REASON, IGNORE_SWITCHED_OFF)


FORMER: Final = {"SCHEMA_INVALID": "CONTRACT_INVALID_SCHEMA"}
"""Ids that no finding has any more, and what tells of the same now."""


@cache
def every() -> Mapping[str, LintRule]:
    """Return all rules by their ids; that of a language alone is its `RULES`."""
    tables = (*(each.RULES for each in LANGUAGES.values()), OWN)
    return {rule.id: rule for rules in tables for rule in rules}
