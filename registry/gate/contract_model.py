"""What policies see of a contract: plain values, the same for every language.

The names in here are an interface: policies of users are written with them.
"""

import re
from collections.abc import Mapping, Sequence, Set
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from registry.domain import meanings
from registry.domain.configuration import SERVER_DEFAULT, level_of
from registry.domain.model import SchemaType
from registry.domain.rules import Spot
from registry.domain.schema import ParsedSchema
from registry.gate.consumers import Consumer
from registry.gate.contracts import Contract
from registry.gate.example_values import Example, personal_names
from registry.gate.expressions import bound
from registry.gate.languages.board import LANGUAGES
from registry.gate.languages.language import mapping, text, texts

MOST_FIELDS: Final = 5_000
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


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
    consumers: Sequence[Consumer] = (),
) -> Model:
    """Return what policies see.

    Args:
        schema: None for one that cannot be understood; it has no fields then.

    """
    document = contract.manifest.document.value
    annotated = _Annotations(document, personal_names(examples))
    fields, types = _parts(contract.manifest.schema_type, schema, annotated)
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
            "consumers": [asdict(each) for each in consumers],
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
        **{key: text(document.get(key)) for key in _TEXTS},
        "tags": texts(document.get("tags")),
        "purpose": text(mapping(document.get("description")).get("purpose")),
        "owner": _owner(document.get("team")),
        "support": [
            {key: text(each.get(key)) for key in ("channel", "tool", "url")}
            for each in _mappings(document.get("support"))
        ],
        "topic": next((text(each.get("physicalName")) for each in schemas), ""),
        "environments": [
            text(each.get("environment")) for each in _mappings(document.get("servers"))
        ],
        "sla": sla,
        "end_of_support": _moment(sla.get("endOfSupport")),
        "end_of_life": _moment(sla.get("endOfLife")),
        "registry": registry,
    }


def _owner(team: Any) -> str:
    # A list of members is the older form, and has no name of its own.
    return text(team.get("name")) if isinstance(team, dict) else ""


def _moment(value: Any) -> str:
    """Return a date or time as CEL's `timestamp` reads it; empty for none."""
    written = text(value)
    try:
        if _DATE.fullmatch(written):
            return f"{date.fromisoformat(written)}T00:00:00Z"
        found = datetime.fromisoformat(written)
    except ValueError:
        return ""
    aware = found if found.tzinfo else found.replace(tzinfo=UTC)
    return aware.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Annotations:
    """What the manifest and the examples say of single fields, by their names."""

    def __init__(self, document: Mapping[str, Any], personal: Set[str]) -> None:
        self._personal = personal
        self._said: dict[str, Mapping[str, Any]] = {}
        for each in _mappings(document.get("schema")):
            self._add(each, text(each.get("name")))

    def of(self, element: str, name: str) -> Mapping[str, Any]:
        return self._said.get(element) or self._said.get(name) or {}

    def looks_personal(self, name: str) -> bool:
        return meanings.plain(name) in self._personal

    def _add(self, holder: Mapping[str, Any], path: str) -> None:
        for each in _mappings(holder.get("properties")):
            name = text(each.get("name"))
            self._said.setdefault(name, each)
            self._said.setdefault(f"{path}.{name}", each)
            self._add(each, f"{path}.{name}")


Parts = tuple[tuple[Item, ...], tuple[Item, ...]]


def _parts(
    schema_type: SchemaType, schema: ParsedSchema | None, annotated: _Annotations
) -> Parts:
    if schema is None:
        return (), ()
    language = LANGUAGES[schema_type]
    fields: list[Item] = []
    for element, spot, values in language.fields(schema):
        if len(fields) == MOST_FIELDS:
            break
        fields.append(_field(element, spot, values, annotated))
    types = (
        Item(element, spot, bound({"path": element, **values}))
        for element, spot, values in language.types(schema)
    )
    return tuple(fields), tuple(types)


def _field(
    element: str, spot: Spot, values: Mapping[str, Any], annotated: _Annotations
) -> Item:
    name = values["name"]
    said = annotated.of(element, name)
    tags = {*values["tags"], *texts(said.get("tags"))}
    made = {
        **values,
        "path": element,
        "tags": sorted(tags),
        "classification": text(said.get("classification")),
        "is_money": meanings.is_money(name),
        "is_time": meanings.is_time(name),
        "is_id": meanings.is_id(name),
        "is_personal": meanings.is_personal(name),
        "is_correlation": meanings.is_correlation(name),
        "looks_personal": annotated.looks_personal(name),
    }
    return Item(element, spot, bound(made))


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    found = value if isinstance(value, list) else ()
    return [each for each in found if isinstance(each, dict)]
