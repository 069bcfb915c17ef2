"""The walk over the fields of JSON values, along the schema that they are valid by.

A field is called by its path from the root, `$.lines.sku`: arrays are not part of it.
A value that changes is a new one. Source: confluent-kafka-python 2.16,
schema_registry/common/json_schema.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import jsonschema_rs

from wirepact.codecs.json_documents import Documents, Place, UnusableSchemaError
from wirepact.codecs.language import ResolvedSchema
from wirepact.rules.fields import Field, Visit

_TYPES: Final[Mapping[str, str]] = {
    "string": "STRING",
    "integer": "INT",
    "number": "DOUBLE",
    "boolean": "BOOLEAN",
    "null": "NULL",
    "array": "ARRAY",
    "object": "RECORD",
}
_NO_TYPE: Final = "COMBINED"
_MOST_DEEP: Final = 100
"""Schemas that lead to each other without getting further into the value."""

_MOST_TRIED: Final = 250_000
"""Alternatives for one value and all that is in it, tried again at each level."""


class JsonFields:
    """The fields of one schema. It keeps validators for its parts, and no values."""

    def __init__(self, resolved: ResolvedSchema) -> None:
        self._documents = Documents.of(resolved)
        self._validators: dict[Place, jsonschema_rs.Validator] = {}

    def visit(self, value: Any, visit: Visit) -> Any:
        """Return the value with all fields visited."""
        spot = _Spot("$", None, None)
        return _Walk(self._documents, self._validators, visit).value(
            self._documents.root, value, spot, 0
        )


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where in a value the walk is: the path, the field, what it is in."""

    path: str
    field: Field | None
    around: Any


class _Walk:
    def __init__(
        self,
        documents: Documents,
        validators: dict[Place, jsonschema_rs.Validator],
        visit: Visit,
    ) -> None:
        self._documents = documents
        self._validators = validators
        self._visit = visit
        self._tried = 0

    def value(self, place: Place, value: Any, spot: _Spot, depth: int) -> Any:
        schema = self._documents.schema(place)
        if value is None or not isinstance(schema, dict):
            return value
        if depth > _MOST_DEEP:
            raise UnusableSchemaError("references of the schema lead in a circle")
        for word in ("allOf", "oneOf", "anyOf"):
            if isinstance(schema.get(word), list):
                value = self._combined(place, schema, word, value, spot, depth)
                return self._below(place, schema, value, spot)
        if isinstance(schema.get("$ref"), str):
            target = self._documents.follow(place, schema["$ref"])
            return self.value(target, value, spot, depth + 1)
        if isinstance(value, dict | list):
            return self._below(place, schema, value, spot)
        if spot.field is None:
            return value
        kind = _type_name(schema, value)
        return self._visit.apply(spot.field, kind, value, spot.around)

    def _combined(
        self,
        place: Place,
        schema: Mapping[str, Any],
        word: str,
        value: Any,
        spot: _Spot,
        depth: int,
    ) -> Any:
        """Walk along those of several schemas that the value is valid by."""
        for index in range(len(schema[word])):
            inner = place.inside(word, index)
            self._count()
            if word == "allOf" or self._is_valid(inner, value):
                value = self.value(inner, value, spot, depth + 1)
                if word == "oneOf":
                    break
        return value

    def _count(self) -> None:
        self._tried += 1
        if self._tried > _MOST_TRIED:
            raise UnusableSchemaError(
                f"the value has more than {_MOST_TRIED} alternatives in the schema"
            )

    def _below(
        self,
        place: Place,
        schema: Mapping[str, Any],
        value: Any,
        spot: _Spot,
    ) -> Any:
        if isinstance(value, list):
            items = schema.get("items")
            if not isinstance(items, dict):
                return value
            inner = place.inside("items")
            return [self.value(inner, each, spot, 0) for each in value]
        properties = schema.get("properties")
        if not isinstance(value, dict) or not isinstance(properties, dict):
            return value
        # What was visited before is seen by the expressions of what comes after.
        changed = dict(value)
        for name, inner in properties.items():
            if isinstance(inner, dict) and changed.get(name) is not None:
                path = f"{spot.path}.{name}"
                tags = partial(inner.get, "confluent:tags")
                field = self._visit.field(path, name, tags)
                below = _Spot(path, field, changed)
                at = place.inside("properties", name)
                changed[name] = self.value(at, changed[name], below, 0)
        return changed

    def _is_valid(self, place: Place, value: Any) -> bool:
        validator = self._validators.get(place)
        if validator is None:
            validator = self._documents.validator(place)
            self._validators[place] = validator
        return bool(validator.is_valid(value))


def _type_name(schema: Mapping[str, Any], value: Any) -> str:
    """Return the type's name, of several the one that the value is of."""
    if "const" in schema or "enum" in schema:
        return "ENUM"
    kinds = schema.get("type")
    if isinstance(kinds, str):
        return _TYPES.get(kinds, _NO_TYPE)
    named = kinds if isinstance(kinds, list) else []
    return next((_TYPES[k] for k in named if k in _TYPES and _is(k, value)), _NO_TYPE)


def _is(kind: str, value: Any) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if isinstance(value, int):
        return kind in {"integer", "number"}
    if isinstance(value, float):
        return kind == "number" or (kind == "integer" and value.is_integer())
    return kind == "string" and isinstance(value, str)
