"""Names in a part of an order, or in areas, as conditions of SQL."""

import json
from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from registry.domain.access import Area, Areas, PatternKind
from registry.storage.link import Dialect

_LAST_CODE_POINT: Final = 0x10FFFF
_SURROGATES: Final = range(0xD800, 0xE000)
_NOTHING: Final = "FALSE"
_HOLDING: Final = """EXISTS (
  SELECT 1 FROM version AS v WHERE v.context = {} AND v.schema_id = {} AND {}
)"""


def inside(
    areas: Areas | None, context: str, name: str, dialect: Dialect
) -> tuple[str, ...]:
    """Return the condition that a row is in one of some areas, and its values.

    Args:
        areas: None for everything, of which the condition is an empty one.
        context: The column of the context.
        name: The column of the bare name.
        dialect: Of the database.

    """
    if areas is None or any(each.is_everything for each in areas):
        return ("",)
    values: list[str] = []
    conditions: list[str] = []
    exact: defaultdict[str | None, list[str]] = defaultdict(list)
    for each in areas:
        if each.pattern.kind is PatternKind.EXACT:
            exact[each.context].append(each.pattern.text)
            continue
        condition, *of_name = _covered(each, name, dialect)
        of_context = [] if each.context is None else [each.context]
        within = [f"{context} = ?"] * len(of_context)
        conditions.append(" AND ".join([*within, *filter(None, [condition])]))
        values += [*of_context, *of_name]
    for place, names in exact.items():
        within = [] if place is None else [f"{context} = ?"]
        conditions.append(" AND ".join([*within, f"{name} {dialect.ONE_OF}"]))
        values += [*([] if place is None else [place]), json.dumps(names)]
    if not conditions:
        return (_NOTHING,)
    return f"({' OR '.join(f'({each})' for each in conditions)})", *values


def narrowed(
    statement: str,
    parameters: Sequence[object],
    condition: str = "",
    *values: object,
) -> tuple[str, tuple[object, ...]]:
    """Return a statement that has an `{inside}` with a condition in its place.

    Args:
        parameters: Of the statement; those of the condition come after them.
        condition: As `inside` and `holding` return it, with its values.

    """
    written = f" AND {condition}" if condition else ""
    return statement.format(inside=written), (*parameters, *values)


def holding(
    areas: Areas | None, context: str, schema_id: str, dialect: Dialect
) -> tuple[str, ...]:
    """Return the condition that a subject in some areas holds an id, and its values."""
    condition, *values = inside(areas, "v.context", "v.subject", dialect)
    if not condition:
        return ("",)
    return _HOLDING.format(context, schema_id, condition), *values


def after_all_with(prefix: str) -> str | None:
    """Return the least text beyond all that begin with a prefix; None if none is.

    Texts compare by code point; half a surrogate pair cannot be stored or compared.
    """
    kept = prefix.rstrip(chr(_LAST_CODE_POINT))
    if not kept:
        return None
    following = ord(kept[-1]) + 1
    if following in _SURROGATES:
        following = _SURROGATES.stop
    return kept[:-1] + chr(following)


def beginning(name: str, prefix: str) -> tuple[str, ...]:
    """Return the condition that a name has a prefix, and its values."""
    if not prefix:
        return ("",)
    end = after_all_with(prefix)
    if end is None:
        return f"{name} >= ?", prefix
    return f"{name} >= ? AND {name} < ?", prefix, end


def _covered(area: Area, name: str, dialect: Dialect) -> tuple[str, ...]:
    pattern = area.pattern
    if pattern.kind is PatternKind.PREFIX:
        return beginning(name, pattern.text)
    return f"{name} {dialect.IS_LIKE}", dialect.like(pattern.text)
