"""What differs between two schemas of one kind, their insides left aside.

A check is pure and looks at its pair alone; which pairs meet is the walk's business.
"""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Any, Final

from registry.domain.formats.jsonschema import rules
from registry.domain.formats.jsonschema.breaches import Breach, Tokens, Way
from registry.domain.formats.jsonschema.build import as_text
from registry.domain.formats.jsonschema.nodes import (
    MISSING,
    Array,
    Combined,
    Const,
    Criterion,
    Enum,
    Limits,
    Node,
    Number,
    Object,
    Rest,
    String,
    Typed,
)
from registry.domain.formats.jsonschema.rules import Bound, Difference

LONGEST_SHOWN: Final = 80
"""Characters of a value that a message quotes."""

_MOST_NAMED: Final = 8

_NOTES: Final = (
    ("title", rules.TITLE_CHANGED),
    ("description", rules.DESCRIPTION_CHANGED),
    ("default", rules.DEFAULT_CHANGED),
)


def notes(reader: Node, writer: Node) -> Iterator[Breach]:
    """What is said about a schema, rather than by it."""
    noted, written = reader.notes, writer.notes
    draft = reader.at.document.draft
    if draft.ignores_beside_ref:
        # In later drafts Confluent's registry does not see it.
        before = writer.at.document.draft.id_keyword
        if noted.get(draft.id_keyword) != written.get(before):
            yield Breach.at(rules.ID_CHANGED, reader, writer)
    for keyword, difference in _NOTES:
        if noted.get(keyword) != written.get(keyword):
            yield Breach.at(difference, reader, writer)


def kinds(reader: Node, writer: Node) -> Breach:
    """For two schemas of different kinds."""
    words = {"value": _kind(reader), "written": _kind(writer)}
    return Breach.at(rules.TYPE_CHANGED, reader, writer, **words)


def leaves(reader: Node, writer: Node) -> Iterator[Breach]:
    """For two schemas of one kind that have no schemas inside."""
    match reader, writer:
        case String(), String():
            yield from bounds(rules.STRING_BOUNDS, reader, writer)
            yield from _pattern(reader, writer)
        case Number(), Number():
            yield from bounds(rules.NUMBER_BOUNDS, reader, writer)
            yield from _multiple_of(reader, writer)
            yield from _integer(reader, writer)
        case Enum(), Enum():
            yield from _enum(reader, writer)
        case Const(), Const() if reader.value != writer.value:
            shown = {"value": cut(reader.value), "written": cut(writer.value)}
            yield Breach.at(rules.ENUM_ARRAY_CHANGED, reader, writer, "const", **shown)


def bounds(table: Sequence[Bound], reader: Typed, writer: Typed) -> Iterator[Breach]:
    for bound in table:
        if reader.limits.get(bound.keyword) == writer.limits.get(bound.keyword):
            continue
        limit = _number(reader.limits, bound.keyword)
        written = _number(writer.limits, bound.keyword)
        if limit == written:
            continue
        difference = _change(bound, limit, written)
        shown = {"value": str(limit), "written": str(written)}
        yield Breach.at(difference, reader, writer, bound.keyword, **shown)


def _change(bound: Bound, limit: Any, written: Any) -> Difference:
    if written is None:
        return bound.added
    if limit is None:
        return bound.removed
    return bound.raised if limit > written else bound.lowered


def _number(limits: Limits, keyword: str) -> int | float | None:
    number = limits.get(keyword)
    return number if type(number) in (int, float) else None


def _pattern(reader: String, writer: String) -> Iterator[Breach]:
    if reader.pattern == writer.pattern:
        return
    shown = {
        "value": cut(reader.pattern or ""),
        "written": cut(writer.pattern or ""),
    }
    difference = rules.PATTERN_CHANGED
    if writer.pattern is None:
        difference = rules.PATTERN_ADDED
    elif reader.pattern is None:
        difference = rules.PATTERN_REMOVED
    yield Breach.at(difference, reader, writer, "pattern", **shown)


def _multiple_of(reader: Number, writer: Number) -> Iterator[Breach]:
    number = _number(reader.limits, "multipleOf")
    written = _number(writer.limits, "multipleOf")
    if number == written:
        return
    difference = _multiple(number, written)
    shown = {"value": str(number), "written": str(written)}
    yield Breach.at(difference, reader, writer, "multipleOf", **shown)


def _multiple(number: float | None, written: float | None) -> Difference:
    if written is None:
        return rules.MULTIPLE_OF_ADDED
    if number is None:
        return rules.MULTIPLE_OF_REMOVED
    if _is_multiple(number, written):
        return rules.MULTIPLE_OF_EXPANDED
    if _is_multiple(written, number):
        return rules.MULTIPLE_OF_REDUCED
    return rules.MULTIPLE_OF_CHANGED


def _is_multiple(number: float, of: float) -> bool:
    one, other = Decimal(repr(number)), Decimal(repr(of))
    # Far apart, the quotient has more digits than are computed with.
    if other == 0 or abs(one.adjusted() - other.adjusted()) > _MOST_DIGITS:
        return False
    return one % other == 0


_MOST_DIGITS: Final = 24


def _integer(reader: Number, writer: Number) -> Iterator[Breach]:
    if reader.is_integer and not writer.is_integer:
        yield Breach.at(rules.TYPE_NARROWED, reader, writer)
    elif writer.is_integer and not reader.is_integer:
        yield Breach.at(rules.TYPE_EXTENDED, reader, writer)


def _enum(reader: Enum, writer: Enum) -> Iterator[Breach]:
    if reader.values == writer.values:
        return
    gone = writer.values - reader.values
    difference = rules.ENUM_ARRAY_CHANGED
    if not gone:
        difference = rules.ENUM_ARRAY_EXTENDED
    elif reader.values <= writer.values:
        difference = rules.ENUM_ARRAY_NARROWED
    shown = {"written": named(gone), "value": named(reader.values)}
    yield Breach.at(difference, reader, writer, "enum", **shown)


def required(reader: Object, writer: Object) -> Iterator[Breach]:
    """Of the properties that both have."""
    if reader.required == writer.required:
        return
    for name in writer.properties:
        if name not in reader.properties:
            continue
        is_needed, was_needed = name in reader.required, name in writer.required
        if is_needed == was_needed:
            continue
        difference = rules.REQUIRED_ATTRIBUTE_REMOVED
        if is_needed:
            difference = rules.REQUIRED_ATTRIBUTE_ADDED
            if has_default(reader, name):
                difference = rules.REQUIRED_ATTRIBUTE_WITH_DEFAULT_ADDED
        way = Way(f"required/{name}", f".{name}")
        yield Breach(difference, reader, writer, way, ("required",), ("required",))


def has_default(node: Object, name: str) -> bool:
    """Whether a property has a default, where it is or where its schema is."""
    raw = node.properties[name]
    if not isinstance(raw, dict):
        return False
    return "default" in raw or "default" in node.inside("properties", name).notes


def needs(reader: Object, writer: Object) -> Iterator[Breach]:
    """Of properties that depend on others."""
    for name in {**writer.needs, **reader.needs}:
        now, before = reader.needs.get(name), writer.needs.get(name)
        if now == before:
            continue
        shown = {"value": named(now or ()), "written": named(before or ())}
        change = _needs_change(now, before)
        under = reader.needs_under.get(name), writer.needs_under.get(name)
        yield depending(change, reader, writer, name, under)._replace(details=shown)


def depending(
    change: Difference,
    reader: Object,
    writer: Object,
    name: str,
    under: tuple[str | None, str | None],
) -> Breach:
    """A breach at what depends on a property.

    Args:
        under: The keywords that have it, of the reader and the writer; None for
            neither.

    """
    now, before = under
    way = Way(f"dependencies/{name}", f".{name}")
    # Where there is none, the place is where it would be by the other's draft.
    places: tuple[Tokens, Tokens] = (
        (now or before or "dependencies", name),
        (before or now or "dependencies", name),
    )
    return Breach(change, reader, writer, way, *places)


def _needs_change(
    now: frozenset[str] | None, before: frozenset[str] | None
) -> Difference:
    if now is None:
        return rules.DEPENDENCY_ARRAY_REMOVED
    if before is None:
        return rules.DEPENDENCY_ARRAY_ADDED
    if now >= before:
        return rules.DEPENDENCY_ARRAY_EXTENDED
    if now <= before:
        return rules.DEPENDENCY_ARRAY_NARROWED
    return rules.DEPENDENCY_ARRAY_CHANGED


def additional(now: Rest, before: Rest, what: str) -> Difference | None:
    """What became of the word on everything else; None if its schemas must tell."""
    permits, permitted = now is not False, before is not False
    if permits != permitted:
        return rules.DIFFERENCES[
            f"ADDITIONAL_{what}_{'ADDED' if permits else 'REMOVED'}"
        ]
    has_schema, had_schema = isinstance(now, dict), isinstance(before, dict)
    if has_schema != had_schema:
        change = "NARROWED" if has_schema else "EXTENDED"
        return rules.DIFFERENCES[f"ADDITIONAL_{what}_{change}"]
    return None


def unevaluated(now: Rest, before: Rest, what: str) -> Difference | None:
    """The same for what no schema looks at."""
    if now is False and before is False:
        return None
    if now is False:
        return rules.DIFFERENCES[f"UNEVALUATED_{what}_REMOVED"]
    if before is False:
        return rules.DIFFERENCES[f"UNEVALUATED_{what}_ADDED"]
    restricts, restricted = _restricts(now), _restricts(before)
    if restricts != restricted or (now is MISSING) != (before is MISSING):
        # To Confluent's registry, saying `true` is to say more than nothing.
        is_wider = restricted if restricts != restricted else now is MISSING
        return rules.DIFFERENCES[
            f"UNEVALUATED_{what}_{'EXTENDED' if is_wider else 'NARROWED'}"
        ]
    return None


def _restricts(rest: Rest) -> bool:
    return isinstance(rest, dict) and bool(rest)


def unique(reader: Array, writer: Array) -> Iterator[Breach]:
    if reader.is_unique != writer.is_unique:
        difference = rules.UNIQUE_ITEMS_REMOVED
        if reader.is_unique:
            difference = rules.UNIQUE_ITEMS_ADDED
        yield Breach.at(difference, reader, writer, "uniqueItems")


def criteria(reader: Combined, writer: Combined) -> Difference | None:
    """What it means that a combination asks for another number of fits."""
    now, before = reader.criterion, writer.criterion
    if now is before:
        return None
    is_one, was_one = len(reader.branches) == 1, len(writer.branches) == 1
    is_looser = (
        now is Criterion.ANY
        or (is_one and was_one)
        or (now is Criterion.ONE and was_one)
        or (before is Criterion.ALL and is_one)
    )
    return rules.COMBINED_TYPE_EXTENDED if is_looser else rules.COMBINED_TYPE_CHANGED


def sizes(reader: Combined, now: int, writer: Combined, before: int) -> Difference:
    """What it means that a combination has more, or fewer, distinct schemas."""
    if now > before:
        is_product = reader.criterion is Criterion.ALL
        return rules.PRODUCT_TYPE_EXTENDED if is_product else rules.SUM_TYPE_EXTENDED
    is_product = writer.criterion is Criterion.ALL
    return rules.PRODUCT_TYPE_NARROWED if is_product else rules.SUM_TYPE_NARROWED


def _kind(node: Node) -> str:
    match node:
        case Number(is_integer=True):
            return "integer"
        case Enum():
            return f"one of {named(node.values)}"
        case Const():
            return cut(node.value)
        case _:
            return node.word


def named(values: Any) -> str:
    """Return some of the values, for a message."""
    shown = sorted(map(cut, values))
    more = ["…"] if len(shown) > _MOST_NAMED else []
    return ", ".join([*shown[:_MOST_NAMED], *more]) or "none"


def cut(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


def written(value: Any) -> str:
    """Return a JSON value, for a message."""
    return cut(as_text(value))
