"""JSON Schemas, successors of them, and documents, all over few names and values.

Few, so that two schemas and a document have something to do with one another.
"""

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import Any

from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

DRAFTS = (
    "http://json-schema.org/draft-04/schema#",
    "http://json-schema.org/draft-07/schema#",
    "https://json-schema.org/draft/2019-09/schema",
    "https://json-schema.org/draft/2020-12/schema",
)
_NAMES = ("a", "b", "n_1")
_WORDS = ("", "a", "bb", "ccc")
_MOST_NESTED = 2

documents = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-2, 6)
    | st.sampled_from([0.5, 2.5])
    | st.sampled_from(_WORDS),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from((*_NAMES, "z")), inner, max_size=3)
    ),
    max_leaves=6,
)
"""Any small document."""


def _subsets(strategies: dict[str, st.SearchStrategy[Any]]) -> Any:
    """Objects with some of the members."""
    return st.fixed_dictionaries({}, optional=strategies)


_small = st.integers(0, 3)
_names = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=2, unique=True)
_strings = _subsets(
    {
        "maxLength": _small,
        "minLength": _small,
        "pattern": st.sampled_from(["^a", "b+", "c$"]),
        "format": st.sampled_from(["date", "email"]),
    }
)
_numbers = _subsets(
    {
        "maximum": st.integers(-1, 5),
        "minimum": st.integers(-1, 5),
        "multipleOf": st.sampled_from([1, 2, 4, 0.5]),
    }
)


@cache
@st.composite
def schemas(draw: Draw, draft: str, depth: int = 0) -> Any:
    """A schema; at its root it has definitions, which refer to one another."""
    value = draw(_schemas(draft, depth))
    return value if depth else _rooted(draw, value, draft)


def _rooted(draw: Draw, value: Any, draft: str) -> Any:
    """The schema with all that a root needs."""
    if not isinstance(value, dict):
        return value
    kept = value.pop("definitions", {})
    if '"$ref"' in json.dumps([value, kept]):
        names = ("one", "two")
        value["definitions"] = {
            name: kept[name] if name in kept else draw(_schemas(draft, 1))
            for name in names
        }
    return {**value, "$schema": draft}


@cache  # To make a strategy takes longer than to use it.
def _schemas(draft: str, depth: int) -> st.SearchStrategy[Any]:
    plain = [_typed("string", _strings), _typed("number", _number_words(draft))]
    plain += [_typed("integer", _number_words(draft)), _kinds(), _values(draft)]
    if draft != DRAFTS[0]:
        plain.append(st.booleans())
    if depth >= _MOST_NESTED:
        return st.one_of(plain)
    # The root is what is looked at most, and mostly an object.
    objects = [_objects(draft, depth)] * 3
    nested = [_arrays(draft, depth), _combined(draft, depth), _several(draft, depth)]
    if depth:
        nested += [st.sampled_from(["one", "two"]).map(_reference)] * 2
    return st.one_of([*objects, *nested, *plain])


def _reference(name: str) -> dict[str, Any]:
    return {"$ref": f"#/definitions/{name}"}


@cache
def _number_words(draft: str) -> Any:
    limit = st.booleans() if draft == DRAFTS[0] else st.integers(-1, 5)
    exclusive = _subsets({"exclusiveMaximum": limit, "exclusiveMinimum": limit})
    # In draft 4 the boolean needs the limit beside it.
    return st.builds(
        lambda plain, more: {
            **plain,
            **{
                word: value
                for word, value in more.items()
                if draft != DRAFTS[0] or _plain_word(word) in plain
            },
        },
        _numbers,
        exclusive,
    )


def _plain_word(word: str) -> str:
    return word.removeprefix("exclusive").lower()


def _typed(kind: str, words: Any) -> Any:
    return st.builds(
        lambda said, is_typed: {"type": kind, **said} if is_typed else said,
        words,
        st.sampled_from([True, True, True, False]),
    )


def _kinds() -> Any:
    kinds = st.sampled_from(["null", "boolean", "string", "integer", "number"])
    several = st.lists(kinds, min_size=1, max_size=3, unique=True)
    return st.builds(lambda kind: {"type": kind}, kinds | several)


@cache
def _values(draft: str) -> Any:
    values = st.lists(
        st.sampled_from(["a", "bb", 1, 2, True, None, 2.5]), min_size=1, unique_by=repr
    )
    enums = st.builds(lambda each: {"enum": each}, values)
    if draft == DRAFTS[0]:
        return enums
    return enums | st.builds(lambda each: {"const": each[0]}, values)


@cache
def _objects(draft: str, depth: int) -> Any:
    inner = schemas(draft, depth + 1)
    rest = st.booleans() | inner
    words = {
        "properties": st.dictionaries(st.sampled_from(_NAMES), inner, max_size=2),
        "required": _names,
        "additionalProperties": rest,
        "patternProperties": st.dictionaries(
            st.sampled_from(["^n_", "^a"]), inner, min_size=1, max_size=1
        ),
        "maxProperties": st.integers(1, 3),
        "minProperties": st.integers(0, 2),
    }
    depends = "dependencies" if draft in DRAFTS[:2] else "dependentRequired"
    words[depends] = st.dictionaries(st.sampled_from(_NAMES), _names, max_size=1)
    if draft != DRAFTS[0]:
        words["propertyNames"] = st.sampled_from([{"maxLength": 1}, {"maxLength": 3}])
    if draft in DRAFTS[2:]:
        words["unevaluatedProperties"] = rest
    return _typed("object", _few(words))


@cache
def _arrays(draft: str, depth: int) -> Any:
    inner = schemas(draft, depth + 1)
    rest = st.booleans() | inner
    listed = st.lists(inner, min_size=1, max_size=2)
    words = {
        "items": inner,
        "maxItems": st.integers(1, 3),
        "minItems": st.integers(0, 2),
        "uniqueItems": st.booleans(),
    }
    if draft == DRAFTS[3]:
        words["prefixItems"] = listed
    else:
        words["items"] |= listed
        words["additionalItems"] = rest
    if draft != DRAFTS[0]:
        words["contains"] = inner
    if draft in DRAFTS[2:]:
        words["minContains"] = words["maxContains"] = st.integers(0, 2)
        words["unevaluatedItems"] = rest
    return _typed("array", _few(words))


@st.composite
def _few(draw: Draw, words: dict[str, st.SearchStrategy[Any]]) -> dict[str, Any]:
    """Up to four of the keywords, the first of them more often than not."""
    first, *others = words
    chosen = draw(st.lists(st.sampled_from(others), max_size=3, unique=True))
    if draw(st.sampled_from([True, True, False])):
        chosen = [first, *chosen]
    return {word: draw(words[word]) for word in chosen}


@cache
def _combined(draft: str, depth: int) -> Any:
    inner = schemas(draft, depth + 1)
    branches = st.lists(inner, min_size=1, max_size=3)
    criteria = st.sampled_from(["allOf", "anyOf", "oneOf"])
    combined = st.builds(lambda word, each: {word: each}, criteria, branches)
    return combined | st.builds(lambda each: {"not": each}, inner)


@cache
def _several(draft: str, depth: int) -> Any:
    """Keywords of different kinds in one schema."""
    one, other = _objects(draft, depth), _combined(draft, depth)
    merged = partial(st.builds, lambda each, more: {**each, **more})
    several = merged(one, other) | merged(other, other) | merged(_kinds(), other)
    if draft in DRAFTS[:1]:
        return several
    inner = schemas(draft, depth + 1)
    condition = _subsets({"then": inner, "else": inner})
    conditional = st.builds(
        lambda each, test, more: {**each, "if": test, **more}, one, inner, condition
    )
    return several | conditional


@st.composite
def evolutions(draw: Draw, max_changes: int = 3) -> tuple[Any, Any]:
    """A schema and a successor of it, in the same draft."""
    draft = draw(st.sampled_from(DRAFTS))
    first = draw(schemas(draft))
    second = copy.deepcopy(first)
    for _ in range(draw(st.integers(1, max_changes))):
        second = _changed(draw, second, draft)
    return first, second


def _changed(draw: Draw, root: Any, draft: str) -> Any:
    """The schema with one change somewhere; in place but for the root."""
    box = {"root": root}
    holder, key = draw(st.sampled_from(list(_places(box))))
    schema = holder[key]
    change = draw(st.sampled_from(_CHANGES if isinstance(schema, dict) else _NEW))
    holder[key] = change(draw, schema, draft)
    if isinstance(root, dict) and isinstance(box["root"], dict):
        box["root"].setdefault("definitions", root.get("definitions", {}))
    return _rooted(draw, box["root"], draft)


def _places(box: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    """Where schemas are: a container and its key."""
    ahead: list[tuple[Any, Any]] = [(box, "root")]
    while ahead:
        holder, key = ahead.pop()
        yield holder, key
        if isinstance(holder[key], dict):
            ahead += _below(holder[key])


def _below(schema: dict[str, Any]) -> Iterator[tuple[Any, Any]]:
    for word, value in schema.items():
        if word in ("properties", "patternProperties", "definitions"):
            yield from ((value, name) for name in value)
        elif word in ("allOf", "anyOf", "oneOf", "prefixItems", "items"):
            if isinstance(value, list):
                yield from ((value, index) for index in range(len(value)))
            else:
                yield schema, word
        elif word in ("additionalProperties", "additionalItems", "not", "contains"):
            yield schema, word


def _drop_a_keyword(draw: Draw, schema: dict[str, Any], _draft: str) -> Any:
    words = sorted(word for word in schema if word not in ("$schema", "definitions"))
    if words:
        word = draw(st.sampled_from(words))
        del schema[word]
        # In draft 4 it is a boolean that says something of the limit.
        if isinstance(schema.get(f"exclusive{word.title()}"), bool):
            del schema[f"exclusive{word.title()}"]
    return schema


def _take_keywords(draw: Draw, schema: dict[str, Any], draft: str) -> Any:
    other = draw(_schemas(draft, 1))
    return {**schema, **other} if isinstance(other, dict) else other


def _name_a_property(draw: Draw, schema: dict[str, Any], draft: str) -> Any:
    properties = schema.setdefault("properties", {})
    properties[draw(st.sampled_from(_NAMES))] = draw(_schemas(draft, _MOST_NESTED))
    return schema


def _choose(draw: Draw, schema: Any, draft: str) -> Any:
    other = draw(_schemas(draft, _MOST_NESTED))
    if isinstance(schema, bool) and draft == DRAFTS[0]:
        # There are booleans beside objects and arrays only.
        schema = {} if schema else {"not": {}}
    branches = draw(st.permutations([_bare(schema), other]))
    return {draw(st.sampled_from(["anyOf", "oneOf", "allOf"])): branches}


def _bare(schema: Any) -> Any:
    if not isinstance(schema, dict):
        return schema
    return {
        word: value
        for word, value in schema.items()
        if word not in ("$schema", "definitions")
    }


def _replace(draw: Draw, _schema: Any, draft: str) -> Any:
    return draw(_schemas(draft, 1))


def _widen(draw: Draw, schema: dict[str, Any], _draft: str) -> Any:
    """What is allowed most often: less is asked for."""
    for word in sorted(schema):
        value = schema[word]
        if type(value) is int and draw(st.booleans()):
            schema[word] = value + (1 if word.startswith("max") else -1)
            if word not in ("maximum", "minimum"):
                schema[word] = max(0, schema[word])
        if word == "multipleOf":
            schema[word] = value / 2
        if word == "enum":
            schema[word] = [*value, "new"]
    return schema


_NEW = (_replace, _choose)
_CHANGES = (
    *(_widen, _widen, _drop_a_keyword, _drop_a_keyword),
    *(_take_keywords, _name_a_property, *_NEW),
)
