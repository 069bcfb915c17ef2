"""Avro as a format of the registry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final

from registry.domain import json_text
from registry.domain.budgets import Budget
from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.avro import gaps, tags, walk
from registry.domain.formats.avro.canonical import (
    COMPARED,
    NORMALIZED,
    RESOLVED,
    STORED,
    beginning,
    canonical_text,
    field_text,
    parsing_form,
    printed,
)
from registry.domain.formats.avro.nodes import Named, Node, Record
from registry.domain.formats.avro.parse import external_names, parse
from registry.domain.formats.avro.uses import Uses
from registry.domain.levels import ContentPolicy, Direction
from registry.domain.limits import DEFAULT_LIMITS, Limits, check_closure
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Spot, Violation
from registry.domain.schema import (
    NamedPolicy,
    PayloadType,
    Proposal,
    ResolvedReference,
    Strictness,
)
from registry.domain.tags import Tagged, Tagging

_BYTES_PER_CHARACTER: Final = 12
"""Of the type graph, measured; the texts are counted by themselves."""

_LONGEST_FRAGMENT: Final = 10 * 1024
"""Characters of one element that a finding quotes."""


@dataclass(frozen=True, eq=False)
class AvroSchema:
    """An Avro schema that has been understood.

    Attributes:
        root: The type that the text stands for.
        referenced: How many characters the referenced texts have.

    """

    text: str
    root: Node
    canonical: str
    referenced: int = 0

    @property
    def size_bytes(self) -> int:
        own = len(self.text)
        graph = _BYTES_PER_CHARACTER * (own + self.referenced)
        return own + len(self.canonical) + graph

    @cached_property
    def parsing_form(self) -> str:
        """The parsing canonical form, of which fingerprints are taken."""
        return parsing_form(self.root, DEFAULT_LIMITS.max_closure_bytes)

    @cached_property
    def uses(self) -> Uses:
        return Uses.of(self.root)

    @cached_property
    def layout(self) -> json_text.Layout:
        return json_text.Layout(self.text)

    def place(self, spot: Spot) -> Place | None:
        return None if spot.source else self.layout.place(spot.pointer)

    def fragment(self, spot: Spot) -> str | None:
        if (field := self.uses.fields.get(spot)) is not None:
            namespace = self.uses.owners[field].namespace
            return field_text(field, namespace, _LONGEST_FRAGMENT)
        if (node := self.uses.types.get(spot)) is not None:
            if isinstance(node, Named) and node.spot != spot:
                return json_text.quoted(node.full_name)
            form = RESOLVED if spot.source else STORED
            return beginning(node, form, _LONGEST_FRAGMENT)
        return None if spot.source else self._written(spot.pointer)

    def _written(self, pointer: str) -> str | None:
        """What the text has at a place that is neither a type nor a field."""
        extent = self.layout.find(pointer)
        if extent is None:
            return None
        return json_text.compact(json_text.read(self.text[extent.start : extent.end]))


class AvroFormat:
    """Everything that the registry knows of Avro. Holds no state but its limits."""

    schema_type: Final = SchemaType.AVRO

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits
        self.renderings: Final[Mapping[str, Callable[[AvroSchema], str]]] = {
            "resolved": self._resolved
        }
        self.policies: Final[Mapping[str, NamedPolicy[AvroSchema]]] = {}

    def parse(
        self,
        text: str,
        references: Sequence[ResolvedReference] = (),
        strictness: Strictness = Strictness.STRICT,
    ) -> AvroSchema:
        """See `SchemaFormat.parse`."""
        referenced = check_closure([each.text for each in references], self._limits)
        root = parse(text, references, strictness, self._limits)
        return AvroSchema(text, root, canonical_text(root), referenced)

    def normalized(self, schema: AvroSchema) -> AvroSchema:
        """Sort aliases and properties; what means something keeps its order.

        The places of the result are still those of the text as it was handed in.

        Source: Confluent, AvroSchemaUtils.toNormalizedString.
        """
        return replace(schema, canonical=printed(schema.root, NORMALIZED))

    def is_equivalent(self, one: AvroSchema, other: AvroSchema) -> bool:
        """Whether both mean the same, documentation and aliases included.

        The order of properties and of aliases plays no part, and neither does which
        types are written out and which are referenced.
        """
        limit = self._limits.max_closure_bytes
        try:
            compared = printed(one.root, COMPARED, limit)
            return compared == printed(other.root, COMPARED, limit)
        except InvalidSchemaError:
            # Too large to be written out: better taken for two than compared for ever.
            return False

    def external_names(self, text: str) -> frozenset[str]:
        """See `SchemaFormat.external_names`."""
        return external_names(text, self._limits)

    def payload_types(self, schema: AvroSchema) -> Sequence[PayloadType]:
        """See `SchemaFormat.payload_types`."""
        root = schema.root
        return (PayloadType(root.full_name if isinstance(root, Named) else ""),)

    def top_level_names(self, schema: AvroSchema) -> frozenset[str]:
        """See `SchemaFormat.top_level_names`."""
        root = schema.root
        fields = root.fields if isinstance(root, Record) else ()
        return frozenset(field.name for field in fields)

    def inline_tags(self, schema: AvroSchema) -> Tagged:
        """See `SchemaFormat.inline_tags`."""
        return tags.inline_tags(schema.root)

    def retagged(
        self,
        schema: AvroSchema,
        tagging: Tagging,
        references: Sequence[ResolvedReference] = (),
    ) -> str:
        """See `SchemaFormat.retagged`."""
        return tags.retagged(schema.layout, schema.root, tagging)

    def violations(
        self,
        reader: AvroSchema,
        writer: AvroSchema,
        policy: ContentPolicy = ContentPolicy.STRICT,
        budget: Budget | None = None,
    ) -> Sequence[Violation]:
        """See `SchemaFormat.violations`."""
        return walk.violations(reader.root, writer.root, budget)

    def warnings(
        self,
        reader: AvroSchema,
        writer: AvroSchema,
        way: Direction,
        budget: Budget | None = None,
    ) -> Sequence[Violation]:
        """See `SchemaFormat.warnings`; nothing depends on the way."""
        return gaps.warnings(reader.root, writer.root, budget)

    def proposals(
        self,
        candidate: AvroSchema,
        earlier: AvroSchema,
        violation: Violation,
        direction: Direction,
    ) -> Sequence[Proposal]:
        """See `SchemaFormat.proposals`."""
        # Late: most of what is looked at breaks nothing.
        from registry.domain.formats.avro import fixes

        return fixes.proposals(
            candidate.layout, candidate.uses, earlier.uses, violation, direction
        )

    def _resolved(self, schema: AvroSchema) -> str:
        return printed(schema.root, RESOLVED, self._limits.max_closure_bytes)
