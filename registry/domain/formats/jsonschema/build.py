"""From the text of a schema to the nodes that are compared.

A node is made when it is first asked for and kept, so that a schema that is used in
many places, or within itself, is made once. Nothing here recurses: what is inside of a
node waits until somebody asks.
"""

import json
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.jsonschema.documents import Located, Resolver
from registry.domain.formats.jsonschema.drafts import Draft
from registry.domain.formats.jsonschema.nodes import (
    MISSING,
    Array,
    Boolean,
    Branch,
    Combined,
    Condition,
    Const,
    Criterion,
    Empty,
    Enum,
    Limits,
    Never,
    Node,
    Not,
    Null,
    Number,
    Object,
    Rest,
    String,
)

_NO_NOTES: Final[Mapping[str, Any]] = {}
_REFERENCES: Final = ("$ref", "$dynamicRef", "$recursiveRef")
_TYPE_WORDS: Final = {
    "string": frozenset(
        {
            *("maxLength", "minLength", "pattern", "format"),
            *("contentEncoding", "contentMediaType"),
        }
    ),
    "number": frozenset(
        {"maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum", "multipleOf"}
    ),
    "object": frozenset(
        {
            *("properties", "required", "patternProperties", "additionalProperties"),
            *("unevaluatedProperties", "propertyNames", "dependencies"),
            *("dependentRequired", "dependentSchemas"),
            *("maxProperties", "minProperties"),
        }
    ),
    "array": frozenset(
        {
            *("items", "prefixItems", "additionalItems", "unevaluatedItems"),
            *("contains", "maxContains", "minContains"),
            *("maxItems", "minItems", "uniqueItems"),
        }
    ),
}
"""The keywords that say something of values of one type only."""

_OTHER_WORDS: Final = frozenset(
    {*("type", "enum", "const", "not", "if"), *Criterion, *_REFERENCES}
)
_NOT_TYPED: Final = _OTHER_WORDS - {"type"}
_ALL_WORDS: Final = _OTHER_WORDS.union(*_TYPE_WORDS.values())
_REFERENCE_SET: Final = frozenset(_REFERENCES)
_PLAIN_LIMITS: Final = ("maximum", "minimum", "multipleOf")
_EXCLUSIVE: Final = {"maximum": "exclusiveMaximum", "minimum": "exclusiveMinimum"}


class Graph:
    """The nodes of one schema."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._nodes: dict[int, Node] = {}

    def root(self) -> Node:
        return self.made(self._resolver.root())

    def made(self, at: Located) -> Node:
        """Return the node of a schema; the same each time.

        References that have nothing beside them lead to the node that they name.
        """
        node = self.known(at.value)
        if node is None:
            node = self._made(self._landed(at))
            if isinstance(at.value, dict):
                self._nodes[id(at.value)] = node
        return node

    def known(self, value: Any) -> Node | None:
        """Return the node that was made of a value, if it was."""
        # The documents keep their values alive: no two of them share an identity.
        return self._nodes.get(id(value))

    def _made(self, at: Located) -> Node:
        value = at.value
        if not isinstance(value, dict):
            # Anything else than a schema is in texts that were stored unchecked.
            kind = Never if value is False else Empty
            return kind(at, self, _NO_NOTES)
        node = self.known(value)
        if node is None:
            node = self._nodes[id(value)] = self._node(at, value)
        return node

    def _landed(self, at: Located) -> Located:
        """Follow references as long as there is nothing else to a schema."""
        seen: set[int] = set()
        while (word := _only_reference(at)) is not None:
            if id(at.value) in seen:
                # It says no more than that it is itself.
                return replace(at, value=True)
            seen.add(id(at.value))
            at = self._followed(at, word)
        return at

    def _followed(self, at: Located, word: str) -> Located:
        try:
            return self._resolver.follow(str(at.value[word]), at)
        except InvalidSchemaError:
            # In a text that was stored unchecked: it may stand for anything.
            return replace(at, value=True)

    def _node(self, at: Located, value: dict[str, Any]) -> Node:
        kind = value.get("type")
        if isinstance(kind, str) and kind in _TYPES and _NOT_TYPED.isdisjoint(value):
            # Most schemas are no more than that.
            return _TYPES[kind](at, self, value, is_typed=True)
        known = at.document.draft.keywords
        words = {word for word in _ALL_WORDS.intersection(value) if word in known}
        makers = list(_makers(words, value))
        references = [word for word in _REFERENCES if word in words]
        if len(makers) == 1 and not references:
            return makers[0](at, self, value)
        if not makers and not references:
            return Empty(at, self, value)
        parts: list[Branch] = [make(at, self, _NO_NOTES) for make in makers]
        parts += [self._followed(at, word) for word in references]
        return Combined(at, self, value, Criterion.ALL, parts)


_Make = Callable[[Located, Graph, Mapping[str, Any]], Node]
_MakeTyped = Callable[..., Node]
"""As `_Make`, with `is_typed` by name."""


def _only_reference(at: Located) -> str | None:
    """The keyword of a reference that is all that there is to a schema."""
    value = at.value
    if not isinstance(value, dict) or _REFERENCE_SET.isdisjoint(value):
        return None
    draft = at.document.draft
    if "$ref" in value and draft.ignores_beside_ref:
        return "$ref"
    words = [word for word in _ALL_WORDS.intersection(value) if word in draft.keywords]
    return words[0] if len(words) == 1 and words[0] in _REFERENCES else None


def _makers(words: set[str], value: dict[str, Any]) -> Iterator[_Make]:
    """One for each part that a schema has, in the order of the reference library."""
    if "enum" in words and isinstance(value["enum"], list):
        yield _enum
    for criterion in Criterion:
        if criterion in words and isinstance(value[criterion], list):
            yield partial(_combined, criterion)
    if "not" in words:
        yield Not
    if "const" in words:
        yield _const
    if "type" in words:
        yield _explicit(value["type"])
    else:
        for kind, keywords in _TYPE_WORDS.items():
            if not keywords.isdisjoint(words):
                yield partial(_TYPES[kind], is_typed=False)
    if "if" in words:
        yield Condition


def _explicit(kind: Any) -> _Make:
    if isinstance(kind, list):
        return partial(_any_type, kind)
    make = _TYPES.get(kind) if isinstance(kind, str) else None
    return _NO_TYPE if make is None else partial(make, is_typed=True)


def _any_type(
    kinds: list[Any], at: Located, graph: Graph, notes: Mapping[str, Any]
) -> Node:
    branches = [_explicit(kind)(at, graph, _NO_NOTES) for kind in kinds]
    return Combined(at, graph, notes, Criterion.ANY, branches)


def _combined(
    criterion: Criterion, at: Located, graph: Graph, notes: Mapping[str, Any]
) -> Node:
    count = len(at.value[criterion])
    branches = [at.inside(criterion.value, index) for index in range(count)]
    return Combined(at, graph, notes, criterion, branches)


def _enum(at: Located, graph: Graph, notes: Mapping[str, Any]) -> Node:
    return Enum(at, graph, notes, frozenset(map(as_text, at.value["enum"])))


def _const(at: Located, graph: Graph, notes: Mapping[str, Any]) -> Node:
    return Const(at, graph, notes, as_text(at.value["const"]))


def _null(
    at: Located, graph: Graph, notes: Mapping[str, Any], *, is_typed: bool
) -> Node:
    del is_typed  # There is no keyword but `type` that speaks of null.
    return Null(at, graph, notes)


def _boolean(
    at: Located, graph: Graph, notes: Mapping[str, Any], *, is_typed: bool
) -> Node:
    del is_typed  # As for null.
    return Boolean(at, graph, notes)


def _string(
    at: Located, graph: Graph, notes: Mapping[str, Any], *, is_typed: bool
) -> Node:
    pattern = at.value.get("pattern")
    text = pattern if isinstance(pattern, str) else None
    return String(at, graph, notes, at.value, is_typed, text)


def _number(
    at: Located, graph: Graph, notes: Mapping[str, Any], *, is_typed: bool
) -> Node:
    limits = _number_limits(at)
    return Number(at, graph, notes, limits, is_typed, is_integer=False)


def _integer(
    at: Located, graph: Graph, notes: Mapping[str, Any], *, is_typed: bool
) -> Node:
    limits = _number_limits(at)
    return Number(at, graph, notes, limits, is_typed, is_integer=True)


def _number_limits(at: Located) -> Limits:
    """The limits; draft 4 says by a boolean that a limit itself is excluded."""
    value: dict[str, Any] = at.value
    if at.document.draft is not Draft.DRAFT4:
        return value
    plain_words = (word for word in _PLAIN_LIMITS if word in value)
    limits: dict[str, Any] = {word: value[word] for word in plain_words}
    for plain, exclusive in _EXCLUSIVE.items():
        if value.get(exclusive) is True and plain in value:
            limits[exclusive] = value[plain]
    return limits


def _object(
    at: Located, graph: Graph, notes: Mapping[str, Any], *, is_typed: bool
) -> Node:
    value, known = at.value, at.document.draft.keywords
    dependencies = {
        keyword: _members(value, keyword)
        for keyword in ("dependencies", "dependentRequired", "dependentSchemas")
        if keyword in value and keyword in known
    }
    return Object(
        at,
        graph,
        notes,
        value,
        is_typed,
        properties=_members(value, "properties"),
        required=_names(value.get("required")),
        patterns=_members(value, "patternProperties"),
        additional=_rest(value, "additionalProperties"),
        unevaluated=_rest(value, "unevaluatedProperties", known),
        needs={
            name: _names(each)
            for members in dependencies.values()
            for name, each in members.items()
            if isinstance(each, list)
        },
        needs_under={
            name: keyword
            for keyword, members in dependencies.items()
            for name, each in members.items()
            if isinstance(each, list)
        },
        dependents={
            name: keyword
            for keyword, members in dependencies.items()
            for name, each in members.items()
            if isinstance(each, bool | dict)
        },
    )


def _array(
    at: Located, graph: Graph, notes: Mapping[str, Any], *, is_typed: bool
) -> Node:
    value, known = at.value, at.document.draft.keywords
    listed_under, additional_under = "items", "additionalItems"
    if "prefixItems" in known:
        listed_under = "prefixItems"
        additional_under = "items" if "prefixItems" in value else ""
    items = value.get("items", MISSING)
    listed = value.get(listed_under)
    return Array(
        at,
        graph,
        notes,
        value,
        is_typed,
        has_items=isinstance(items, bool | dict) and additional_under != "items",
        listed=listed if isinstance(listed, list) else (),
        listed_under=listed_under,
        additional=_rest(value, additional_under),
        additional_under=additional_under,
        unevaluated=_rest(value, "unevaluatedItems", known),
        is_unique=value.get("uniqueItems") is True,
    )


_TYPES: Final[Mapping[str, _MakeTyped]] = {
    "string": _string,
    "number": _number,
    "object": _object,
    "array": _array,
    "integer": _integer,
    "boolean": _boolean,
    "null": _null,
}
_NO_TYPE: Final[_Make] = Never
"""For a type that does not exist: no value is of it."""


def _rest(
    value: Mapping[str, Any], keyword: str, known: Collection[str] | None = None
) -> Rest:
    rest = value.get(keyword, MISSING)
    is_known = known is None or keyword in known
    return rest if is_known and isinstance(rest, bool | dict) else MISSING


def _members(value: Mapping[str, Any], keyword: str) -> Mapping[str, Any]:
    members = value.get(keyword)
    return members if isinstance(members, dict) else {}


def _names(value: Any) -> frozenset[str]:
    if not isinstance(value, list):
        return frozenset()
    return frozenset(each for each in value if isinstance(each, str))


def as_text(value: Any) -> str:
    """Return a JSON value as a text that is equal for equal values."""
    return json.dumps(_plain(value), sort_keys=True, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """The value with whole numbers as integers: to JSON, 1.0 and 1 are equal."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case dict():
            return {key: _plain(each) for key, each in value.items()}
        case list():
            return [_plain(each) for each in value]
        case _:
            return value
