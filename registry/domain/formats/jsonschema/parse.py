"""JSON Schemas from JSON texts: what is read, and what is held to the rules."""

import re
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from registry.domain import json_text
from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.jsonschema import checks
from registry.domain.formats.jsonschema.canonical import canonical_text
from registry.domain.formats.jsonschema.checks import FaultError
from registry.domain.formats.jsonschema.documents import Document, Resolver
from registry.domain.formats.jsonschema.drafts import Draft
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.jsonschema.wording import shown
from registry.domain.limits import DEFAULT_LIMITS, Limits, check_json
from registry.domain.schema import ResolvedReference, Strictness

_STRING: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"')


def parse(
    text: str,
    references: Sequence[ResolvedReference] = (),
    strictness: Strictness = Strictness.STRICT,
    limits: Limits = DEFAULT_LIMITS,
) -> JsonSchema:
    """Understand a text.

    Args:
        references: In any order. They are not checked: they were when they were
            registered.

    Raises:
        InvalidSchemaError: With the place, and what was expected there.
        SchemaTooLargeError: The text has more bytes than one schema may have.

    """
    referenced = _check_closure(references, limits)
    document = _document(text, "", limits)
    others = [_document(each.text, each.name, limits) for each in references]
    resolver = Resolver(document, others)
    if strictness is Strictness.STRICT:
        _check(text, resolver, limits.max_pattern_length)
    return JsonSchema(text, document, resolver, canonical_text(text), referenced)


def external_names(text: str, limits: Limits = DEFAULT_LIMITS) -> frozenset[str]:
    """Return the addresses that a text refers to and that none of its schemas has.

    Raises:
        InvalidSchemaError: The text cannot be read at all.
        SchemaTooLargeError: The text has more bytes than one schema may have.

    """
    resolver = Resolver(_document(text, "", limits))

    return frozenset(
        reference.partition("#")[0]
        for visit in checks.walked(
            resolver.root(), partial(checks.known_targets, resolver)
        )
        for _, reference in checks.references(visit.schema)
        if resolver.is_external(reference, visit.schema)
    )


def _check(text: str, resolver: Resolver, longest: int) -> None:
    try:
        if _has_long_string(text, longest):
            checks.check_lengths(resolver, longest)
        checks.check(resolver)
    except FaultError as fault:
        place = json_text.place(text, fault.pointer)
        raise InvalidSchemaError(fault.reason, place) from fault


def _has_long_string(text: str, longest: int) -> bool:
    """Whether a string may be too long for an expression; hardly ever one is."""
    if len(text) <= longest:
        return False
    return any(each.end() - each.start() > longest for each in _STRING.finditer(text))


def _document(text: str, source: str, limits: Limits) -> Document:
    try:
        root = _root(text, limits)
    except InvalidSchemaError as error:
        if not source:
            raise
        # A place is one in the text submitted.
        reason = f"in the schema of reference {shown(source)}: {error}"
        raise InvalidSchemaError(reason) from error
    return Document(root, Draft.of(root), source, text)


def _root(text: str, limits: Limits) -> Any:
    check_json(text, limits)
    root = json_text.read(text)
    if not isinstance(root, dict | bool):
        reason = f"expected a schema: an object or a boolean, found {shown(root)}"
        raise InvalidSchemaError(reason, json_text.place(text, ""))
    return root


def _check_closure(references: Sequence[ResolvedReference], limits: Limits) -> int:
    """Return the length of the referenced texts, unless they are too many."""
    if len(references) > limits.max_closure_schemas:
        reason = (
            f"expected at most {limits.max_closure_schemas} referenced schemas, found"
            f" {len(references)}"
        )
        raise InvalidSchemaError(reason)
    length = sum(len(each.text) for each in references)
    if length > limits.max_closure_bytes:
        reason = (
            f"expected referenced schemas of at most {limits.max_closure_bytes} bytes"
            f" together, found {length}"
        )
        raise InvalidSchemaError(reason)
    return length
