"""The values of a JSON Schema, as far as it says what they are.

What is put together of several schemas, or depends on conditions, may be anything.
"""

from collections.abc import Mapping
from typing import Any, Final

from registry.application.parsing import Parsing, Source
from registry.domain.formats.jsonschema.documents import Located, Resolver
from registry.gate.quality.shapes import (
    Declared,
    Listed,
    Scalar,
    Shape,
    Struct,
    declared,
)

_TYPES: Final[Mapping[str, Scalar]] = {
    "boolean": Scalar.BOOL,
    "integer": Scalar.INT,
    "number": Scalar.DOUBLE,
    "string": Scalar.STRING,
}
_DEPENDS: Final = frozenset(
    {
        "$dynamicRef",
        "$recursiveRef",
        "allOf",
        "dependencies",
        "dependentSchemas",
        "else",
        "if",
        "then",
    }
)
_CHOICES: Final = ("anyOf", "oneOf")
_MORE: Final = frozenset({"patternProperties", "propertyNames"})
_MOST_FOLLOWED: Final = 50


def values(parsing: Parsing, source: Source, _message: str | None) -> Declared:
    """See `types.of`."""
    schema: Any = parsing.parse(source)
    shapes = _Shapes(schema.resolver)
    return declared(shapes.of(schema.resolver.root(), "the event"), mixes_numbers=True)


class _Shapes:
    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._structs: dict[Located, Struct] = {}

    def of(self, at: Located, name: str, depth: int = 0) -> Shape:
        said = at.value
        if not isinstance(said, dict) or depth > _MOST_FOLLOWED:
            return Scalar.ANY
        if "$ref" in said:
            return self._referred(at, name, depth)
        if _DEPENDS & said.keys():
            return Scalar.ANY
        for choice in _CHOICES:
            if choice in said:
                return self._chosen(at, choice, name, depth)
        match _type(said):
            case "object":
                return self._object(at, name)
            case "array":
                is_one = isinstance(said.get("items"), dict | bool)
                is_mixed = "prefixItems" in said or not is_one
                if is_mixed:
                    return Listed(Scalar.ANY)
                return Listed(self.of(at.inside("items"), name, depth + 1))
            case other:
                return _TYPES.get(other, Scalar.ANY)

    def _referred(self, at: Located, name: str, depth: int) -> Shape:
        said = at.value
        beside = {"properties", "type", *_CHOICES, *_DEPENDS, *_MORE} & said.keys()
        if beside and not at.document.draft.ignores_beside_ref:
            return Scalar.ANY
        reference = said["$ref"]
        found = (
            self._resolver.find(reference, at) if isinstance(reference, str) else None
        )
        return Scalar.ANY if found is None else self.of(found, name, depth + 1)

    def _chosen(self, at: Located, choice: str, name: str, depth: int) -> Shape:
        """Take the one schema beside that of null, as generators write what may be."""
        branches = at.value[choice]
        if {"properties", "type"} & at.value.keys() or not isinstance(branches, list):
            return Scalar.ANY
        left = [
            index
            for index, each in enumerate(branches)
            if not (isinstance(each, dict) and each.get("type") == "null")
        ]
        if len(left) != 1:
            return Scalar.ANY
        return self.of(at.inside(choice, left[0]), name, depth + 1)

    def _object(self, at: Located, name: str) -> Shape:
        said = at.value
        properties = said.get("properties")
        rest = said.get("additionalProperties", True)
        if _MORE & said.keys() or isinstance(rest, dict):
            return Scalar.MAP
        if not isinstance(properties, dict) or not properties:
            return Scalar.MAP
        known = self._structs.get(at)
        if known is None:
            title = said.get("title")
            shown = title if isinstance(title, str) and title else name
            is_open = rest is True and said.get("unevaluatedProperties", True) is True
            known = self._structs[at] = Struct(shown, is_open)
            for each in properties:
                inside = at.inside("properties", each)
                known.fields[each] = self.of(inside, each)
        return known


def _type(said: Mapping[str, Any]) -> str:
    """Return the one type that there is beside null; empty for none or several."""
    kinds = said.get("type")
    if kinds is None and ("const" in said or "enum" in said):
        choices = said.get("enum", [said.get("const")])
        is_text = isinstance(choices, list) and all(
            isinstance(each, str) for each in choices
        )
        return "string" if is_text else ""
    if kinds is None and "properties" in said:
        return "object"
    listed = [kinds] if isinstance(kinds, str) else kinds
    left = [each for each in listed or () if each != "null"]
    return left[0] if len(left) == 1 and isinstance(left[0], str) else ""
