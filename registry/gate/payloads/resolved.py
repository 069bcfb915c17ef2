"""Schemas as the SDK's codecs take them."""

from registry.application.parsing import Source
from wirepact.codecs.language import ResolvedSchema
from wirepact.schemas import Schema


def resolved(source: Source) -> ResolvedSchema:
    """Return a source as the codecs take it."""
    kind = source.schema_type.value
    references = {each.name: Schema(each.text, kind) for each in source.closure}
    return ResolvedSchema(Schema(source.text, kind), references)
