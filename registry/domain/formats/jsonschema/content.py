"""Content models: what an object or an array makes of what it does not name.

An *open* one takes anything, a *closed* one nothing, and a *partially open* one holds
it to a schema.

Source: Confluent, "Schema Evolution and Compatibility", JSON Schema.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from registry.domain.formats.jsonschema.nodes import MISSING, Array, Object, Rest

Covering = tuple[str | int, ...]
"""Tokens that lead from an object or array to the schema for what it does not name."""

Matches = Callable[[str, str], bool]
"""Whether a pattern is found in a name."""

_ANYTHING: Final[tuple[Any, ...]] = (True, {})


def is_open_object(node: Object) -> bool:
    """Whether a property of any name may hold anything."""
    return not node.patterns and _is_open(node.additional, node.unevaluated)


def is_open_array(node: Array) -> bool:
    """Whether an item at any further position may be anything."""
    return _is_open(_further(node), node.unevaluated)


def covering_property(node: Object, name: str, matches: Matches) -> Covering | None:
    """Where the schema for a property without one of its own is, if there is any."""
    for pattern in node.patterns:
        if matches(pattern, name):
            return "patternProperties", pattern
    return _covering(
        node.additional, "additionalProperties", node.unevaluated, "Properties"
    )


def covering_item(node: Array) -> Covering | None:
    """Where the schema for an item beyond those listed is, if there is any."""
    return _covering(_further(node), node.additional_under, node.unevaluated, "Items")


def _further(node: Array) -> Rest:
    """What is said of items beyond those listed: nothing, if none is listed."""
    return node.additional if node.listed else MISSING


def _is_open(additional: Rest, unevaluated: Rest) -> bool:
    if additional is MISSING:
        return unevaluated is MISSING or unevaluated in _ANYTHING
    return additional is True


def _covering(
    additional: Rest, keyword: str, unevaluated: Rest, what: str
) -> Covering | None:
    if isinstance(additional, Mapping):
        return (keyword,)
    if additional is MISSING and isinstance(unevaluated, Mapping):
        return (f"unevaluated{what}",)
    return None
