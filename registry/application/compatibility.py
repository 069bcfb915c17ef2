"""Whether a candidate keeps a promise: the one place where this is decided.

Registration, the compatibility endpoints, the governance API and the gate call
`check`; all of them show its messages and `explanation.findings`.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from registry.application.cases import (
    SCHEMA_TYPE_CHANGED,
    Candidate,
    Case,
    Earlier,
)
from registry.application.ledger import Ledger
from registry.domain.harmless import harmless
from registry.domain.levels import Direction, Level
from registry.domain.promises import Promise
from registry.domain.rules import Violation
from registry.domain.schema import AnyFormat

_LONGEST_OLD_SCHEMA = 10 * 1024
_MOST_CHARACTERS = 500_000
"""In the messages of one direction: a thousand symbols missing in each of a thousand
places would be told in full for each."""

_UNQUOTED = (
    "The new schema is incompatible; why, would quote schemas that earlier versions"
    " refer to and that you may not read."
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check found.

    Attributes:
        messages: Confluent's strings, in their order; empty when compatible.

    """

    level: Level
    messages: tuple[str, ...]

    @property
    def is_compatible(self) -> bool:
        return not self.messages

    def without_quotes(self) -> "Verdict":
        """Return the same for those who may not read all that it would quote."""
        if self.is_compatible:
            return self
        return replace(self, messages=(_UNQUOTED, self.messages[-1]))


def check(
    form: AnyFormat,
    candidate: Candidate,
    history: Sequence[Earlier],
    promise: Promise,
    ledger: Ledger | None = None,
) -> Verdict:
    """Hold a candidate against a history, newest first, up to the first that fails.

    Args:
        form: The candidate's format.
        candidate: What is to be registered.
        history: Oldest first; may be empty. At least what the promise needs.
        promise: What holds for the subject.
        ledger: Where what is compared is noted, and from what on it is too much; None
            for the limit of a registry of which nothing else was said.

    """
    case = Case(form, candidate, tuple(history), promise, ledger or Ledger())
    messages = (
        *_worded(case.of_fields(), Direction.BACKWARD),
        *_first(_of_level(case, earlier) for earlier in case.protected),
        *_first(_of_policies(case, earlier) for earlier in case.governed),
    )
    return Verdict(promise.level, (*messages, _tail(promise)) if messages else ())


def _first(of_versions: Iterable[Iterator[str]]) -> list[str]:
    """Return the messages of the first version that has any."""
    return next((found for each in of_versions if (found := [*each])), [])


def _of_level(case: Case, earlier: Earlier) -> Iterator[str]:
    if case.is_other_language(earlier):
        yield SCHEMA_TYPE_CHANGED.wire
        return
    last: Sequence[Violation] = ()
    for way in case.promise.level.directions:
        last = case.of_level(earlier, way)
        yield from _worded(last, way)
    # Under FULL, Confluent adds these only for the second (backward) half.
    if last:
        yield from _shown(earlier)


def _of_policies(case: Case, earlier: Earlier) -> Iterator[str]:
    broken = [each for found in case.of_policies(earlier).values() for each in found]
    yield from _worded(broken, Direction.BACKWARD)
    if broken and not case.is_other_language(earlier):
        yield from _shown(earlier)


def _worded(violations: Iterable[Violation], way: Direction) -> Iterator[str]:
    characters = 0
    for each in violations:
        message = harmless(each.wire(way.reader, way.writer))
        yield message
        characters += len(message)
        if characters > _MOST_CHARACTERS:
            return


def _shown(earlier: Earlier) -> Iterator[str]:
    yield f"{{oldSchemaVersion: {earlier.version}}}"
    yield f"{{oldSchema: {_quoted(earlier.schema.canonical)}}}"


def _quoted(text: str) -> str:
    if len(text) <= _LONGEST_OLD_SCHEMA:
        return f"'{text}'"
    return f"<truncated> '{text[:_LONGEST_OLD_SCHEMA]}...'"


def _tail(promise: Promise) -> str:
    validates = str(promise.validates_fields).lower()
    return f"{{validateFields: '{validates}', compatibility: '{promise.level.name}'}}"
