"""Manifests completed: with the fields that their schemas have."""

import copy
from collections.abc import Sequence
from typing import Any

from registry.gate.rendering.described import Described
from registry.gate.rendering.elements import Element
from registry.gate.rendering.yaml_writing import kept, written


def texts(contracts: Sequence[Described]) -> dict[str, str]:
    """Return a document for each contract, by its id."""
    return {f"{each.id}.odcs.yaml": written(completed(each)) for each in contracts}


def completed(it: Described) -> dict[str, Any]:
    """Return a manifest with all fields; what it says itself stays as it is."""
    value: dict[str, Any] = copy.deepcopy(it.value)
    if not it.elements:
        return value
    objects = value.setdefault("schema", [])
    if not objects:
        objects.append({"name": it.name})
    first = objects[0]
    first.setdefault("logicalType", "object")
    first["properties"] = _merged(it.elements, first.get("properties") or [])
    return value


def _merged(elements: Sequence[Element], said: list[Any]) -> list[Any]:
    """Put fields in the order of the schema, then what only the manifest knows."""
    by_name = {each.get("name"): each for each in said if isinstance(each, dict)}
    names = {each.name for each in elements}
    made = [_property(each, by_name.get(each.name, {})) for each in elements]
    return made + [each for each in said if not _is_named(each, names)]


def _is_named(value: Any, names: set[str]) -> bool:
    return isinstance(value, dict) and value.get("name") in names


def _property(element: Element, said: dict[str, Any]) -> dict[str, Any]:
    known = kept(
        (
            ("name", element.name),
            ("logicalType", element.logical),
            ("physicalType", element.physical),
            ("required", element.is_required),
            ("description", element.description),
        )
    )
    made = {**known, **said}
    kind = made.get("logicalType")
    # The standard has fields for objects alone, and items for arrays.
    if element.inside and kind in ("object", None):
        made["properties"] = _merged(element.inside, made.get("properties") or [])
    if element.each is not None and kind in ("array", None):
        made["items"] = _property(element.each, made.get("items") or {})
    return made
