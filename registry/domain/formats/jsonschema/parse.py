"""JSON Schemas from JSON texts."""

from collections.abc import Sequence
from typing import Any

from registry.domain import json_text
from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.jsonschema.canonical import canonical_text
from registry.domain.formats.jsonschema.documents import Document, Resolver
from registry.domain.formats.jsonschema.drafts import Draft
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.jsonschema.wording import shown
from registry.domain.limits import DEFAULT_LIMITS, Limits, check_json
from registry.domain.schema import ResolvedReference, Strictness


def parse(
    text: str,
    references: Sequence[ResolvedReference] = (),
    strictness: Strictness = Strictness.STRICT,
    limits: Limits = DEFAULT_LIMITS,
) -> JsonSchema:
    """Understand a text.

    Raises:
        InvalidSchemaError: With the place, and what was expected there.
        SchemaTooLargeError: The text has more bytes than one schema may have.

    """
    document = _document(text, "", limits)
    others = [_document(each.text, each.name, limits) for each in references]
    resolver = Resolver(document, others)
    referenced = sum(len(each.text) for each in references)
    return JsonSchema(text, document, resolver, canonical_text(text), referenced)


def _document(text: str, source: str, limits: Limits) -> Document:
    try:
        root = _root(text, limits)
    except InvalidSchemaError as error:
        if not source:
            raise
        # A place is one in the text submitted.
        reason = f"in the schema of reference {shown(source)}: {error}"
        raise InvalidSchemaError(reason) from error
    return Document(root, Draft.of(root), source)


def _root(text: str, limits: Limits) -> Any:
    check_json(text, limits)
    root = json_text.read(text)
    if not isinstance(root, dict | bool):
        reason = f"expected a schema: an object or a boolean, found {shown(root)}"
        raise InvalidSchemaError(reason, json_text.place(text, ""))
    return root
