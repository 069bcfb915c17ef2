"""Objects: their properties, those that are named and all others."""

from collections.abc import Generator, Iterable
from typing import Any, Final

from registry.domain.formats.jsonschema import changes, rules
from registry.domain.formats.jsonschema.breaches import Breach, Found, Way
from registry.domain.formats.jsonschema.content import (
    covering_property,
    is_open_object,
)
from registry.domain.formats.jsonschema.nodes import MISSING, Empty, Never, Object
from registry.domain.formats.jsonschema.rules import Difference
from registry.domain.formats.jsonschema.work import (
    Frame,
    Pair,
    Partial,
    Work,
    below,
    held,
)

_REFERENCES: Final = frozenset({"$ref", "$dynamicRef", "$recursiveRef"})

_VALUES_A_STEP: Final = 20
"""How many equal values are passed over in the time of a step."""


def objects(work: Work, reader: Object, writer: Object) -> Frame:
    found = work.noted(reader, writer)
    work.add(found, changes.required(reader, writer))
    yield from _properties(work, reader, writer, found)
    work.add(found, changes.needs(reader, writer))
    yield from _dependents(work, reader, writer, found)
    yield from _other_properties(work, reader, writer, found)
    work.add(found, changes.bounds(rules.OBJECT_BOUNDS, reader, writer))
    if work.is_thorough:
        yield from _unseen(work, reader, writer, found)
    return found


def _properties(work: Work, reader: Object, writer: Object, found: Found) -> Partial:
    work.spend(len(reader.properties) + len(writer.properties))
    known = reader.properties
    is_one_draft = reader.at.document.draft is writer.at.document.draft
    for name, schema in writer.properties.items():
        if name not in known:
            yield from _removed_property(work, reader, writer, name, found)
        elif not (is_one_draft and _are_the_same(work, known[name], schema)):
            way = Way(f"properties/{name}", f".{name}")
            answer = yield (
                reader.inside("properties", name),
                writer.inside("properties", name),
            )
            found.include(way, answer)
    for name in known:
        if name not in writer.properties:
            yield from _added_property(work, reader, writer, name, found)


def _removed_property(
    work: Work, reader: Object, writer: Object, name: str, found: Found
) -> Partial:
    if is_open_object(reader):
        change = rules.PROPERTY_REMOVED_FROM_OPEN
    elif (covering := covering_property(reader, name, work.matches)) is not None:
        pair = reader.inside(*covering), writer.inside("properties", name)
        answer = yield pair
        found.include(Way(f"properties/{name}", f".{name}"), answer)
        change = rules.PROPERTY_REMOVED_IS_COVERED
        if answer.breaks:
            change = rules.PROPERTY_REMOVED_NOT_COVERED
    elif isinstance(writer.inside("properties", name), Never):
        change = rules.PROPERTY_WITH_FALSE_REMOVED_FROM_CLOSED
    else:
        change = rules.PROPERTY_REMOVED_FROM_CLOSED
    work.add(found, [_at_property(change, reader, writer, name)])


def _added_property(
    work: Work, reader: Object, writer: Object, name: str, found: Found
) -> Partial:
    changes: list[Difference] = []
    if is_open_object(writer):
        changes.append(_added_to_open(reader, name))
    else:
        covering = covering_property(writer, name, work.matches)
        if covering is not None:
            pair = reader.inside("properties", name), writer.inside(*covering)
            answer = yield pair
            found.include(Way(f"properties/{name}", f".{name}"), answer)
            changes.append(
                rules.PROPERTY_ADDED_NOT_COVERED
                if answer.breaks
                else rules.PROPERTY_ADDED_IS_COVERED
            )
        elif work.is_thorough and _is_let_past(reader, writer, name):
            changes.append(rules.PROPERTY_ADDED_BESIDE_PATTERNS)
        changes.append(_added_to_unopen(reader, name))
    work.add(found, (_at_property(each, reader, writer, name) for each in changes))


def _dependents(work: Work, reader: Object, writer: Object, found: Found) -> Partial:
    for name in {**writer.dependents, **reader.dependents}:
        under = reader.dependents.get(name), writer.dependents.get(name)
        if under[0] is None or under[1] is None:
            change = rules.DEPENDENCY_SCHEMA_ADDED
            if under[0] is None:
                change = rules.DEPENDENCY_SCHEMA_REMOVED
            breach = changes.depending(change, reader, writer, name, under)
            work.add(found, [breach])
        else:
            answer = yield reader.inside(under[0], name), writer.inside(under[1], name)
            found.include(Way(f"dependencies/{name}"), answer)


def _other_properties(
    work: Work, reader: Object, writer: Object, found: Found
) -> Partial:
    keyword = "additionalProperties"
    now, before = reader.additional, writer.additional
    change = changes.additional(now, before, "PROPERTIES")
    if change is not None:
        work.add(found, [Breach.at(change, reader, writer, keyword)])
    elif isinstance(now, dict):
        yield from below(reader, writer, keyword, found)
    keyword = "unevaluatedProperties"
    now, before = reader.unevaluated, writer.unevaluated
    change = changes.unevaluated(now, before, "PROPERTIES")
    if change is not None:
        work.add(found, [Breach.at(change, reader, writer, keyword)])
    elif isinstance(now, dict) and isinstance(before, dict):
        yield from below(reader, writer, keyword, found)


def _unseen(work: Work, reader: Object, writer: Object, found: Found) -> Partial:
    change = rules.PROPERTY_NAMES_CHANGED
    yield from held(work, reader, writer, "propertyNames", change, found)
    for pattern in {**writer.patterns, **reader.patterns}:
        told = yield from _pattern_change(reader, writer, pattern)
        if told is not None:
            work.add(found, [Breach.at(told, reader, writer, "patternProperties")])
        if told is rules.PATTERN_PROPERTIES_CHANGED:
            return


def _pattern_change(
    reader: Object, writer: Object, pattern: str
) -> Generator[Pair, Found, Difference | None]:
    """Return what became of a pattern: a warning, or only that more fits."""
    if pattern in reader.patterns and pattern in writer.patterns:
        way = ("patternProperties", pattern)
        answer = yield reader.inside(*way), writer.inside(*way)
        if not (answer.breaks or answer.warns):
            return rules.SCHEMA_REMOVED if answer.entries else None
    elif pattern not in reader.patterns and is_open_object(reader):
        return rules.SCHEMA_REMOVED
    return rules.PATTERN_PROPERTIES_CHANGED


def _are_the_same(work: Work, one: Any, other: Any) -> bool:
    """Whether two schemas of one draft are equal and refer to nothing; most are.

    What is equal differs in nothing: no node needs to be made of it.
    """
    if one != other:
        return False
    seen, left = 0, [(one, other)]
    inside: Iterable[tuple[Any, Any]] | None = ()
    while left and inside is not None:
        seen += 1
        inside = _inside(*left.pop())
        left += inside or ()
    work.spend(seen // _VALUES_A_STEP)
    return inside is not None


def _inside(one: Any, other: Any) -> Iterable[tuple[Any, Any]] | None:
    """What two equal values hold; None if they differ after all, or refer elsewhere."""
    # To Python, true and 1 are equal.
    if type(one) is not type(other):
        return None
    if type(one) is dict:
        pairs = ((value, other[name]) for name, value in one.items())
        return pairs if _REFERENCES.isdisjoint(one) else None
    return zip(one, other, strict=True) if type(one) is list else ()


def _added_to_open(reader: Object, name: str) -> Difference:
    if isinstance(reader.inside("properties", name), Empty):
        return rules.PROPERTY_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN
    if name not in reader.required:
        return rules.OPTIONAL_PROPERTY_ADDED_TO_OPEN
    if changes.has_default(reader, name):
        return rules.REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN
    return rules.REQUIRED_PROPERTY_ADDED_TO_OPEN


def _added_to_unopen(reader: Object, name: str) -> Difference:
    if name not in reader.required:
        return rules.OPTIONAL_PROPERTY_ADDED_TO_UNOPEN
    if changes.has_default(reader, name):
        return rules.REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_UNOPEN
    return rules.REQUIRED_PROPERTY_ADDED_TO_UNOPEN


def _is_let_past(reader: Object, writer: Object, name: str) -> bool:
    """Whether no pattern of the writer matches a name, and it allows it all the same.

    Source: to Confluent's registry, an object with patterns is closed to other names.
    """
    is_refused = writer.additional is False or (
        writer.additional is MISSING and writer.unevaluated is False
    )
    is_held = not isinstance(reader.inside("properties", name), Empty)
    return bool(writer.patterns) and is_held and not is_refused


def _at_property(
    change: Difference, reader: Object, writer: Object, name: str
) -> Breach:
    return Breach.at(change, reader, writer, "properties", name, name=f".{name}")
