"""Arrays: their items, those at listed positions and all others."""

from registry.domain.formats.jsonschema import changes, rules
from registry.domain.formats.jsonschema.breaches import Breach, Found, Tokens, Way
from registry.domain.formats.jsonschema.content import covering_item, is_open_array
from registry.domain.formats.jsonschema.nodes import MISSING, Array, Empty, Never
from registry.domain.formats.jsonschema.rules import Difference
from registry.domain.formats.jsonschema.work import Frame, Partial, Work, below, held


def arrays(work: Work, reader: Array, writer: Array) -> Frame:
    found = work.noted(reader, writer)
    yield from _items(work, reader, writer, found)
    yield from _positions(work, reader, writer, found)
    yield from _other_items(work, reader, writer, found)
    for table in (rules.ARRAY_BOUNDS, rules.CONTAINS_BOUNDS):
        work.add(found, changes.bounds(table, reader, writer))
    work.add(found, changes.unique(reader, writer))
    if work.is_thorough:
        yield from _unseen(work, reader, writer, found)
    return found


def _items(work: Work, reader: Array, writer: Array, found: Found) -> Partial:
    if reader.has_items and writer.has_items:
        yield from below(reader, writer, "items", found, "[]")
    elif reader.has_items != writer.has_items:
        change = rules.SCHEMA_REMOVED
        if reader.has_items:
            change = rules.SCHEMA_ADDED
        work.add(found, [Breach.at(change, reader, writer, "items", name="[]")])


def _positions(work: Work, reader: Array, writer: Array, found: Found) -> Partial:
    now, before = len(reader.listed), len(writer.listed)
    work.spend(now + before)
    for index in range(max(now, before)):
        if index >= now:
            yield from _removed_item(work, reader, writer, index, found)
        elif index >= before:
            yield from _added_item(work, reader, writer, index, found)
        else:
            answer = yield (
                reader.inside(reader.listed_under, index),
                writer.inside(writer.listed_under, index),
            )
            found.include(Way(f"items/{index}", f"[{index}]"), answer)


def _removed_item(
    work: Work, reader: Array, writer: Array, index: int, found: Found
) -> Partial:
    place = writer.inside(writer.listed_under, index)
    if is_open_array(reader):
        change = rules.ITEM_REMOVED_FROM_OPEN
    elif (covering := covering_item(reader)) is not None:
        answer = yield reader.inside(*covering), place
        found.include(Way(f"items/{index}", f"[{index}]"), answer)
        change = rules.ITEM_REMOVED_IS_COVERED
        if answer.breaks:
            change = rules.ITEM_REMOVED_NOT_COVERED
    elif isinstance(place, Never):
        change = rules.ITEM_WITH_FALSE_REMOVED_FROM_CLOSED
    else:
        change = rules.ITEM_REMOVED_FROM_CLOSED
    work.add(found, [_at_item(change, reader, writer, index)])


def _added_item(
    work: Work, reader: Array, writer: Array, index: int, found: Found
) -> Partial:
    place = reader.inside(reader.listed_under, index)
    if is_open_array(writer):
        change = rules.ITEM_ADDED_TO_OPEN
        if isinstance(place, Empty):
            change = rules.ITEM_WITH_EMPTY_SCHEMA_ADDED_TO_OPEN
    elif (covering := covering_item(writer)) is not None:
        answer = yield place, writer.inside(*covering)
        found.include(Way(f"items/{index}", f"[{index}]"), answer)
        change = rules.ITEM_ADDED_IS_COVERED
        if answer.breaks:
            change = rules.ITEM_ADDED_NOT_COVERED
    else:
        change = rules.ITEM_ADDED_TO_CLOSED
    work.add(found, [_at_item(change, reader, writer, index)])


def _other_items(work: Work, reader: Array, writer: Array, found: Found) -> Partial:
    now, before = reader.additional, writer.additional
    under, was_under = reader.additional_under, writer.additional_under
    way = Way("additionalItems", "[]")
    change = changes.additional(now, before, "ITEMS")
    if change is not None:
        places: tuple[Tokens, Tokens] = (under,), (was_under,)
        work.add(found, [Breach(change, reader, writer, way, *places)])
    elif isinstance(now, dict):
        answer = yield reader.inside(under), writer.inside(was_under)
        found.include(way, answer)
    keyword = "unevaluatedItems"
    now, before = reader.unevaluated, writer.unevaluated
    change = changes.unevaluated(now, before, "ITEMS")
    if change is not None:
        work.add(found, [Breach.at(change, reader, writer, keyword)])
    elif isinstance(now, dict) and isinstance(before, dict):
        yield from below(reader, writer, keyword, found, "[]")


def _unseen(work: Work, reader: Array, writer: Array, found: Found) -> Partial:
    if writer.has_items and _leaves_items_unevaluated(reader):
        change = rules.UNEVALUATED_MAY_DIFFER
        work.add(found, [Breach.at(change, reader, writer, "unevaluatedItems")])
    change = rules.CONTAINS_CHANGED
    keyword = "contains"
    if keyword not in reader.at.value:
        if keyword in writer.at.value:
            work.add(found, [Breach.at(rules.SCHEMA_REMOVED, reader, writer, keyword)])
        return
    counts = ("minContains", "maxContains")
    same = [reader.limits.get(at) == writer.limits.get(at) for at in counts]
    if keyword in writer.at.value and not all(same):
        work.add(found, [Breach.at(change, reader, writer, keyword)])
    else:
        yield from held(
            work,
            reader,
            writer,
            keyword,
            change,
            found,
            is_strict="maxContains" in reader.limits,
        )


def _leaves_items_unevaluated(node: Array) -> bool:
    """Whether items that no keyword looks at are held to a schema, or refused."""
    looks_at_all = node.has_items or node.additional is not MISSING
    return not looks_at_all and node.unevaluated not in (MISSING, True, {})


def _at_item(change: Difference, reader: Array, writer: Array, index: int) -> Breach:
    way = Way(f"items/{index}", f"[{index}]")
    below: tuple[Tokens, Tokens] = (
        (reader.listed_under, index),
        (writer.listed_under, index),
    )
    return Breach(change, reader, writer, way, *below)
