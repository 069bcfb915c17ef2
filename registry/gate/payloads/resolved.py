"""Schemas as the SDK's codecs take them."""

import base64
from collections.abc import Iterator
from typing import Any

from registry.application.parsing import Parsing, Source
from registry.domain.model import SchemaType
from wirepact.codecs.language import ResolvedSchema
from wirepact.schemas import Schema


def resolved(parsing: Parsing, source: Source) -> ResolvedSchema:
    """Return a source as a registry would hand it to the codecs.

    Raises:
        InvalidSchemaError: The text is no schema.

    """
    kind = source.schema_type.value
    (_, text), *others = _texts(parsing, source)
    references = {name: Schema(each, kind) for name, each in others}
    return ResolvedSchema(Schema(text, kind), references)


def _texts(parsing: Parsing, source: Source) -> Iterator[tuple[str, str]]:
    """Yield the schema's text, then those of its references by their names."""
    if source.schema_type is not SchemaType.PROTOBUF:
        yield "", source.text
        yield from ((each.name, each.text) for each in source.closure)
        return
    # Clients ask for Protobuf in the form of descriptors.
    schema: Any = parsing.parse(source)
    yield "", _encoded(schema.file)
    yield from ((name, _encoded(each)) for name, each in schema.imports.items())


def _encoded(file: Any) -> str:
    return base64.b64encode(file.SerializeToString()).decode()
