"""The layout of the canonical text, and how it writes each feature of the language."""

import pytest

from tests.unit.domain.formats.protobuf.builders import parsed

LAID_OUT = """\
// A comment.
syntax = "proto3";
service Orders {
  rpc Watch(stream OrderCreated) returns (stream OrderCreated) {
    option idempotency_level = IDEMPOTENT; option deprecated = true;
  }
  rpc Get(OrderCreated) returns (google.protobuf.Empty);
}
enum State { NEW = 0; PAID = 5; reserved 2, 10 to 20, 100 to max; reserved "OLD"; }
package shop.orders;
import "google/protobuf/timestamp.proto";
import public "google/protobuf/empty.proto";
message OrderCreated {
  enum Kind { GIFT = 0; }
  message OrderItem { string sku = 1; int32 quantity = 2; double unit_price = 3; }
  oneof customer { string customer_id = 2; string guest = 9; }
  string order_id = 1 [json_name = "id", deprecated = true];
  repeated OrderItem items = 3; /* Another. */
  optional double total_amount = 5;
  google.protobuf.Timestamp timestamp = 6 [deprecated = true];
  State state = 7;
  reserved 8, 20 to 30, 1000 to max; reserved "old", 'older';
  option deprecated = true;
}
message Empty {}
option java_package = "org.shop";
option go_package = "shop/orders";
"""

CANONICAL = """\
syntax = "proto3";
package shop.orders;

import "google/protobuf/timestamp.proto";
import public "google/protobuf/empty.proto";

option go_package = "shop/orders";
option java_package = "org.shop";

message OrderCreated {
  reserved 8, 20 to 30, 1000 to max;
  reserved "old", "older";
  option deprecated = true;
  oneof customer {
    string customer_id = 2;
    string guest = 9;
  }
  string order_id = 1 [
    json_name = "id",
    deprecated = true
  ];
  repeated OrderItem items = 3;
  optional double total_amount = 5;
  google.protobuf.Timestamp timestamp = 6 [deprecated = true];
  State state = 7;
  message OrderItem {
    string sku = 1;
    int32 quantity = 2;
    double unit_price = 3;
  }
  enum Kind {
    GIFT = 0;
  }
}

message Empty {}

enum State {
  reserved 2, 10 to 20, 100 to max;
  reserved "OLD";
  NEW = 0;
  PAID = 5;
}

service Orders {
  rpc Watch (stream OrderCreated) returns (stream OrderCreated) {
    option deprecated = true;
    option idempotency_level = IDEMPOTENT;
  }
  rpc Get (OrderCreated) returns (google.protobuf.Empty);
}
"""


def test_given_a_text_when_printed_then_it_has_the_layout():
    assert parsed(LAID_OUT).canonical == CANONICAL


def body(text: str) -> list[str]:
    """Return the lines of the first block of the canonical text, not indented."""
    canonical = parsed(text).canonical
    inside = canonical[canonical.index("{\n") + 2 : canonical.index("\n}")]
    return [line.removeprefix("  ") for line in inside.split("\n")]


@pytest.mark.parametrize(
    "statement",
    [
        'optional bytes a = 1 [default = "\\000\\"\\\\\\377\\n\'"];',
        'optional string a = 1 [default = "é\\t\\"\\\\\\001"];',
        "optional float a = 1 [default = -inf];",
        "optional double a = 1 [default = nan];",
        "optional float a = 1 [default = 1.5e-10];",
        "optional int64 a = 1 [default = -9223372036854775808];",
        "optional E a = 1 [default = ONE];",
        "optional bool a = 1 [default = true];",
        "required M a = 1;",
        "repeated sint32 a = 1 [packed = true];",
        "map<int32, M> a = 1;",
        'optional string a_b = 1 [json_name = "a_b"];',
        "optional string a = 1 [ctype = CORD];",
        "extensions 100 to max;",
        "extensions 5;",
        "reserved 7, 3 to 4, 1000 to max;",
        'reserved "b", "a";',
        "option no_standard_descriptor_accessor = true;",
    ],
)
def test_given_a_canonical_statement_when_printed_then_it_stays(statement):
    text = f"message M {{ {statement} enum E {{ ZERO = 0; ONE = 1; }} }}"

    assert body(text)[0] == statement


@pytest.mark.parametrize(
    ("written", "printed"),
    [
        pytest.param("reserved 5 to 5;", "reserved 5;", id="a range of one"),
        pytest.param("reserved 9 to 536870911;", "reserved 9 to max;", id="to the end"),
        pytest.param(
            "optional int32 a = 0x1F [default = 0x10];",
            "optional int32 a = 31 [default = 16];",
            id="numbers are decimal",
        ),
        pytest.param(
            "optional string a = 1 [default = 'it''s'];",
            'optional string a = 1 [default = "its"];',
            id="strings are whole",
        ),
        pytest.param(
            'optional string a_b = 1 [json_name = "aB"];',
            "optional string a_b = 1;",
            id="a JSON name that goes without saying",
        ),
    ],
)
def test_given_another_spelling_when_printed_then_there_is_one_only(written, printed):
    assert body(f"message M {{ {written} }}") == [printed]


def test_given_a_group_when_printed_then_its_fields_are_in_it():
    text = (
        "message M { repeated group P = 1 [deprecated = true] { optional M m = 2; } }"
    )

    assert body(text) == [
        "repeated group P = 1 [deprecated = true] {",
        "  optional M m = 2;",
        "}",
    ]


def test_given_an_enum_with_aliases_when_printed_then_they_keep_their_order():
    text = "enum E { option allow_alias = true; B = -1; A = -1; reserved -9 to -5; }"

    assert body(text) == [
        "reserved -9 to -5;",
        "option allow_alias = true;",
        "B = -1;",
        "A = -1;",
    ]


def test_given_a_message_set_when_printed_then_its_range_ends_with_its_numbers():
    text = "message M { option message_set_wire_format = true; extensions 4 to max; }"

    assert body(text)[1] == "extensions 4 to max;"


def test_given_extensions_when_printed_then_those_of_one_message_share_a_block():
    text = """
        message M { extensions 10 to 20; extensions 30 [verification = UNVERIFIED]; }
        message N { extensions 1 to max; }
        extend M { optional int32 a = 10; }
        extend M { repeated group Part = 11 { optional int32 b = 1; } }
        extend N { optional M c = 1 [deprecated = true]; }
    """

    assert (
        parsed(text).canonical
        == """\
syntax = "proto2";

message M {
  extensions 10 to 20;
  extensions 30 [verification = UNVERIFIED];
}

message N {
  extensions 1 to max;
}

extend M {
  optional int32 a = 10;
  repeated group Part = 11 {
    optional int32 b = 1;
  }
}

extend N {
  optional M c = 1 [deprecated = true];
}
"""
    )


def test_given_edition_2024_when_printed_then_names_visibility_and_features_are_there():
    text = """
        edition = "2024";
        import "google/protobuf/empty.proto";
        import option "google/protobuf/cpp_features.proto";
        option features.field_presence = IMPLICIT;
        option features.enum_type = OPEN;
        local message M {
          reserved old, older;
          M next = 1 [features.message_encoding = DELIMITED];
          string name = 2 [
            features.(pb.cpp).string_type = VIEW, features.utf8_validation = NONE
          ];
          map<string, int32> counts = 3 [features.utf8_validation = NONE];
          export enum E { UNKNOWN = 0; reserved OLD; }
        }
    """

    assert (
        parsed(text).canonical
        == """\
edition = "2024";

import "google/protobuf/empty.proto";
import option "google/protobuf/cpp_features.proto";

option features.enum_type = OPEN;
option features.field_presence = IMPLICIT;

local message M {
  reserved old, older;
  M next = 1 [features.message_encoding = DELIMITED];
  string name = 2 [
    features.(pb.cpp) = {string_type: VIEW},
    features.utf8_validation = NONE
  ];
  map<string, int32> counts = 3 [features.utf8_validation = NONE];
  export enum E {
    reserved OLD;
    UNKNOWN = 0;
  }
}
"""
    )


OPTIONS = """
    syntax = "proto2"; package rules; import "google/protobuf/descriptor.proto";
    enum Level { LOW = 0; HIGH = 1; }
    message Rule {
      optional string name = 1; repeated Rule parts = 2; map<string, int32> sizes = 3;
      optional float share = 4; optional bytes raw = 5; extensions 10 to max;
      optional group Limit = 6 { optional int64 most = 1; }
    }
    extend Rule { optional Level extra = 10; }
    extend google.protobuf.FieldOptions {
      optional Rule rule = 50000; repeated string tags = 50001;
      optional double part = 50002; optional float share = 50003;
      optional bytes raw = 50004; optional Level level = 50005;
    }
"""


@pytest.mark.parametrize(
    ("options", "printed"),
    [
        ('(rules.tags) = "b", (rules.tags) = "a"', None),
        ("(rules.level) = HIGH", None),
        ("(rules.part) = -inf", None),
        ("(rules.share) = 0.1", None),
        ("(rules.part) = 3.0", None),
        ("(rules.part) = -0.0", None),
        ("(rules.part) = 1e+100", None),
        (r'(rules.raw) = "\000\377\""', None),
        ("(rules.rule) = {}", None),
        ('(rules.rule) = {name: "é", parts: {raw: "\\001"}, parts: {}}', None),
        ("(rules.rule) = {[rules.extra]: HIGH}", None),
        ("(rules.rule) = {Limit: {most: -3}}", None),
        (
            '(rules.rule) = {sizes: {key: "b", value: 1}, sizes: {key: "a", value: 2}}',
            '(rules.rule) = {sizes: {key: "a", value: 2}, sizes: {key: "b", value: 1}}',
        ),
        (
            '(rules.rule).share = 2, (rules.rule).name = "n"',
            '(rules.rule) = {name: "n", share: 2.0}',
        ),
        (
            "(rules.rule) = { name: 'n' parts < > parts: [{}, {name: \"m\"}] }",
            '(rules.rule) = {name: "n", parts: {}, parts: {}, parts: {name: "m"}}',
        ),
    ],
)
def test_given_custom_options_when_printed_then_all_of_them_are_there(options, printed):
    text = f"""
        syntax = "proto3"; package shop; import "rules.proto";
        message M {{ string a = 1 [{options}]; }}
    """

    canonical = parsed(text, rules=OPTIONS).canonical

    bare = canonical.replace("\n    ", "").replace("\n  ]", "]").replace(",(", ", (")
    assert f"string a = 1 [{printed or options}];" in bare


def test_given_an_option_of_the_file_itself_when_printed_then_it_has_its_name():
    text = """
        syntax = "proto3"; import "google/protobuf/descriptor.proto";
        extend google.protobuf.MessageOptions { string note = 50000; }
        message M { option (note) = "x"; string note = 1; N n = 2; message N {
          option (.note) = "y"; } }
    """

    lines = parsed(text).canonical.split("\n")

    assert '  option (note) = "x";' in lines
    # The field of the same name would be found first.
    assert '    option (.note) = "y";' in lines


SHADOWED = """
    syntax = "proto3"; package shop.orders; import "other.proto";
    message Item {}
    message Order {
      message Item {}
      message shop {}
      message orders { message Item {} }
      %s used = 1;
    }
"""
OTHER = 'syntax = "proto3"; package other; message Item {} message Only {}'


@pytest.mark.parametrize(
    ("name", "printed"),
    [
        (".shop.orders.Order.Item", "Item"),
        (".shop.orders.Item", ".shop.orders.Item"),
        (".shop.orders.Order.orders.Item", "orders.Item"),
        (".shop.orders.Order", "Order"),
        (".shop.orders.Order.shop", "shop"),
        (".other.Item", "other.Item"),
        (".other.Only", "other.Only"),
    ],
)
def test_given_names_in_the_way_when_printed_then_a_type_is_called_so_it_is_found(
    name, printed
):
    canonical = parsed(SHADOWED % name, other=OTHER).canonical

    assert f"  {printed} used = 1;\n" in canonical


def test_given_a_package_in_the_way_when_printed_then_the_name_begins_at_the_root():
    text = """
        syntax = "proto3"; package a.other; import "other.proto";
        message M { .other.Item item = 1; }
    """

    assert "  .other.Item item = 1;\n" in parsed(text, other=OTHER).canonical


WORDS = (
    "double float int32 int64 uint32 uint64 sint32 sint64 fixed32 fixed64 sfixed32"
    " sfixed64 bool string bytes group map message enum extend extensions oneof option"
    " reserved optional required repeated stream local export import package service"
    " rpc returns syntax edition to max public weak true inf"
)


@pytest.mark.parametrize("word", WORDS.split())
@pytest.mark.parametrize(
    "head",
    [
        'syntax = "proto2"',
        'syntax = "proto3"',
        'edition = "2024"; option features.enforce_naming_style = STYLE_LEGACY',
    ],
)
def test_given_a_type_called_like_a_word_of_the_language_when_printed_then_it_is_found(
    head, word
):
    label = "optional" if "proto2" in head else ""
    name = f".p.{word}"
    text = (
        f"{head}; package p; message {word} {{ message In {{}} }}"
        f" message M {{ {label} {name} a = 1; repeated {name} b = 2;"
        f" oneof o {{ {name} c = 3; {name}.In d = 4; }} map<int32, {name}> e = 5; }}"
        f" service S {{ rpc R({name}) returns (stream {name}.In); }}"
    )
    schema = parsed(text)

    again = parsed(schema.canonical)

    assert again.file == schema.file


def test_given_a_nested_message_before_a_map_when_printed_then_its_place_is_kept():
    text = """
        syntax = "proto3";
        message M {
          map<string, A> first = 1; message A {} message B {}
          map<string, B> second = 2; message C {}
        }
    """

    schema = parsed(text)

    names = [
        each.name for each in parsed(schema.canonical).file.message_type[0].nested_type
    ]
    assert names == ["FirstEntry", "A", "B", "SecondEntry", "C"]
    assert names == [each.name for each in schema.file.message_type[0].nested_type]


def test_given_a_message_before_an_extension_that_is_a_group_then_its_place_is_kept():
    text = """
        message M { extensions 1 to max; }
        extend M { optional group G = 2 {} optional int32 a = 1; }
        message N {}
        extend M { optional int32 b = 3; optional group H = 4 {} }
    """

    again = parsed(parsed(text).canonical)

    assert [each.name for each in again.file.message_type] == ["M", "G", "N", "H"]
    assert [each.name for each in again.file.extension] == ["g", "a", "b", "h"]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        pytest.param(
            "service S { rpc M (.p.M) returns (.p.N); }",
            "rpc M (.p.M) returns (N);",
            id="a method of the name",
        ),
        pytest.param(
            "message O { oneof M { int32 a = 1; } extend .p.M { optional N b = 1; } }",
            "extend .p.M {",
            id="a oneof of the name",
        ),
        pytest.param(
            "message O { enum E { M = 0; } extend .p.M { optional N b = 1; } }",
            "extend .p.M {",
            id="a constant of the name",
        ),
        pytest.param(
            "message O { optional int32 M = 1; optional .p.M m = 2; }",
            "optional M m = 2;",
            id="a field of the name, and the type of a field",
        ),
        pytest.param(
            "service p { rpc Do (.p.M) returns (.p.N); }",
            "rpc Do (M) returns (N);",
            id="a service called like the package",
        ),
        pytest.param(
            "message O { message p {} extend .q.Q { optional .p.N b = 1; } }",
            "extend q.Q {",
            id="another package",
        ),
    ],
)
def test_given_what_is_no_type_in_the_way_when_printed_then_a_message_is_found(
    text, line
):
    imported = "package q; message Q { extensions 1 to max; }"
    head = (
        'package p; import "q.proto"; message M { extensions 1 to max; } message N {}'
    )

    schema = parsed(f'syntax = "proto2"; {head} {text}', q=imported)

    assert line in [each.strip() for each in schema.canonical.split("\n")]
    assert parsed(schema.canonical, q=imported).canonical == schema.canonical
