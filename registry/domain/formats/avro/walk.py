"""Whether a reader can read what a writer wrote: the walk over two type graphs.

The walk follows Apache's `SchemaCompatibility` in its order, its paths and its memory:
a pair of types is compared once, while it is being compared it counts as compatible
(which is what makes recursive types end), and later it answers what was found the
first time, with the paths of the first time. In one thing it is shorter: a branch of a
union whose name rules it out is not looked into.

There is no recursion: a chain of named types is as deep as a text is long.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Final, NamedTuple, TypeVar

from registry.domain.formats.avro import rules
from registry.domain.formats.avro.checks import (
    ENUM_CHECKS,
    FIXED_CHECKS,
    RECORD_CHECKS,
    Check,
    Details,
    missing_union_branch,
    type_mismatch,
)
from registry.domain.formats.avro.nodes import (
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
    is_primitive_readable,
    type_word,
)
from registry.domain.formats.avro.trail import Trail, spot_of
from registry.domain.rules import Rule, Spot, Violation

MAX_STEPS: Final = 1_000_000
"""Fields, symbols and branches looked at in one comparison.

The largest schema that is accepted has some tens of thousands. Only recursive types of
different lengths, which meet in every combination, come anywhere near.
"""

MAX_VIOLATIONS: Final = 1_000
"""Violations told of one comparison; there is always one if there are any.

A type's violations are told for each of its uses, so that n types that each use the
next one twice would tell of 2^n.
"""

MAX_PATH_CHARACTERS: Final = 1_000_000
"""Characters in the paths of one comparison, after which no more are told."""


class _Breach(NamedTuple):
    """A violation, its path not yet written out: most are never told."""

    rule: Rule
    trail: Trail
    below: str
    reader_spot: Spot
    writer_spot: Spot
    details: Details

    @classmethod
    def at_use(
        cls, rule: Rule, trail: Trail, details: Details, below: str = ""
    ) -> "_Breach":
        """A breach where a type is used, rather than where it is defined."""
        reader, writer = spot_of(trail.reader_use), spot_of(trail.writer_use)
        return cls(rule, trail, below, reader, writer, details)

    def told(self) -> Violation:
        return Violation(
            self.rule,
            self.trail.pointer(self.below),
            self.trail.name(),
            self.reader_spot,
            self.writer_spot,
            self.details,
        )


# Lists within lists, so that a type's findings are shared by its uses; empty means
# that the pair is compatible.
_Found = list["_Breach | _Found"]
_Pair = tuple[Node, Node]
_Request = tuple[Node, Node, Trail]
_Frame = Generator[_Request, _Found, _Found]

Type = TypeVar("Type", bound=Node)

_COMPATIBLE: Final[_Found] = []
"""Never added to."""


class _GaveUpError(Exception):
    """The comparison ends here with a single violation."""

    def __init__(self, breach: _Breach) -> None:
        self.breach = breach
        super().__init__(breach.rule.id)


def violations(reader: Node, writer: Node) -> tuple[Violation, ...]:
    """All reasons why the reader cannot read what the writer wrote, in wire order.

    At most `MAX_VIOLATIONS`. The same violation is there more than once if the type
    that it is in is used more than once; its path is always that of the first use.
    """
    return Comparison().violations(reader, writer)


class Comparison:
    """The pairs of types compared so far; serves any number of questions.

    Attributes:
        steps: The work done so far, in the unit of `MAX_STEPS`.

    """

    def __init__(self) -> None:
        self.steps = 0
        self._found: dict[_Pair, _Found] = {}
        self._branches: dict[Union, Branches] = {}
        self._fields: dict[Record, dict[str, Field]] = {}

    def violations(self, reader: Node, writer: Node) -> tuple[Violation, ...]:
        try:
            found = self._compare(reader, writer, Trail.start(reader, writer))
        except _GaveUpError as gave_up:
            return (gave_up.breach.told(),)
        return tuple(_told(found))

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

    def _compare(self, reader: Node, writer: Node, trail: Trail) -> _Found:
        """Compare one pair and all that it needs.

        A frame compares one pair and asks for the pairs inside it; here is the stack
        that recursion would have used, and the memory.
        """
        memory = self._found
        answer = memory.get((reader, writer))
        if answer is not None:
            return answer
        frames = [((reader, writer), self._frame(reader, writer, trail))]
        memory[reader, writer] = _COMPATIBLE
        try:
            while frames:
                pair, frame = frames[-1]
                try:
                    request = next(frame) if answer is None else frame.send(answer)
                except StopIteration as done:
                    frames.pop()
                    memory[pair] = answer = done.value
                    continue
                pair = request[:2]
                answer = memory.get(pair)
                if answer is None:
                    memory[pair] = _COMPATIBLE  # while it is in progress
                    frames.append((pair, self._frame(*request)))
        finally:
            for pair, _ in frames:  # given up: nothing is known of these
                del memory[pair]
        return memory[reader, writer]

    def _frame(self, reader: Node, writer: Node, trail: Trail) -> _Frame:
        match reader, writer:
            case Record(), Record():
                return self._records(reader, writer, trail)
            case Union(), Union():
                return self._unions(reader, writer, trail)
            case _, Union():
                return self._from_union(reader, writer, trail)
            case Union(), _:
                return self._to_union(reader, writer, trail)
            case Array(), Array():
                return self._collections("items", reader, writer, trail)
            case Map(), Map():
                return self._collections("values", reader, writer, trail)
            case _:
                return self._leaves(reader, writer, trail)

    def _records(self, reader: Record, writer: Record, trail: Trail) -> _Frame:
        self._spend(len(reader.fields), reader, writer, trail)
        found = _checked(RECORD_CHECKS, reader, writer, trail)
        written = self.fields_of(writer)
        for index, field in enumerate(reader.fields):
            other = written.get(field.name)
            if field.aliases:
                other = _only_counterpart(index, field, writer, written, trail)
            if other is None:
                if not field.has_default:
                    found += self._missing(index, field, writer, trail)
                continue
            kind = field.type.kind
            if kind in READABLE and kind == other.type.kind:
                continue  # by far the most frequent case
            answer = yield field.type, other.type, trail.to_field(index, field, other)
            if answer:
                found.append(answer)
        return found

    def _missing(
        self, index: int, field: Field, writer: Record, trail: Trail
    ) -> _Found:
        """What is broken by a field without a default that only the reader has."""
        here = trail.to_missing_field(index, field, writer.spot)
        if not isinstance(field.type, Enum) or field.type.default is None:
            rule = rules.READER_FIELD_MISSING_DEFAULT_VALUE
            return [_Breach.at_use(rule, here, {"field": field.name})]
        # By its source, an enum with a default symbol is compared with the whole
        # record now, which fails, and is remembered as any other pair.
        pair = (field.type, writer)
        if pair not in self._found:
            details = {**type_mismatch(*pair), "field": field.name}
            rule = rules.ENUM_FIELD_MISSING_DEFAULT_VALUE
            self._found[pair] = [_Breach.at_use(rule, here, details, "type")]
        return self._found[pair]

    def _collections(
        self, part: str, reader: Array | Map, writer: Array | Map, trail: Trail
    ) -> _Frame:
        self._spend(1, reader, writer, trail)
        inner = reader.items if isinstance(reader, Array) else reader.values
        written = writer.items if isinstance(writer, Array) else writer.values
        return (yield inner, written, trail.inside(part, reader, writer))

    def _unions(self, reader: Union, writer: Union, trail: Trail) -> _Frame:
        self._spend(len(writer.branches), reader, writer, trail)
        found: _Found = []
        primitives = self.branches_of(reader).primitives
        restarted = trail.restarted()
        for index, branch in enumerate(writer.branches):
            if isinstance(branch, Primitive):
                is_broken = branch.kind not in primitives
            else:
                is_broken = bool((yield reader, branch, restarted))
            if is_broken:
                here = trail.to_branch(index, writer)
                found.append(_no_branch(branch, here))
        return found

    def _from_union(self, reader: Node, writer: Union, trail: Trail) -> _Frame:
        self._spend(len(writer.branches), reader, writer, trail)
        found: _Found = []
        for index, branch in enumerate(writer.branches):
            answer = yield reader, branch, trail.to_branch(index, writer)
            if answer:
                found.append(answer)
        return found

    def _to_union(self, reader: Union, writer: Node, trail: Trail) -> _Frame:
        self._spend(1, reader, writer, trail)
        branches = self.branches_of(reader)
        if isinstance(writer, Primitive) and writer.kind in branches.primitives:
            return _COMPATIBLE
        for candidate in branches.candidates(writer):
            if not (yield candidate, writer, trail.restarted()):
                return _COMPATIBLE
        return [_no_branch(writer, trail)]

    def _leaves(self, reader: Node, writer: Node, trail: Trail) -> _Frame:
        """Compare what has no types inside, or what cannot be read in any case."""
        yield from ()
        match reader, writer:
            case Primitive(), Primitive() if is_primitive_readable(reader, writer):
                return _COMPATIBLE
            case Enum(), Enum():
                width = len(reader.symbols) + len(writer.symbols)
                self._spend(width, reader, writer, trail)
                return _checked(ENUM_CHECKS, reader, writer, trail)
            case Fixed(), Fixed():
                return _checked(FIXED_CHECKS, reader, writer, trail)
            case _:
                details = type_mismatch(reader, writer)
                return [_Breach.at_use(rules.TYPE_MISMATCH, trail, details)]

    def _spend(self, steps: int, reader: Node, writer: Node, trail: Trail) -> None:
        self.steps += steps + 1
        if self.steps > MAX_STEPS:
            limit = {"limit": str(MAX_STEPS)}
            raise _GaveUpError(_Breach.at_use(rules.COMPARISON_TOO_LARGE, trail, limit))


def _checked(
    checks: Sequence[Check[Type]], reader: Type, writer: Type, trail: Trail
) -> _Found:
    found: _Found = []
    for check in checks:
        details = check.find(reader, writer)
        if details is not None:
            found.append(
                _Breach(
                    check.rule, trail, check.below, reader.spot, writer.spot, details
                )
            )
    return found


def _no_branch(writer: Node, trail: Trail) -> _Breach:
    return _Breach.at_use(
        rules.MISSING_UNION_BRANCH, trail, missing_union_branch(writer)
    )


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
        "record": writer.full_name,
    }
    here = trail.to_missing_field(index, field, writer.spot)
    raise _GaveUpError(_Breach.at_use(rules.AMBIGUOUS_FIELD_ALIAS, here, details))


def _told(found: _Found) -> Iterator[Violation]:
    """Yield the violations in lists within lists, in order, until there are enough."""
    left = MAX_PATH_CHARACTERS
    told = 0
    stack = [iter(found)]
    while stack and told < MAX_VIOLATIONS and left > 0:
        each = next(stack[-1], None)
        if each is None:
            stack.pop()
        elif isinstance(each, list):
            stack.append(iter(each))
        else:
            violation = each.told()
            told += 1
            left -= len(violation.path) + len(violation.element)
            yield violation
