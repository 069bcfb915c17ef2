"""JSON Schema as a format of the registry."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from registry.domain.budgets import Budget
from registry.domain.formats.jsonschema import fixes, gaps, tags, walk
from registry.domain.formats.jsonschema.canonical import normalized_text
from registry.domain.formats.jsonschema.documents import Located
from registry.domain.formats.jsonschema.parse import external_names, parse
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.levels import ContentPolicy, Direction
from registry.domain.limits import DEFAULT_LIMITS, Limits
from registry.domain.model import SchemaType
from registry.domain.rules import Violation
from registry.domain.schema import (
    NamedPolicy,
    PayloadType,
    Proposal,
    ResolvedReference,
    Strictness,
)
from registry.domain.tags import Tagged, Tagging

_MAX_STEPS_TO_TYPE: Final = 32
"""References from the root that are followed to the type that a payload has."""


class JsonFormat:
    """Everything that the registry knows of JSON Schema. Holds its limits alone."""

    schema_type: Final = SchemaType.JSON
    renderings: Final[Mapping[str, Callable[[JsonSchema], str]]] = {}
    policies: Final[Mapping[str, NamedPolicy[JsonSchema]]] = {}

    def __init__(self, limits: Limits = DEFAULT_LIMITS) -> None:
        self._limits = limits

    def parse(
        self,
        text: str,
        references: Sequence[ResolvedReference] = (),
        strictness: Strictness = Strictness.STRICT,
    ) -> JsonSchema:
        """See `SchemaFormat.parse`."""
        return parse(text, references, strictness, self._limits)

    def normalized(self, schema: JsonSchema) -> JsonSchema:
        """Sort the members of all objects; the order of a list may mean something.

        The places of the result are still those of the text as it was handed in.

        Source: Confluent, JsonSchema.normalize.
        """
        return replace(schema, canonical=normalized_text(schema.canonical))

    def is_equivalent(self, one: JsonSchema, other: JsonSchema) -> bool:
        """Whether both are one text, white space aside."""
        return one.canonical == other.canonical

    def external_names(self, text: str) -> frozenset[str]:
        """See `SchemaFormat.external_names`."""
        return external_names(text, self._limits)

    def payload_types(self, schema: JsonSchema) -> Sequence[PayloadType]:
        """Name the type by its title, else by the last part of its address."""
        root = schema.document.root
        if not isinstance(root, dict):
            return (PayloadType(""),)
        title = root.get("title")
        if isinstance(title, str) and title:
            return (PayloadType(title),)
        address = root.get(schema.document.draft.id_keyword)
        return (PayloadType(_last_part(address)),)

    def top_level_names(self, schema: JsonSchema) -> frozenset[str]:
        """See `SchemaFormat.top_level_names`."""
        at = schema.resolver.root()
        names: set[str] = set()
        for _ in range(_MAX_STEPS_TO_TYPE):
            names.update(_property_names(at))
            target = _target(at, schema)
            if target is None:
                break
            at = target
        return frozenset(names)

    def inline_tags(self, schema: JsonSchema) -> Tagged:
        """See `SchemaFormat.inline_tags`."""
        return tags.inline_tags(schema.resolver.root())

    def retagged(
        self,
        schema: JsonSchema,
        tagging: Tagging,
        references: Sequence[ResolvedReference] = (),
    ) -> str:
        """See `SchemaFormat.retagged`."""
        return tags.retagged(schema.layout, schema.resolver.root(), tagging)

    def violations(
        self,
        reader: JsonSchema,
        writer: JsonSchema,
        policy: ContentPolicy = ContentPolicy.STRICT,
        budget: Budget | None = None,
    ) -> Sequence[Violation]:
        """See `SchemaFormat.violations`."""
        return walk.violations(reader, writer, policy, budget)

    def warnings(
        self,
        reader: JsonSchema,
        writer: JsonSchema,
        way: Direction,
        budget: Budget | None = None,
    ) -> Sequence[Violation]:
        """See `SchemaFormat.warnings`."""
        return gaps.warnings(reader, writer, budget)

    def proposals(
        self,
        candidate: JsonSchema,
        earlier: JsonSchema,
        violation: Violation,
        direction: Direction,
    ) -> Sequence[Proposal]:
        """See `SchemaFormat.proposals`."""
        return fixes.proposals(candidate, earlier, violation, direction)


def _last_part(address: Any) -> str:
    if not isinstance(address, str):
        return ""
    path = address.partition("#")[0].rstrip("/").rpartition("/")[2]
    return path.removesuffix(".json").removesuffix(".schema")


def _property_names(schema: Located) -> Sequence[str]:
    value = schema.value.get("properties") if isinstance(schema.value, dict) else None
    return tuple(value) if isinstance(value, dict) else ()


def _target(at: Located, schema: JsonSchema) -> Located | None:
    reference = at.value.get("$ref") if isinstance(at.value, dict) else None
    if not isinstance(reference, str):
        return None
    # A stored schema may have one that leads nowhere; it names no properties.
    return schema.resolver.find(reference, at)
