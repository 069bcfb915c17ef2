"""The parts of a JSON Schema that lint looks at, and what their values are held to."""

from collections import deque
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeGuard
from urllib.parse import urljoin

import jsonschema_rs
from jsonschema_rs import ReferencingError, ValidationError

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.jsonschema import metaschemas, patterns
from registry.domain.formats.jsonschema.documents import Located, Resolver
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.rules import Spot

_MOST_KEPT: Final = 4
_MOST_FOLLOWED: Final = 20_000
_UNNAMED: Final = "schema"
_OF_NAMES: Final = frozenset(
    ("properties", "$defs", "definitions", "patternProperties", "dependentSchemas")
)
_APPLIED: Final = frozenset(("if", "then", "else", "not"))
_APPLIED_SEVERAL: Final = frozenset(
    ("allOf", "anyOf", "oneOf", "dependentSchemas", "dependencies")
)
"""Keywords whose schemas are about the very value that their own schema is about."""
_ANY_NAME: Final = frozenset(("patternProperties", "$dynamicRef", "$recursiveRef"))
_OWN_ADDRESS: Final = "https://schema.invalid/"
"""What a schema's own id is relative to; nobody ever asks for it."""
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
        around: The schemas around it that the same value has to fit, the nearest first:
            it is a branch of them, or a condition.
        is_alone: Whether no such schema describes the property as well; otherwise this
            one only narrows it.

    """

    located: Located
    element: str
    described: str
    around: tuple["Part", ...] = ()
    is_alone: bool = True

    @property
    def value(self) -> dict[str, Any]:
        found: dict[str, Any] = self.located.value
        return found

    @property
    def spot(self) -> Spot:
        return self.located.spot

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
    # Outer ones come first. Each object that was read is one of its own.
    known: dict[int, Part] = {}
    for located in _reached(schema.resolver):
        if isinstance(located.value, dict) and id(located.value) not in known:
            tokens = _tokens(located)
            name, described = _name(schema, tokens), _property(tokens)
            around = _around(located, known)
            part = Part(
                located, name, described, around, _is_alone(located, described, known)
            )
            known[id(located.value)] = part
            yield part


def _reached(resolver: Resolver) -> Iterator[Located]:
    """Yield all schemas of the text, and then those that only references lead to.

    Without a dialect, and so by draft 7, there are no schemas in `$defs` otherwise.
    """
    root = resolver.root()
    seen: set[Located] = set()
    ahead = deque([root])
    while ahead:
        start = ahead.popleft()
        for schema in () if start in seen else start.all_schemas():
            if schema in seen:
                continue
            seen.add(schema)
            yield schema
            said = schema.value.get("$ref") if isinstance(schema.value, dict) else None
            found = resolver.find(said, schema) if isinstance(said, str) else None
            if found is not None and found.document is root.document:
                ahead.append(found)


def _around(located: Located, known: Mapping[int, Part]) -> tuple[Part, ...]:
    """Return the schemas that a schema is a branch or a condition of."""
    holder, token = located.around, located.token
    if holder is None:
        return ()
    part = known.get(id(holder.value))
    if part is None and holder.around is not None:
        # One of several, in a list or by names.
        part, token = known.get(id(holder.around.value)), holder.token
        applies = _APPLIED_SEVERAL
    else:
        applies = _APPLIED
    return (part, *part.around) if part is not None and token in applies else ()


def _is_alone(located: Located, described: str, known: Mapping[int, Part]) -> bool:
    members = located.around
    if not described or members is None or members.around is None:
        return True
    part = known.get(id(members.around.value))
    around = () if part is None else part.around
    return not any(described in (_members(each.value)) for each in around)


def _members(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


class Names:
    """The names of properties that schemas of one text know of.

    How many schemas are looked at is bounded, for all questions together.
    """

    def __init__(self, schema: JsonSchema) -> None:
        self._resolver = schema.resolver
        self._left = _MOST_FOLLOWED

    def of(self, part: Part) -> frozenset[str] | None:
        """Return those of a schema; None where there may be any.

        Those of the schemas around it, of its branches and of what it refers to count
        too.
        """
        names: set[str] = set()
        seen: set[Located] = set()
        ahead = [part.located, *(each.located for each in part.around)]
        while ahead:
            at = ahead.pop()
            if at in seen or not isinstance(at.value, dict):
                continue
            seen.add(at)
            followed = self._followed(at)
            if followed is None:
                return None
            names.update(_members(at.value))
            ahead += followed
        return frozenset(names)

    def _followed(self, at: Located) -> list[Located] | None:
        """Return the schemas that are about the same value; None for unknown ones."""
        if self._left < 0:
            return None
        reference = at.value.get("$ref")
        target = self._resolver.find(reference, at) if _is_text(reference) else None
        if _ANY_NAME & at.value.keys() or (_is_text(reference) and target is None):
            return None
        found = [each for each in at.schemas() if _applies(each, at)]
        found += [] if target is None else [target]
        self._left -= 1 + len(found)
        return found if self._left >= 0 else None


def _is_text(value: Any) -> TypeGuard[str]:
    return isinstance(value, str)


def _applies(schema: Located, at: Located) -> bool:
    """Say whether a schema below another one is about the same value."""
    holder = schema.around
    if holder is not None and holder.value is at.value:
        return schema.token in _APPLIED
    return holder is not None and holder.token in _APPLIED_SEVERAL


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


def _address(name: str) -> str:
    try:
        return urljoin(_OWN_ADDRESS, name)
    except ValueError:
        # Brackets that are no IPv6 address.
        return _OWN_ADDRESS


class Validators:
    """Holds values of a text against the schemas that they stand in."""

    def __init__(self, schema: JsonSchema) -> None:
        root = schema.document.root
        draft = schema.document.draft
        own = root.get(draft.id_keyword) if isinstance(root, dict) else None
        self._address = _address(own.partition("#")[0] if _is_text(own) else "")
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
