"""Violations before they are told: many may be found, few are written out."""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from registry.domain.formats.avro import rules
from registry.domain.formats.avro.checks import Details
from registry.domain.formats.avro.trail import Trail
from registry.domain.rules import Rule, Spot, Violation

MAX_VIOLATIONS: Final = 1_000
"""Violations told of one comparison; there is always one if there are any.

A type's violations are told for each of its uses, so that n types that each use the
next one twice would tell of 2^n.
"""

MAX_PATH_CHARACTERS: Final = 500_000
"""Characters in the paths of one comparison, after which no more are told."""

_LACKING: Final = frozenset(
    {rules.READER_FIELD_MISSING_DEFAULT_VALUE, rules.ENUM_FIELD_MISSING_DEFAULT_VALUE}
)
"""What is about an element that the writer does not have at all."""


class Breach(NamedTuple):
    """A violation whose path is not written out.

    Attributes:
        below: What the wire adds to the trail's path.
        cause: Why a branch of a union that seemed to fit does not; the wire is silent
            on it.

    """

    rule: Rule
    trail: Trail
    below: str
    reader_spot: Spot
    writer_spot: Spot
    details: Details
    cause: "Breach | None" = None

    @classmethod
    def at_use(
        cls, rule: Rule, trail: Trail, details: Details, below: str = ""
    ) -> "Breach":
        """A breach where a type is used, rather than where it is defined."""
        reader, writer = trail.reader_use(), trail.writer_use()
        return cls(rule, trail, below, reader, writer, details)

    def violation(self) -> Violation:
        return Violation(
            self.rule,
            self.trail.path(self.below),
            self.trail.element(),
            self.reader_spot,
            self.writer_spot,
            self._told_details(),
            self.rule in _LACKING,
        )

    def _told_details(self) -> Details:
        if self.cause is None and not self.trail.is_nameless_root():
            return self.details
        told = dict(self.details)
        if self.trail.is_nameless_root():
            # There is only a kind to call it by: "reads string as string".
            told["element"] = "its root"
        if self.cause is not None:
            told["because"] = self._because(self.cause)
        return told

    @staticmethod
    def _because(cause: "Breach") -> str:
        while cause.cause is not None:
            cause = cause.cause
        return f"; the cause is {cause.trail.element()} ({cause.rule.id})"


Found = list["Breach | Found"]
"""Breaches in order; a list within a list is shared by the uses of a type."""


def first(found: Found) -> Breach:
    """The first of some breaches; there must be one."""
    each = found[0]
    while isinstance(each, list):
        each = each[0]
    return each


def told(found: Found) -> Iterator[Violation]:
    """Yield the violations in order, until there are enough."""
    characters = number = 0
    stack = [iter(found)]
    while stack and number < MAX_VIOLATIONS and characters < MAX_PATH_CHARACTERS:
        each = next(stack[-1], None)
        if each is None:
            stack.pop()
        elif isinstance(each, list):
            stack.append(iter(each))
        else:
            violation = each.violation()
            number += 1
            characters += len(violation.path) + len(violation.element)
            yield violation


def is_cut(violations: Sequence[Violation]) -> bool:
    """Whether there may be more than what was told."""
    characters = sum(len(each.path) + len(each.element) for each in violations)
    is_long = characters >= MAX_PATH_CHARACTERS
    return is_long or len(violations) >= MAX_VIOLATIONS
