"""The work of one comparison, and what its frames have in common.

A frame is a generator that compares one pair of schemas. It asks for the pairs inside
by yielding them, reader first, and is sent what was found of them.
"""

from collections.abc import Generator, Iterable
from typing import Final

from registry.domain.formats.jsonschema import changes, rules, unseen
from registry.domain.formats.jsonschema.breaches import Breach, Found, Way
from registry.domain.formats.jsonschema.glances import Glances
from registry.domain.formats.jsonschema.nodes import Condition, Empty, Never, Node
from registry.domain.formats.jsonschema.patterns import MOST_COMPILED, matches
from registry.domain.formats.jsonschema.rules import Difference
from registry.domain.levels import ContentPolicy

MAX_STEPS: Final = 160_000
"""Pairs, properties and branches looked at in one comparison.

Two schemas of the most values that are accepted have 25,000 properties each, all of
which may have changed. What takes more is made to: combinations within combinations
that meet in every combination.
"""

STEPS_PER_SECOND: Final = 500_000
"""As measured over comparisons that are made to cost."""

_COMPILE: Final = 20
"""What it costs to compile a pattern, beside its length."""

_PATTERN_A_STEP: Final = 4
_NAME_A_STEP: Final = 200
"""Characters of a pattern that is compiled, and of a name that it is looked for in."""

Pair = tuple[Node, Node]
Frame = Generator[Pair, Found, Found]
Partial = Generator[Pair, Found, None]
"""A part of a frame, which adds to what was found."""


class GaveUpError(Exception):
    """The comparison takes more work than may be done."""


class Work:
    """How one comparison is done, and how much of it was.

    Attributes:
        is_thorough: Whether to look for what to warn of as well.
        steps: In the unit of `MAX_STEPS`.
        glances: What can be seen of a pair without comparing it.

    """

    def __init__(self, policy: ContentPolicy, *, is_thorough: bool) -> None:
        self.is_thorough = is_thorough
        self.steps = 0
        self.glances = Glances(self.spend)
        self._policy = policy
        self._patterns: set[str] = set()

    def of(self, breaches: Iterable[Breach]) -> Found:
        found = Found()
        self.add(found, breaches)
        return found

    def add(self, found: Found, breaches: Iterable[Breach]) -> None:
        for breach in breaches:
            found.add(breach, self._policy)

    def noted(self, reader: Node, writer: Node) -> Found:
        """What is found of two schemas of one kind without a look inside."""
        if self.is_thorough:
            return self.of(unseen.unseen(reader, writer))
        return self.of(changes.notes(reader, writer))

    def kinds(self, reader: Node, writer: Node) -> Found:
        """What is found of two schemas of different kinds."""
        if isinstance(writer, Never) or isinstance(reader, Empty):
            # No difference to the reference; but what is around may be concerned.
            widened = Breach.at(rules.SCHEMA_REMOVED, reader, writer)
            return self.of([widened] if self.is_thorough else ())
        breach = changes.kinds(reader, writer)
        if not (_is_connect_bytes(reader) and _is_connect_bytes(writer)):
            return self.of([breach])
        passed = [breach._replace(difference=rules.CONNECT_BYTES)]
        return self.of(passed if self.is_thorough else ())

    def matches(self, pattern: str, name: str) -> bool:
        # More than are kept would have to be compiled again for each name.
        is_kept = pattern in self._patterns and len(self._patterns) <= MOST_COMPILED
        self._patterns.add(pattern)
        self.spend(1 + len(name) // _NAME_A_STEP)
        if not is_kept:
            self.spend(_COMPILE + len(pattern) // _PATTERN_A_STEP)
        return matches(pattern, name)

    def spend(self, steps: int) -> None:
        """Take note of work that is about to be done.

        Raises:
            GaveUpError: It would be too much.

        """
        self.steps += steps
        if self.steps > MAX_STEPS:
            raise GaveUpError


def _is_connect_bytes(node: Node) -> bool:
    value = node.at.value
    return isinstance(value, dict) and value.get("connect.type") == "bytes"


def below(
    reader: Node, writer: Node, keyword: str, found: Found, name: str = ".*"
) -> Partial:
    answer = yield reader.inside(keyword), writer.inside(keyword)
    found.include(Way(keyword, name), answer)


def held(
    work: Work,
    reader: Node,
    writer: Node,
    keyword: str,
    change: Difference,
    found: Found,
    *,
    is_strict: bool = False,
) -> Partial:
    """Warn of a schema that came, or that refuses more than it did.

    That one takes more, or went, is noted only: what is around may be concerned.

    Args:
        is_strict: Whether any difference matters.

    """
    is_there, was_there = keyword in reader.at.value, keyword in writer.at.value
    differs = (is_there and not was_there) or (is_strict and was_there != is_there)
    is_other = is_there != was_there
    if is_there and was_there:
        answer = yield reader.inside(keyword), writer.inside(keyword)
        differs = answer.breaks or answer.warns
        is_other = bool(answer.entries)
        differs |= is_strict and is_other
    if differs or is_other:
        told = change if differs else rules.SCHEMA_REMOVED
        work.add(found, [Breach.at(told, reader, writer, keyword)])


def conditions(work: Work, reader: Condition, writer: Condition) -> Frame:
    found = work.noted(reader, writer)
    if work.is_thorough:
        for keyword in ("if", "then", "else"):
            yield from held(
                work,
                reader,
                writer,
                keyword,
                rules.CONDITION_CHANGED,
                found,
                is_strict=True,
            )
    return found
