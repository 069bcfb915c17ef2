"""What policies see of a contract: plain values, the same for every language.

The names in here are an interface: policies of users are written with them.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from registry.domain import meanings
from registry.domain.configuration import SERVER_DEFAULT, level_of
from registry.domain.formats.avro import lint_parts as avro
from registry.domain.formats.avro.format import AvroSchema
from registry.domain.formats.avro.logical_types import logical_type
from registry.domain.formats.avro.nodes import Fixed
from registry.domain.formats.jsonschema import lint_parts as jsonschema
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.protobuf import lint_names, lint_parts
from registry.domain.formats.protobuf import tags as protobuf_tags
from registry.domain.formats.protobuf.nodes import Kind as ProtobufKind
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.rules import Spot
from registry.domain.schema import ParsedSchema
from registry.domain.tags import KEYWORD
from registry.gate.contracts import Contract
from registry.gate.expressions import bound

MOST_FIELDS: Final = 5_000
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Example:
    """An example file of a contract.

    Attributes:
        name: Relative to the contract's folder.
        is_valid: Whether it is meant to fit the schema.

    """

    name: str
    text: str
    is_valid: bool


@dataclass(frozen=True, slots=True)
class Item:
    """A field or type with its place.

    Attributes:
        values: As a policy sees it.

    """

    element: str
    spot: Spot
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Model:
    """A contract as policies see it.

    Attributes:
        contract: What is said of it as a whole, `fields` and `types` among it.
        bare: The same without them.
        examples: By their names.

    """

    contract: Mapping[str, Any]
    bare: Mapping[str, Any]
    fields: tuple[Item, ...]
    types: tuple[Item, ...]
    examples: tuple[Item, ...]


def of(
    contract: Contract,
    schema: ParsedSchema | None,
    examples: Sequence[Example] = (),
) -> Model:
    """Return what policies see.

    Args:
        schema: None for one that cannot be understood; it has no fields then.

    """
    document = contract.manifest.document.value
    annotated = _Annotations(document)
    fields, types = _parts(schema, annotated)
    level = contract.level or level_of(SERVER_DEFAULT)
    shown = tuple(_example(each) for each in examples)
    bare = bound(
        {
            **said(document),
            "subject": str(contract.subject),
            "format": str(contract.manifest.schema_type),
            "level": level.name,
            "examples": {
                "valid": sum(each.is_valid for each in examples),
                "invalid": sum(not each.is_valid for each in examples),
            },
            "document": document,
        }
    )
    whole = {
        **bare,
        "fields": [each.values for each in fields],
        "types": [each.values for each in types],
    }
    return Model(whole, bare, fields, types, shown)


def _example(example: Example) -> Item:
    values = {
        "name": example.name,
        "text": example.text,
        "is_valid": example.is_valid,
    }
    return Item(example.name, Spot(""), bound(values))


_TEXTS: Final = ("id", "name", "version", "status", "domain", "dataProduct")


def said(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the manifest says; what it does not say is empty, never missing."""
    schemas = _mappings(document.get("schema"))
    own = _mappings(document.get("customProperties"))
    settings = [each.get("value") for each in own if each.get("property") == "registry"]
    sla = {
        str(each.get("property")): each.get("value")
        for each in _mappings(document.get("slaProperties"))
    }
    registry = settings[0] if settings and isinstance(settings[0], dict) else {}
    return {
        **{key: _text(document.get(key)) for key in _TEXTS},
        "tags": _texts(document.get("tags")),
        "purpose": _text(_mapping(document.get("description")).get("purpose")),
        "owner": _owner(document.get("team")),
        "support": [
            {key: _text(each.get(key)) for key in ("channel", "tool", "url")}
            for each in _mappings(document.get("support"))
        ],
        "topic": next((_text(each.get("physicalName")) for each in schemas), ""),
        "environments": [
            _text(each.get("environment"))
            for each in _mappings(document.get("servers"))
        ],
        "sla": sla,
        "end_of_support": _moment(sla.get("endOfSupport")),
        "end_of_life": _moment(sla.get("endOfLife")),
        "registry": registry,
    }


def _owner(team: Any) -> str:
    # A list of members is the older form, and has no name of its own.
    return _text(team.get("name")) if isinstance(team, dict) else ""


def _moment(value: Any) -> str:
    """Return a date or time as CEL's `timestamp` reads it; empty for none."""
    text = _text(value)
    try:
        if _DATE.fullmatch(text):
            return f"{date.fromisoformat(text)}T00:00:00Z"
        found = datetime.fromisoformat(text)
    except ValueError:
        return ""
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Annotations:
    """What the manifest says of single fields, by their names."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._said: dict[str, Mapping[str, Any]] = {}
        for each in _mappings(document.get("schema")):
            self._add(each, _text(each.get("name")))

    def of(self, element: str, name: str) -> Mapping[str, Any]:
        return self._said.get(element) or self._said.get(name) or {}

    def _add(self, holder: Mapping[str, Any], path: str) -> None:
        for each in _mappings(holder.get("properties")):
            name = _text(each.get("name"))
            self._said.setdefault(name, each)
            self._said.setdefault(f"{path}.{name}", each)
            self._add(each, f"{path}.{name}")


Parts = tuple[tuple[Item, ...], tuple[Item, ...]]


def _parts(schema: ParsedSchema | None, annotated: _Annotations) -> Parts:
    if schema is None:
        return (), ()
    fields_of, types_of = _LANGUAGES[type(schema)]
    fields: list[Item] = []
    for element, spot, values in fields_of(schema):
        if len(fields) == MOST_FIELDS:
            break
        fields.append(_field(element, spot, values, annotated))
    types = (
        Item(element, spot, bound({"path": element, **values}))
        for element, spot, values in types_of(schema)
    )
    return tuple(fields), tuple(types)


def _field(
    element: str, spot: Spot, values: Mapping[str, Any], annotated: _Annotations
) -> Item:
    name = values["name"]
    said = annotated.of(element, name)
    tags = {*values["tags"], *_texts(said.get("tags"))}
    made = {
        **values,
        "path": element,
        "tags": sorted(tags),
        "classification": _text(said.get("classification")),
        "is_money": meanings.is_money(name),
        "is_time": meanings.is_time(name),
        "is_id": meanings.is_id(name),
        "is_personal": meanings.is_personal(name),
        "is_correlation": meanings.is_correlation(name),
    }
    return Item(element, spot, bound(made))


Found = Iterator[tuple[str, Spot, dict[str, Any]]]


def _avro_fields(schema: AvroSchema) -> Found:
    for field, element in avro.Parts.of(schema.root).fields:
        node = avro.value_of(field.type)
        logical = logical_type(node) or ""
        yield (
            element,
            field.spot,
            {
                "name": field.name,
                "type": node.kind,
                "logical_type": logical,
                "doc": field.doc or "",
                "tags": _texts(field.props.get(KEYWORD)),
                "is_optional": avro.is_optional(field.type),
                "is_floating": node.kind in ("float", "double"),
                "is_moment": logical.startswith(("timestamp", "local-timestamp")),
            },
        )


def _avro_types(schema: AvroSchema) -> Found:
    for each in avro.Parts.of(schema.root).named:
        if not isinstance(each, Fixed):
            values = {"name": each.name, "kind": each.kind, "doc": each.doc or ""}
            yield each.name, each.spot, values


def _protobuf_fields(schema: ProtobufSchema) -> Found:
    comments = lint_parts.comments(schema)
    found = protobuf_tags.inline_tags(schema.file, schema.imports)
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
                "tags": _texts(tagged.get(path)),
                "is_optional": field.has_presence,
                "is_floating": field.kind in (ProtobufKind.FLOAT, ProtobufKind.DOUBLE),
                "is_moment": field.type_name == "google.protobuf.Timestamp",
            },
        )


def _protobuf_types(schema: ProtobufSchema) -> Found:
    comments = lint_parts.comments(schema)
    for elements, kind in (
        (lint_names.message_elements, "message"),
        (lint_names.enum_elements, "enum"),
    ):
        for spot, element, name in elements(schema):
            doc = comments.get(lint_parts.path(spot), "").strip()
            yield element, spot, {"name": name, "kind": kind, "doc": doc}


def _json_fields(schema: JsonSchema) -> Found:
    for part in jsonschema.properties(schema):
        types = part.types - {"null"}
        said = _text(part.value.get("format"))
        yield (
            part.element,
            part.spot,
            {
                "name": part.described,
                "type": ",".join(sorted(types)),
                "logical_type": said,
                "doc": _text(part.value.get("description")),
                "tags": _texts(part.value.get(KEYWORD)),
                "is_optional": "null" in part.types,
                "is_floating": "number" in types,
                "is_moment": said == "date-time",
            },
        )


def _json_types(schema: JsonSchema) -> Found:
    root = schema.document.root
    if isinstance(root, dict):
        name = _text(root.get("title")) or "schema"
        doc = _text(root.get("description"))
        yield name, Spot(""), {"name": name, "kind": "schema", "doc": doc}


_Languages = Mapping[type, tuple[Callable[[Any], Found], Callable[[Any], Found]]]
_LANGUAGES: Final[_Languages] = {
    AvroSchema: (_avro_fields, _avro_types),
    ProtobufSchema: (_protobuf_fields, _protobuf_types),
    JsonSchema: (_json_fields, _json_types),
}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: Any) -> list[str]:
    found = value if isinstance(value, list | tuple) else ()
    return [each for each in found if isinstance(each, str)]


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    found = value if isinstance(value, list) else ()
    return [each for each in found if isinstance(each, dict)]
