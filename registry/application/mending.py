"""Fixes: proposals that were made on a copy and checked again before being offered."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from registry.application.compatibility import Earlier, compare
from registry.domain.errors import RegistryError
from registry.domain.levels import STRONGEST_FIRST, Direction, Level, Reach
from registry.domain.places import Place
from registry.domain.rules import Severity, Violation
from registry.domain.schema import (
    AnyFormat,
    Edit,
    ParsedSchema,
    Proposal,
    ResolvedReference,
)
from registry.domain.verdict import Fix, Replacement

_MOST_WORK_CHARACTERS = 2_000_000
"""How much text one candidate's fixes may cost to search, parse and compare, in all.

A second's work or so, the earlier versions' texts included; findings beyond it are
told without fixes.
"""

_BYTES_PER_CHARACTER = 14
"""In memory, about: so a schema's size tells how much text it came from, with the texts
that it refers to."""

_COMPARED_AS_ONE_PARSED = 4
"""Characters that are compared in the time in which one is parsed."""

_EDITED_AS_ONE_PARSED = 256
"""Characters that are passed over, looking for a line, in that time."""

_LONGEST_MS = 1_000
"""How long looking for one candidate's fixes may take, in all.

Schemas can be made whose comparison takes far longer than their size tells.
"""


class _SpentError(Exception):
    """All the work has been done that may be done for one candidate."""


_Key = tuple[str, str]
"""A rule and the element that it is broken at: what stays equal over an edit."""

_Pair = tuple[Direction, int]
"""A direction, and the number of the version that the candidate is compared with."""

_Found = dict[_Pair, frozenset[_Key]]
"""What is broken, by pair."""


@dataclass(slots=True)
class Workshop:
    """Tries proposals for one candidate.

    Attributes:
        history: Versions of the candidate's own type, oldest first.
        is_whole: Whether that is the whole history: only then can a fix claim a
            transitive level.
        clock: In milliseconds.

    """

    form: AnyFormat
    candidate: ParsedSchema
    closure: tuple[ResolvedReference, ...]
    history: tuple[Earlier, ...]
    level: Level
    is_whole: bool
    clock: Callable[[], int]
    _before: _Found | None = None
    _work_left: int = field(default=_MOST_WORK_CHARACTERS)
    _give_up_ms: int | None = None

    def fixes(
        self, violation: Violation, way: Direction, earlier: Earlier
    ) -> tuple[Fix, ...]:
        """Return the proposals for a violation that hold, best first.

        One holds if the violation is gone and no other has come; other violations of
        the candidate may be left, and then no level is reached.
        """
        if violation.rule.severity is Severity.WARNING:
            return ()
        if earlier not in self.history:
            return ()
        found: list[Fix] = []
        try:
            for proposal in self._proposals(self.candidate, earlier, violation, way):
                fix = self._try(proposal, _key(violation))
                if fix is not None:
                    found.append(fix)
        except _SpentError:
            # What was found before is as good as it would be otherwise.
            pass
        return tuple(found)

    def _proposals(
        self,
        schema: ParsedSchema,
        earlier: Earlier,
        violation: Violation,
        way: Direction,
    ) -> Sequence[Proposal]:
        self._spend(_characters(schema) + _characters(earlier.schema))
        return self.form.proposals(schema, earlier.schema, violation, way)

    def _try(self, proposal: Proposal, key: _Key) -> Fix | None:
        mended = self._mended(self.candidate, proposal)
        if mended is None:
            return None
        after = self._found(mended)
        if not self._holds(self.level, after, self._left_aside(key)):
            return None
        return self._fix(proposal.title, proposal.edits, mended, after)

    def together(self) -> Fix | None:
        """Return one fix that mends all violations, made of fixes for each; if any.

        Each step takes the first proposal after which there is less to mend.
        """
        try:
            return self._together()
        except _SpentError:
            return None

    def _together(self) -> Fix | None:
        schema, found = self.candidate, self._found_before()
        titles: list[str] = []
        while not self._holds(self.level, found, {}):
            step = self._step(schema, found)
            if step is None:
                return None
            title, schema, found = step
            titles.append(title)
        edit = _difference(self.candidate.text, schema.text)
        title = f"All at once: {'; '.join(titles)}"
        return self._fix(title, (edit,), schema, found)

    def _step(
        self, schema: ParsedSchema, found: _Found
    ) -> tuple[str, ParsedSchema, _Found] | None:
        """Mend the first violation of a schema; None if no proposal does."""
        way, earlier, violation = next(self._broken(schema))
        for proposal in self._proposals(schema, earlier, violation, way):
            mended = self._mended(schema, proposal)
            if mended is not None:
                after = self._found(mended)
                if self._is_less(after, found):
                    return proposal.title, mended, after
        return None

    def _broken(
        self, schema: ParsedSchema
    ) -> Iterator[tuple[Direction, Earlier, Violation]]:
        for earlier in self.level.protected(self.history):
            for way in self.level.directions:
                for violation in self._compared(schema, earlier, way):
                    yield way, earlier, violation

    def _is_less(self, after: _Found, before: _Found) -> bool:
        pairs = [*self._protected(self.level)]
        return all(after[pair] <= before[pair] for pair in pairs) and any(
            after[pair] < before[pair] for pair in pairs
        )

    def _fix(
        self, title: str, edits: Iterable[Edit], mended: ParsedSchema, after: _Found
    ) -> Fix:
        reached = next(
            level for level in STRONGEST_FIRST if self._holds(level, after, {})
        )
        replacements = tuple(map(self._replacement, edits))
        return Fix(title, replacements, reached, mended.text)

    def _mended(self, schema: ParsedSchema, proposal: Proposal) -> ParsedSchema | None:
        text = Edit.apply(schema.text, proposal.edits)
        self._spend(len(text) + sum(len(each.text) for each in self.closure))
        try:
            mended: ParsedSchema = self.form.parse(text, self.closure)
        except RegistryError:
            # A proposal that is no schema is no help; nobody has to hear of it.
            return None
        return mended

    def _compared(
        self, schema: ParsedSchema, earlier: Earlier, way: Direction
    ) -> Sequence[Violation]:
        both = _characters(schema) + _characters(earlier.schema)
        self._spend(both // _COMPARED_AS_ONE_PARSED)
        return compare(self.form, schema, earlier.schema, way)

    def _spend(self, characters: int) -> None:
        """Take note of work that is about to be done.

        Raises:
            _SpentError: It would be too much.

        """
        if self._give_up_ms is None:
            self._give_up_ms = self.clock() + _LONGEST_MS
        self._work_left -= characters
        if self._work_left < 0 or self.clock() > self._give_up_ms:
            raise _SpentError

    def _holds(self, level: Level, after: _Found, left_aside: _Found) -> bool:
        if level.reach is Reach.ALL and not self.is_whole:
            return False
        return all(
            after[pair] <= left_aside.get(pair, frozenset())
            for pair in self._protected(level)
        )

    def _protected(self, level: Level) -> Iterator[_Pair]:
        for earlier in level.protected(self.history):
            for way in level.directions:
                yield way, earlier.version

    def _left_aside(self, key: _Key) -> _Found:
        """Return the other findings of the candidate: they get fixes of their own."""
        before = self._found_before()
        return {pair: before[pair] - {key} for pair in self._protected(self.level)}

    def _found_before(self) -> _Found:
        if self._before is None:
            self._before = self._found(self.candidate)
        return self._before

    def _found(self, schema: ParsedSchema) -> _Found:
        return {
            (way, earlier.version): frozenset(self._keys(schema, earlier, way))
            for way in Direction
            for earlier in self.history
        }

    def _keys(
        self, schema: ParsedSchema, earlier: Earlier, way: Direction
    ) -> Iterator[_Key]:
        for violation in self._compared(schema, earlier, way):
            yield _key(violation)

    def _replacement(self, edit: Edit) -> Replacement:
        self._spend(len(self.candidate.text) // _EDITED_AS_ONE_PARSED)
        place = Place.of(self.candidate.text, edit.start, edit.end)
        return Replacement(place, edit.text)


def _characters(schema: ParsedSchema) -> int:
    return schema.size_bytes // _BYTES_PER_CHARACTER


def _key(violation: Violation) -> _Key:
    # Without the root, whose name may be what is mended.
    anchor = violation.anchor or violation.element.partition(".")[2]
    return violation.rule.id, anchor


def _difference(old: str, new: str) -> Edit:
    """Return the one edit that turns a text into another."""
    start = _shared(old, new)
    most = min(len(old), len(new)) - start
    tail = min(_shared(old[::-1], new[::-1]), most)
    return Edit(start, len(old) - tail, new[start : len(new) - tail])


def _shared(one: str, other: str) -> int:
    """Return how many characters two texts begin with in common."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))
