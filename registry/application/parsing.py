"""Texts to schemas: the format chosen, each text parsed once.

A `Source` is all that a parser needs, gathered before: nothing here reads the store.
"""

from dataclasses import dataclass

from registry.application.byte_cache import ByteCache
from registry.domain.errors import InvalidSchemaError
from registry.domain.limits import Limits
from registry.domain.model import SchemaType
from registry.domain.schema import (
    AnyFormat,
    Formats,
    ParsedSchema,
    ResolvedReference,
    Strictness,
)

_ENTRY_BYTES = 500
"""What an entry costs beside its texts and nodes."""


@dataclass(frozen=True, slots=True)
class Source:
    """A text, and the texts that it needs."""

    schema_type: SchemaType
    text: str
    closure: tuple[ResolvedReference, ...] = ()


class Parsing:
    """The formats of this registry, with the schemas that they parsed last."""

    def __init__(self, formats: Formats, limits: Limits, cache_bytes: int) -> None:
        self.limits = limits
        self._formats = formats
        self._parsed: ByteCache[tuple[Source, Strictness], ParsedSchema] = ByteCache(
            cache_bytes
        )

    @property
    def schema_types(self) -> tuple[SchemaType, ...]:
        return tuple(self._formats)

    def schema_type(self, name: str | None) -> SchemaType:
        """Return the type that a request names; none means Avro.

        Raises:
            InvalidSchemaError: This registry does not speak it.

        """
        found = name or SchemaType.AVRO.value
        if found not in {each.value for each in self._formats}:
            raise InvalidSchemaError(f"Invalid schema type {found}")
        return SchemaType(found)

    def format(self, schema_type: SchemaType) -> AnyFormat:
        return self._formats[schema_type]

    def parse(
        self, source: Source, strictness: Strictness = Strictness.LENIENT
    ) -> ParsedSchema:
        """Parse a source, or return the schema that it was parsed to before.

        Raises:
            InvalidSchemaError: With the place, and what was expected there.

        """
        key = (source, strictness)
        schema = self._parsed.get(key)
        if schema is None:
            form = self._formats[source.schema_type]
            schema = form.parse(source.text, source.closure, strictness)
            self._parsed.put(key, schema, schema.size_bytes + _ENTRY_BYTES)
        return schema
