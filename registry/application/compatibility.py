"""Whether a candidate keeps a level's promises: the one place where this is decided.

Registration, the compatibility endpoints, the governance API and the gate call
`check`; all of them show its messages and `explanation.findings`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from registry.domain.levels import Direction, Level
from registry.domain.model import SchemaType
from registry.domain.rules import Rule, Violation
from registry.domain.schema import AnyFormat, ParsedSchema

SCHEMA_TYPE_CHANGED = Rule(
    id="SCHEMA_TYPE_CHANGED",
    purpose="All versions of a subject are written in one schema language.",
    why="A reader picks its decoder by the language: it cannot read the other's bytes.",
    message="{reader} and {writer} are written in different schema languages",
    source="Confluent, Schema Evolution and Compatibility",
    wire="Incompatible because of different schema type",
)
_LONGEST_OLD_SCHEMA = 10 * 1024
_MOST_CHARACTERS = 500_000
"""In the messages of one direction: a thousand symbols missing in each of a thousand
places would be told in full for each."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A schema that is not stored yet."""

    subject: str
    schema_type: SchemaType
    schema: ParsedSchema


@dataclass(frozen=True, slots=True)
class Earlier:
    """A live version that a candidate is held against."""

    version: int
    schema_id: int
    schema_type: SchemaType
    schema: ParsedSchema


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


def check(
    form: AnyFormat, candidate: Candidate, history: Sequence[Earlier], level: Level
) -> Verdict:
    """Hold a candidate against a history, newest first, up to the first that fails.

    Args:
        form: The candidate's format.
        candidate: What is to be registered.
        history: Live versions, oldest first; may be empty.
        level: What holds for the subject.

    """
    for earlier in level.protected(history):
        messages = [*_messages(form, candidate, earlier, level)]
        if messages:
            # The two words are Confluent's; the fields check is not offered yet.
            tail = f"{{validateFields: 'false', compatibility: '{level.name}'}}"
            return Verdict(level, (*messages, tail))
    return Verdict(level, ())


def compare(
    form: AnyFormat, candidate: ParsedSchema, earlier: ParsedSchema, way: Direction
) -> Sequence[Violation]:
    """Return what breaks in one direction, in the order of the wire."""
    if way is Direction.BACKWARD:
        return form.violations(candidate, earlier)
    return form.violations(earlier, candidate)


def _messages(
    form: AnyFormat, candidate: Candidate, earlier: Earlier, level: Level
) -> Iterator[str]:
    if earlier.schema_type is not candidate.schema_type:
        yield SCHEMA_TYPE_CHANGED.wire
        return
    last: Sequence[Violation] = ()
    for way in level.directions:
        last = compare(form, candidate.schema, earlier.schema, way)
        yield from _worded(last, way)
    # Under FULL, Confluent adds these only for the second (backward) half.
    if last:
        yield f"{{oldSchemaVersion: {earlier.version}}}"
        yield f"{{oldSchema: {_quoted(earlier.schema.canonical)}}}"


def _worded(violations: Sequence[Violation], way: Direction) -> Iterator[str]:
    characters = 0
    for each in violations:
        message = each.wire(way.reader, way.writer)
        yield message
        characters += len(message)
        if characters > _MOST_CHARACTERS:
            return


def _quoted(text: str) -> str:
    if len(text) <= _LONGEST_OLD_SCHEMA:
        return f"'{text}'"
    return f"<truncated> '{text[:_LONGEST_OLD_SCHEMA]}...'"
