"""JSON Schema, as the gate sees it."""

from typing import Final

from registry.domain.formats.jsonschema import lint
from registry.domain.formats.jsonschema.lint_parts import properties
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.rules import Spot
from registry.domain.tags import KEYWORD as TAGS
from registry.gate.languages import json_ignores
from registry.gate.languages.language import Asked, Parts, text, texts

RULES: Final = lint.RULES


def fields(schema: JsonSchema) -> Parts:
    for part in properties(schema):
        kinds = part.types - {"null"}
        said = text(part.value.get("format"))
        yield (
            part.element,
            part.spot,
            {
                "name": part.described,
                "type": ",".join(sorted(kinds)),
                "logical_type": said,
                "doc": text(part.value.get("description")),
                "tags": texts(part.value.get(TAGS)),
                "is_optional": "null" in part.types,
                "is_floating": "number" in kinds,
                "is_moment": said == "date-time",
            },
        )


def types(schema: JsonSchema) -> Parts:
    root = schema.document.root
    if isinstance(root, dict):
        name = text(root.get("title")) or "schema"
        doc = text(root.get("description"))
        yield name, Spot(""), {"name": name, "kind": "schema", "doc": doc}


def ignores(schema: JsonSchema) -> Asked:
    return json_ignores.ignores(schema.text)
