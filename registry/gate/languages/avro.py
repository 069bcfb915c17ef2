"""Avro, as the gate sees it."""

from typing import Final

from registry.domain.formats.avro import lint
from registry.domain.formats.avro.format import AvroSchema
from registry.domain.formats.avro.lint_parts import Parts as Whole
from registry.domain.formats.avro.lint_parts import is_optional, value_of
from registry.domain.formats.avro.logical_types import logical_type
from registry.domain.formats.avro.nodes import Fixed
from registry.domain.tags import KEYWORD as TAGS
from registry.gate.languages import json_ignores
from registry.gate.languages.language import Asked, Parts, texts

RULES: Final = lint.RULES


def fields(schema: AvroSchema) -> Parts:
    for field, element in Whole.of(schema.root).fields:
        node = value_of(field.type)
        logical = logical_type(node) or ""
        yield (
            element,
            field.spot,
            {
                "name": field.name,
                "type": node.kind,
                "logical_type": logical,
                "doc": field.doc or "",
                "tags": texts(field.props.get(TAGS)),
                "is_optional": is_optional(field.type),
                "is_floating": node.kind in ("float", "double"),
                "is_moment": logical.startswith(("timestamp", "local-timestamp")),
            },
        )


def types(schema: AvroSchema) -> Parts:
    for each in Whole.of(schema.root).named:
        if not isinstance(each, Fixed):
            values = {"name": each.name, "kind": each.kind, "doc": each.doc or ""}
            yield each.name, each.spot, values


def ignores(schema: AvroSchema) -> Asked:
    return json_ignores.ignores(schema.text)
