"""Proposals: what they say, what they change in the text, and that they help."""

import json
from typing import Any

import pytest

from registry.domain.formats.avro.fixes import proposals
from registry.domain.formats.avro.parse import parse
from registry.domain.formats.avro.uses import Uses
from registry.domain.formats.avro.walk import violations
from registry.domain.json_text import Layout
from registry.domain.levels import Direction
from registry.domain.schema import Edit, Proposal, ResolvedReference

BACKWARD, FORWARD = Direction.BACKWARD, Direction.FORWARD


def proposed(
    candidate: str, earlier: str, direction: Direction = BACKWARD
) -> list[tuple[Proposal, str]]:
    """The proposals for the first violation, with the texts that they make."""
    new, old = parse(candidate), parse(earlier)
    pair = (new, old) if direction is BACKWARD else (old, new)
    found = violations(*pair)[0]
    made = proposals(Layout(candidate), Uses.of(new), Uses.of(old), found, direction)
    return [(each, Edit.apply(candidate, each.edits)) for each in made]


def is_mended(text: str, earlier: str, direction: Direction) -> bool:
    new, old = parse(text), parse(earlier)
    return not violations(*((new, old) if direction is BACKWARD else (old, new)))


def record(*fields: Any, **attributes: Any) -> dict[str, Any]:
    made = [
        {"name": name, "type": kind, **rest}
        for name, kind, *more in fields
        for rest in [more[0] if more else {}]
    ]
    return {"type": "record", "name": "Order", "fields": made, **attributes}


ID = ("id", "long")
STATUS = {"type": "enum", "name": "Status", "symbols": ["NEW", "PAID"]}
INNER = {"type": "record", "name": "In", "fields": [{"name": "x", "type": "int"}]}
WITH_DEFAULT = {**STATUS, "symbols": ["UNKNOWN", "NEW"]}

PAIRS = [
    pytest.param(
        record(ID, ("currency", "string")),
        record(ID),
        BACKWARD,
        [
            "Make field 'currency' optional, null by default",
            "Give field 'currency' the default \"\"",
        ],
        id="field-added",
    ),
    pytest.param(
        record(ID, ("total_amount", "long")),
        record(ID, ("amount", "long")),
        BACKWARD,
        [
            "Add the alias 'amount' to field 'total_amount', if it was renamed",
            "Make field 'total_amount' optional, null by default",
            "Give field 'total_amount' the default 0",
        ],
        id="field-renamed",
    ),
    pytest.param(
        record(ID, ("status", {**STATUS, "default": "NEW"})),
        record(ID),
        BACKWARD,
        [
            "Make field 'status' optional, null by default",
            "Give field 'status' the default \"NEW\"",
        ],
        id="enum-field-added",
    ),
    pytest.param(
        record(ID, ("inner", INNER)),
        record(ID),
        BACKWARD,
        [
            "Make field 'inner' optional, null by default",
            "Give field 'inner' the default {\"x\": 0}",
        ],
        id="record-field-added",
    ),
    pytest.param(
        record(ID, ("note", ["string", "null"])),
        record(ID),
        BACKWARD,
        [
            "Make field 'note' optional, null by default",
            "Give field 'note' the default \"\"",
        ],
        id="union-field-added",
    ),
    pytest.param(
        record(ID),
        record(ID, ("note", {"type": "array", "items": INNER})),
        FORWARD,
        ["Put field 'note' back"],
        id="field-removed",
    ),
    pytest.param(
        record(ID, ("total", "long")),
        record(ID, ("amount", "long")),
        FORWARD,
        [
            "Call field 'total' 'amount' again, if it was renamed",
            "Put field 'amount' back",
        ],
        id="field-renamed-forward",
    ),
    pytest.param(
        record(ID, ("status", {**STATUS, "symbols": ["NEW"]})),
        record(ID, ("status", STATUS)),
        BACKWARD,
        [
            "Put PAID back into enum 'Status'",
            "Make NEW the default of enum 'Status'",
        ],
        id="symbol-removed",
    ),
    pytest.param(
        record(ID, ("status", WITH_DEFAULT)),
        record(ID, ("status", STATUS)),
        BACKWARD,
        [
            "Put PAID back into enum 'Status'",
            "Make UNKNOWN the default of enum 'Status'",
        ],
        id="symbol-for-the-unknown",
    ),
    pytest.param(
        record(ID, ("status", {**STATUS, "symbols": ["NEW", "PAID", "SENT", "LOST"]})),
        record(ID, ("status", STATUS)),
        FORWARD,
        ["Leave SENT and LOST out of enum 'Status'"],
        id="symbols-added",
    ),
    pytest.param(
        record(ID, ("status", {**STATUS, "symbols": ["OLD", "NEW", "PAID"]})),
        record(ID, ("status", STATUS)),
        FORWARD,
        ["Leave OLD out of enum 'Status'"],
        id="first-symbol-added",
    ),
    pytest.param(
        record(ID, ("total", "long", {"aliases": ["amount"]})),
        record(ID, ("amount", "long")),
        FORWARD,
        ["Call field 'total' 'amount' again, if it was renamed"],
        id="field-renamed-with-alias-forward",
    ),
    pytest.param(
        record(("status", {**STATUS, "symbols": ["NEW", "X"], "default": "X"})),
        record(("status", {**STATUS, "symbols": ["NEW"]})),
        FORWARD,
        ["Leave X out of enum 'Status'"],
        id="default-symbol-added",
    ),
    pytest.param(
        record(("id", "int")),
        record(("id", "long")),
        BACKWARD,
        ["Make Order.id long again", "Make Order.id a union that reads long too"],
        id="type-narrowed",
    ),
    pytest.param(
        record(("id", "string", {"default": ""})),
        record(("id", "int", {"default": 7})),
        FORWARD,
        ["Make Order.id int again"],
        id="type-changed-with-its-default",
    ),
    pytest.param(
        record(("id", ["null", "int"], {"default": None})),
        record(("id", "int")),
        FORWARD,
        ["Make Order.id int again"],
        id="made-optional-forward",
    ),
    pytest.param(
        record(("id", "int")),
        record(("id", ["null", "int"])),
        BACKWARD,
        ["Make Order.id null or int again"],
        id="made-required",
    ),
    pytest.param(
        record(("note", ["null", "string"])),
        record(("note", ["null", "string", "int"])),
        BACKWARD,
        ["Put int back into the union Order.note"],
        id="branch-removed",
    ),
    pytest.param(
        record(("note", ["null", "string", "int"])),
        record(("note", ["null", "string"])),
        FORWARD,
        [
            "Leave int out of the union Order.note",
            "Make Order.note null or string again",
        ],
        id="branch-added",
    ),
    pytest.param(
        record(
            (
                "in",
                [
                    "null",
                    {
                        **INNER,
                        "fields": [
                            {"name": "x", "type": "int"},
                            {"name": "y", "type": "int"},
                        ],
                    },
                ],
            )
        ),
        record(("in", ["null", INNER])),
        BACKWARD,
        [
            "Make field 'y' optional, null by default",
            "Give field 'y' the default 0",
        ],
        id="fault-inside-of-a-branch",
    ),
    pytest.param(
        record(
            (
                "in",
                [
                    "null",
                    {
                        **INNER,
                        "fields": [
                            {"name": "x", "type": "string"},
                            {"name": "y", "type": "int"},
                        ],
                    },
                ],
            )
        ),
        record(("in", ["null", INNER])),
        BACKWARD,
        ["Make Order.in.x int again; Make field 'y' optional, null by default"],
        id="two-faults-inside-of-a-branch",
    ),
    pytest.param(
        record(("id", {"type": "fixed", "name": "Id", "size": 20})),
        record(("id", {"type": "fixed", "name": "Id", "size": 16})),
        BACKWARD,
        ["Set the size of fixed 'Id' back to 16"],
        id="fixed-size",
    ),
    pytest.param(
        record(("in", {**INNER, "name": "a.New"}), ("other", "a.New")),
        record(("in", {**INNER, "name": "a.Old"}), ("other", "a.Old")),
        BACKWARD,
        ["Add the alias 'Old' to record 'New'", "Call record 'New' 'Old' again"],
        id="type-renamed",
    ),
    pytest.param(
        record(("in", {**INNER, "name": "New"}), ("other", "New")),
        record(("in", {**INNER, "name": "Old"}), ("other", "Old")),
        FORWARD,
        ["Call record 'New' 'Old' again"],
        id="type-renamed-forward",
    ),
    pytest.param(
        record(("total", "long", {"aliases": ["sum"]})),
        record(("total", "long"), ("sum", "long")),
        BACKWARD,
        ["Drop the aliases of field 'total'"],
        id="ambiguous-alias",
    ),
]


@pytest.mark.parametrize("indent", [None, 2])
@pytest.mark.parametrize(("new", "old", "direction", "titles"), PAIRS)
def test_given_a_violation_when_asked_then_proposals_that_mend_it_are_made(
    new, old, direction, titles, indent
):
    candidate, earlier = json.dumps(new, indent=indent), json.dumps(old)

    made = proposed(candidate, earlier, direction)

    assert [each.title for each, _ in made] == titles
    assert [
        each.title for each, text in made if not is_mended(text, earlier, direction)
    ] == []


SUBMITTED = """\
{
  "type": "record", "name": "Order",
  "fields": [
    {"name": "id", "type": "long"},
    {
      "name": "currency",
      "type": "string"
    }
  ]
}
"""


def test_given_a_laid_out_text_when_mended_then_the_rest_of_it_stays():
    earlier = json.dumps(record(ID))

    (_, optional), (_, default) = proposed(SUBMITTED, earlier)

    assert default == SUBMITTED.replace(
        '"type": "string"\n', '"type": "string",\n      "default": ""\n'
    )
    assert optional == SUBMITTED.replace(
        '"type": "string"\n', '"type": ["null", "string"],\n      "default": null\n'
    )


def test_given_a_field_put_back_when_the_text_is_laid_out_then_it_gets_its_own_line():
    earlier = json.dumps(record(ID, ("currency", "string"), ("note", "string")))

    made = proposed(SUBMITTED, earlier, FORWARD)

    assert made[-1][1] == SUBMITTED.replace(
        "    }\n  ]", '    },\n    {"name": "note", "type": "string"}\n  ]'
    )


def test_given_a_compact_text_when_mended_then_it_stays_compact():
    candidate = json.dumps(record(ID, ("n", "int")), separators=(",", ":"))

    made = proposed(candidate, json.dumps(record(ID)))

    assert made[1][1] == candidate.replace('"int"}', '"int","default":0}')


def test_given_a_violation_in_a_referenced_text_when_asked_then_nothing_is_proposed():
    texts = [
        json.dumps({**INNER, "fields": fields}) for fields in (INNER["fields"], [])
    ]
    new, old = (
        parse(json.dumps(record(("in", "In"))), [ResolvedReference("In", text)])
        for text in texts
    )
    (found,) = violations(new, old)

    text = json.dumps(record(("in", "In")))
    uses = Uses.of(new), Uses.of(old)
    assert proposals(Layout(text), *uses, found, BACKWARD) == ()


def test_given_a_huge_earlier_type_when_it_was_changed_then_it_is_not_restored():
    wide = {
        "type": "enum",
        "name": "Wide",
        "symbols": [f"S{at}" for at in range(2_000)],
    }

    made = proposed('"int"', json.dumps(wide))

    assert made == []
