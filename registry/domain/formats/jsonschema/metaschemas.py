"""The metaschemas: what every schema of a draft has to satisfy.

They come with jsonschema-rs, as does the engine that applies them, which takes regular
expressions in the dialect of ECMA-262 and in linear time where it can.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Final, NoReturn

import jsonschema_rs
from jsonschema_rs import ValidationError, ValidationErrorKind

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.jsonschema.drafts import Draft
from registry.domain.formats.jsonschema.wording import shown
from registry.domain.json_text import escaped

_VALIDATORS: Final = {
    Draft.DRAFT4: jsonschema_rs.Draft4Validator,
    Draft.DRAFT6: jsonschema_rs.Draft6Validator,
    Draft.DRAFT7: jsonschema_rs.Draft7Validator,
    Draft.DRAFT2019: jsonschema_rs.Draft201909Validator,
    Draft.DRAFT2020: jsonschema_rs.Draft202012Validator,
}
REGULAR_EXPRESSION: Final = "a regular expression of ECMA-262"
_CONTAINERS: Final = ("definitions", "$defs")
_EXPECTED: Final = {
    "type": (
        "one of array, boolean, integer, null, number, object and string, or a list of"
        " them, each once"
    ),
    "items": "a schema or a list of schemas",
    "dependencies": "a schema or a list of names",
}
"""Of keywords whose values may have more than one form."""

_EXPECTED_BY_KIND: Final = {
    "exclusiveMinimum": "a number above {limit}",
    "format": REGULAR_EXPRESSION,
    "minItems": "at least {limit} element",
    "minimum": "a number of {limit} or more",
    "pattern": "a text that matches {pattern}",
    "required": "the keyword '{property}' in this schema",
    "uniqueItems": "each element once",
}
_SOMETHING_ELSE: Final = "a value that satisfies '{kind}' of the metaschema"

_ADDRESSES: Final = ("uri", "uri-reference", "iri", "iri-reference")
"""Formats that are not checked: half of all schemas have a space somewhere in them,
and what counts is whether the reference leads anywhere."""


class RefusedError(Exception):
    """What a metaschema refuses.

    Attributes:
        reason: What was expected and what was found, without the place.
        pointer: JSON pointer below the schema that was checked.

    """

    def __init__(self, reason: str, pointer: str) -> None:
        self.reason = reason
        self.pointer = pointer
        super().__init__(reason)


def is_satisfied(schema: Any, draft: Draft) -> bool:
    """Whether a schema satisfies the metaschema of its draft."""
    return _validator(draft).is_valid(schema)


def check(schema: Any, draft: Draft) -> None:
    """Hold a schema against the metaschema of its draft.

    To say what is wrong takes time quadratic in the depth at which it is: meant for the
    innermost schema that is wrong.

    Raises:
        RefusedError: With the first thing that is wrong, as deep down as can be told.

    """
    try:
        _validator(draft).validate(schema)
    except ValidationError as error:
        raise _refusal(error) from error


def find(address: str) -> Any:
    """Return the metaschema, or the part of one, at an address; None if there is none.

    Source: JSON Schema, as published with each draft.
    """
    return _published().get(address)


@cache
def _validator(draft: Draft) -> jsonschema_rs.Validator:
    return _VALIDATORS[draft](
        {"$ref": draft.metaschema},
        retriever=refuse,
        validate_formats=True,
        formats=dict.fromkeys(_ADDRESSES, _anything),
    )


def refuse(address: str) -> NoReturn:
    """Retrieve nothing: what is not at hand is not looked for elsewhere."""
    raise InvalidSchemaError(f"expected a schema that is registered, found {address}")


def _anything(_text: str) -> bool:
    return True


@cache
def _published() -> Mapping[str, Any]:
    """All metaschemas by address, as the engine bundles them."""
    return {
        address: schema
        for draft in Draft
        for container in _CONTAINERS
        for address, schema in _bundled(draft).get(container, {}).items()
    }


def _bundled(draft: Draft) -> dict[str, Any]:
    schema = {"$schema": draft.metaschema, "$ref": draft.metaschema}
    return jsonschema_rs.bundle(schema, retriever=refuse)


def _refusal(error: ValidationError) -> RefusedError:
    worst = _deepest(error)
    pointer = "".join(f"/{escaped(str(each))}" for each in worst.instance_path)
    kind = worst.kind
    if isinstance(kind, ValidationErrorKind.PropertyNames):
        pointer += f"/{escaped(str(kind.error.instance))}"
        return RefusedError(_sentence(kind.error), pointer)
    return RefusedError(_sentence(worst), pointer)


def _deepest(error: ValidationError) -> ValidationError:
    """Return what is wrong in the branch that was most likely meant."""
    while isinstance(error.kind, ValidationErrorKind.AnyOf):
        below = [each for branch in error.kind.context for each in branch]
        deepest = max(below, key=lambda each: len(each.instance_path), default=error)
        if len(deepest.instance_path) <= len(error.instance_path):
            break
        error = deepest
    return error


def _sentence(error: ValidationError) -> str:
    return f"expected {_expected(error)}, found {shown(error.instance)}"


def _expected(error: ValidationError) -> str:
    match error.kind:
        case ValidationErrorKind.AnyOf():
            return _of_keyword(error.instance_path)
        case ValidationErrorKind.Type(types=types):
            return _one_of(types)
        case ValidationErrorKind.Enum(options=options):
            return f"one of {', '.join(map(str, options))}"
        case kind:
            template = _EXPECTED_BY_KIND.get(kind.name, _SOMETHING_ELSE)
            return template.format(kind=kind.name, **kind.as_dict())


def _of_keyword(path: Sequence[str | int]) -> str:
    # `dependencies` has such values one level further down.
    for name in reversed(path[-2:]):
        if name in _EXPECTED:
            return _EXPECTED[str(name)]
    return "a schema: an object or a boolean"


def _one_of(types: Sequence[str]) -> str:
    if set(types) == {"boolean", "object"}:
        return "a schema: an object or a boolean"
    article = {"object": "an", "array": "an", "integer": "an"}
    return " or ".join(f"{article.get(each, 'a')} {each}" for each in types)
