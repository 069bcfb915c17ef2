"""Tags of objects and their properties, by the way that leads to them.

`object` leads from a schema to its properties (or `definitions`, `$defs`), `array` to
that of its items, `allof.0` and the like to the first of several, `not` to what must
not be. So `object.lines.array.object.sku` is a property of the elements of a property.

Source: Confluent, tags of JSON Schemas; of several, the first in the text is 0.
"""

from collections import deque
from collections.abc import Iterator
from typing import Any, Final

from registry.domain import json_tags, tags
from registry.domain.formats.jsonschema.documents import Located
from registry.domain.json_tags import Taggable
from registry.domain.json_text import Layout
from registry.domain.tags import Entity, EntityKind, Tagged, Tagging

_ALONE: Final = {"array": "items", "not": "not"}
_COMBINED: Final = {"allof": "allOf", "anyof": "anyOf", "oneof": "oneOf"}
_DEFINED: Final = ("definitions", "$defs")
_BRANCHES: Final = ("if", "then", "else")
_CONDITIONAL: Final = ("allof", "0", "conditional")

_Path = tuple[str, ...]
_Place = tuple[_Path, Located, bool]
"""The words of a path, where they lead, and whether that is a property."""


def inline_tags(root: Located) -> Tagged:
    """Return what is tagged in a schema; what it refers to is left out."""
    found: dict[Entity, tuple[str, ...]] = {}
    left: list[_Place] = [((), root, False)]
    while left:
        path, schema, is_property = left.pop()
        stated = _tags(schema)
        if stated and is_property:
            found[Entity(".".join(path), EntityKind.FIELD)] = stated
        elif stated and _is_object(schema.value):
            found[Entity(".".join((*path, "object")), EntityKind.RECORD)] = stated
        left += reversed([*_below(path, schema)])
    return found


def retagged(layout: Layout, root: Located, tagging: Tagging) -> str:
    """Return a text after a change of tags.

    Raises:
        InvalidSchemaError: There is no such object or property.

    """

    def find(entity: Entity) -> Taggable | None:
        found = _found(root, entity)
        if found is None or not isinstance(found.value, dict):
            return None
        return Taggable(found.pointer, _tags(found))

    return json_tags.retagged(layout, tagging, find)


def _tags(schema: Located) -> tuple[str, ...]:
    is_object = isinstance(schema.value, dict)
    return tags.stated(schema.value.get(tags.KEYWORD)) if is_object else ()


def _is_object(value: dict[str, Any]) -> bool:
    kind = value.get("type")
    return (
        "properties" in value
        or kind == "object"
        or (isinstance(kind, list) and "object" in kind)
    )


def _below(path: _Path, schema: Located) -> Iterator[_Place]:
    if isinstance(schema.value, dict):
        yield from _named(path, schema)
        yield from _unnamed(path, schema)


def _named(path: _Path, schema: Located) -> Iterator[_Place]:
    for name in _members(schema.value, "properties"):
        yield (*path, "object", name), schema.inside("properties", name), True
    for keyword in _DEFINED:
        for name in _members(schema.value, keyword):
            inner = schema.inside(keyword, name)
            yield (*path, "object", keyword, name), inner, False


def _unnamed(path: _Path, schema: Located) -> Iterator[_Place]:
    value = schema.value
    for word, keyword in _ALONE.items():
        if isinstance(value.get(keyword), dict):
            yield (*path, word), schema.inside(keyword), False
    for word, keyword in _COMBINED.items():
        for index in range(len(_elements(value, keyword))):
            inner = schema.inside(keyword, index)
            yield (*path, word, str(index)), inner, False
    if not _elements(value, "allOf"):
        for keyword in filter(value.__contains__, _BRANCHES):
            yield (*path, *_CONDITIONAL, keyword), schema.inside(keyword), False


def _found(root: Located, entity: Entity) -> Located | None:
    way = _Way(root, entity)
    while way.words:
        word = way.words.popleft()
        if word == "object" and not way.words:
            return way.at if entity.kind is EntityKind.RECORD else None
        step = _STEPS.get(word)
        if step is None or not isinstance(way.at.value, dict):
            return None
        if not step(way, word):
            return None
        if not way.words and word == "object":
            return way.at
    return None


class _Way:
    """How far the words of a path have led."""

    def __init__(self, root: Located, entity: Entity) -> None:
        self.at = root
        self.words = deque(entity.path.split("."))

    def into(self, *tokens: str | int) -> bool:
        """Go on to what is below; False if there is nothing."""
        try:
            self.at = self.at.inside(*tokens)
        except (LookupError, TypeError):
            return False
        return True

    def into_member(self, _word: str) -> bool:
        """Go on to a property or definition, whose name may have dots itself."""
        is_defined = self.words[0] in _DEFINED
        keyword = self.words.popleft() if is_defined else "properties"
        members = _members(self.at.value, keyword)
        longest = max(map(len, members), default=0)
        name = ""
        while self.words and len(name) < longest:
            name = f"{name}.{self.words.popleft()}" if name else self.words.popleft()
            if name in members:
                return self.into(keyword, name)
        return False

    def into_only(self, word: str) -> bool:
        return self.into(_ALONE[word])

    def into_one(self, word: str) -> bool:
        """Go on to one of several; of none, it is the schema itself that is meant."""
        index = self.words.popleft() if self.words else ""
        keyword = _COMBINED[word]
        if not index.isdecimal():
            return False
        if keyword in self.at.value:
            return self.into(keyword, int(index))
        if self.words and self.words[0] == "conditional":
            self.words.popleft()
            return bool(self.words) and self.into(self.words.popleft())
        return word != "oneof"


_STEPS: Final = {
    "object": _Way.into_member,
    **dict.fromkeys(_ALONE, _Way.into_only),
    **dict.fromkeys(_COMBINED, _Way.into_one),
}


def _members(value: dict[str, Any], keyword: str) -> dict[str, Any]:
    found = value.get(keyword)
    return found if isinstance(found, dict) else {}


def _elements(value: dict[str, Any], keyword: str) -> list[Any]:
    found = value.get(keyword)
    return found if isinstance(found, list) else []
