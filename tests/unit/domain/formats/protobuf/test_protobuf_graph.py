"""What the nodes make of a text's labels, features and places."""

import pytest
from google.protobuf.descriptor_pb2 import FeatureSet

from registry.compiler.in_place import InPlaceCompiler
from registry.domain.formats.protobuf.format import ProtobufFormat
from registry.domain.formats.protobuf.nodes import Field, File, Kind, Label
from registry.domain.limits import DEFAULT_LIMITS
from registry.domain.rules import Spot

PROTOBUF = ProtobufFormat(DEFAULT_LIMITS, InPlaceCompiler())


def file_of(head: str, *statements: str) -> File:
    text = "\n".join((head, *statements))
    return PROTOBUF.parse(text).graph.file


def field_of(head: str, statement: str) -> Field:
    """The first field of a message, beside which there may be types of all kinds."""
    message = f"message M {{ {statement} message Inner {{}} enum E {{ NONE = 0; }} }}"
    return next(iter(file_of(head, message).messages["M"].fields.values()))


PROTO2, PROTO3 = 'syntax = "proto2";', 'syntax = "proto3";'
EDITION = 'edition = "2023";'
REQUIRED = "[features.field_presence = LEGACY_REQUIRED]"


@pytest.mark.parametrize(
    ("head", "statement", "label"),
    [
        pytest.param(PROTO2, "optional int32 a = 1;", Label.OPTIONAL, id="proto2"),
        pytest.param(PROTO2, "required int32 a = 1;", Label.REQUIRED, id="required"),
        pytest.param("", "repeated int32 a = 1;", Label.REPEATED, id="no-syntax"),
        pytest.param(PROTO3, "int32 a = 1;", Label.NONE, id="proto3"),
        pytest.param(PROTO3, "optional int32 a = 1;", Label.OPTIONAL, id="optional"),
        pytest.param(PROTO3, "repeated int32 a = 1;", Label.REPEATED, id="repeated"),
        pytest.param(PROTO2, "oneof o { int32 a = 1; }", Label.NONE, id="oneof"),
        pytest.param(PROTO2, "map<int32, int32> a = 1;", Label.NONE, id="map"),
        pytest.param(EDITION, "int32 a = 1;", Label.NONE, id="edition"),
        pytest.param(EDITION, f"int32 a = 1 {REQUIRED};", Label.REQUIRED, id="legacy"),
    ],
)
def test_given_a_field_when_read_then_its_label_is_the_one_that_was_written(
    head, statement, label
):
    assert field_of(head, statement).label is label


@pytest.mark.parametrize(
    ("head", "statement", "has_presence"),
    [
        pytest.param(PROTO2, "optional int32 a = 1;", True, id="proto2"),
        pytest.param(PROTO3, "int32 a = 1;", False, id="proto3"),
        pytest.param(PROTO3, "optional int32 a = 1;", True, id="optional"),
        pytest.param(PROTO3, "Inner a = 1;", True, id="message"),
        pytest.param(PROTO3, "oneof o { int32 a = 1; }", True, id="oneof"),
        pytest.param(PROTO2, "repeated int32 a = 1;", False, id="repeated"),
        pytest.param(EDITION, "int32 a = 1;", True, id="edition"),
        pytest.param(
            f"{EDITION} option features.field_presence = IMPLICIT;",
            "int32 a = 1;",
            False,
            id="by-the-file",
        ),
    ],
)
def test_given_a_field_when_read_then_it_is_known_whether_absence_shows(
    head, statement, has_presence
):
    assert field_of(head, statement).has_presence is has_presence


@pytest.mark.parametrize(
    ("head", "statement", "is_packed"),
    [
        pytest.param(PROTO2, "repeated int32 a = 1;", False, id="proto2"),
        pytest.param(PROTO2, "repeated int32 a = 1 [packed = true];", True, id="set"),
        pytest.param(PROTO3, "repeated E a = 1;", True, id="proto3"),
        pytest.param(PROTO3, "repeated int32 a = 1 [packed=false];", False, id="unset"),
        pytest.param(PROTO3, "repeated string a = 1;", False, id="string"),
        pytest.param(PROTO3, "int32 a = 1;", False, id="singular"),
        pytest.param(EDITION, "repeated int32 a = 1;", True, id="edition"),
    ],
)
def test_given_a_field_when_read_then_it_is_known_whether_it_is_packed(
    head, statement, is_packed
):
    assert field_of(head, statement).is_packed is is_packed


DELIMITED = f"{EDITION} option features.message_encoding = DELIMITED;"


@pytest.mark.parametrize(
    ("head", "statement", "kind"),
    [
        pytest.param(PROTO2, "optional group A = 1 {}", Kind.GROUP, id="group"),
        pytest.param(DELIMITED, "Inner a = 1;", Kind.GROUP, id="by-the-file"),
        pytest.param(EDITION, "Inner a = 1;", Kind.MESSAGE, id="edition"),
        pytest.param(DELIMITED, "map<int32, Inner> a = 1;", Kind.MESSAGE, id="map"),
    ],
)
def test_given_a_message_field_when_read_then_it_is_a_group_if_it_is_delimited(
    head, statement, kind
):
    assert field_of(head, statement).kind is kind


def test_given_a_map_in_a_delimited_file_when_read_then_its_values_are_no_groups():
    field = field_of(DELIMITED, "map<int32, Inner> a = 1;")

    assert field.is_map
    assert field.message is not None
    assert field.message.fields[2].kind is Kind.MESSAGE


def test_given_features_on_the_way_when_read_then_the_innermost_holds():
    file = file_of(
        EDITION,
        "option features.enum_type = CLOSED;",
        "message M { enum A { NO = 0; } enum B { option features.enum_type = OPEN;",
        "  YES = 0; } }",
    )
    enums = file.messages["M"].enums

    assert enums["A"].is_closed
    assert not enums["B"].is_closed
    assert file.features.field_presence == FeatureSet.EXPLICIT


def test_given_a_text_when_read_then_spots_are_descriptor_paths():
    file = file_of(
        PROTO3,
        "package shop;",
        "message M { message N { oneof o { int32 a = 1; } } enum E { NO = 0; } }",
        "service S { rpc R(M) returns (M); }",
    )
    inner = file.messages["M"].messages["N"]

    assert inner.spot == Spot("/4/0/3/0")
    assert (inner.full_name, inner.local_name) == ("shop.M.N", "M.N")
    assert inner.fields[1].spot == Spot("/4/0/3/0/2/0")
    assert inner.oneofs["o"].spot == Spot("/4/0/3/0/8/0")
    assert file.messages["M"].enums["E"].values[0].spot == Spot("/4/0/4/0/2/0")
    assert file.services["S"].methods["R"].spot == Spot("/6/0/2/0")


def test_given_an_optional_field_of_proto3_when_read_then_it_is_in_no_oneof():
    field = field_of(PROTO3, "optional int32 a = 1;")

    assert field.oneof == ""
    assert (
        file_of(PROTO3, "message M { optional int32 a = 1; }").messages["M"].oneofs
        == {}
    )


def test_given_reserved_numbers_when_asked_then_both_ends_count():
    file = file_of(
        PROTO3,
        "message M { reserved 2, 5 to 7; }",
        "enum E { NO = 0; reserved 2, 5 to 7; }",
    )
    message, enum = file.messages["M"], file.enums["E"]

    expected = [2, 5, 6, 7]
    assert [each for each in range(10) if message.reserves(each)] == expected
    assert [each for each in range(10) if enum.reserves(each)] == expected


def test_given_a_type_with_the_name_of_a_map_entry_when_used_then_it_is_no_map():
    file = file_of(
        PROTO3,
        "message M { map<string, string> tag = 1; repeated Other.TagEntry more = 2; }",
        "message Other { message TagEntry {} }",
    )
    fields = file.messages["M"].fields

    assert (fields[1].is_map, fields[2].is_map) == (True, False)


def test_given_groups_when_read_then_their_bodies_are_known_as_such():
    file = file_of(
        PROTO2,
        "message M { optional group A = 1 {} message B {} extensions 5; }",
        "extend M { optional group C = 5 {} }",
    )
    inside = file.messages["M"].messages

    assert (inside["A"].is_group_body, inside["B"].is_group_body) == (True, False)
    assert file.messages["C"].is_group_body
