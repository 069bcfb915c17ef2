"""What passes the check and may still hurt: warnings over a pair of type graphs.

Goes along the pairs of types that a decoder would bring together, each pair once. The
verdict is not touched; a pair that cannot be read at all is left to the violations.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, TypeVar

from registry.domain.budgets import Budget
from registry.domain.formats.avro import rules
from registry.domain.formats.avro.breaches import (
    MAX_VIOLATIONS,
    Breach,
    Found,
    told,
)
from registry.domain.formats.avro.checks import (
    ENUM_GAPS,
    FIELD_GAPS,
    MOST_NAMED,
    NAMED_GAPS,
    PRIMITIVE_GAPS,
    TYPE_GAPS,
    Check,
    Details,
    ambiguous_union_branch,
    union_first_match,
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
    Branches,
    counterparts,
    is_primitive_readable,
)
from registry.domain.formats.avro.trail import Step, Trail
from registry.domain.formats.avro.walk import MAX_STEPS, STEPS_PER_SECOND, Comparison
from registry.domain.rules import Rule, Spot, Violation

_LOOK: Final = 8
"""Steps that it costs to see whether one of several branches of a name will do."""

Part = TypeVar("Part", bound=Node | Field)

_Meeting = tuple[Node, Node, Trail]


def warnings(
    reader: Node, writer: Node, budget: Budget | None = None
) -> tuple[Violation, ...]:
    """What a decoder does without complaint and a person should know, in wire order.

    At most `breaches.MAX_VIOLATIONS`, and only what `MAX_STEPS` of work find. Chains of
    aliases over several versions are not seen: they take more than two schemas.
    """
    search = _Search()
    found = search.warnings(reader, writer)
    if budget is not None:
        budget.spend(search.steps, STEPS_PER_SECOND)
    return tuple(told(found))


class _Search:
    """One walk over the meetings of types; the first to come is the first told."""

    def __init__(self) -> None:
        self._comparison = Comparison()
        self._found: Found = []
        self._steps = 0

    def warnings(self, reader: Node, writer: Node) -> Found:
        seen: set[tuple[Node, Node]] = set()
        ahead: list[_Meeting] = [(reader, writer, Trail.start(reader, writer))]
        while ahead and self._may_go_on():
            reader, writer, trail = ahead.pop()
            if (reader, writer) in seen:
                continue
            seen.add((reader, writer))
            meetings = list(self._meetings(reader, writer, trail))
            self._steps += len(meetings) + 1
            ahead.extend(reversed(meetings))
        return self._found

    @property
    def steps(self) -> int:
        """All the work done so far, in the unit of `MAX_STEPS`."""
        return self._steps + self._comparison.steps

    def _may_go_on(self) -> bool:
        is_over = self._comparison.is_over or self._steps >= MAX_STEPS
        return not is_over and len(self._found) < MAX_VIOLATIONS

    def _meetings(self, reader: Node, writer: Node, trail: Trail) -> Iterator[_Meeting]:
        """Look at one pair and yield the pairs inside it."""
        match reader, writer:
            case Union(), Union():
                for index, branch in enumerate(writer.branches):
                    here = Trail(trail, Step.BRANCH, index, reader, writer)
                    yield from self._chosen(reader, branch, here)
            case _, Union():
                for index, branch in enumerate(writer.branches):
                    yield (
                        reader,
                        branch,
                        Trail(trail, Step.BRANCH, index, reader, writer),
                    )
            case Union(), _:
                yield from self._chosen(reader, writer, trail)
            case Primitive(), Primitive() if is_primitive_readable(reader, writer):
                self._hold(TYPE_GAPS, reader, writer, trail)
                self._hold(PRIMITIVE_GAPS, reader, writer, trail)
            case _ if type(reader) is type(writer):
                self._hold(TYPE_GAPS, reader, writer, trail)
                yield from self._inside(reader, writer, trail)

    def _inside(self, reader: Node, writer: Node, trail: Trail) -> Iterator[_Meeting]:
        match reader, writer:
            case Record(), Record():
                self._hold(NAMED_GAPS, reader, writer, trail)
                yield from self._fields(reader, writer, trail)
            case Enum(), Enum():
                self._hold(NAMED_GAPS, reader, writer, trail)
                self._hold(ENUM_GAPS, reader, writer, trail)
            case Fixed(), Fixed():
                self._hold(NAMED_GAPS, reader, writer, trail)
            case Array(), Array():
                inner = Trail(trail, Step.ITEMS, 0, reader, writer)
                yield reader.items, writer.items, inner
            case Map(), Map():
                inner = Trail(trail, Step.VALUES, 0, reader, writer)
                yield reader.values, writer.values, inner

    def _fields(
        self, reader: Record, writer: Record, trail: Trail
    ) -> Iterator[_Meeting]:
        written = self._comparison.fields_of(writer)
        for index, field in enumerate(reader.fields):
            # Of several counterparts the check will speak; any is good enough here.
            for other in counterparts(field, written)[:1]:
                if field.has_default and other.has_default:
                    here = Trail(trail, Step.FIELD, index, field, other)
                    self._hold(FIELD_GAPS, field, other, here)
                if not _is_plain(field.type, other.type):
                    inner = Trail(trail, Step.TYPE, index, field, other)
                    yield field.type, other.type, inner

    def _chosen(self, reader: Union, writer: Node, trail: Trail) -> Iterator[_Meeting]:
        """The branch of the reader's union that a written type is read with."""
        candidates: Iterable[Node]
        match writer:
            case Primitive():
                found = union_first_match(reader, writer)
                self._tell_union(rules.UNION_FIRST_MATCH, reader, trail, found)
                candidates = _first_reader(reader, writer)
            case _:
                branches = self._comparison.branches_of(reader)
                named = [*islice(branches.candidates(writer), MOST_NAMED + 1)]
                found = ambiguous_union_branch(writer, named)
                self._tell_union(rules.AMBIGUOUS_UNION_BRANCH, reader, trail, found)
                candidates = self._readable(branches, writer) if found else named
        for candidate in islice(candidates, 1):
            yield candidate, writer, trail

    def _readable(self, branches: Branches, writer: Node) -> Iterator[Node]:
        for candidate in branches.likeliest(writer):
            self._steps += _LOOK
            if not self._may_go_on():
                return
            if self._comparison.is_readable(candidate, writer):
                yield candidate

    def _tell_union(
        self, rule: Rule, reader: Union, trail: Trail, details: Details | None
    ) -> None:
        if details is not None:
            self._tell(rule, trail, reader.spot, trail.writer_use(), details)

    def _hold(
        self, checks: Sequence[Check[Part]], reader: Part, writer: Part, trail: Trail
    ) -> None:
        for check in checks:
            details = check.find(reader, writer)
            if details is not None:
                self._tell(check.rule, trail, reader.spot, writer.spot, details)

    def _tell(
        self, rule: Rule, trail: Trail, reader: Spot, writer: Spot, details: Details
    ) -> None:
        self._found.append(Breach(rule, trail, "", reader, writer, details))


def _is_plain(reader: Node, writer: Node) -> bool:
    """Whether there is nothing to warn of at a glance, as for most fields."""
    if not isinstance(reader, Primitive) or not isinstance(writer, Primitive):
        return False
    return reader.kind == writer.kind and not reader.props and not writer.props


def _first_reader(reader: Union, writer: Primitive) -> list[Node]:
    """The first branch that reads a primitive, if any does."""
    for branch in reader.branches:
        if isinstance(branch, Primitive) and is_primitive_readable(branch, writer):
            return [branch]
    return []
