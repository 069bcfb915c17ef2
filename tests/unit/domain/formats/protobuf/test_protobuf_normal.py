"""Normalised, what carries no meaning is in one order, and nothing else is touched."""

import pytest

from tests.suites.protobuf_meaning import essence
from tests.unit.domain.formats.protobuf.builders import PROTOBUF, parsed

A = 'syntax = "proto3"; package a; message A {} enum Z { Z0 = 0; }'
B = 'syntax = "proto3"; package b; message B {}'


def normal(text: str) -> str:
    schema = PROTOBUF.normalized(parsed(text, a=A, b=B))
    again = parsed(schema.canonical, a=A, b=B)
    assert PROTOBUF.normalized(again).canonical == schema.canonical
    assert essence(again) == essence(parsed(text, a=A, b=B))
    return schema.canonical


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in normal(text).split("\n")]


def test_given_proto2_when_normalised_then_it_goes_without_saying():
    assert normal('syntax = "proto2"; message M {}') == "message M {}\n"


def test_given_proto3_when_normalised_then_it_is_said():
    assert normal('syntax = "proto3";').startswith('syntax = "proto3";\n')


def test_given_imports_when_normalised_then_they_are_sorted_with_their_kinds():
    text = 'syntax = "proto3"; import public "b.proto"; import "a.proto";'

    assert lines_of(text)[2:4] == ['import "a.proto";', 'import public "b.proto";']


def test_given_options_when_normalised_then_they_are_sorted_and_merged():
    text = """
        syntax = "proto3"; import "confluent/meta.proto";
        option java_package = "x";
        option (confluent.file_meta).tags = "b";
        option (confluent.file_meta).doc = "d";
        option (confluent.file_meta).tags = "a";
        option go_package = "y";
    """

    assert lines_of(text)[4:7] == [
        'option (confluent.file_meta) = {doc: "d", tags: "b", tags: "a"};',
        'option go_package = "y";',
        'option java_package = "x";',
    ]


def test_given_fields_when_normalised_then_they_go_by_number():
    text = """
        syntax = "proto3";
        message M { int32 d = 9; oneof o { int32 c = 7; int32 b = 4; } int32 a = 5;
          oneof p { int32 e = 2; } }
    """

    assert [line for line in lines_of(text) if "=" in line or "oneof" in line][1:] == [
        "oneof p {",
        "int32 e = 2;",
        "oneof o {",
        "int32 b = 4;",
        "int32 c = 7;",
        "int32 a = 5;",
        "int32 d = 9;",
    ]


def test_given_groups_and_extensions_when_normalised_then_their_fields_go_by_number():
    text = """
        message M { optional group G = 1 { optional int32 b = 2; optional int32 a = 1; }
          extensions 10 to max; }
        extend M { optional int32 d = 12; optional int32 c = 11; }
        message N { extensions 1 to 5; }
        extend N { optional int32 f = 2; }
        extend M { optional int32 e = 10; }
    """

    names = [
        line.split()[2] for line in lines_of(text) if line.startswith("optional i")
    ]
    assert names == ["a", "b", "c", "d", "f", "e"]


def test_given_ranges_when_normalised_then_each_has_a_statement_in_order():
    text = """
        message M {
          reserved 9, 2 to 3, 7 to 7; reserved "b", "a"; extensions 30, 10 to 20;
        }
        enum E { Z = 0; reserved 9, -5 to -2; reserved "D", "C"; }
    """

    found = [each for each in lines_of(text) if each.startswith(("reserved", "ext"))]
    assert found == [
        "reserved 2 to 3;",
        "reserved 7;",
        "reserved 9;",
        'reserved "a";',
        'reserved "b";',
        "extensions 10 to 20;",
        "extensions 30;",
        "reserved -5 to -2;",
        "reserved 9;",
        'reserved "C";',
        'reserved "D";',
    ]


def test_given_types_when_normalised_then_their_names_begin_at_the_root():
    text = """
        syntax = "proto3"; package shop; import "a.proto";
        message M { message N {} N n = 1; map<string, a.A> m = 2; repeated a.Z z = 3; }
        service S { rpc Do (M) returns (stream M.N); }
    """

    assert {
        ".shop.M.N n = 1;",
        "map<string, .a.A> m = 2;",
        "repeated .a.Z z = 3;",
        "rpc Do (.shop.M) returns (stream .shop.M.N);",
    } <= set(lines_of(text))


def test_given_constants_when_normalised_then_they_go_by_number_after_the_first():
    text = """
        enum E { option allow_alias = true;
          NEW = 5; LOST = -1; PAID = 3; ZERO = 0; SETTLED = 3; }
    """

    found = [line for line in lines_of(text) if line[0:1].isupper()]
    # The first constant is the default; the first name of a number is what JSON writes.
    assert found == ["NEW = 5;", "LOST = -1;", "ZERO = 0;", "PAID = 3;", "SETTLED = 3;"]


def test_given_messages_and_methods_when_normalised_then_they_keep_their_order():
    text = """
        syntax = "proto3";
        message Z { message Y {} message X {} } message A {}
        enum F { F0 = 0; } enum E { E0 = 0; }
        service T { rpc Two (A) returns (A); rpc One (A) returns (A); } service S {}
    """

    kinds = ("message", "enum", "service", "rpc")
    found = [line.split()[1] for line in lines_of(text) if line.startswith(kinds)]
    assert found == ["Z", "Y", "X", "A", "F", "E", "T", "Two", "One", "S"]


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(
            "message M { optional group H = 9 {} optional group G = 1 {} }", id="groups"
        ),
        pytest.param(
            """syntax = "proto3"; message M { map<string, N> b = 2; message N {}
            map<string, N> a = 1; map<string, N> c = 3; message O {} }""",
            id="maps around a message",
        ),
    ],
)
def test_given_fields_that_bring_messages_when_normalised_then_no_place_changes(text):
    before = parsed(text)
    after = parsed(PROTOBUF.normalized(before).canonical)

    def places(schema):
        nested = schema.file.message_type[0].nested_type
        return ["" if each.options.map_entry else each.name for each in nested]

    assert places(after) == places(before)
    assert PROTOBUF.payload_types(after) == PROTOBUF.payload_types(before)


def test_given_other_orders_of_one_schema_when_normalised_then_they_are_the_same():
    imports = ('import "a.proto";', 'import "b.proto";')
    fields = ("int32 a = 1;", "a.A b = 2;")

    one, other = (
        " ".join(
            [
                'syntax = "proto3";',
                *imports[::step],
                "message M {",
                *fields[::step],
                "}",
            ]
        )
        for step in (1, -1)
    )

    assert normal(one) == normal(other)


def test_given_a_schema_when_normalised_then_its_text_and_places_stay():
    schema = parsed("message M { optional int32 b = 2; optional int32 a = 1; }")

    assert PROTOBUF.normalized(schema).text == schema.text
    assert PROTOBUF.normalized(schema).file is schema.file
