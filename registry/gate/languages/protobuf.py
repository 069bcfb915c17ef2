"""Protobuf, as the gate sees it.

Which remarks are not wanted is said in the comment before an element:

    // wirepact:ignore FIELD_LOWER_SNAKE_CASE named so by the carrier
"""

import re
from typing import Final

from registry.domain.formats.protobuf import lint, lint_names, lint_parts
from registry.domain.formats.protobuf.nodes import Kind
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.formats.protobuf.tags import inline_tags
from registry.domain.rules import Spot
from registry.gate.languages.language import Asked, Parts, texts

RULES: Final = lint.RULES

_COMMENT: Final = re.compile(
    r"^[ \t*]*wirepact:ignore[ \t]+(\S+)[ \t:]*(.*?)[ \t]*$", re.MULTILINE
)
_OF_FILE: Final = frozenset(((12,), (2,), (14,)))
"""Syntax, package and edition: a comment before them is about the whole file."""


def fields(schema: ProtobufSchema) -> Parts:
    comments = lint_parts.comments(schema)
    found = inline_tags(schema.file, schema.imports)
    tagged = {entity.path: tags for entity, tags in found.items()}
    for field, element in lint_parts.fields(schema):
        around = element.rpartition(".")[0]
        path = f"{around}.{field.oneof}.{field.name}" if field.oneof else element
        yield (
            element,
            field.spot,
            {
                "name": field.name,
                "type": field.type_name or str(field.kind),
                "logical_type": "",
                "doc": comments.get(lint_parts.path(field.spot), "").strip(),
                "tags": texts(tagged.get(path)),
                "is_optional": field.has_presence,
                "is_floating": field.kind in (Kind.FLOAT, Kind.DOUBLE),
                "is_moment": field.type_name == "google.protobuf.Timestamp",
            },
        )


def types(schema: ProtobufSchema) -> Parts:
    comments = lint_parts.comments(schema)
    for elements, kind in (
        (lint_names.message_elements, "message"),
        (lint_names.enum_elements, "enum"),
    ):
        for spot, element, name in elements(schema):
            doc = comments.get(lint_parts.path(spot), "").strip()
            yield element, spot, {"name": name, "kind": kind, "doc": doc}


def ignores(schema: ProtobufSchema) -> Asked:
    for path, comment in lint_parts.comments(schema).items():
        pointer = "" if path in _OF_FILE else "".join(f"/{each}" for each in path)
        for rule, reason in _COMMENT.findall(comment):
            yield rule, reason, Spot(pointer)
