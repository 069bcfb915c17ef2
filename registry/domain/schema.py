"""What the registry asks of a schema language."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, Generic, Protocol, TypeVar

from registry.domain.budgets import Budget
from registry.domain.levels import ContentPolicy, Direction
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Spot, Violation
from registry.domain.tags import Tagged, Tagging


class Strictness(Enum):
    """How much of a schema is validated.

    New schemas are held to the letter of the specification; texts that are stored
    already, and look-ups, only to what is needed to understand them.
    """

    STRICT = auto()
    LENIENT = auto()


@dataclass(frozen=True, slots=True)
class ResolvedReference:
    """The text that a reference's name stands for."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Edit:
    """Replace part of a text.

    Attributes:
        start: First character replaced, counted from 0.
        end: One past the last; equal to `start` for an insertion.

    """

    start: int
    end: int
    text: str

    @staticmethod
    def apply(text: str, edits: Sequence["Edit"]) -> str:
        """Return the text with all edits made; they must not overlap."""
        parts: list[str] = []
        at = 0
        for edit in sorted(edits, key=lambda edit: edit.start):
            parts += (text[at : edit.start], edit.text)
            at = edit.end
        return "".join((*parts, text[at:]))


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change to the candidate that may mend a violation; not checked yet."""

    title: str
    edits: tuple[Edit, ...]


class ParsedSchema(Protocol):
    """A schema that has been understood. Never changes; safe to share by threads."""

    @property
    def text(self) -> str:
        """The text as it was handed in."""
        ...

    @property
    def canonical(self) -> str:
        """The text that is stored, hashed and sent."""
        ...

    @property
    def size_bytes(self) -> int:
        """About what it occupies in memory, for a cache bounded in bytes."""
        ...

    def place(self, spot: Spot) -> Place | None:
        """Where a spot is in `text`; None for one in a referenced text."""
        ...

    def fragment(self, spot: Spot) -> str | None:
        """The canonical form of what stands at a spot; None if nothing does."""
        ...


Schema = TypeVar("Schema", bound=ParsedSchema)


@dataclass(frozen=True, slots=True)
class NamedPolicy(Generic[Schema]):
    """A stricter promise that a subject may choose beside its level.

    Attributes:
        name: As users write it: `WIRE_JSON`.
        purpose: What must hold, one sentence.
        against_latest: What is held against the newest live version; called with
            (candidate, latest).
        against_all: What is held against each version that there has ever been; called
            with (candidate, latest, that version). What the latest has in common with
            the candidate is no news, whatever came before; it is None while no version
            is live.

    """

    name: str
    purpose: str
    against_latest: Callable[[Schema, Schema], Sequence[Violation]]
    against_all: Callable[[Schema, Schema | None, Schema], Sequence[Violation]]


@dataclass(frozen=True, slots=True)
class PayloadType:
    """A type that a payload of the schema may hold.

    Attributes:
        name: The full name; empty for a type without one.
        index: Protobuf's message index, outermost first; empty for other languages.

    """

    name: str
    index: tuple[int, ...] = ()


class SchemaFormat(Protocol[Schema]):
    """A schema language: everything that differs between Avro, Protobuf and JSON."""

    @property
    def schema_type(self) -> SchemaType: ...

    @property
    def renderings(self) -> Mapping[str, Callable[[Schema], str]]:
        """What `?format=` offers beside the canonical text, by lower-case name."""
        ...

    @property
    def policies(self) -> Mapping[str, NamedPolicy[Schema]]:
        """The stricter promises that subjects of this language may choose."""
        ...

    def parse(
        self,
        text: str,
        references: Sequence[ResolvedReference] = (),
        strictness: Strictness = Strictness.STRICT,
    ) -> Schema:
        """Understand a text.

        Args:
            references: The whole closure, each after the ones that it needs; unused
                ones are allowed.

        Raises:
            InvalidSchemaError: With the place, and what was expected there.
            SchemaTooLargeError: The text is over the limit for one schema.

        """
        ...

    def normalized(self, schema: Schema) -> Schema:
        """The schema with everything that carries no meaning in a fixed order."""
        ...

    def is_equivalent(self, one: Schema, other: Schema) -> bool:
        """Whether a look-up takes one schema for the other."""
        ...

    def external_names(self, text: str) -> frozenset[str]:
        """The names that a text uses and does not define: what it must refer to.

        Raises:
            InvalidSchemaError: The text cannot be read at all.

        """
        ...

    def payload_types(self, schema: Schema) -> Sequence[PayloadType]:
        """The types that a payload may hold, in the order of the text."""
        ...

    def top_level_names(self, schema: Schema) -> frozenset[str]:
        """The names of the fields, or properties, that the outermost type has."""
        ...

    def inline_tags(self, schema: Schema) -> Tagged:
        """The parts of a schema that its text tags."""
        ...

    def retagged(
        self,
        schema: Schema,
        tagging: Tagging,
        references: Sequence[ResolvedReference] = (),
    ) -> str:
        """The schema's text after a change of tags; the same if nothing changes.

        Args:
            references: What the schema was parsed with.

        Raises:
            InvalidSchemaError: What is to be tagged is not there.

        """
        ...

    def violations(
        self,
        reader: Schema,
        writer: Schema,
        policy: ContentPolicy = ContentPolicy.STRICT,
        budget: Budget | None = None,
    ) -> Sequence[Violation]:
        """All reasons why the reader cannot read what the writer wrote, in order.

        The work of one comparison is bounded: what takes more is a reason as well.

        Args:
            budget: Is told of the work.

        """
        ...

    def warnings(
        self,
        reader: Schema,
        writer: Schema,
        way: Direction,
        budget: Budget | None = None,
    ) -> Sequence[Violation]:
        """What passes the check and may still hurt; never part of a verdict.

        Args:
            budget: As for `violations`.
            way: Which of the two is the candidate: what one of them lacks was removed,
                or was added.

        """
        ...

    def proposals(
        self,
        candidate: Schema,
        earlier: Schema,
        violation: Violation,
        direction: Direction,
    ) -> Sequence[Proposal]:
        """Edits of the candidate's text that may mend a violation, best first."""
        ...


AnyFormat = SchemaFormat[Any]
Formats = Mapping[SchemaType, AnyFormat]
"""The plug board: the formats that this registry speaks."""
