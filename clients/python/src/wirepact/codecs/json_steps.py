"""How many schemas a validator asks of a value to say why it is not valid.

Whether a value is valid, jsonschema-rs finds out soon: it remembers what it knows of
the parts of a value where schemas hold themselves. Why it is not valid takes all
alternatives, each with all of those inside it: a schema that has two for lists of
itself is asked a million times of a list of twenty levels, and each answer is kept.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from wirepact.codecs.json_documents import Documents

MOST_EXPLAINED: Final = 20_000
"""Steps within which it is said why a value is not valid."""

_LISTS: Final = ("allOf", "anyOf", "oneOf")
_SINGLE: Final = ("not", "if", "then", "else")
_BY_NAME: Final = ("dependentSchemas", "dependencies")
REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_AT_ONCE: Final = frozenset((*_LISTS, *_SINGLE, *_BY_NAME, *REFERENCES))
_OF_ITEMS: Final = ("additionalItems", "unevaluatedItems", "contains")
_OF_MEMBERS: Final = ("additionalProperties", "unevaluatedProperties", "propertyNames")

_Step = tuple[Any, Any]


class TooManyStepsError(Exception):
    """A value would be asked for more often than may be."""


class Steps:
    """Counts the schemas that are asked of a value, if nothing is remembered."""

    def __init__(self, documents: Documents, most: int) -> None:
        self._documents = documents
        self._most = most
        self._known: dict[tuple[int, int], int] = {}

    def of(self, schema: Any, value: Any) -> int:
        """Return how many schemas one of them asks, itself included.

        Raises:
            TooManyStepsError: More than may be, or as many as are looked at.

        """
        # What is at one address stays there: neither is let go while this counts.
        key = id(schema), id(value)
        known = self._known.get(key)
        if known is not None:
            return known
        # A circle of references is not gone round.
        self._known[key] = 0
        found = 1
        for inner, below in self._asked(schema, value):
            found += self.of(inner, below)
            if max(found, len(self._known)) > self._most:
                raise TooManyStepsError
        self._known[key] = found
        return found

    def _asked(self, schema: Any, value: Any) -> Iterator[_Step]:
        if not isinstance(schema, dict):
            return
        for inner in at_once(self._documents, schema):
            yield inner, value
        if isinstance(value, dict):
            yield from _of_members(schema, value)
        elif isinstance(value, list):
            yield from _of_items(schema, value)


def at_once(documents: Documents, schema: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the schemas that one asks of the same value."""
    if schema.keys().isdisjoint(_AT_ONCE):
        return
    for word in _LISTS:
        several = schema.get(word)
        yield from several if isinstance(several, list) else ()
    yield from (schema[word] for word in _SINGLE if word in schema)
    for word in _BY_NAME:
        named = schema.get(word)
        yield from named.values() if isinstance(named, dict) else ()
    for word in REFERENCES:
        if isinstance(schema.get(word), str):
            yield from documents.leads_to(schema, word)


def _of_members(schema: Mapping[str, Any], value: Mapping[str, Any]) -> Iterator[_Step]:
    named = schema.get("properties")
    if isinstance(named, dict):
        yield from ((named[n], value[n]) for n in named.keys() & value.keys())
    inner = [schema[word] for word in _OF_MEMBERS if word in schema]
    patterns = schema.get("patternProperties")
    inner += patterns.values() if isinstance(patterns, dict) else ()
    yield from ((each, member) for member in value.values() for each in inner)


def _of_items(schema: Mapping[str, Any], value: list[Any]) -> Iterator[_Step]:
    for word in ("items", "prefixItems"):
        several = schema.get(word)
        if isinstance(several, list):
            yield from zip(several, value, strict=False)
    inner = [schema[word] for word in _OF_ITEMS if word in schema]
    if isinstance(schema.get("items"), dict):
        inner.append(schema["items"])
    yield from ((each, item) for item in value for each in inner)
