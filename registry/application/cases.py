"""A candidate before the history of its subject, and what it breaks of a promise.

The verdict, its explanation and the search for fixes all ask a `Case`, so that none of
them knows of a break that the others do not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from registry.application import deadlines
from registry.application.ledger import Ledger
from registry.domain.budgets import Budget
from registry.domain.levels import Direction
from registry.domain.model import Metadata, SchemaType
from registry.domain.promises import Promise, live, newest, reserved_fields
from registry.domain.rules import Rule, Spot, Violation
from registry.domain.schema import AnyFormat, ParsedSchema

SCHEMA_TYPE_CHANGED: Final = Rule(
    id="SCHEMA_TYPE_CHANGED",
    purpose="All versions of a subject are written in one schema language.",
    why="A reader picks its decoder by the language: it cannot read the other's bytes.",
    message="{reader} and {writer} are written in different schema languages",
    source="Confluent, Schema Evolution and Compatibility",
    wire="Incompatible because of different schema type",
)
RESERVED_FIELD_REMOVED: Final = Rule(
    id="RESERVED_FIELD_REMOVED",
    purpose="A name that the metadata property `confluent:reserved` lists stays in it.",
    why="Once the name is free, a field of another meaning may take it, and data"
    " written before is misread.",
    message="{reader} no longer reserves field '{element}', which {writer} does",
    source="Confluent, Schema Registry API, reserved fields",
    wire="The new schema has reserved field {element} removed from its metadata which"
    " is present in the old schema's metadata.",
)
RESERVED_FIELD_CONFLICT: Final = Rule(
    id="RESERVED_FIELD_CONFLICT",
    purpose="No field of the outermost type has a name that the schema's metadata"
    " reserves.",
    why="The name is reserved since it had, or will have, another meaning: data would"
    " be misread.",
    message="{reader} has a field '{element}', a name that its own metadata reserves",
    source="Confluent, Schema Registry API, reserved fields",
    wire="The new schema has field that conflicts with the reserved field {element}.",
)
HISTORY_TOO_LARGE: Final = Rule(
    id="HISTORY_TOO_LARGE",
    purpose="A schema can be compared in a bounded number of steps with all versions"
    " that its level protects and its policies look at.",
    why="What was not compared may be broken, and is not promised. A level that is not"
    " transitive, or a history without the versions that nobody reads any more, takes"
    " less; a registry can be set to do more (WIREPACT_COMPARE_SECONDS).",
    message="{left} not compared with the new schema: the comparisons before used up"
    " the work of one check",
    source="Wirepact: a bound on the work of one check",
    wire="Unexpected exception during compatibility check: {left} not compared with the"
    " new schema, as the comparisons before used up the work of one check; a level that"
    " is not transitive takes less, and so does a shorter history",
)
DIFFERENCES_LEFT_OUT: Final = Rule(
    id="DIFFERENCES_LEFT_OUT",
    purpose="All that a schema breaks of another one can be told.",
    why="Whoever accepts what is listed does not know what else they would accept.",
    message="{reader} breaks more of {writer} than is listed",
    source="Wirepact: a bound on what is told of one comparison",
    wire="More differences were found than are listed",
)
RULES: Final[Mapping[str, Rule]] = {
    rule.id: rule
    for rule in (
        SCHEMA_TYPE_CHANGED,
        RESERVED_FIELD_REMOVED,
        RESERVED_FIELD_CONFLICT,
        HISTORY_TOO_LARGE,
        DIFFERENCES_LEFT_OUT,
    )
}
"""The rules that hold for every schema language."""

OF_ALL: Final = frozenset({HISTORY_TOO_LARGE, DIFFERENCES_LEFT_OUT})
"""What is said of a text as a whole: that not everything about it is known."""

_BYTES_PER_SECOND: Final = 80_000_000
"""Of schemas in memory: policies look at each part once, so that size is the work."""

_MOST_OF_POLICY: Final = 1_000
"""So many violations, and there may be more."""

_ROOT: Final = Spot("")
_PROPERTY: Final = Spot("/properties/confluent:reserved", source="metadata")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A schema that is not stored yet.

    Attributes:
        metadata: With what it inherits.

    """

    subject: str
    schema_type: SchemaType
    schema: ParsedSchema
    metadata: Metadata | None = None


@dataclass(frozen=True, slots=True)
class Earlier:
    """A version that a candidate is held against."""

    version: int
    schema_id: int
    schema_type: SchemaType
    schema: ParsedSchema
    metadata: Metadata | None = None
    is_deleted: bool = False


@dataclass(frozen=True)
class Case:
    """A candidate, what came before it, and the promise between them.

    Attributes:
        form: The candidate's format.
        history: Oldest first: at least what the promise needs.
        ledger: Of this candidate alone.

    """

    form: AnyFormat
    candidate: Candidate
    history: tuple[Earlier, ...]
    promise: Promise
    ledger: Ledger = field(default_factory=Ledger)

    @cached_property
    def peers(self) -> list[Earlier]:
        """The live versions of the candidate's group, oldest first."""
        return live(self.promise.peers(self.candidate.metadata, self.history))

    @property
    def protected(self) -> list[Earlier]:
        """What the level protects, newest first."""
        return self.promise.protected(self.candidate.metadata, self.history)

    @property
    def governed(self) -> list[Earlier]:
        """What the policies look at, newest first."""
        return self.promise.governed(self.candidate.metadata, self.history)

    def is_other_language(self, earlier: Earlier) -> bool:
        return earlier.schema_type is not self.candidate.schema_type

    def of_fields(self) -> Iterator[Violation]:
        """Yield what is wrong with reserved fields: first what is not reserved now."""
        if not self.promise.validates_fields:
            return
        reserved = reserved_fields(self.candidate.metadata)
        kept = frozenset(reserved)
        latest = newest(self.history)
        for name in reserved_fields(None if latest is None else latest.metadata):
            if name not in kept:
                yield Violation(
                    RESERVED_FIELD_REMOVED, name, name, _PROPERTY, _PROPERTY
                )
        names = self.form.top_level_names(self.candidate.schema)
        for name in reserved:
            if name in names:
                yield Violation(RESERVED_FIELD_CONFLICT, name, name, _ROOT, _PROPERTY)

    def of_level(self, earlier: Earlier, way: Direction) -> Sequence[Violation]:
        """Return what breaks in one direction, in the order of the wire.

        That too much was compared before is one violation; it counts for all that is
        left, so that nothing is accepted which was not looked at.

        Raises:
            AbandonedError: Nobody waits for it: a long history of large schemas would
                go on without them.

        """
        deadlines.current().hold()
        new, old = self.candidate.schema, earlier.schema
        reader, writer = (new, old) if way is Direction.BACKWARD else (old, new)

        def compare(budget: Budget) -> Sequence[Violation]:
            policy, before = self.promise.content_policy, budget.cut_short
            found = self.form.violations(reader, writer, policy, budget)
            return found if budget.cut_short == before else (*found, _left_out())

        found = self.ledger.found((way.name, earlier.version), compare)
        return (_left(self.protected, earlier),) if found is None else found

    def warnings(self, earlier: Earlier, way: Direction) -> Sequence[Violation]:
        """Return what passes in one direction and may still hurt, as far as is known.

        Raises:
            AbandonedError: Nobody waits for it.

        """
        deadlines.current().hold()
        new, old = self.candidate.schema, earlier.schema
        reader, writer = (new, old) if way is Direction.BACKWARD else (old, new)
        return self.ledger.warned(
            lambda budget: self.form.warnings(reader, writer, way, budget)
        )

    def of_policies(self, earlier: Earlier) -> dict[str, list[Violation]]:
        """Return what breaks of each policy; a break of several is told of the first.

        The candidate is the reader. A policy that its language does not know asks
        nothing of it.
        """
        peer = self.peers[-1] if self.peers else None
        if peer is not None and self.is_other_language(peer):
            return self._change_of_language(earlier, peer)
        if self.is_other_language(earlier):
            return {}
        seen: set[tuple[str, str, Spot, Spot]] = set()
        broken: dict[str, list[Violation]] = {}
        for name in self.promise.policies:
            for each in self._of_policy_once(name, peer, earlier):
                key = (each.rule.id, each.element, each.reader_spot, each.writer_spot)
                if key not in seen:
                    seen.add(key)
                    broken.setdefault(name, []).append(each)
        return broken

    def _of_policy_once(
        self, name: str, peer: Earlier | None, earlier: Earlier
    ) -> Sequence[Violation]:
        deadlines.current().hold()

        def compare(budget: Budget) -> Sequence[Violation]:
            size = self.candidate.schema.size_bytes + earlier.schema.size_bytes
            budget.spend(size, _BYTES_PER_SECOND)
            found = tuple(self._of_policy(name, peer, earlier))
            return (*found, _left_out()) if len(found) >= _MOST_OF_POLICY else found

        found = self.ledger.found((name, earlier.version), compare)
        return (_left(self.governed, earlier),) if found is None else found

    def _of_policy(
        self, name: str, peer: Earlier | None, earlier: Earlier
    ) -> Iterator[Violation]:
        policy = self.form.policies.get(name)
        if policy is None:
            return
        new, old = self.candidate.schema, earlier.schema
        if peer is not None and peer.version == earlier.version:
            yield from policy.against_latest(new, old)
        yield from policy.against_all(new, peer and peer.schema, old)

    def _change_of_language(
        self, earlier: Earlier, peer: Earlier
    ) -> dict[str, list[Violation]]:
        # Any level but NONE says so itself.
        if earlier.version != peer.version or self.promise.level.directions:
            return {}
        return {self.promise.policies[0]: [type_changed()]}


def _left_out() -> Violation:
    """Return that a comparison found more than it tells."""
    return Violation(DIFFERENCES_LEFT_OUT, "", "", _ROOT, _ROOT)


def _left(looked_at: Sequence[Earlier], earlier: Earlier) -> Violation:
    """Return that a version, and with it all that come after it, was not compared.

    Args:
        looked_at: All versions that are to be, newest first.

    """
    at = next(n for n, each in enumerate(looked_at) if each.version == earlier.version)
    numbers = [each.version for each in looked_at[at:]]
    told = f"version {numbers[0]} was"
    if len(numbers) > 1:
        told = f"{len(numbers)} versions ({numbers[-1]} to {numbers[0]}) were"
    return Violation(
        HISTORY_TOO_LARGE,
        "",
        "",
        _ROOT,
        _ROOT,
        {"left": told},
        writer_lacks=True,
        reader_lacks=True,
    )


def type_changed() -> Violation:
    """Return that a version is written in another schema language."""
    return Violation(SCHEMA_TYPE_CHANGED, "", "", _ROOT, _ROOT)
