"""Changes to a candidate's text that may mend a violation.

The proposals are guesses at what was meant, best first. Nobody has checked them yet:
that is done on a copy, by the same comparison that found the violation. So a proposal
may well be made that helps under one content policy only.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice, pairwise
from typing import Final

from registry.domain.formats.jsonschema import repairs, rules
from registry.domain.formats.jsonschema.breaches import (
    Told,
    breaking,
    full_path,
    root_name,
)
from registry.domain.formats.jsonschema.breaches import violations as written_out
from registry.domain.formats.jsonschema.repairs import Case, Maker
from registry.domain.formats.jsonschema.rules import Difference
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.jsonschema.walk import Comparison
from registry.domain.levels import ContentPolicy, Direction
from registry.domain.rules import Violation
from registry.domain.schema import Edit, Proposal

MAX_PROPOSALS: Final = 4

_MAX_INNER: Final = 4
"""Causes within one combination that are mended together."""

_MAX_DEPTH: Final = 3
"""Combinations within combinations whose causes are looked for."""


def proposals(
    candidate: JsonSchema,
    earlier: JsonSchema,
    violation: Violation,
    direction: Direction,
) -> tuple[Proposal, ...]:
    """Return edits of the candidate's text that may mend a violation, best first.

    Args:
        violation: One between these two, in this direction.

    """
    case = Case(candidate, earlier, violation, direction is Direction.BACKWARD)
    made: dict[str, Proposal] = {}
    for each in islice(_proposed(case), 2 * MAX_PROPOSALS):
        # Of two that come to the same, the first is told.
        made.setdefault(_bare(Edit.apply(candidate.text, each.edits)), each)
    made.pop(_bare(candidate.text), None)
    return tuple(made.values())[:MAX_PROPOSALS]


def _bare(text: str) -> str:
    """A text without its white space."""
    return "".join(text.split())


def _proposed(case: Case) -> Iterator[Proposal]:
    for maker in _MAKERS.get((case.violation.rule.id, case.is_backward), ()):
        try:
            yield from maker(case)
        except LookupError:
            # The place is in a referenced text, or there is no such value to write.
            continue


def _inside_of_combination(case: Case) -> Iterator[Proposal]:
    """Mend what keeps the schemas of a combination from being matched."""
    causes = () if case.depth == _MAX_DEPTH else _causes(case)
    if not 0 < len(causes) <= _MAX_INNER:
        return
    inside = replace(case, depth=case.depth + 1)
    choices = [
        list(islice(_proposed(replace(inside, violation=each)), MAX_PROPOSALS))
        for each in causes
    ]
    if len(choices) == 1:
        yield from choices[0]
    elif all(choices):
        yield from _together([each[0] for each in choices])


def _together(parts: Sequence[Proposal]) -> Iterator[Proposal]:
    """All of some proposals as one, unless they are about the same characters."""
    titles = dict.fromkeys(each.title for each in parts)
    edits = sorted(
        dict.fromkeys(edit for each in parts for edit in each.edits),
        key=lambda edit: (edit.start, edit.end),
    )
    if all(one.end <= other.start for one, other in pairwise(edits)):
        yield Proposal("; ".join(titles), tuple(edits))


def _causes(case: Case) -> Sequence[Violation]:
    """What was found wrong with the closest of the schemas that were left over."""
    pair = case.candidate, case.earlier
    reader, writer = pair if case.is_backward else pair[::-1]
    policy = ContentPolicy.STRICT
    comparison = Comparison(reader, writer, policy)
    ahead = list(breaking(comparison.found(), comparison.reader, policy))
    for _ in range(_MAX_DEPTH):
        inner: list[Told] = []
        for each in ahead:
            causes = each.breach.causes
            if causes is None:
                continue
            found = list(breaking(causes, comparison.reader, policy))
            if _is_told(each, case.violation):
                return written_out(_within(found, each, root_name(comparison.reader)))
            inner += found
        ahead = inner
    return ()


def _is_told(told: Told, violation: Violation) -> bool:
    found = told.breach
    spot = found.violation(told.path, told.name).reader_spot
    is_same_rule = f"JSON_{found.difference.name}" == violation.rule.id
    return is_same_rule and spot == violation.reader_spot


def _within(found: list[Told], outer: Told, root: str) -> Iterator[Told]:
    """What is found inside, with its names as seen from the outer root."""
    for each in found:
        name = outer.name + outer.breach.way.name + each.name.removeprefix(root)
        yield each._replace(name=name, path=full_path(outer))


def _both_ways(
    makers: Sequence[Maker], *differences: Difference
) -> dict[tuple[str, bool], Sequence[Maker]]:
    return {
        (f"JSON_{each.name}", way): makers
        for each in differences
        for way in (True, False)
    }


def _one_way(
    difference: Difference, backward: Sequence[Maker], forward: Sequence[Maker]
) -> dict[tuple[str, bool], Sequence[Maker]]:
    rule_id = f"JSON_{difference.name}"
    return {(rule_id, True): backward, (rule_id, False): forward}


_BOUNDS: Final = (
    *rules.STRING_BOUNDS,
    *rules.NUMBER_BOUNDS,
    *rules.OBJECT_BOUNDS,
    *rules.ARRAY_BOUNDS,
    *rules.CONTAINS_BOUNDS,
)
_ADDED_TO_OPEN: Final = (
    repairs.made_optional,
    repairs.default_given,
    repairs.property_of_any_value,
    repairs.property_left_out,
)
_GONE_FROM_OPEN: Final = (repairs.property_put_back, repairs.object_closed)

_MAKERS: Final[Mapping[tuple[str, bool], Sequence[Maker]]] = {
    **_both_ways(
        (repairs.restored,),
        *(
            each
            for bound in _BOUNDS
            for each in (bound.added, bound.raised, bound.lowered)
        ),
        rules.PATTERN_ADDED,
        rules.PATTERN_CHANGED,
        rules.MULTIPLE_OF_ADDED,
        rules.MULTIPLE_OF_EXPANDED,
        rules.MULTIPLE_OF_CHANGED,
        rules.UNIQUE_ITEMS_ADDED,
        rules.SCHEMA_ADDED,
        rules.NOT_TYPE_EXTENDED,
        rules.ADDITIONAL_PROPERTIES_REMOVED,
        rules.ADDITIONAL_PROPERTIES_NARROWED,
        rules.UNEVALUATED_PROPERTIES_REMOVED,
        rules.UNEVALUATED_PROPERTIES_NARROWED,
        rules.ADDITIONAL_ITEMS_REMOVED,
        rules.ADDITIONAL_ITEMS_NARROWED,
        rules.UNEVALUATED_ITEMS_REMOVED,
        rules.UNEVALUATED_ITEMS_NARROWED,
    ),
    **_both_ways(
        (repairs.dependency_restored,),
        rules.DEPENDENCY_ARRAY_ADDED,
        rules.DEPENDENCY_ARRAY_EXTENDED,
        rules.DEPENDENCY_ARRAY_CHANGED,
        rules.DEPENDENCY_SCHEMA_ADDED,
    ),
    **_both_ways((repairs.list_restored,), rules.ITEM_REMOVED_FROM_CLOSED),
    **_both_ways(
        (repairs.list_restored,),
        rules.ITEM_ADDED_NOT_COVERED,
        rules.ITEM_REMOVED_NOT_COVERED,
    ),
    **_one_way(
        rules.ITEM_ADDED_TO_OPEN,
        (repairs.item_of_any_value, repairs.list_restored),
        (repairs.list_restored,),
    ),
    **_one_way(
        rules.TYPE_CHANGED,
        (repairs.type_restored, repairs.schema_restored, repairs.either),
        (repairs.type_restored, repairs.schema_restored),
    ),
    **_both_ways((repairs.type_restored, repairs.schema_restored), rules.TYPE_NARROWED),
    **_one_way(
        rules.ENUM_ARRAY_NARROWED,
        (repairs.values_put_back, repairs.restored),
        (repairs.values_left_out, repairs.restored),
    ),
    **_one_way(
        rules.ENUM_ARRAY_CHANGED,
        (repairs.values_put_back, repairs.restored),
        (repairs.values_left_out, repairs.restored),
    ),
    **_both_ways(
        (repairs.schema_restored,),
        rules.COMBINED_TYPE_CHANGED,
        rules.PRODUCT_TYPE_EXTENDED,
    ),
    **_one_way(
        rules.SUM_TYPE_NARROWED,
        (
            repairs.branches_put_back,
            repairs.type_list_restored,
            repairs.schema_restored,
        ),
        (repairs.type_list_restored, repairs.schema_restored),
    ),
    **_one_way(
        rules.COMBINED_TYPE_SUBSCHEMAS_CHANGED,
        (
            _inside_of_combination,
            repairs.branches_put_back,
            repairs.type_list_restored,
            repairs.schema_restored,
        ),
        (_inside_of_combination, repairs.type_list_restored, repairs.schema_restored),
    ),
    **_one_way(
        rules.REQUIRED_ATTRIBUTE_ADDED,
        (repairs.made_optional, repairs.default_given),
        (repairs.required_again,),
    ),
    **_one_way(
        rules.REQUIRED_PROPERTY_ADDED_TO_OPEN,
        _ADDED_TO_OPEN,
        (repairs.required_put_back,),
    ),
    **_one_way(
        rules.REQUIRED_PROPERTY_WITH_DEFAULT_ADDED_TO_OPEN,
        (repairs.property_of_any_value, repairs.property_left_out),
        _GONE_FROM_OPEN,
    ),
    **_one_way(
        rules.OPTIONAL_PROPERTY_ADDED_TO_OPEN,
        (repairs.property_of_any_value, repairs.property_left_out),
        _GONE_FROM_OPEN,
    ),
    **_one_way(
        rules.REQUIRED_PROPERTY_ADDED_TO_UNOPEN,
        (repairs.made_optional, repairs.default_given, repairs.property_left_out),
        (repairs.required_put_back,),
    ),
    **_one_way(
        rules.PROPERTY_REMOVED_FROM_CLOSED,
        (repairs.property_put_back, repairs.object_opened),
        (repairs.property_left_out,),
    ),
    **_one_way(
        rules.PROPERTY_ADDED_NOT_COVERED,
        (repairs.property_left_out,),
        (repairs.property_put_back,),
    ),
    **_one_way(
        rules.PROPERTY_REMOVED_NOT_COVERED,
        (repairs.property_put_back,),
        (repairs.property_left_out,),
    ),
}
"""What may help, by rule and by whether it is the candidate that reads."""
