"""Whether documents that were valid under one schema are valid under another.

The walk follows the comparison of Confluent's registry in its order and its paths. A
pair of schemas is compared once. While it is being compared it counts as compatible,
which is what makes schemas that contain themselves end; if it turns out that it was
not, all is compared anew with that known, until nothing new is learnt.

There is no recursion: a chain of references is as long as a text.
"""

from typing import Final

from registry.domain.budgets import Budget
from registry.domain.formats.jsonschema import (
    arrays,
    changes,
    combinations,
    objects,
    rules,
    unseen,
)
from registry.domain.formats.jsonschema.breaches import Breach, Found, breaking
from registry.domain.formats.jsonschema.breaches import violations as written_out
from registry.domain.formats.jsonschema.build import Graph
from registry.domain.formats.jsonschema.nodes import (
    Array,
    Boolean,
    Combined,
    Condition,
    Const,
    Empty,
    Enum,
    Never,
    Node,
    Not,
    Null,
    Number,
    Object,
    String,
)
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.jsonschema.work import (
    MAX_STEPS,
    STEPS_PER_SECOND,
    Frame,
    GaveUpError,
    Pair,
    Work,
    conditions,
)
from registry.domain.levels import ContentPolicy
from registry.domain.rules import Violation

_PAIR: Final = 4
"""What a pair of schemas costs beside what is in it."""

_VALUES_A_STEP: Final = 10
"""Values of enums that are compared in the time of a step."""

_LEAVES: Final = (String, Number, Boolean, Null, Enum, Const, Empty, Never)
"""What has no schemas inside."""

_NOTHING: Final = Found()
_BROKEN: Final = Found(breaks=True)
"""Never added to, as the one above."""


def violations(
    reader: JsonSchema,
    writer: JsonSchema,
    policy: ContentPolicy = ContentPolicy.STRICT,
    budget: Budget | None = None,
) -> tuple[Violation, ...]:
    """All reasons why the reader may refuse what was valid for the writer, in order.

    At most `breaches.MAX_VIOLATIONS`. One inside of a schema is there once for each
    use of the schema.
    """
    comparison = Comparison(reader, writer, policy, budget=budget)
    told = breaking(comparison.found(), comparison.reader, policy, budget)
    return written_out(told, budget)


class Comparison:
    """One comparison of two schemas.

    Attributes:
        reader: The root of the schema that reads.
        writer: The root of the one that wrote.

    Args:
        is_thorough: Whether to look for what to warn of as well.
        budget: Is told of the work.

    """

    def __init__(
        self,
        reader: JsonSchema,
        writer: JsonSchema,
        policy: ContentPolicy,
        *,
        is_thorough: bool = False,
        budget: Budget | None = None,
    ) -> None:
        self.reader = Graph(reader.resolver).root()
        self.writer = Graph(writer.resolver).root()
        self._work = Work(policy, is_thorough=is_thorough)
        self._budget = budget
        self._found: dict[Pair, Found | None] = {}
        self._assumed: set[Pair] = set()
        self._incompatible: set[Pair] = set()
        self._is_stale = True

    @property
    def steps(self) -> int:
        """The work done so far, in the unit of `MAX_STEPS`."""
        return self._work.steps

    def found(self) -> Found:
        """Return what differs between the two."""
        try:
            return self._settled()
        except GaveUpError:
            limit = {"limit": str(MAX_STEPS)}
            given_up = Breach.at(
                rules.COMPARISON_TOO_LARGE, self.reader, self.writer, **limit
            )
            return self._work.of([given_up])
        finally:
            if self._budget is not None:
                self._budget.spend(self.steps, STEPS_PER_SECOND)

    def _settled(self) -> Found:
        found = _NOTHING
        while self._is_stale:
            self._is_stale = False
            self._found.clear()
            found = self._compare(self.reader, self.writer)
        return found

    def _compare(self, reader: Node, writer: Node) -> Found:
        """Compare one pair and all that it needs.

        A frame compares one pair and asks for the pairs inside it; here is the stack
        that recursion would have used.
        """
        frames: list[tuple[Pair, Frame]] = []
        answer = self._begin(frames, reader, writer)
        while frames:
            pair, frame = frames[-1]
            try:
                request = next(frame) if answer is None else frame.send(answer)
            except StopIteration as done:
                frames.pop()
                answer = self._end(pair, done.value)
            else:
                answer = self._begin(frames, *request)
        return answer or _NOTHING

    def _begin(
        self, frames: list[tuple[Pair, Frame]], reader: Node, writer: Node
    ) -> Found | None:
        """Return what is known, or can be seen, of a pair; else put a frame on."""
        pair = (reader, writer)
        self._work.spend(_PAIR)
        if pair in self._found:
            return self._known(pair)
        frame = self._frame(reader, writer)
        if frame is None:
            found = self._found[pair] = self._leaves(reader, writer)
            return found
        self._found[pair] = None
        frames.append((pair, frame))
        return None

    def _known(self, pair: Pair) -> Found:
        found = self._found[pair]
        if found is not None:
            return found
        self._assumed.add(pair)
        return _BROKEN if pair in self._incompatible else _NOTHING

    def _end(self, pair: Pair, found: Found) -> Found:
        if self._work.is_thorough and found.entries:
            self._work.add(found, unseen.around(*pair))
        if found.breaks and pair in self._assumed and pair not in self._incompatible:
            self._incompatible.add(pair)
            self._is_stale = True
        self._found[pair] = found
        return found

    def _frame(self, reader: Node, writer: Node) -> Frame | None:
        if type(reader) in _LEAVES and type(writer) in _LEAVES:
            return None
        match reader, writer:
            case Combined(), Combined():
                return combinations.combinations(self._work, reader, writer)
            case Combined(), _:
                return combinations.into(self._work, reader, writer)
            case _, Combined():
                return combinations.out_of(self._work, reader, writer)
            case Object(), Object():
                return objects.objects(self._work, reader, writer)
            case Array(), Array():
                return arrays.arrays(self._work, reader, writer)
            case Not(), Not():
                return combinations.exclusions(self._work, reader, writer)
            case Condition(), Condition():
                return conditions(self._work, reader, writer)
            case _:
                return None

    def _leaves(self, reader: Node, writer: Node) -> Found:
        if type(reader) is not type(writer):
            return self._work.kinds(reader, writer)
        if isinstance(reader, Enum) and isinstance(writer, Enum):
            values = len(reader.values) + len(writer.values)
            self._work.spend(values // _VALUES_A_STEP)
        found = self._work.noted(reader, writer)
        self._work.add(found, changes.leaves(reader, writer))
        return found
