"""Whether a reader can read what a writer wrote: the walk over two type graphs.

The walk follows Apache's `SchemaCompatibility` in its order, its paths and its memory:
a pair of types is compared once, while it is being compared it counts as compatible
(which is what makes recursive types end), and later it answers what was found the
first time, with the paths of the first time. In one thing it is shorter: a branch of a
union whose name, or size, rules it out is not looked into.

There is no recursion: a chain of named types is as deep as a text is long.
"""

from collections.abc import Generator, Mapping, Sequence
from typing import Final, TypeVar

from registry.domain.budgets import Budget
from registry.domain.formats.avro import rules
from registry.domain.formats.avro.breaches import Breach, Found, first, is_cut, told
from registry.domain.formats.avro.canonical import RESOLVED, printed
from registry.domain.formats.avro.checks import (
    ENUM_CHECKS,
    FIXED_CHECKS,
    RECORD_CHECKS,
    Check,
    missing_union_branch,
    type_mismatch,
)
from registry.domain.formats.avro.nodes import (
    MISSING,
    Array,
    Enum,
    Field,
    Fixed,
    Map,
    Node,
    Primitive,
    Record,
    Union,
)
from registry.domain.formats.avro.resolution import (
    READABLE,
    Branches,
    counterparts,
    fields_by_name,
    type_word,
)
from registry.domain.formats.avro.trail import Step, Trail
from registry.domain.rules import Violation

MAX_STEPS: Final = 120_000
"""Fields, symbols and branches looked at in one comparison.

Two schemas of the most values that are accepted have 100,000 between them. What takes
more is made to: recursive types of different lengths, or branches of equal names, which
meet in every combination.
"""

STEPS_PER_SECOND: Final = 700_000
"""As measured over comparisons that are made to cost."""

_RECORD: Final = 1
"""What a record costs beside its fields."""

_SECOND_LOOK: Final = 5
"""What another branch of a name costs where the first did not fit: hardly anybody has
such, and who has many of them has them meet in every combination."""

_BREACH: Final = 4
"""What it costs to say what is wrong, beside finding it."""

_Pair = tuple[Node, Node]
_Request = tuple[Node, Node, Trail]
_Frame = Generator[_Request, Found, Found]

Type = TypeVar("Type", bound=Node)

_COMPATIBLE: Final[Found] = []
"""Never added to."""


class _GaveUpError(Exception):
    """The comparison ends here with a single violation."""

    def __init__(self, breach: Breach) -> None:
        self.breach = breach
        super().__init__(breach.rule.id)


def violations(
    reader: Node, writer: Node, budget: Budget | None = None
) -> tuple[Violation, ...]:
    """All reasons why the reader cannot read what the writer wrote, in wire order.

    At most `breaches.MAX_VIOLATIONS`. A violation inside of a type is there once for
    each use of the type; its path is always that of the first.
    """
    comparison = Comparison()
    found = comparison.violations(reader, writer)
    if budget is not None:
        budget.spend(comparison.steps, STEPS_PER_SECOND)
        budget.cut_short += is_cut(found)
    return found


class Comparison:
    """The pairs of types compared so far; serves any number of questions.

    Attributes:
        steps: The work done so far, in the unit of `MAX_STEPS`.

    """

    def __init__(self) -> None:
        self.steps = 0
        self._found: dict[_Pair, Found] = {}
        self._branches: dict[Union, Branches] = {}
        self._fields: dict[Record, dict[str, Field]] = {}

    def violations(self, reader: Node, writer: Node) -> tuple[Violation, ...]:
        try:
            found = self._compare(reader, writer, Trail.start(reader, writer))
        except _GaveUpError as gave_up:
            return (gave_up.breach.violation(),)
        return tuple(told(found))

    @property
    def is_over(self) -> bool:
        """Whether all the work that may be done has been done."""
        return self.steps > MAX_STEPS

    def is_readable(self, reader: Node, writer: Node) -> bool:
        """Whether the reader reads all that the writer wrote."""
        try:
            return not self._compare(reader, writer, Trail.start(reader, writer))
        except _GaveUpError:
            return False

    def branches_of(self, union: Union) -> Branches:
        branches = self._branches.get(union)
        if branches is None:
            branches = self._branches[union] = Branches.of(union)
        return branches

    def fields_of(self, record: Record) -> dict[str, Field]:
        fields = self._fields.get(record)
        if fields is None:
            fields = self._fields[record] = fields_by_name(record)
        return fields

    def _compare(self, reader: Node, writer: Node, trail: Trail) -> Found:
        """Compare one pair and all that it needs.

        A frame compares one pair and asks for the pairs inside it; here is the stack
        that recursion would have used.
        """
        frames: list[tuple[_Pair, _Frame]] = []
        answer = self._begin(frames, reader, writer, trail)
        try:
            while frames:
                pair, frame = frames[-1]
                try:
                    request = next(frame) if answer is None else frame.send(answer)
                except StopIteration as done:
                    frames.pop()
                    self._found[pair] = answer = done.value
                else:
                    answer = self._begin(frames, *request)
        finally:
            for pair, _ in frames:  # Given up: nothing is known of these.
                del self._found[pair]
        return self._found[reader, writer]

    def _begin(
        self,
        frames: list[tuple[_Pair, _Frame]],
        reader: Node,
        writer: Node,
        trail: Trail,
    ) -> Found | None:
        """Return what is known, or can be seen, of a pair; else put a frame on."""
        pair = (reader, writer)
        found = self._found.get(pair)
        if found is not None:
            return found
        frame = self._frame(reader, writer, trail)
        if frame is None:
            found = self._found[pair] = self._leaves(reader, writer, trail)
            return found
        self._found[pair] = _COMPATIBLE  # As long as it is in progress.
        frames.append((pair, frame))
        return None

    def _frame(self, reader: Node, writer: Node, trail: Trail) -> _Frame | None:
        if isinstance(writer, Union):
            if isinstance(reader, Union):
                return self._unions(reader, writer, trail)
            return self._from_union(reader, writer, trail)
        if isinstance(reader, Union):
            return self._to_union(reader, writer, trail)
        if isinstance(reader, Record) and isinstance(writer, Record):
            return self._records(reader, writer, trail)
        if isinstance(reader, Array) and isinstance(writer, Array):
            inner = Trail(trail, Step.ITEMS, 0, reader, writer)
            return self._collections(reader.items, writer.items, inner)
        if isinstance(reader, Map) and isinstance(writer, Map):
            inner = Trail(trail, Step.VALUES, 0, reader, writer)
            return self._collections(reader.values, writer.values, inner)
        return None

    def _records(self, reader: Record, writer: Record, trail: Trail) -> _Frame:
        self._spend(len(reader.fields) + _RECORD, trail)
        found = _checked(RECORD_CHECKS, reader, writer, trail)
        written = self.fields_of(writer)
        for index, field in enumerate(reader.fields):
            other = written.get(field.name)
            if field.aliases:
                other = _only_counterpart(index, field, writer, written, trail)
            if other is None:
                if field.default is MISSING:
                    found += self._missing(index, field, writer, trail)
            elif not _is_plain(field.type, other.type):
                inner = Trail(trail, Step.TYPE, index, field, other)
                answer = yield field.type, other.type, inner
                if answer:
                    found.append(answer)
        return found

    def _missing(self, index: int, field: Field, writer: Record, trail: Trail) -> Found:
        """What is broken by a field without a default that only the reader has."""
        self._spend(_BREACH, trail)
        here = Trail(trail, Step.FIELD, index, field, writer)
        if not isinstance(field.type, Enum) or field.type.default is None:
            rule = rules.READER_FIELD_MISSING_DEFAULT_VALUE
            return [Breach.at_use(rule, here, {"field": field.name})]
        # By its source, an enum with a default symbol is compared with the whole
        # record now, which fails, and is remembered as any other pair.
        pair = (field.type, writer)
        if pair not in self._found:
            details = {**type_mismatch(*pair), "field": field.name}
            rule = rules.ENUM_FIELD_MISSING_DEFAULT_VALUE
            self._found[pair] = [Breach.at_use(rule, here, details, "type")]
        return self._found[pair]

    def _collections(self, reader: Node, writer: Node, trail: Trail) -> _Frame:
        self._spend(1, trail)
        return (yield reader, writer, trail)

    def _unions(self, reader: Union, writer: Union, trail: Trail) -> _Frame:
        self._spend(len(writer.branches), trail)
        found: Found = []
        primitives = self.branches_of(reader).primitives
        restarted = trail.restarted()
        for index, branch in enumerate(writer.branches):
            here = Trail(trail, Step.BRANCH, index, reader, writer)
            if not isinstance(branch, Primitive):
                answer = yield reader, branch, restarted
                if answer:
                    # Told in the words of the union; what is inside is dropped.
                    found.append(_no_branch(branch, here, first(answer).cause))
            elif branch.kind not in primitives:
                found.append(_no_branch(branch, here))
        return found

    def _from_union(self, reader: Node, writer: Union, trail: Trail) -> _Frame:
        self._spend(len(writer.branches), trail)
        found: Found = []
        for index, branch in enumerate(writer.branches):
            inner = Trail(trail, Step.BRANCH, index, reader, writer)
            answer = yield reader, branch, inner
            if answer:
                found.append(answer)
        return found

    def _to_union(self, reader: Union, writer: Node, trail: Trail) -> _Frame:
        self._spend(1, trail)
        branches = self.branches_of(reader)
        if isinstance(writer, Primitive) and writer.kind in branches.primitives:
            return _COMPATIBLE
        cause: Breach | None = None
        for candidate in branches.likeliest(writer):
            self._spend(1 if cause is None else _SECOND_LOOK, trail)
            answer = yield candidate, writer, trail.restarted()
            if not answer:
                return _COMPATIBLE
            cause = cause or first(answer)
        return [_no_branch(writer, trail, cause)]

    def _leaves(self, reader: Node, writer: Node, trail: Trail) -> Found:
        """Compare what has no types inside, or what cannot be read in any case."""
        match reader, writer:
            case Enum(), Enum():
                self._spend(len(reader.symbols) + len(writer.symbols), trail)
                return _checked(ENUM_CHECKS, reader, writer, trail)
            case Fixed(), Fixed():
                self._spend(1, trail)
                return _checked(FIXED_CHECKS, reader, writer, trail)
            case _ if _is_plain(reader, writer):
                return _COMPATIBLE
            case _:
                self._spend(_BREACH, trail)
                details = type_mismatch(reader, writer)
                return [Breach.at_use(rules.TYPE_MISMATCH, trail, details)]

    def _spend(self, steps: int, trail: Trail) -> None:
        self.steps += steps + 1
        if self.steps > MAX_STEPS:
            limit = {"limit": str(MAX_STEPS)}
            raise _GaveUpError(Breach.at_use(rules.COMPARISON_TOO_LARGE, trail, limit))


def _is_plain(reader: Node, writer: Node) -> bool:
    """Whether a pair is compatible at a glance; most pairs are."""
    readable = READABLE.get(reader.kind)
    if readable is not None:
        return writer.kind in readable
    match reader, writer:
        case (Array(), Array()):
            return writer.items.kind in READABLE.get(reader.items.kind, ())
        case (Map(), Map()):
            return writer.values.kind in READABLE.get(reader.values.kind, ())
        case (Union(), Union()) if len(reader.branches) == len(writer.branches):
            for branch, written in zip(reader.branches, writer.branches, strict=True):
                if written.kind not in READABLE or branch.kind != written.kind:
                    return False
            return True
    return False


def _checked(
    checks: Sequence[Check[Type]], reader: Type, writer: Type, trail: Trail
) -> Found:
    found: Found = []
    for check in checks:
        details = check.find(reader, writer)
        if details is not None:
            found.append(
                Breach(
                    check.rule, trail, check.below, reader.spot, writer.spot, details
                )
            )
    return found


def _no_branch(writer: Node, trail: Trail, cause: Breach | None = None) -> Breach:
    details = missing_union_branch(writer)
    breach = Breach.at_use(rules.MISSING_UNION_BRANCH, trail, details)
    return breach if cause is None else breach._replace(cause=cause)


def _only_counterpart(
    index: int,
    field: Field,
    writer: Record,
    written: Mapping[str, Field],
    trail: Trail,
) -> Field | None:
    matches = counterparts(field, written)
    if len(matches) < 2:
        return matches[0] if matches else None
    details = {
        "field": field.name,
        "matches": ", ".join(each.name for each in matches),
        "reader_word": type_word(field.type),
        "position": str(index),
        "record": printed(writer, RESOLVED),
    }
    here = Trail(trail, Step.FIELD, index, field, writer)
    raise _GaveUpError(Breach.at_use(rules.AMBIGUOUS_FIELD_ALIAS, here, details))
