"""Proposals for what a policy refuses: what they say, and that they help."""

import base64

import pytest

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.policies import POLICIES
from registry.domain.formats.protobuf.policy_fixes import FIXABLE, proposals
from registry.domain.formats.protobuf.policy_rules import REUSE
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.rules import Violation
from registry.domain.schema import Edit
from tests.suites.policy_cases import CASES, imports, schema, version

HEAD = 'syntax = "proto3";\n'
ORDER = HEAD + "message Order {\n  string id = 1;\n  string note = 2;\n}\n"
WITH_CASES = FIXABLE - {rule.id for rule in REUSE}


def broken(
    new: ProtobufSchema, old: ProtobufSchema
) -> dict[tuple[str, str], Violation]:
    return {
        (each.rule.id, each.path): each
        for policy in POLICIES.values()
        for each in policy.against_latest(new, old)
    }


def mended(candidate: str, earlier: str, rule_id: str) -> list[tuple[str, str]]:
    """The titles of what is proposed, and the texts that it makes."""
    new, old = schema(candidate), schema(earlier)
    found = next(
        each for (rule, _), each in broken(new, old).items() if rule == rule_id
    )
    return [
        (each.title, Edit.apply(candidate, each.edits))
        for each in proposals(new, old, found)
    ]


def helps(text: str, known: dict[str, str], old: ProtobufSchema, was, key) -> bool:
    try:
        now = broken(schema(text, **known), old)
    except InvalidSchemaError:
        return False
    return key not in now and now.keys() <= was.keys()


@pytest.mark.parametrize("rule_id", sorted(WITH_CASES))
def test_given_a_fixable_rule_when_broken_then_some_proposal_mends_it_alone(
    rule_id,
):
    outcomes = []
    for case in sorted((CASES / rule_id).iterdir()):
        new, old = version(case, "candidate"), version(case, "earlier")
        was = broken(new, old)
        known = {**imports(case, "earlier"), **imports(case, "candidate")}
        for key, violation in was.items():
            if key[0] == rule_id:
                texts = [
                    Edit.apply(new.text, each.edits)
                    for each in proposals(new, old, violation)
                ]
                outcomes.append(any(helps(t, known, old, was, key) for t in texts))

    assert any(outcomes)


def test_given_a_field_is_gone_when_mended_then_its_number_and_name_are_reserved():
    candidate = HEAD + "message Order {\n  string id = 1;\n}\n"

    first, second = mended(candidate, ORDER, "FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED")

    assert first == (
        "Reserve number 2 and name 'note'",
        HEAD + "message Order {\n  string id = 1;\n  reserved 2;\n"
        '  reserved "note";\n}\n',
    )
    assert second == ("Put back 'Order.note'", ORDER)


def test_given_an_edition_when_a_name_is_reserved_then_it_is_not_quoted():
    edition = 'edition = "2023";\nmessage Order { string id = 1; string note = 2; }\n'
    candidate = 'edition = "2023";\nmessage Order { string id = 1; }\n'

    (first, *_) = mended(candidate, edition, "FIELD_NO_DELETE_UNLESS_NAME_RESERVED")

    assert first[1] == (
        'edition = "2023";\n'
        "message Order { string id = 1; reserved 2; reserved note; }\n"
    )


def test_given_a_member_of_a_oneof_is_gone_when_put_back_then_inside_the_oneof():
    earlier = (
        HEAD + "message Order {\n  oneof way {\n    string card = 1;\n"
        "    string iban = 2;\n  }\n}\n"
    )
    candidate = earlier.replace("    string iban = 2;\n", "")

    assert mended(candidate, earlier, "FIELD_NO_DELETE") == [
        ("Put back 'Order.iban'", earlier)
    ]


def test_given_a_renamed_field_when_mended_then_comments_and_options_stay():
    candidate = ORDER.replace("note = 2;", "remark = 2 [deprecated = true]; // why")

    assert mended(candidate, ORDER, "FIELD_SAME_NAME") == [
        ("Rename 'remark' back to 'note'", candidate.replace("remark", "note"))
    ]


def test_given_another_name_in_json_when_mended_then_only_it_is_set():
    candidate = ORDER.replace("note = 2", 'note = 2 [json_name = "n"]')

    assert mended(candidate, ORDER, "FIELD_SAME_JSON_NAME") == [
        ("Call it 'note' in JSON", candidate.replace('"n"', '"note"'))
    ]


@pytest.mark.parametrize(
    ("options", "with_name"),
    [
        ("", '[json_name = "n"]'),
        ("[deprecated = true]", '[deprecated = true, json_name = "n"]'),
    ],
)
def test_given_a_name_in_json_is_gone_when_mended_then_it_joins_the_options(
    options, with_name
):
    earlier = ORDER.replace("note = 2", 'note = 2 [json_name = "n"]')
    candidate = ORDER.replace("note = 2;", f"note = 2 {options};".replace(" ;", ";"))

    ((_, text),) = mended(candidate, earlier, "FIELD_SAME_JSON_NAME")

    assert text == ORDER.replace("note = 2;", f"note = 2 {with_name};")


def test_given_places_behind_tabs_and_wide_letters_when_mended_then_the_right_ones():
    earlier = HEAD + "message Order { /* ä€😀 */\tstring note = 1; }\n"
    candidate = earlier.replace("note", "remark")

    assert mended(candidate, earlier, "FIELD_SAME_NAME") == [
        ("Rename 'remark' back to 'note'", earlier)
    ]


def test_given_an_alias_when_an_enum_value_is_renamed_then_both_ways_are_proposed():
    earlier = HEAD + "enum Status {\n  UNKNOWN = 0;\n  OPEN = 1;\n}\n"
    candidate = earlier.replace("OPEN", "ACTIVE")

    rename, alias = mended(candidate, earlier, "ENUM_VALUE_SAME_NAME")

    assert rename == ("Rename 'ACTIVE' back to 'OPEN'", earlier)
    assert alias == (
        "Keep 'OPEN' as well",
        HEAD + "enum Status {\n  UNKNOWN = 0;\n  ACTIVE = 1;\n"
        "  option allow_alias = true;\n  OPEN = 1;\n}\n",
    )


def test_given_a_descriptor_was_handed_in_when_asked_then_nothing_is_proposed():
    text = ORDER.replace("note", "remark")
    descriptor = base64.b64encode(schema(text).file.SerializeToString())
    new, old = schema(descriptor.decode()), schema(ORDER)

    found = broken(new, old)["FIELD_SAME_NAME", "#/Order/2"]

    assert proposals(new, old, found) == ()


def test_given_what_is_broken_is_imported_when_asked_then_nothing_is_proposed():
    text = HEAD + 'import "money.proto";\nmessage Order { Money total = 1; }\n'
    money = HEAD + "message Money { int64 units = 1; }\n"
    new = schema(text, **{"money.proto": money.replace("int64", "string")})
    old = schema(text, **{"money.proto": money})

    found = broken(new, old)["FIELD_WIRE_COMPATIBLE_TYPE", "#/Money/1"]

    assert proposals(new, old, found) == ()


@pytest.mark.parametrize(
    ("candidate", "earlier", "text"),
    [
        (
            "message Order { string total = 2; }",
            "message Order { string note = 2; reserved 7 to 9; }",
            "message Order { string total = 10; }",
        ),
        (
            "message Order { string total = 2; }",
            "message Order { reserved 2; }",
            "message Order { string total = 3; }",
        ),
        (
            "message Order { string total = 2; }",
            "message Order { string note = 2; int32 high = 18999; }",
            "message Order { string total = 20000; }",
        ),
        (
            "enum Status { UNKNOWN = 0; PAID = 1; }",
            "enum Status { UNKNOWN = 0; OPEN = 1; reserved 5; }",
            "enum Status { UNKNOWN = 0; PAID = 6; }",
        ),
    ],
)
def test_given_a_number_comes_back_when_mended_then_one_that_was_never_used(
    candidate, earlier, text
):
    new, old = schema(HEAD + candidate), schema(HEAD + earlier)
    (found,) = POLICIES["WIRE"].against_all(new, None, old)

    (made,) = proposals(new, old, found)

    assert Edit.apply(new.text, made.edits) == HEAD + text


def test_given_no_number_is_left_when_one_comes_back_then_nothing_is_proposed():
    new = schema(HEAD + "message Order { string total = 2; }")
    old = schema(HEAD + "message Order { reserved 2 to max; }")
    (found,) = POLICIES["WIRE"].against_all(new, None, old)

    assert proposals(new, old, found) == ()
