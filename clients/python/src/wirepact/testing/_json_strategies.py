"""Values that fit a JSON Schema.

Drawn by the keywords that usual schemas have, and then held against the validator, so
that a keyword which is not known here costs draws and lets nothing wrong through.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from math import ceil, floor
from typing import Any, Final
from urllib.parse import unquote

from hypothesis import strategies as st

from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.codecs.languages import language_of
from wirepact.errors import EncodeError

Values = st.SearchStrategy[Any]

_MOST_LEVELS: Final = 5
_MOST_ITEMS: Final = 4
_LONGEST: Final = 20
_MOST_NUMBER: Final = 2**53 - 1

_TEXTS: Final = st.text(st.characters(codec="utf-8"), max_size=_LONGEST)
_FORMATS: Final[Mapping[str, Values]] = {
    "date": st.dates().map(lambda each: each.isoformat()),
    "date-time": st.datetimes().map(
        lambda each: each.isoformat(timespec="milliseconds") + "Z"
    ),
    "email": st.from_regex(r"\A[a-z]{1,8}@[a-z]{1,8}\.example\Z"),
    "time": st.times().map(lambda each: each.isoformat(timespec="seconds") + "Z"),
    "uri": st.from_regex(r"\Ahttps://[a-z]{1,8}\.example/[a-z]{0,8}\Z"),
    "uuid": st.uuids().map(str),
}
_ANYTHING: Final = st.none() | st.booleans() | st.integers(-9, 9) | _TEXTS


def values(resolved: ResolvedSchema) -> Values:
    """Return the values of a schema."""
    encode = language_of("JSON", Limits()).writer(resolved, None, dict).encode

    def fits(value: Any) -> bool:
        try:
            encode(value)
        except EncodeError:
            return False
        return True

    root = json.loads(resolved.schema.text)
    others = {
        name: json.loads(other.text) for name, other in resolved.references.items()
    }
    return _Drawing(root, others).of(root, _MOST_LEVELS).filter(fits)


class _Drawing:
    def __init__(self, root: Any, others: Mapping[str, Any]) -> None:
        self._root = root
        self._others = others

    def of(self, node: Any, left: int) -> Values:
        if not isinstance(node, dict):
            return _ANYTHING
        if "$ref" in node:
            return self._referred(node["$ref"], left)
        if "const" in node:
            return st.just(node["const"])
        if "enum" in node:
            return st.sampled_from(node["enum"])
        for choice in ("oneOf", "anyOf"):
            if choice in node:
                rest = {name: said for name, said in node.items() if name != choice}
                return self._chosen(rest, node[choice], left)
        if "allOf" in node:
            rest = {name: said for name, said in node.items() if name != "allOf"}
            return self.of(_merged(rest, node["allOf"]), left)
        return self._typed(node, left)

    def _chosen(self, rest: Any, branches: Sequence[Any], left: int) -> Values:
        return st.one_of([self.of(_merged(rest, [each]), left) for each in branches])

    def _typed(self, node: Any, left: int) -> Values:
        kinds = node.get("type", _guessed(node))
        drawing: Mapping[str, Callable[[], Values]] = {
            "null": st.none,
            "boolean": st.booleans,
            "integer": lambda: _integers(node),
            "number": lambda: _numbers(node),
            "string": lambda: _texts(node),
            "array": lambda: self._array(node, left),
            "object": lambda: self._object(node, left),
        }
        those = [kinds] if isinstance(kinds, str) else kinds
        return st.one_of([drawing[kind]() for kind in those])

    def _array(self, node: Any, left: int) -> Values:
        least = node.get("minItems", 0)
        most = node.get("maxItems", max(least, _MOST_ITEMS if left > 0 else 0))
        items = self._later(node.get("items", True), left)
        most = max(least, min(most, _LONGEST))
        unique_by = _identity if node.get("uniqueItems") else None
        return st.lists(items, min_size=least, max_size=most, unique_by=unique_by)

    def _object(self, node: Any, left: int) -> Values:
        needed = node.get("required", [])
        members = {
            name: self._later(inner, left)
            for name, inner in node.get("properties", {}).items()
        }
        must = {name: members.get(name, _ANYTHING) for name in needed}
        may = {
            name: inner
            for name, inner in members.items()
            if name not in must and left > 0
        }
        return st.fixed_dictionaries(must, optional=may)

    def _later(self, node: Any, left: int) -> Values:
        return st.deferred(lambda: self.of(node, left - 1))

    def _referred(self, reference: str, left: int) -> Values:
        name, _, pointer = reference.partition("#")
        found = self._others.get(name, self._root)
        for part in unquote(pointer).split("/")[1:]:
            found = found[part.replace("~1", "/").replace("~0", "~")]
        return self._later(found, left)


def _merged(first: Any, others: Sequence[Any]) -> Any:
    merged = dict(first)
    for other in others:
        for name, said in other.items():
            if name == "properties":
                merged[name] = {**merged.get(name, {}), **said}
            elif name == "required":
                merged[name] = [*merged.get(name, []), *said]
            else:
                merged[name] = said
    return merged


def _guessed(node: Any) -> str | list[str]:
    return "object" if "properties" in node or "required" in node else ["null"]


def _bounds(node: Any, step: float) -> tuple[float, float]:
    least = max(
        node.get("minimum", -_MOST_NUMBER),
        node.get("exclusiveMinimum", -_MOST_NUMBER - step) + step,
    )
    most = min(
        node.get("maximum", _MOST_NUMBER),
        node.get("exclusiveMaximum", _MOST_NUMBER + step) - step,
    )
    return least, most


def _integers(node: Any) -> Values:
    least, most = _bounds(node, 1)
    multiple = node.get("multipleOf", 1)
    return st.integers(ceil(least / multiple), floor(most / multiple)).map(
        lambda number: number * multiple
    )


def _numbers(node: Any) -> Values:
    if "multipleOf" in node:
        return _integers(node)
    least, most = _bounds(node, 0)
    return st.floats(least, most, allow_nan=False, allow_infinity=False)


def _texts(node: Any) -> Values:
    if "pattern" in node:
        return st.from_regex(node["pattern"])
    if node.get("format") in _FORMATS:
        return _FORMATS[node["format"]]
    least = node.get("minLength", 0)
    most = max(least, min(node.get("maxLength", _LONGEST), least + _LONGEST))
    return st.text(st.characters(codec="utf-8"), min_size=least, max_size=most)


def _identity(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
