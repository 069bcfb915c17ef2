"""Proposals: what they say, what they change in the text, and that they help."""

import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pytest

from registry.application.cases import Candidate, Case, Earlier
from registry.application.explanation import findings
from registry.compiler.in_place import InPlaceCompiler
from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.format import ProtobufFormat
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.levels import Direction, Level
from registry.domain.limits import DEFAULT_LIMITS
from registry.domain.model import SchemaType
from registry.domain.promises import Promise
from registry.domain.rules import Violation
from registry.domain.schema import Edit, ResolvedReference
from registry.domain.verdict import Finding

BACKWARD, FORWARD = Direction.BACKWARD, Direction.FORWARD
PROTOBUF = ProtobufFormat(DEFAULT_LIMITS, InPlaceCompiler())
CASES = Path(__file__).parents[4] / "cases" / "protobuf"


def found(
    candidate: ProtobufSchema, earlier: ProtobufSchema, way: Direction
) -> tuple[Violation, ...]:
    pair = (candidate, earlier) if way is BACKWARD else (earlier, candidate)
    return tuple(PROTOBUF.violations(*pair))


def proposed(candidate: str, earlier: str, way: Direction) -> list[tuple[str, str]]:
    """The titles of what helps against the first violation, and the texts it makes."""
    new, old = PROTOBUF.parse(candidate), PROTOBUF.parse(earlier)
    first = found(new, old, way)[0]
    made = [
        (each.title, Edit.apply(candidate, each.edits))
        for each in PROTOBUF.proposals(new, old, first, way)
    ]
    return [each for each in made if not found(PROTOBUF.parse(each[1]), old, way)]


def proto3(*statements: str, package: str = "shop.v1") -> str:
    return _text('syntax = "proto3";', package, statements)


def proto2(*statements: str) -> str:
    return _text('syntax = "proto2";', "shop.v1", statements)


def _text(head: str, package: str, statements: tuple[str, ...]) -> str:
    named = (f"package {package};",) if package else ()
    return "\n\n".join((head, *named, *statements)) + "\n"


def message(name: str, *statements: str) -> str:
    body = textwrap.indent("\n".join(statements), "  ")
    return f"message {name} {{\n{body}\n}}"


ITEM = message("Item", "string sku = 1;")
COLOR = "enum Color {\n  NONE = 0;\n}"

PAIRS = [
    pytest.param(
        proto3(message("Order", "string id = 1;"), package="shop.v2"),
        proto3(message("Order", "string id = 1;")),
        BACKWARD,
        "Put the file back into package 'shop.v1'",
        proto3(message("Order", "string id = 1;")),
        id="package-changed",
    ),
    pytest.param(
        proto3(message("Order", "string id = 1;"), package=""),
        proto3(message("Order", "string id = 1;")),
        FORWARD,
        "Put the file back into package 'shop.v1'",
        proto3(message("Order", "string id = 1;")),
        id="package-gone",
    ),
    pytest.param(
        proto3(message("Order", "string id = 1;")),
        proto3(message("Order", "string id = 1;"), ITEM),
        BACKWARD,
        "Put message 'Item' back",
        proto3(message("Order", "string id = 1;"), ITEM),
        id="message-removed",
    ),
    pytest.param(
        proto3(message("Order", "string id = 1;")),
        proto3(message("Order", "string id = 1;", ITEM)),
        BACKWARD,
        "Put message 'Order.Item' back",
        proto3(message("Order", "string id = 1;", ITEM)),
        id="nested-message-removed",
    ),
    pytest.param(
        proto3(message("Order", "string id = 1;")),
        proto3(
            message("Order", "string id = 1;"),
            message("Line", "Color color = 1;", "Line next = 2;"),
            COLOR,
        ),
        BACKWARD,
        "Put message 'Line' back",
        proto3(
            message("Order", "string id = 1;"),
            message("Line", "Color color = 1;", "Line next = 2;"),
            COLOR,
        ),
        id="message-removed-with-what-it-needs",
    ),
    pytest.param(
        proto3(
            message("Purchase", "string id = 1;", "Purchase parent = 2;"),
            message("Cart", "map<string, .shop.v1.Purchase> orders = 1;"),
            "service Orders {\n  rpc Get(Purchase) returns (Cart);\n}",
        ),
        proto3(
            message("Order", "string id = 1;", "Order parent = 2;"),
            message("Cart", "map<string, Order> orders = 1;"),
        ),
        BACKWARD,
        "Call message 'Purchase' 'Order' again, if it was renamed",
        proto3(
            message("Order", "string id = 1;", "Order parent = 2;"),
            message("Cart", "map<string, .shop.v1.Order> orders = 1;"),
            "service Orders {\n  rpc Get(Order) returns (Cart);\n}",
        ),
        id="message-renamed",
    ),
    pytest.param(
        proto3(message("Order", "string id = 1;"), ITEM),
        proto3(message("Order", "string id = 1;")),
        FORWARD,
        "Leave message 'Item' out",
        proto3(message("Order", "string id = 1;")) + "\n",
        id="message-added-forward",
    ),
    pytest.param(
        proto3(message("Order", "  sint32   amount = 1; // in cents")),
        proto3(message("Order", "int32 amount = 1;")),
        BACKWARD,
        "Make Order.amount int32 again",
        proto3(message("Order", "  int32 amount = 1; // in cents")),
        id="type-changed-and-a-comment-kept",
    ),
    pytest.param(
        proto3(message("Order", "/* \u00fc\U0001f600\t\u00e9 */\tsint32 amount = 1;")),
        proto3(message("Order", "int32 amount = 1;")),
        BACKWARD,
        "Make Order.amount int32 again",
        proto3(message("Order", "/* \u00fc\U0001f600\t\u00e9 */\tint32 amount = 1;")),
        id="behind-tabs-and-wide-characters",
    ),
    pytest.param(
        "syntax = 'proto3';\r\nmessage Order {\r\n  sint32 amount = 1;\r\n}\r\n",
        "syntax = 'proto3';\nmessage Order {\n  int32 amount = 1;\n}\n",
        BACKWARD,
        "Make Order.amount int32 again",
        "syntax = 'proto3';\r\nmessage Order {\r\n  int32 amount = 1;\r\n}\r\n",
        id="lines-of-windows",
    ),
    pytest.param(
        'syntax = "proto2"; message Order { } message Part { required int32 n = 1; }',
        'syntax = "proto2"; message Order { required string id = 1; }',
        BACKWARD,
        "Put Order.id back",
        'syntax = "proto2"; message Order { required string id = 1; } message Part'
        " { required int32 n = 1; }",
        id="all-on-one-line",
    ),
    pytest.param(
        proto3(message("Order", "sint32 amount = 1;", "reserved 2 to 4;")),
        proto3(message("Order", "int32 amount = 1;")),
        BACKWARD,
        "Give Order.amount the new number 5, and reserve 1",
        proto3(
            message("Order", "reserved 1;", "sint32 amount = 5;", "reserved 2 to 4;")
        ),
        id="new-number",
    ),
    pytest.param(
        proto3(message("Order", "string at = 1;")),
        proto3(
            'import "google/protobuf/timestamp.proto";',
            message("Order", "google.protobuf.Timestamp at = 1;"),
        ),
        BACKWARD,
        "Make Order.at message 'Timestamp' again",
        proto3(
            'import "google/protobuf/timestamp.proto";',
            message("Order", "google.protobuf.Timestamp at = 1;"),
        ),
        id="type-of-an-import-that-is-gone",
    ),
    pytest.param(
        proto2(message("Order", 'optional string n = 1 [default = "x"];')),
        proto2(message("Order", "optional int32 n = 1 [default = 7];")),
        BACKWARD,
        "Make Order.n int32 again",
        proto2(message("Order", "optional int32 n = 1 [default = 7];")),
        id="type-changed-with-its-default",
    ),
    pytest.param(
        proto3(message("Order", "Item item = 1;", ITEM), ITEM),
        proto3(message("Order", "Item item = 1;"), ITEM),
        BACKWARD,
        "Make Order.item message 'Item' again",
        proto3(message("Order", ".shop.v1.Item item = 1;", ITEM), ITEM),
        id="type-hidden-by-another",
    ),
    pytest.param(
        proto2(message("Order", "repeated int32 amount = 1;")),
        proto2(message("Order", "optional int32 amount = 1;")),
        BACKWARD,
        "Make Order.amount optional int32 again",
        proto2(message("Order", "optional int32 amount = 1;")),
        id="label-changed",
    ),
    pytest.param(
        proto2(message("Order", "required string id = 1;")),
        proto2(message("Order")),
        BACKWARD,
        "Make Order.id optional",
        proto2(message("Order", "optional string id = 1;")),
        id="required-field-added",
    ),
    pytest.param(
        proto2(message("Order", "reserved 1, 3 to 5;", 'reserved "id", "x";')),
        proto2(message("Order", "required string id = 4;")),
        BACKWARD,
        "Put Order.id back",
        proto2(
            message(
                "Order",
                "reserved 1, 3, 5;",
                'reserved "x";',
                "required string id = 4;",
            )
        ),
        id="required-field-removed-and-reserved",
    ),
    pytest.param(
        proto3(message("Order", "oneof what {\n  string a = 1;\n}")),
        proto3(message("Order", "oneof what {\n  string a = 1;\n  int32 b = 2;\n}")),
        BACKWARD,
        "Put Order.b back",
        proto3(message("Order", "oneof what {\n  string a = 1;\n  int32 b = 2;\n}")),
        id="member-removed",
    ),
    pytest.param(
        proto2(message("Order", "oneof what { string a = 1; int32 b = 2; }")),
        proto2(message("Order", "oneof what { string a = 1; }")),
        FORWARD,
        "Move Order.b out of oneof 'what'",
        proto2(
            message("Order", "optional int32 b = 2;", "oneof what { string a = 1; }")
        ),
        id="member-added-forward",
    ),
    pytest.param(
        proto2(message("Order", "oneof what {\n  string a = 1;\n  int32 b = 2;\n}")),
        proto2(message("Order", "optional string a = 1;", "optional int32 b = 2;")),
        BACKWARD,
        "Keep a and b out of oneof 'what'",
        proto2(message("Order", "optional string a = 1;", "optional int32 b = 2;")),
        id="fields-moved-into-a-oneof",
    ),
    pytest.param(
        proto3(
            message("Order", "oneof one {\n  string a = 1;\n  int32 b = 2;\n}"),
        ),
        proto3(
            message(
                "Order",
                "oneof one {\n  string a = 1;\n}",
                "oneof two {\n  int32 b = 2;\n}",
            ),
        ),
        BACKWARD,
        "Keep b out of oneof 'one'",
        proto3(
            message(
                "Order",
                "oneof two {\n  int32 b = 2;\n}",
                "oneof one {\n  string a = 1;\n}",
            ),
        ),
        id="oneofs-merged",
    ),
    pytest.param(
        proto2(message("Order", "optional string a = 1;", "optional int32 b = 2;")),
        proto2(message("Order", "oneof what {\n  string a = 1;\n  int32 b = 2;\n}")),
        FORWARD,
        "Put a and b back into oneof 'what'",
        proto2(message("Order", "oneof what {\n  string a = 1;\n  int32 b = 2;\n}")),
        id="oneof-dissolved-forward",
    ),
    pytest.param(
        proto3(
            message("Order", "oneof one {\n  string a = 1;\n}", "int32 b = 2;"),
        ),
        proto3(message("Order", "oneof what {\n  string a = 1;\n  int32 b = 2;\n}")),
        FORWARD,
        "Put a and b back into oneof 'what'",
        proto3(message("Order", "oneof what {\n  string a = 1;\n  int32 b = 2;\n}")),
        id="oneof-renamed-and-emptied-forward",
    ),
]


@pytest.mark.parametrize(("candidate", "earlier", "way", "title", "text"), PAIRS)
def test_given_a_violation_when_a_fix_is_proposed_then_it_makes_just_this_text(
    candidate, earlier, way, title, text
):
    assert (title, text) in proposed(candidate, earlier, way)


def test_given_a_descriptor_in_base64_when_asked_for_fixes_then_there_are_none():
    earlier = PROTOBUF.parse(proto3(message("Order", "int32 amount = 1;")))
    changed = PROTOBUF.parse(proto3(message("Order", "sint32 amount = 1;")))
    candidate = PROTOBUF.parse(PROTOBUF.renderings["serialized"](changed))
    (violation,) = found(candidate, earlier, BACKWARD)

    assert PROTOBUF.proposals(candidate, earlier, violation, BACKWARD) == ()


@pytest.mark.parametrize(
    ("rule", "statement"),
    [
        ("PROTOBUF_FIELD_NUMBER_NOT_RESERVED", "reserved 2;"),
        ("PROTOBUF_FIELD_NAME_NOT_RESERVED", 'reserved "note";'),
    ],
)
def test_given_a_field_not_reserved_when_a_fix_is_proposed_then_it_reserves(
    rule, statement
):
    text = proto3(message("Order", "string id = 1;"))
    candidate = PROTOBUF.parse(text)
    earlier = PROTOBUF.parse(proto3(message("Order", "string id = 1;string note = 2;")))
    warnings = PROTOBUF.warnings(candidate, earlier, BACKWARD)
    (warning,) = (each for each in warnings if each.rule.id == rule)

    (proposal,) = PROTOBUF.proposals(candidate, earlier, warning, BACKWARD)

    expected = proto3(message("Order", statement, "string id = 1;"))
    assert Edit.apply(text, proposal.edits) == expected


def explained(
    candidate: str, earlier: str, level: Level, *policies: str
) -> tuple[Finding, ...]:
    new, old = PROTOBUF.parse(candidate), PROTOBUF.parse(earlier)
    case = Case(
        PROTOBUF,
        Candidate("orders-value", SchemaType.PROTOBUF, new),
        (Earlier(3, 7, SchemaType.PROTOBUF, old),),
        Promise(level, policies=policies),
    )
    return findings(case)


def test_given_a_removed_message_when_explained_then_it_is_told_as_removed():
    (finding,) = explained(
        proto3(message("Order", "string id = 1;")),
        proto3(message("Order", "string id = 1;"), ITEM),
        Level.BACKWARD,
    )

    assert finding.change is not None
    assert (finding.change.kind, finding.change.old) == ("removed", ITEM)
    assert finding.old_location is not None
    assert finding.old_location.line == 9
    assert [each.title for each in finding.fixes] == ["Put message 'Item' back"]
    assert finding.fixes[0].result_level is Level.FULL_TRANSITIVE


def test_given_two_removed_messages_when_explained_then_each_has_a_fix_of_its_own():
    part = message("Part", "int32 n = 1;")
    first, second = explained(
        proto3(message("Order", "string id = 1;")),
        proto3(message("Order", "string id = 1;"), ITEM, part),
        Level.BACKWARD,
    )

    # Each alone leaves the other, which is told as a finding of its own.
    one, both = (each.title for each in first.fixes)
    (other,) = (each.title for each in second.fixes)
    assert {one, other} == {"Put message 'Item' back", "Put message 'Part' back"}
    assert both == f"All at once: {one}; {other}"


def test_given_a_field_added_when_explained_forward_then_it_is_not_told_as_removed():
    more = proto3(message("Order", "string id = 1;", "string note = 2;"))
    less = proto3(message("Order", "string id = 1;"))

    assert explained(more, less, Level.FULL) == ()
    assert {each.rule for each in explained(less, more, Level.FORWARD)} == {
        "PROTOBUF_FIELD_NUMBER_NOT_RESERVED",
        "PROTOBUF_FIELD_NAME_NOT_RESERVED",
    }


UNMENDED = {
    # What is left out is still used.
    ("MESSAGE_REMOVED/moved_to_an_import", FORWARD),
    ("RPC_CHANGED/response", FORWARD),
}
"""What nobody can mend without knowing what was meant."""


def broken_cases() -> list[Path]:
    """The cases that are refused and whose every cause is in the text itself."""
    return sorted(
        path.parent
        for path in CASES.glob("*/*/expect.json")
        if '"wire"' in (text := path.read_text(encoding="utf-8"))
        and ".proto:" not in text
    )


def parsed(case: Path, side: str) -> ProtobufSchema:
    text = (case / f"{side}.proto").read_text(encoding="utf-8")
    return PROTOBUF.parse(text, references(case, side))


def references(case: Path, side: str) -> list[ResolvedReference]:
    return [
        ResolvedReference(path.name, path.read_text(encoding="utf-8"))
        for path in sorted((case / side).glob("*.proto"))
    ]


@pytest.mark.parametrize("way", Direction)
@pytest.mark.parametrize(
    "case", broken_cases(), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_given_a_case_that_is_refused_when_fixes_are_tried_then_one_helps_each_time(
    case, way
):
    sides = ("reader", "writer") if way is BACKWARD else ("writer", "reader")
    new, old = (parsed(case, side) for side in sides)
    name = f"{case.parent.name.removeprefix('PROTOBUF_')}/{case.name}"

    for violation in found(new, old, way):
        others = keys(found(new, old, way)) - keys((violation,))
        texts = (
            Edit.apply(new.text, each.edits)
            for each in PROTOBUF.proposals(new, old, violation, way)
        )
        helps = any(
            keys(found(mended, old, way)) <= others
            for mended in readable(texts, references(case, sides[0]))
        )
        assert helps is ((name, way) not in UNMENDED), violation


def readable(
    texts: Iterable[str], references: Sequence[ResolvedReference]
) -> Iterator[ProtobufSchema]:
    for text in texts:
        with suppress(InvalidSchemaError):
            yield PROTOBUF.parse(text, references)


def keys(violations: Iterable[Violation]) -> set[tuple[str, str]]:
    return {(each.rule.id, each.anchor) for each in violations}


def test_given_one_edit_that_mends_all_when_explained_then_it_is_offered_once():
    told = explained(
        proto3(message("Order", "string order = 1;")),
        proto3(message("Order", "string order_id = 1;")),
        Level.BACKWARD,
        "WIRE_JSON",
    )

    fixes = [fix.title for each in told for fix in each.fixes]
    assert {"FIELD_SAME_NAME", "FIELD_SAME_JSON_NAME"} <= {each.rule for each in told}
    assert not any(title.startswith("All at once") for title in fixes)
