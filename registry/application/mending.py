"""Fixes: proposals that were made on a copy and checked again before being offered."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from itertools import chain

from registry.application.cases import Case, Earlier
from registry.domain.errors import RegistryError
from registry.domain.levels import STRONGEST_FIRST, Direction, Level, Reach
from registry.domain.places import Place
from registry.domain.rules import Severity, Violation
from registry.domain.schema import (
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


class _Beside(Enum):
    """What is held beside the directions of a level."""

    FIELDS = auto()
    POLICIES = auto()


_Pair = tuple[Direction | _Beside, int]
"""What is held, and the number of the version that the candidate is compared with."""

_FIELDS: _Pair = (_Beside.FIELDS, 0)

_Found = dict[_Pair, frozenset[_Key]]
"""What is broken, by pair."""


@dataclass(slots=True)
class Workshop:
    """Tries proposals for one candidate.

    Attributes:
        closure: What the candidate's references stand for.
        is_whole: Whether the case has the whole history: only then can a fix claim a
            transitive level.
        clock: In milliseconds.

    """

    case: Case
    closure: tuple[ResolvedReference, ...]
    is_whole: bool
    clock: Callable[[], int]
    _before: _Found | None = None
    _work_left: int = field(default=_MOST_WORK_CHARACTERS)
    _give_up_ms: int | None = None
    _peers: list[Earlier] = field(init=False)
    _governed: list[Earlier] = field(init=False)

    def __post_init__(self) -> None:
        case = self.case
        self._peers = [e for e in case.peers if not case.is_other_language(e)]
        self._governed = [e for e in case.governed if not case.is_other_language(e)]

    def fixes(
        self, violation: Violation, way: Direction, earlier: Earlier
    ) -> tuple[Fix, ...]:
        """Return the proposals for a violation that hold, best first.

        One holds if the violation is gone and no other has come; other violations of
        the candidate may be left, and then no level is reached.
        """
        if violation.rule.severity is Severity.WARNING:
            return ()
        if self.case.is_other_language(earlier):
            return ()
        found: list[Fix] = []
        try:
            for proposal in self._proposals(self._candidate, earlier, violation, way):
                fix = self._try(proposal, violation)
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
        return self.case.form.proposals(schema, earlier.schema, violation, way)

    def _try(self, proposal: Proposal, violation: Violation) -> Fix | None:
        mended = self._mended(self._candidate, proposal)
        if mended is None:
            return None
        after = self._found(mended)
        if not self._holds(self._level, after, self._left_aside(violation)):
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
        schema, found = self._candidate, self._found_before()
        titles: list[str] = []
        while not self._holds(self._level, found, {}):
            step = self._step(schema, found)
            if step is None:
                return None
            title, schema, found = step
            titles.append(title)
        edit = _difference(self._candidate.text, schema.text)
        title = f"All at once: {'; '.join(titles)}"
        return self._fix(title, (edit,), schema, found)

    def _step(
        self, schema: ParsedSchema, found: _Found
    ) -> tuple[str, ParsedSchema, _Found] | None:
        """Mend the first violation of a schema; None if no proposal does."""
        first = next(self._broken(schema), None)
        if first is None:
            return None
        way, earlier, violation = first
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
        """Yield what an edit of the text may mend, in the order of the wire."""
        for earlier in self._level.protected(self._peers):
            for way in self._level.directions:
                for violation in self._compared(schema, earlier, way):
                    yield way, earlier, violation
        for earlier in self._governed:
            for violation in self._compared(schema, earlier, _Beside.POLICIES):
                yield Direction.BACKWARD, earlier, violation

    def _is_less(self, after: _Found, before: _Found) -> bool:
        pairs = [*self._held(self._level)]
        return all(after[pair] <= before[pair] for pair in pairs) and any(
            after[pair] < before[pair] for pair in pairs
        )

    def _fix(
        self, title: str, edits: Iterable[Edit], mended: ParsedSchema, after: _Found
    ) -> Fix:
        kept = (level for level in STRONGEST_FIRST if self._holds(level, after, {}))
        reached = next(kept, Level.NONE)
        replacements = tuple(map(self._replacement, edits))
        return Fix(title, replacements, reached, mended.text)

    def _mended(self, schema: ParsedSchema, proposal: Proposal) -> ParsedSchema | None:
        text = Edit.apply(schema.text, proposal.edits)
        self._spend(len(text) + sum(len(each.text) for each in self.closure))
        try:
            mended: ParsedSchema = self.case.form.parse(text, self.closure)
        except RegistryError:
            # A proposal that is no schema is no help; nobody has to hear of it.
            return None
        return mended

    def _compared(
        self, schema: ParsedSchema, earlier: Earlier, what: Direction | _Beside
    ) -> Iterable[Violation]:
        both = _characters(schema) + _characters(earlier.schema)
        self._spend(both // _COMPARED_AS_ONE_PARSED)
        case = self._case_of(schema)
        if isinstance(what, Direction):
            return case.of_level(earlier, what)
        return chain.from_iterable(case.of_policies(earlier).values())

    def _case_of(self, schema: ParsedSchema) -> Case:
        candidate = replace(self.case.candidate, schema=schema)
        return replace(
            self.case, candidate=candidate, ledger=self.case.ledger.of_next()
        )

    def _spend(self, characters: int) -> None:
        """Take note of work that is about to be done.

        Raises:
            _SpentError: It would be too much.

        """
        if self._give_up_ms is None:
            self._give_up_ms = self.clock() + _LONGEST_MS
        self._work_left -= characters
        is_late = self.clock() > self._give_up_ms
        # What is not compared would be broken after each edit as it was before.
        if self._work_left < 0 or is_late or self.case.ledger.is_spent:
            raise _SpentError

    def _holds(self, level: Level, after: _Found, left_aside: _Found) -> bool:
        if level.reach is Reach.ALL and not self.is_whole:
            return False
        return all(
            after[pair] <= left_aside.get(pair, frozenset())
            for pair in self._held(level)
        )

    def _held(self, level: Level) -> Iterator[_Pair]:
        """Yield what counts under a level: the rest of the promise always does."""
        for earlier in level.protected(self._peers):
            for way in level.directions:
                yield way, earlier.version
        for earlier in self._governed:
            yield _Beside.POLICIES, earlier.version
        yield _FIELDS

    def _left_aside(self, violation: Violation) -> _Found:
        """Return the other findings of the candidate: they get fixes of their own."""
        before = self._found_before()
        return {
            (what, version): before[what, version] - {_key(violation, what)}
            for what, version in self._held(self._level)
        }

    def _found_before(self) -> _Found:
        if self._before is None:
            self._before = self._found(self._candidate)
        return self._before

    def _found(self, schema: ParsedSchema) -> _Found:
        compared: list[tuple[Direction | _Beside, Earlier]] = [
            *((way, earlier) for way in Direction for earlier in self._peers),
            *((_Beside.POLICIES, earlier) for earlier in self._governed),
        ]
        of_fields = self._case_of(schema).of_fields()
        return {
            _FIELDS: _keys(of_fields, _Beside.FIELDS),
            **{
                (what, earlier.version): _keys(
                    self._compared(schema, earlier, what), what
                )
                for what, earlier in compared
            },
        }

    @property
    def _candidate(self) -> ParsedSchema:
        return self.case.candidate.schema

    @property
    def _level(self) -> Level:
        return self.case.promise.level

    def _replacement(self, edit: Edit) -> Replacement:
        self._spend(len(self._candidate.text) // _EDITED_AS_ONE_PARSED)
        place = Place.of(self._candidate.text, edit.start, edit.end)
        return Replacement(place, edit.text)


def _characters(schema: ParsedSchema) -> int:
    return schema.size_bytes // _BYTES_PER_CHARACTER


def _keys(
    violations: Iterable[Violation], what: Direction | _Beside
) -> frozenset[_Key]:
    return frozenset(_key(each, what) for each in violations)


def _key(violation: Violation, what: Direction | _Beside) -> _Key:
    name = violation.element
    if isinstance(what, Direction):
        # Without the root, whose name may be what is mended.
        name = name.partition(".")[2]
    return violation.rule.id, violation.anchor or name


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
