"""Proposals: what they say, what they change in the text, and that they help."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from registry.domain.errors import RegistryError
from registry.domain.formats.jsonschema.fixes import MAX_PROPOSALS, proposals
from registry.domain.formats.jsonschema.parse import parse
from registry.domain.formats.jsonschema.schema import JsonSchema
from registry.domain.formats.jsonschema.walk import violations
from registry.domain.levels import ContentPolicy, Direction
from registry.domain.rules import Violation
from registry.domain.schema import Edit, Proposal, ResolvedReference

BACKWARD, FORWARD = Direction.BACKWARD, Direction.FORWARD
STRICT, LENIENT = ContentPolicy.STRICT, ContentPolicy.LENIENT

TEXT = {"type": "string"}
WHOLE = {"type": "integer"}


def order(**properties: Any) -> dict[str, Any]:
    return {"title": "Order", "type": "object", "properties": properties}


def closed(**properties: Any) -> dict[str, Any]:
    return {**order(**properties), "additionalProperties": False}


def found(
    candidate: JsonSchema,
    earlier: JsonSchema,
    direction: Direction,
    policy: ContentPolicy = STRICT,
) -> tuple[Violation, ...]:
    pair = (candidate, earlier) if direction is BACKWARD else (earlier, candidate)
    return violations(*pair, policy)


def proposed(
    new: Any, old: Any, direction: Direction, policy: ContentPolicy = STRICT
) -> list[tuple[Proposal, str]]:
    """The proposals for the first violation, with the texts that they make."""
    text = new if isinstance(new, str) else json.dumps(new)
    candidate, earlier = parse(text), parse(json.dumps(old))
    first = found(candidate, earlier, direction, policy)[0]
    made = proposals(candidate, earlier, first, direction)
    return [(each, Edit.apply(text, each.edits)) for each in made]


def helping(
    new: Any, old: Any, direction: Direction, policy: ContentPolicy = STRICT
) -> list[str]:
    """The titles of the proposals after which nothing is broken."""
    earlier = parse(json.dumps(old))
    return [
        proposal.title
        for proposal, text in proposed(new, old, direction, policy)
        if not found(parse(text), earlier, direction, policy)
    ]


PAIRS = [
    pytest.param(
        order(id=TEXT, currency={**TEXT, "description": "ISO 4217"}),
        order(id=TEXT),
        BACKWARD,
        [
            'Let Order.currency be anything: {"description": "ISO 4217"}',
            "Leave Order.currency out",
        ],
        id="property-added-to-an-open-object",
    ),
    pytest.param(
        order(id=TEXT),
        order(id=TEXT, currency=TEXT),
        FORWARD,
        [
            "Put Order.currency back",
            "Close Order: allow no properties that it does not name",
        ],
        id="property-removed-from-an-open-object",
    ),
    pytest.param(
        {**order(id=TEXT, currency=TEXT), "required": ["currency"]},
        order(id=TEXT),
        BACKWARD,
        ["Let Order.currency be anything: true", "Leave Order.currency out"],
        id="required-property-added-to-an-open-object",
    ),
    pytest.param(
        order(id=TEXT),
        {**order(id=TEXT, currency=TEXT), "required": ["currency"]},
        FORWARD,
        ["Put Order.currency back, as required"],
        id="required-property-removed-from-an-open-object",
    ),
    pytest.param(
        {**closed(id=TEXT, currency=TEXT), "required": ["id", "currency"]},
        {**closed(id=TEXT), "required": ["id"]},
        BACKWARD,
        [
            "Make Order.currency optional",
            'Give Order.currency the default ""',
            "Leave Order.currency out",
        ],
        id="required-property-added-to-a-closed-object",
    ),
    pytest.param(
        closed(id=TEXT),
        closed(id=TEXT, note=TEXT),
        BACKWARD,
        [
            "Put Order.note back",
            "Open Order: allow properties that it does not name",
        ],
        id="property-removed-from-a-closed-object",
    ),
    pytest.param(
        closed(id=TEXT, note=TEXT),
        closed(id=TEXT),
        FORWARD,
        ["Leave Order.note out"],
        id="property-added-to-a-closed-object-forward",
    ),
    pytest.param(
        {**order(id=TEXT, note=TEXT), "required": ["note"]},
        order(id=TEXT, note=TEXT),
        BACKWARD,
        ["Make Order.note optional", 'Give Order.note the default ""'],
        id="made-required",
    ),
    pytest.param(
        {**order(id=TEXT, note={"enum": ["a", "b"]}), "required": ["id", "note"]},
        {**order(id=TEXT, note={"enum": ["a", "b"]}), "required": ["id"]},
        BACKWARD,
        ["Make Order.note optional", 'Give Order.note the default "a"'],
        id="enum-made-required",
    ),
    pytest.param(
        order(note=TEXT),
        {**order(note=TEXT), "required": ["note"]},
        FORWARD,
        ["Require Order.note again"],
        id="made-optional-forward",
    ),
    pytest.param(
        order(sku={**TEXT, "maxLength": 5}),
        order(sku={**TEXT, "maxLength": 10}),
        BACKWARD,
        ["Set 'maxLength' of Order.sku back to 10"],
        id="bound-lowered",
    ),
    pytest.param(
        order(sku={**TEXT, "maxLength": 5}),
        order(sku=TEXT),
        BACKWARD,
        ["Drop 'maxLength' from Order.sku"],
        id="bound-added",
    ),
    pytest.param(
        order(sku=TEXT),
        order(sku={**TEXT, "maxLength": 5}),
        FORWARD,
        ["Put 'maxLength': 5 back into Order.sku"],
        id="bound-removed-forward",
    ),
    pytest.param(
        closed(id=TEXT),
        order(id=TEXT),
        BACKWARD,
        ["Drop 'additionalProperties' from Order"],
        id="closed",
    ),
    pytest.param(
        order(id=TEXT),
        closed(id=TEXT),
        FORWARD,
        ["Put 'additionalProperties': false back into Order"],
        id="opened-forward",
    ),
    pytest.param(
        order(status={"enum": ["NEW", "SENT"]}),
        order(status={"enum": ["NEW", "PAID"]}),
        BACKWARD,
        [
            "Put PAID back into the enum Order.status",
            'Set \'enum\' of Order.status back to ["NEW", "PAID"]',
        ],
        id="enum-value-renamed",
    ),
    pytest.param(
        order(status={"enum": ["NEW", "PAID", "SENT"]}),
        order(status={"enum": ["NEW"]}),
        FORWARD,
        [
            "Leave PAID and SENT out of the enum Order.status",
        ],
        id="enum-values-added-forward",
    ),
    pytest.param(
        order(status={**TEXT, "enum": ["NEW"]}),
        order(status={**TEXT, "enum": ["NEW", "PAID"]}),
        BACKWARD,
        [
            "Put PAID back into the enum Order.status",
        ],
        id="enum-beside-a-type",
    ),
    pytest.param(
        order(item={"anyOf": [order(sku=WHOLE), {"type": "null"}]}),
        order(item={"anyOf": [order(sku=TEXT), {"type": "null"}]}),
        BACKWARD,
        [
            "Make Order.item.sku string again",
            "Let Order.item.sku be string too",
            "Put object back into Order.item",
        ],
        id="inside-of-a-nullable-object",
    ),
    pytest.param(
        order(note={"anyOf": [WHOLE, {"type": "null"}]}),
        order(note={"anyOf": [TEXT, {"type": "null"}]}),
        BACKWARD,
        [
            "Put string back into Order.note",
            'Make Order.note what it was: {"anyOf": [{"type": "string"}, {"type":'
            ' "null"}]}',
        ],
        id="choice-replaced",
    ),
    pytest.param(
        order(note={"type": ["string"]}),
        order(note={"type": ["string", "null"]}),
        BACKWARD,
        ["Make Order.note string or null again"],
        id="type-taken-out-of-a-list",
    ),
    pytest.param(
        order(total={**TEXT, "title": "Total"}),
        order(total=WHOLE),
        BACKWARD,
        [
            "Make Order.total integer again",
            "Make Order.total what it was: integer",
            "Let Order.total be integer too",
        ],
        id="type-changed",
    ),
    pytest.param(
        {"type": "string"},
        {"type": "integer"},
        FORWARD,
        ["Make the root integer again"],
        id="type-of-the-root",
    ),
    pytest.param(
        {**order(a=TEXT), "dependencies": {"a": ["b"]}},
        order(a=TEXT),
        BACKWARD,
        ["Let nothing depend on Order.a"],
        id="dependency-added",
    ),
    pytest.param(
        order(a=TEXT),
        {**order(a=TEXT), "dependencies": {"a": ["b"]}},
        FORWARD,
        ['Let ["b"] depend on Order.a again'],
        id="dependency-removed-forward",
    ),
    pytest.param(
        order(items={"type": "array", "items": [TEXT, WHOLE]}),
        order(items={"type": "array", "items": [TEXT]}),
        BACKWARD,
        [
            "Let Order.items[1] be anything: true",
            "Make the positions of Order.items what they were",
        ],
        id="position-added",
    ),
]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(("new", "old", "direction", "titles"), PAIRS)
def test_given_a_violation_when_asked_then_proposals_that_mend_it_are_made(
    new, old, direction, titles, indent
):
    assert helping(json.dumps(new, indent=indent), old, direction) == titles


def test_given_a_required_property_when_the_policy_is_lenient_then_optional_will_do():
    new = {**order(id=TEXT, currency=TEXT), "required": ["currency"]}

    titles = helping(new, order(id=TEXT), BACKWARD, LENIENT)

    assert titles == [
        "Make Order.currency optional",
        'Give Order.currency the default ""',
        "Let Order.currency be anything: true",
        "Leave Order.currency out",
    ]


@pytest.mark.parametrize("rest", [False, TEXT], ids=["closed", "partially-open"])
def test_given_a_property_in_an_open_object_when_its_reason_is_followed_then_it_holds(
    rest,
):
    old, new = order(id=TEXT), order(id=TEXT, note=TEXT)
    narrowed = {**new, "additionalProperties": rest}
    later = {**order(id=TEXT, note=TEXT, more=TEXT), "additionalProperties": rest}
    versions = [parse(json.dumps(each)) for each in (old, new, narrowed, later)]
    first, second, third, fourth = versions

    (refusal,) = found(second, first, BACKWARD)

    assert "compatibilityPolicy" in refusal.rule.why
    assert "LENIENT" in refusal.rule.why
    assert not found(second, first, BACKWARD, LENIENT)
    assert not found(third, first, BACKWARD, LENIENT)
    assert "to close what was open is a break itself" in refusal.rule.why
    assert found(third, first, BACKWARD)
    assert not found(fourth, third, BACKWARD)


def test_given_a_property_gone_from_an_open_object_when_told_why_then_it_fits_forward():
    candidate, earlier = parse(json.dumps(order())), parse(json.dumps(order(id=TEXT)))

    (refusal,) = found(candidate, earlier, FORWARD)

    assert "earlier" not in refusal.rule.why
    assert "with the property in both schemas" in refusal.rule.why


def test_given_a_closed_object_when_optional_properties_come_then_it_passes_from_then():
    """What the finding advises: close the object now, add properties later."""
    first = parse(json.dumps(closed(id=TEXT)))
    second = parse(json.dumps(closed(id=TEXT, currency=TEXT)))

    assert not found(second, first, BACKWARD)


SUBMITTED = """\
{
  "title": "Order",
  "type": "object",
  "properties": {
    "id": {"type": "string"},
    "currency": {
      "type": "string"
    }
  },
  "required": ["id", "currency"]
}
"""


def test_given_a_laid_out_text_when_mended_then_the_rest_of_it_stays():
    old = {**order(id=TEXT), "required": ["id"]}

    made = {each.title: text for each, text in proposed(SUBMITTED, old, BACKWARD)}

    assert (
        made["Leave Order.currency out"]
        == """\
{
  "title": "Order",
  "type": "object",
  "properties": {
    "id": {"type": "string"}
  },
  "required": ["id"]
}
"""
    )


def test_given_a_violation_in_a_referenced_text_when_asked_then_nothing_is_proposed():
    text = json.dumps(order(item={"$ref": "item.json"}))
    candidate, earlier = (
        parse(text, [ResolvedReference("item.json", json.dumps(schema))])
        for schema in (TEXT, WHOLE)
    )
    (first,) = found(candidate, earlier, BACKWARD)

    assert first.reader_spot.source == "item.json"
    assert proposals(candidate, earlier, first, BACKWARD) == ()


def test_given_a_huge_schema_when_it_was_removed_then_it_is_not_put_back():
    huge = {"enum": [f"VALUE_{at}" for at in range(1_000)]}

    assert proposed(closed(id=TEXT), closed(id=TEXT, big=huge), BACKWARD)[0][
        0
    ].title == ("Open Order: allow properties that it does not name")


CASES = Path(__file__).parents[4] / "cases" / "json"
HOPELESS = {
    # A schema for whatever has no name cannot be told to spare one name.
    ("JSON_TYPE_CHANGED", FORWARD),
    # The whole text would have to be written anew.
    ("JSON_TYPE_CHANGED", BACKWARD),
}


def each_violation() -> Iterator[Any]:
    for folder in sorted(path.parent for path in CASES.rglob("expect.json")):
        reader, writer = (
            (folder / name).read_text(encoding="utf-8")
            for name in ("reader.json", "writer.json")
        )
        for direction in Direction:
            texts = (reader, writer) if direction is BACKWARD else (writer, reader)
            candidate, earlier = map(parse, texts)
            for at, each in enumerate(found(candidate, earlier, direction)):
                name = f"{folder.parent.name}/{folder.name}-{direction.name}-{at}"
                yield pytest.param(candidate, earlier, direction, each, id=name)


@pytest.mark.parametrize(
    ("candidate", "earlier", "direction", "violation"), [*each_violation()]
)
def test_given_a_case_when_it_is_broken_then_a_proposal_mends_it_and_breaks_nothing(
    candidate, earlier, direction, violation
):
    made = proposals(candidate, earlier, violation, direction)

    assert len(made) <= MAX_PROPOSALS
    before = {key(each) for each in found(candidate, earlier, direction)}
    helps = [
        after < before and key(violation) not in after
        for each in made
        if (after := keys_after(each, candidate, earlier, direction)) is not None
    ]
    assert any(helps) or (violation.rule.id, direction) in HOPELESS


def key(violation: Violation) -> tuple[str, str]:
    return violation.rule.id, violation.element


def keys_after(
    proposal: Proposal, candidate: JsonSchema, earlier: JsonSchema, way: Direction
) -> set[tuple[str, str]] | None:
    try:
        mended = parse(Edit.apply(candidate.text, proposal.edits))
    except RegistryError:
        return None
    return {key(each) for each in found(mended, earlier, way)}
