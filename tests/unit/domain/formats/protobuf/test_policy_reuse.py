"""Numbers and names that come back with another meaning, over the whole history."""

import pytest

from registry.domain.formats.protobuf.policies import POLICIES
from registry.domain.rules import Violation
from tests.suites.policy_cases import schema

EMPTY = "  string id = 1;\n"
POLICY_NAMES = sorted(POLICIES)


def message(body: str, syntax: str = "proto3") -> str:
    return f'syntax = "{syntax}";\nmessage Order {{\n{body}}}\n'


def enum(body: str) -> str:
    return f'syntax = "proto3";\nenum Status {{\n  UNKNOWN = 0;\n{body}}}\n'


def reused(
    candidate: str, latest: str | None, earlier: str, policy: str = "WIRE"
) -> list[Violation]:
    known = None if latest is None else schema(latest)
    found = POLICIES[policy].against_all(schema(candidate), known, schema(earlier))
    return list(found)


def ids(found: list[Violation]) -> list[str]:
    return [each.rule.id for each in found]


NOTE = message(EMPTY + "  string note = 2;\n")
TOTAL = message(EMPTY + "  string total = 2;\n")
NOTHING = message(EMPTY)


@pytest.mark.parametrize("policy", POLICY_NAMES)
def test_given_a_number_of_long_ago_when_under_another_name_then_refused(policy):
    found = reused(TOTAL, NOTHING, NOTE, policy)

    assert ids(found) == ["FIELD_NUMBER_REUSED"]
    assert found[0].element == "Order.total"
    assert found[0].message("the new schema", "version 1") == (
        "the new schema gives number 2 of message 'Order' to string 'total',"
        " which was string 'note' in version 1"
    )


@pytest.mark.parametrize("policy", POLICY_NAMES)
def test_given_a_number_of_long_ago_when_with_another_type_then_refused(policy):
    other = message(EMPTY + "  fixed64 note = 2;\n")

    assert ids(reused(other, NOTHING, NOTE, policy)) == ["FIELD_NUMBER_REUSED"]


@pytest.mark.parametrize(
    ("policy", "is_refused"), [("WIRE", False), ("WIRE_JSON", True), ("FILE", True)]
)
def test_given_the_name_when_restored_with_another_type_then_the_policy_decides(
    policy, is_refused
):
    short = message(EMPTY + "  int32 count = 2;\n")
    long = message(EMPTY + "  int64 count = 2;\n")

    assert bool(reused(long, NOTHING, short, policy)) is is_refused


@pytest.mark.parametrize("policy", POLICY_NAMES)
def test_given_a_field_when_restored_as_it_was_then_not_refused(policy):
    assert reused(NOTE, NOTHING, NOTE, policy) == []


@pytest.mark.parametrize("policy", POLICY_NAMES)
def test_given_the_latest_has_the_number_when_renamed_then_it_is_no_reuse(policy):
    assert reused(TOTAL, NOTE, NOTE, policy) == []


def test_given_the_latest_reused_it_already_when_kept_then_not_told_again():
    assert reused(TOTAL, TOTAL, NOTE) == []


def test_given_no_live_version_when_a_number_comes_back_then_refused():
    assert ids(reused(TOTAL, None, NOTE)) == ["FIELD_NUMBER_REUSED"]


def test_given_the_message_was_gone_when_it_comes_back_then_its_numbers_count():
    latest = 'syntax = "proto3";\nmessage Other {}\n'

    assert ids(reused(TOTAL, latest, NOTE)) == ["FIELD_NUMBER_REUSED"]


def test_given_another_message_when_it_has_the_number_then_not_refused():
    other = NOTHING + "message Item {\n  string sku = 2;\n}\n"

    assert reused(other, NOTHING, NOTE) == []


def test_given_an_enum_number_of_long_ago_when_it_means_something_else_then_refused():
    found = reused(enum("  PAID = 1;\n"), enum(""), enum("  OPEN = 1;\n"))

    assert ids(found) == ["ENUM_VALUE_NUMBER_REUSED"]
    assert found[0].message("the new schema", "version 1") == (
        "the new schema gives number 1 of enum 'Status' to 'PAID',"
        " which was 'OPEN' in version 1"
    )


def test_given_an_enum_number_when_one_of_its_names_comes_back_then_not_refused():
    aliases = "  option allow_alias = true;\n  OPEN = 1;\n  ACTIVE = 1;\n"

    assert reused(enum(aliases), enum(""), enum("  OPEN = 1;\n")) == []


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("  string total = 3;\n", ["RESERVED_NUMBER_REUSED"]),
        ("  string note = 9;\n", ["RESERVED_NAME_REUSED"]),
        ("  string note = 4;\n", ["RESERVED_NUMBER_REUSED", "RESERVED_NAME_REUSED"]),
        ("  string total = 9;\n", []),
    ],
)
def test_given_what_was_once_reserved_in_a_message_when_used_then_refused(body, rules):
    once = message(EMPTY + '  reserved 3 to 5;\n  reserved "note";\n')

    assert ids(reused(message(EMPTY + body), NOTHING, once)) == rules


@pytest.mark.parametrize(
    ("body", "rules"),
    [
        ("  PAID = 5;\n", ["RESERVED_NUMBER_REUSED"]),
        ("  OPEN = 9;\n", ["RESERVED_NAME_REUSED"]),
        ("  PAID = 6;\n", []),
    ],
)
def test_given_what_was_once_reserved_in_an_enum_when_used_then_refused(body, rules):
    once = enum('  reserved 3 to 5;\n  reserved "OPEN";\n')

    assert ids(reused(enum(body), enum(""), once)) == rules


def test_given_a_reserved_name_when_used_then_the_message_says_where_it_was_reserved():
    once = message(EMPTY + '  reserved "note";\n')

    (found,) = reused(message(EMPTY + "  string note = 9;\n"), NOTHING, once)

    assert found.message("the new schema", "version 2") == (
        "the new schema uses name 'note' for number 9 in message 'Order', which"
        " version 2 reserves"
    )
    assert found.wire("new", "old") == (
        '{errorType:"RESERVED_NAME_REUSED", description:"The new schema uses name'
        " 'note' for number 9 in message 'Order', which the old schema reserves"
        " (path '#/Order/9')\"}"
    )


def extended(name: str) -> str:
    extension = (
        f"extend Order {{\n  optional string {name} = 100;\n}}\n" if name else ""
    )
    return message("  extensions 100 to 199;\n", "proto2") + extension


def test_given_the_number_of_an_extension_when_it_comes_back_then_refused():
    found = reused(extended("total"), extended(""), extended("note"))

    assert ids(found) == ["FIELD_NUMBER_REUSED"]
    assert reused(extended("total"), extended("note"), extended("note")) == []
