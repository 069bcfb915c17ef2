"""The parts of a JSON Schema that lint looks at, and what their values are held to."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import jsonschema_rs
from jsonschema_rs import ReferencingError, ValidationError

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.jsonschema import metaschemas, patterns
from registry.domain.formats.jsonschema.documents import Located
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.rules import Spot

_MOST_KEPT: Final = 4
_UNNAMED: Final = "schema"
_OF_NAMES: Final = frozenset(
    ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
)
_OWN_ADDRESS: Final = "urn:wirepact:schema"
# Why a value is not valid takes all alternatives at all its levels, each with all of
# those inside: of twenty levels with two of them, a million. Whether it is, does not.
_MOST_LEVELS: Final = 4
_UNEXPLAINED: Final = "it is not valid by the schema"


@dataclass(frozen=True, slots=True)
class Part:
    """A schema of the text that is an object.

    Attributes:
        element: The name that a person would use: `Shipment.parcels.items`.
        described: The name of the property that it describes; empty for any other.

    """

    value: dict[str, Any]
    spot: Spot
    element: str
    described: str

    def at(self, *tokens: str | int) -> Spot:
        pointer = self.spot.pointer + "".join(f"/{each}" for each in tokens)
        return Spot(pointer, self.spot.source)

    @property
    def types(self) -> frozenset[str]:
        found = self.value.get("type", ())
        names = (found,) if isinstance(found, str) else found
        return frozenset(each for each in names if isinstance(each, str))


@lru_cache(maxsize=_MOST_KEPT)
def parts(schema: JsonSchema) -> tuple[Part, ...]:
    """Return every schema of the text, outer ones first; every rule asks for them."""
    return tuple(_parts(schema))


def _parts(schema: JsonSchema) -> Iterator[Part]:
    for located in schema.resolver.root().all_schemas():
        if isinstance(located.value, dict):
            tokens = _tokens(located)
            name = _name(schema, tokens)
            yield Part(located.value, located.spot, name, _property(tokens))


def properties(schema: JsonSchema) -> Iterator[Part]:
    return (each for each in parts(schema) if each.described)


def _tokens(located: Located) -> list[str]:
    tokens: list[str] = []
    at: Located | None = located
    while at is not None and at.around is not None:
        tokens.append(str(at.token))
        at = at.around
    return tokens[::-1]


def _name(schema: JsonSchema, tokens: list[str]) -> str:
    root = schema.document.root
    title = root.get("title") if isinstance(root, dict) else None
    names = [title if isinstance(title, str) and title else _UNNAMED]
    is_name = False
    for token in tokens:
        # After the name of a keyword that holds names, a name stands for itself.
        is_keyword = not is_name and token in _OF_NAMES
        if not is_keyword:
            names.append(token)
        is_name = is_keyword
    return ".".join(names)


def _property(tokens: list[str]) -> str:
    is_name = False
    for token in tokens[:-1]:
        is_name = not is_name and token in _OF_NAMES
    is_property = is_name and tokens[-2] == "properties"
    return tokens[-1] if is_property else ""


class Validators:
    """Holds values of a text against the schemas that they stand in."""

    def __init__(self, schema: JsonSchema) -> None:
        root = schema.document.root
        draft = schema.document.draft
        own = root.get(draft.id_keyword) if isinstance(root, dict) else None
        is_address = isinstance(own, str) and "#" not in own and ":" in own
        self._address = str(own) if is_address else _OWN_ADDRESS
        self._dialect = draft.metaschema
        self._resource = (self._address, root)

    def reason(self, part: Part, value: Any) -> str | None:
        """Say why a value does not fit; None if it does, or it cannot be told."""
        wrapper = {
            "$schema": self._dialect,
            "$ref": f"{self._address}#{part.spot.pointer}",
        }
        try:
            validator = jsonschema_rs.validator_for(
                wrapper,
                registry=jsonschema_rs.Registry(
                    [self._resource], retriever=metaschemas.refuse
                ),
                pattern_options=patterns.OPTIONS,
            )
            if validator.is_valid(value):
                return None
            if _is_deep(value):
                return _UNEXPLAINED
            error = next(validator.iter_errors(value), None)
        except (InvalidSchemaError, ReferencingError, ValidationError, ValueError):
            # It refers to a schema elsewhere, or cannot be compiled.
            return None
        return None if error is None else str(error.message)[:200]


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_MOST_LEVELS + 1):
        level = [each for each in level if isinstance(each, dict | list)]
        inside = (each.values() if isinstance(each, dict) else each for each in level)
        level = [inner for each in inside for inner in each]
        if not level:
            return False
    return True
