"""What passes the check and may still hurt: warnings over a pair of schemas.

The pairs are those of the walk: where a combination has several schemas, warned of is
what came of the ones that were matched. The verdict is not touched.
"""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from registry.domain.budgets import Budget
from registry.domain.formats.jsonschema import rules
from registry.domain.formats.jsonschema.breaches import (
    Breach,
    Told,
    root_name,
    violations,
    warned,
)
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.jsonschema.walk import Comparison
from registry.domain.levels import ContentPolicy
from registry.domain.rules import Violation

_DYNAMIC: Final = frozenset({"$dynamicRef", "$recursiveRef"})


def warnings(
    reader: JsonSchema, writer: JsonSchema, budget: Budget | None = None
) -> tuple[Violation, ...]:
    """What the comparison does not look at and a person should, in order.

    At most `breaches.MAX_VIOLATIONS`, and only what `walk.MAX_STEPS` of work find.
    """
    comparison = Comparison(
        reader, writer, ContentPolicy.STRICT, is_thorough=True, budget=budget
    )
    told = warned(comparison.found(), comparison.reader)
    return violations(chain(_dynamic_references(comparison, reader, writer), told))


def _dynamic_references(
    comparison: Comparison, reader: JsonSchema, writer: JsonSchema
) -> Iterator[Told]:
    """One warning for all, unless both texts are one."""
    if reader.canonical == writer.canonical:
        return
    if _has_dynamic_reference(reader) or _has_dynamic_reference(writer):
        change = rules.DYNAMIC_REFERENCE
        breach = Breach.at(change, comparison.reader, comparison.writer)
        yield Told(breach, "", root_name(comparison.reader))


def _has_dynamic_reference(schema: JsonSchema) -> bool:
    return any(
        isinstance(at.value, dict) and not _DYNAMIC.isdisjoint(at.value)
        for root in schema.resolver.documents()
        for at in root.all_schemas()
    )
