"""How many schemas a validator asks of a value, and why that has to be known.

Whether a value is valid, jsonschema-rs finds out soon: it remembers what it knows of
the parts of a value. Why it is not valid takes all alternatives, each with all of those
inside it: a schema that has two for lists of itself is asked a million times of a list
of twenty levels, and each answer is kept. And where schemas lead to others without
getting further into the value, it remembers nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from wirepact.codecs.json_documents import Documents, Place, Token, UnusableSchemaError

MOST_EXPLAINED: Final = 20_000
"""Steps within which it is said why a value is not valid."""

MOST_AT_ONCE: Final = 100_000
"""Schemas that a schema may ask of one and the same value."""

_LISTS: Final = ("allOf", "anyOf", "oneOf")
_SINGLE: Final = ("not", "if", "then", "else")
_BY_NAME: Final = ("dependentSchemas", "dependencies")
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_OF_ITEMS: Final = ("additionalItems", "unevaluatedItems", "contains")
_OF_MEMBERS: Final = ("additionalProperties", "unevaluatedProperties", "propertyNames")

_Step = tuple[Place, Any]


class TooManyStepsError(Exception):
    """A value would be asked for more often than may be."""


class Steps:
    """Counts the schemas that are asked of a value, if nothing is remembered."""

    def __init__(self, documents: Documents, most: int) -> None:
        self._documents = documents
        self._most = most
        self._known: dict[tuple[Place, int], int] = {}

    def of(self, place: Place, value: Any) -> int:
        """Return how many schemas the one at a place asks, itself included.

        Raises:
            TooManyStepsError: More than may be, or as many as are looked at.

        """
        # What is at one address stays there: the value is not let go while this counts.
        key = place, id(value)
        known = self._known.get(key)
        if known is not None:
            return known
        # A circle of references is not gone round.
        self._known[key] = 0
        found = 1
        for inner, below in self._asked(place, value):
            found += self.of(inner, below)
            if max(found, len(self._known)) > self._most:
                raise TooManyStepsError
        self._known[key] = found
        return found

    def _asked(self, place: Place, value: Any) -> Iterator[_Step]:
        schema = self._documents.schema(place)
        if not isinstance(schema, dict):
            return
        for inner in self.at_once(place, schema):
            yield inner, value
        if isinstance(value, dict):
            yield from _of_members(place, schema, value)
        elif isinstance(value, list):
            yield from _of_items(place, schema, value)

    def at_once(self, place: Place, schema: Mapping[str, Any]) -> Iterator[Place]:
        """Yield the schemas that are asked of the same value."""
        for word in _LISTS:
            several = schema.get(word)
            count = len(several) if isinstance(several, list) else 0
            yield from (place.inside(word, index) for index in range(count))
        for word in _SINGLE:
            if word in schema:
                yield place.inside(word)
        for word in _BY_NAME:
            named = schema.get(word)
            if isinstance(named, dict):
                yield from (place.inside(word, name) for name in named)
        for word in _REFERENCES:
            target = schema.get(word)
            if isinstance(target, str):
                yield from self._target(place, target)

    def _target(self, place: Place, reference: str) -> Iterator[Place]:
        try:
            yield self._documents.follow(place, reference)
        except UnusableSchemaError:
            # Where this leads, the validator alone knows; or else it has refused it.
            return


def refuse_wide(documents: Documents) -> None:
    """Refuse schemas that lead to too many others without getting into the value.

    Raises:
        UnusableSchemaError: There is one.

    """
    steps = Steps(documents, MOST_AT_ONCE)
    try:
        for place in documents.places():
            # No value has neither members nor items.
            steps.of(place, None)
    except (TooManyStepsError, RecursionError) as error:
        raise UnusableSchemaError(
            f"the schema asks more than {MOST_AT_ONCE} schemas of one value"
        ) from error


def _of_members(
    place: Place, schema: Mapping[str, Any], value: Mapping[str, Any]
) -> Iterator[_Step]:
    named = schema.get("properties")
    if isinstance(named, dict):
        known = named.keys() & value.keys()
        yield from ((place.inside("properties", n), value[n]) for n in known)
    patterns = schema.get("patternProperties")
    words: list[tuple[Token, ...]] = [(w,) for w in _OF_MEMBERS if w in schema]
    if isinstance(patterns, dict):
        words += [("patternProperties", pattern) for pattern in patterns]
    yield from _each(place, words, value.values())


def _of_items(
    place: Place, schema: Mapping[str, Any], value: list[Any]
) -> Iterator[_Step]:
    for word in ("items", "prefixItems"):
        several = schema.get(word)
        if isinstance(several, list):
            shared = range(min(len(several), len(value)))
            yield from ((place.inside(word, at), value[at]) for at in shared)
    words: list[tuple[Token, ...]] = [(w,) for w in _OF_ITEMS if w in schema]
    if isinstance(schema.get("items"), dict):
        words.append(("items",))
    yield from _each(place, words, value)


def _each(
    place: Place, words: Iterable[tuple[Token, ...]], values: Iterable[Any]
) -> Iterator[_Step]:
    inner = [place.inside(*tokens) for tokens in words]
    yield from ((each, value) for value in values for each in inner)
