"""The form of a lint table: one row for each habit that saves trouble later.

A row holds its check, a pure function of one schema; it sees nothing but the schema and
what is known around it. What a language's own parser refuses already has a row as well,
so that it can be looked up: the row then says by which words the refusal is known.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Final, Generic, TypeVar

from registry.domain.rules import Severity, Spot
from registry.domain.schema import Edit

MOST_REMARKS: Final = 500
"""How many remarks one schema gets; nobody would read the rest."""


class LintLevel(IntEnum):
    """How much is asked for; each level asks for all that the ones below it do."""

    MINIMAL = 1
    STANDARD = 2
    STRICT = 3


class Case(StrEnum):
    """How the words of a name are put together."""

    SNAKE = "snake_case"
    CAMEL = "camelCase"

    @property
    def pattern(self) -> re.Pattern[str]:
        return _CASES[self]


_CASES: Final = {
    Case.SNAKE: re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*"),
    Case.CAMEL: re.compile(r"[a-z][a-zA-Z0-9]*"),
}

Schema = TypeVar("Schema")


@dataclass(frozen=True, slots=True)
class Around(Generic[Schema]):
    """What is known around a schema.

    Attributes:
        file: What the schema is called: how others import it, else its file's name;
            with forward slashes.
        domain: The contract's; empty for none.
        fields: How the names of fields are written in Avro and JSON Schema.
        earlier: The version before this one; None where there is none, or it is not
            known.

    """

    file: str = "schema"
    domain: str = ""
    fields: Case = Case.SNAKE
    earlier: Schema | None = None


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a rule has found.

    Attributes:
        element: The name that a person would use: `OrderCreated.currency`.
        message: One sentence about the element; no place in it.
        title: What the edits do; empty where there are none.
        edits: Of the schema's text; they set right what was found.

    """

    spot: Spot
    element: str
    message: str
    title: str = ""
    edits: tuple[Edit, ...] = ()


Check = Callable[[Any, Around[Any]], Iterator[Remark]]


@dataclass(frozen=True, slots=True)
class LintRule:
    """A row of a lint table. Its id is final.

    Attributes:
        purpose: What must hold, one sentence.
        why: What goes wrong otherwise, one sentence.
        level: The lowest level that asks for it; None where it is only looked at if
            the settings name it.
        check: None for what only the parser looks at.
        is_fixable: Whether its remarks bring edits along.
        refusals: How the parser's refusals for this reason begin.

    """

    id: str
    purpose: str
    why: str
    level: LintLevel | None
    check: Check | None = None
    severity: Severity = Severity.WARNING
    is_fixable: bool = False
    source: str = "Wirepact"
    refusals: tuple[str, ...] = ()


def chosen(
    rules: Sequence[LintRule], level: LintLevel, named: frozenset[str] = frozenset()
) -> list[LintRule]:
    """Return the rules of a level, and those that are named beside it."""
    return [
        rule
        for rule in rules
        if rule.id in named or (rule.level is not None and rule.level <= level)
    ]


def refused_by(rules: Sequence[LintRule], reason: str) -> LintRule | None:
    """Return the rule that a parser's refusal is about; None for the language's own."""
    for rule in rules:
        if reason.startswith(rule.refusals):
            return rule
    return None


def remarks(
    rules: Sequence[LintRule], schema: Schema, around: Around[Schema]
) -> Iterator[tuple[LintRule, Remark]]:
    """Yield what rules find in a schema, rule by rule; at most `MOST_REMARKS`."""
    left = MOST_REMARKS
    for rule in rules:
        for remark in rule.check(schema, around) if rule.check else ():
            if left == 0:
                return
            left -= 1
            yield rule, remark
