"""The properties of JSON Schemas."""

from typing import Any, Final
from urllib.parse import unquote

from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.gate.rendering.elements import MOST_LEVELS, Budget, Element

_KINDS: Final = {
    "boolean": "boolean",
    "integer": "integer",
    "number": "number",
    "string": "string",
    "object": "object",
    "array": "array",
}
_FORMATS: Final = {"date": "date", "date-time": "timestamp", "time": "time"}
_MOST_STEPS: Final = 16


def elements(schema: JsonSchema, _message: str | None) -> tuple[Element, ...]:
    """See `elements.elements`. References into other texts are not followed."""
    root = schema.document.root
    return _properties(root, root, (), Budget())


def _properties(
    value: Any, root: Any, around: tuple[int, ...], budget: Budget
) -> tuple[Element, ...]:
    value = _meant(value, root)
    given = value.get("properties") if isinstance(value, dict) else None
    if not isinstance(given, dict) or id(value) in around or len(around) > MOST_LEVELS:
        return ()
    required = value.get("required")
    needed = required if isinstance(required, list) else []
    inside = (*around, id(value))
    return tuple(
        _element(name, each, root, inside, budget, is_required=name in needed)
        for name, each in given.items()
        if budget.take()
    )


def _element(
    name: str,
    value: Any,
    root: Any,
    around: tuple[int, ...],
    budget: Budget,
    *,
    is_required: bool | None = None,
) -> Element:
    own = value if isinstance(value, dict) else {}
    meant = _meant(value, root)
    kind = _kind(meant)
    form = meant.get("format") if isinstance(meant, dict) else None
    logical = _KINDS.get(kind, "")
    if kind == "string" and isinstance(form, str):
        logical = _FORMATS.get(form, logical)
    physical = f"{kind} ({form})" if isinstance(form, str) else kind or "any"
    description = own.get("description") or (
        meant.get("description") if isinstance(meant, dict) else ""
    )
    items = meant.get("items") if kind == "array" and isinstance(meant, dict) else None
    is_shallow = len(around) <= MOST_LEVELS
    each = (
        _element("", items, root, (*around, 0), budget)
        if isinstance(items, dict) and is_shallow and budget.take()
        else None
    )
    return Element(
        name,
        logical,
        physical,
        description if isinstance(description, str) else "",
        is_required,
        _properties(meant, root, around, budget) if kind == "object" else (),
        each,
    )


def _kind(value: Any) -> str:
    kind = value.get("type") if isinstance(value, dict) else None
    if isinstance(kind, list):
        real = [each for each in kind if each != "null"]
        kind = real[0] if len(real) == 1 else None
    return kind if isinstance(kind, str) else ""


def _meant(value: Any, root: Any) -> Any:
    """Return what a reference within the text leads to; the value itself if nowhere."""
    for _ in range(_MOST_STEPS):
        target = value.get("$ref") if isinstance(value, dict) else None
        if not isinstance(target, str) or not target.startswith("#/"):
            break
        found = root
        for token in target[2:].split("/"):
            name = unquote(token).replace("~1", "/").replace("~0", "~")
            found = found.get(name) if isinstance(found, dict) else None
        if found is None:
            break
        value = found
    return value
