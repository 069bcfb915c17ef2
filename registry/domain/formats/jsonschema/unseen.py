"""What the comparison passes over and a person should know: checks for warnings.

Like those of `changes` they look at a pair alone.
"""

from collections.abc import Iterator
from typing import Final

from registry.domain.formats.jsonschema import rules
from registry.domain.formats.jsonschema.breaches import Breach
from registry.domain.formats.jsonschema.changes import has_default, named, written
from registry.domain.formats.jsonschema.nodes import (
    Combined,
    Criterion,
    Empty,
    Node,
    Object,
    String,
    Typed,
)

_FORMATS: Final = ("format", "contentEncoding", "contentMediaType")
_UNEVALUATED: Final = frozenset({"unevaluatedProperties", "unevaluatedItems"})
_IN_PLACE: Final = frozenset(
    {*Criterion, "$ref", "$dynamicRef", "$recursiveRef", "if", "dependentSchemas"}
)


def unseen(reader: Node, writer: Node) -> Iterator[Breach]:
    """For two schemas of one kind, their insides left aside."""
    yield from _default(reader, writer)
    if not isinstance(reader, Typed) or not isinstance(writer, Typed):
        return
    if reader.is_typed and not writer.is_typed:
        shown = {"value": reader.word}
        yield Breach.at(rules.TYPE_BECAME_EXPLICIT, reader, writer, "type", **shown)
    if _is_wider(reader, writer):
        # No difference to the reference; but what is around may be concerned.
        yield Breach.at(rules.SCHEMA_REMOVED, reader, writer)
    if isinstance(reader, String) and isinstance(writer, String):
        yield from _format(reader, writer)
        yield from _pattern(reader, writer)
    if isinstance(reader, Object) and isinstance(writer, Object):
        yield from _required(reader, writer)


def _is_wider(reader: Typed, writer: Typed) -> bool:
    """Whether more fits than before, without a difference that says so."""
    is_less_needed = (
        isinstance(reader, Object)
        and isinstance(writer, Object)
        and not writer.required <= reader.required
    )
    return is_less_needed or (writer.is_typed and not reader.is_typed)


def _default(reader: Node, writer: Node) -> Iterator[Breach]:
    if "default" not in reader.notes or "default" not in writer.notes:
        return
    # Compared as text: to Python, 1 and true are equal.
    value, before = written(reader.notes["default"]), written(writer.notes["default"])
    if value != before:
        shown = {"value": value, "written": before}
        yield Breach.at(rules.DEFAULT_VALUE_CHANGED, reader, writer, "default", **shown)


def _format(reader: String, writer: String) -> Iterator[Breach]:
    for keyword in _FORMATS:
        now, before = reader.limits.get(keyword), writer.limits.get(keyword)
        if now is not None and now != before:
            shown = {
                "value": f"{keyword} {written(now)}",
                "written": "any string" if before is None else written(before),
            }
            yield Breach.at(rules.FORMAT_CHANGED, reader, writer, keyword, **shown)


def _pattern(reader: String, writer: String) -> Iterator[Breach]:
    now, before = reader.pattern, writer.pattern
    if now is not None and before is not None and now != before:
        shown = {"value": written(now), "written": written(before)}
        yield Breach.at(rules.PATTERN_MAY_BE_EQUAL, reader, writer, "pattern", **shown)


def _required(reader: Object, writer: Object) -> Iterator[Breach]:
    """Names that became required without any rule against it."""
    names = reader.required - writer.required
    passed = {name for name in names if not _is_refused(reader, writer, name)}
    if passed:
        shown = {"value": named(passed)}
        yield Breach.at(rules.REQUIRED_UNCHECKED, reader, writer, "required", **shown)


def _is_refused(reader: Object, writer: Object, name: str) -> bool:
    if name not in reader.properties or has_default(reader, name):
        return False
    if name in writer.properties:
        return True
    return not isinstance(reader.inside("properties", name), Empty)


def around(reader: Node, writer: Node) -> Iterator[Breach]:
    """For two schemas between which there is any difference, however small."""
    if isinstance(reader, Combined) and reader.criterion is Criterion.ONE:
        below = (Criterion.ONE.value,)
        yield Breach.at(rules.ONE_OF_MAY_OVERLAP, reader, writer, *below)
    if _mixes_unevaluated(reader) or _mixes_unevaluated(writer):
        yield Breach.at(rules.UNEVALUATED_MAY_DIFFER, reader, writer)


def _mixes_unevaluated(node: Node) -> bool:
    """Whether what is unevaluated is restricted, and other schemas evaluate too."""
    # The notes, since of a part there is nothing to say beside the whole.
    is_restricted = not _UNEVALUATED.isdisjoint(node.notes)
    return is_restricted and not _IN_PLACE.isdisjoint(node.notes)
