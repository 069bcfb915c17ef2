"""The functions behind the lint table of JSON Schema."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, Final

from jsonschema_rs import Draft7Validator, RegexOptions, ValidationError

from registry.domain import json_text
from registry.domain.formats.jsonschema import metaschemas, patterns
from registry.domain.formats.jsonschema.drafts import Draft
from registry.domain.formats.jsonschema.lint_parts import (
    Names,
    Part,
    Validators,
    parts,
    properties,
)
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.json_text import escaped
from registry.domain.lint import Around, Remark
from registry.domain.meanings import is_id, is_money
from registry.domain.rules import Spot

MOST_VALIDATED: Final = 200
"""Values of one text that are held against their schemas."""

_LONGEST_PATTERN: Final = 4096
_LINEAR: Final = RegexOptions(size_limit=128 * 1024, dfa_size_limit=128 * 1024)
_FORMATS: Final = frozenset(
    [
        "date",
        "date-time",
        "duration",
        "email",
        "hostname",
        "idn-email",
        "idn-hostname",
        "ipv4",
        "ipv6",
        "iri",
        "iri-reference",
        "json-pointer",
        "regex",
        "relative-json-pointer",
        "time",
        "uri",
        "uri-reference",
        "uri-template",
        "uuid",
    ]
)
_ANNOTATIONS: Final = frozenset(
    [
        "binary",
        "byte",
        "decimal",
        "double",
        "float",
        "int16",
        "int32",
        "int64",
        "int8",
        "password",
        "uint16",
        "uint32",
        "uint64",
        "uint8",
    ]
)
"""Formats that tell generators of code what a value is; validators need not hold them.

Source: OpenAPI Initiative, Format Registry.
"""
_SAYS_TYPE: Final = frozenset(
    [
        "type",
        "$ref",
        "$dynamicRef",
        "$recursiveRef",
        "enum",
        "const",
        "allOf",
        "anyOf",
        "oneOf",
        "not",
        "if",
    ]
)
_SAYS_REST: Final = frozenset(("additionalProperties", "unevaluatedProperties"))
_ALLOWED_PREFIXES: Final = ("x-", "connect.", "confluent:")
_ALLOWED: Final = frozenset(("javaType",))
_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "integer": (int, float),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
    "object": (dict,),
    "array": (list,),
}
_WHOLE: Final = Spot("")


def dialect(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    root = schema.document.root
    if isinstance(root, dict) and "$schema" not in root:
        message = "the schema does not say its dialect by $schema"
        yield Remark(_WHOLE, _root_name(schema), message)


def has_id(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    root, keyword = schema.document.root, schema.document.draft.id_keyword
    if isinstance(root, dict) and keyword not in root:
        yield Remark(_WHOLE, _root_name(schema), f"the schema has no {keyword}")


def _root_name(schema: JsonSchema) -> str:
    return next((each.element for each in parts(schema)), "schema")


def typed(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    for part in properties(schema):
        if part.is_alone and not _SAYS_TYPE.intersection(part.value):
            message = f"the property '{part.described}' has no type"
            yield Remark(part.spot, part.element, message)


def described(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    for part in properties(schema):
        said = part.value.get("description")
        is_said = isinstance(said, str) and said.strip()
        if part.is_alone and not is_said and "$ref" not in part.value:
            message = f"the property '{part.described}' has no description"
            yield Remark(part.spot, part.element, message)


def property_case(schema: JsonSchema, around: Around[Any]) -> Iterator[Remark]:
    for part in properties(schema):
        if part.is_alone and not around.fields.pattern.fullmatch(part.described):
            message = (
                f"the property '{part.described}' is not written in {around.fields}"
            )
            yield Remark(part.spot, part.element, message)


def additional(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    for part in parts(schema):
        # A branch of an object only narrows what that one says.
        says = any(_SAYS_REST & each.value.keys() for each in (part, *part.around))
        is_branch = any("properties" in each.value for each in part.around)
        if "properties" in part.value and not says and not is_branch:
            message = (
                f"'{part.element}' does not say whether it may have other properties"
            )
            yield Remark(part.spot, part.element, message)


def required_exists(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    names = Names(schema)
    for part in parts(schema):
        own, required = part.value.get("properties"), part.value.get("required")
        if not isinstance(own, dict) or not isinstance(required, list):
            continue
        missing = [
            (index, name)
            for index, name in enumerate(required)
            if isinstance(name, str) and name not in own
        ]
        known = names.of(part) if missing else frozenset()
        for index, name in missing:
            if known is not None and name not in known:
                message = f"'{name}' is required and not among the properties"
                element = f"{part.element}.{name}"
                yield Remark(part.at("required", index), element, message)


def enums(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    for part in parts(schema):
        values = part.value.get("enum")
        if not isinstance(values, list):
            continue
        seen: set[str] = set()
        for index, value in enumerate(values):
            text = json_text.compact(value)
            shown = text[:80]
            fault = None
            if text in seen:
                fault = f"the value {shown} stands in the enum twice"
            elif part.types and not _has_type(value, part.types):
                fault = f"the value {shown} of the enum is not of its type"
            seen.add(text)
            if fault is not None:
                element = f"{part.element}.enum.{index}"
                yield Remark(part.at("enum", index), element, fault)


def _has_type(value: Any, types: Iterable[str]) -> bool:
    if isinstance(value, bool):
        return "boolean" in types
    return any(isinstance(value, _TYPES.get(each, ())) for each in types)


def defaults(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    validators = Validators(schema)
    having = (each for each in parts(schema) if "default" in each.value)
    for part in islice(having, MOST_VALIDATED):
        reason = validators.reason(part, part.value["default"])
        if reason is not None:
            message = f"the default of '{part.element}' does not fit: {reason}"
            yield Remark(part.at("default"), part.element, message)


def examples(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    validators = Validators(schema)
    for part, index, example in islice(_examples(schema), MOST_VALIDATED):
        reason = validators.reason(part, example)
        if reason is not None:
            message = (
                f"the example {index + 1} of '{part.element}' does not fit: {reason}"
            )
            element = f"{part.element}.examples.{index}"
            yield Remark(part.at("examples", index), element, message)


def _examples(schema: JsonSchema) -> Iterator[tuple[Part, int, Any]]:
    for part in parts(schema):
        found = part.value.get("examples")
        for index, each in enumerate(found if isinstance(found, list) else ()):
            yield part, index, each


def formats(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    for part in parts(schema):
        name = part.value.get("format")
        if isinstance(name, str) and name not in _FORMATS | _ANNOTATIONS:
            message = f"the format '{name[:80]}' is none that validators know"
            yield Remark(part.at("format"), part.element, message)


def ids(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    for part in properties(schema):
        if is_id(part.described) and "number" in part.types:
            message = (
                f"the id '{part.described}' is a number, which may have a fraction"
            )
            yield Remark(part.at("type"), part.element, message)


def money(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    for part in properties(schema):
        if is_money(part.described) and "number" in part.types:
            message = f"the amount '{part.described}' is a number, which rounds"
            yield Remark(part.at("type"), part.element, message)


def linear_patterns(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    for part in parts(schema):
        for spot, pattern in _patterns(part):
            if patterns.is_valid(pattern) and not _is_linear(pattern):
                message = (
                    "the pattern looks around or back, which can keep a validator busy"
                    " for ever"
                )
                yield Remark(spot, part.element, message)


def _patterns(part: Part) -> Iterator[tuple[Spot, str]]:
    if isinstance(pattern := part.value.get("pattern"), str):
        yield part.at("pattern"), pattern
    members = part.value.get("patternProperties")
    for each in members if isinstance(members, dict) else ():
        yield part.at("patternProperties", escaped(each)), each


def _is_linear(pattern: str) -> bool:
    if len(pattern) > _LONGEST_PATTERN:
        return False
    try:
        Draft7Validator(
            {"pattern": pattern}, pattern_options=_LINEAR, retriever=metaschemas.refuse
        )
    except ValidationError:
        return False
    return True


def discriminated(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    for part in parts(schema):
        found = part.value.get("oneOf")
        branches = [each for each in found or () if isinstance(each, dict)]
        described_here = [each for each in branches if "properties" in each]
        if len(described_here) < 2 or len(described_here) < len(branches):
            continue
        if not _discriminators(described_here):
            message = f"no property tells the branches of '{part.element}' apart"
            yield Remark(part.at("oneOf"), part.element, message)


def _discriminators(branches: list[dict[str, Any]]) -> set[str]:
    """Return the properties whose value is another one in each branch."""
    shared = set.intersection(*(set(each["properties"]) for each in branches))
    return {name for name in shared if _tells_apart(name, branches)}


def _tells_apart(name: str, branches: list[dict[str, Any]]) -> bool:
    seen: set[str] = set()
    for branch in branches:
        schema = branch["properties"][name]
        if not isinstance(schema, dict):
            return False
        values = [schema["const"]] if "const" in schema else schema.get("enum")
        if not isinstance(values, list) or not values:
            return False
        texts = {json_text.compact(each) for each in values}
        if texts & seen:
            return False
        seen |= texts
    return True


def unknown_keywords(schema: JsonSchema, _around: Around[Any]) -> Iterator[Remark]:
    root = schema.document.root
    is_said = isinstance(root, dict) and "$schema" in root
    drafts = (schema.document.draft,) if is_said else tuple(Draft)
    known = frozenset().union(*(each.keywords for each in drafts))
    for part in parts(schema):
        for name in part.value:
            is_ours = name in _ALLOWED or name.startswith(_ALLOWED_PREFIXES)
            if name not in known and not is_ours:
                message = f"'{name[:80]}' is no keyword of this draft"
                spot = part.at(escaped(name))
                yield Remark(spot, f"{part.element}.{name[:80]}", message)
