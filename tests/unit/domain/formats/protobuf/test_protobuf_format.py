"""Protobuf as the registry sees it."""

import base64

import pytest
from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.descriptor_pool import DescriptorPool

from registry.domain.levels import Direction
from registry.domain.model import SchemaType
from registry.domain.places import Place
from registry.domain.rules import Spot
from registry.domain.schema import PayloadType
from tests.unit.domain.formats.protobuf.builders import PROTOBUF, parsed

ORDER = """\
syntax = "proto3";
package shop;
import "common/money.proto";

message OrderCreated {
  string orderId = 1;
\tcommon.Money total = 2; /* é */ message Item { string sku = 1; }
  map<string, Item> items = 3;
  oneof customer { string guest = 4; }
  reserved 9;
}
enum State { NEW = 0; }
service Orders { rpc Get (OrderCreated) returns (OrderCreated); }
"""
MONEY = """
syntax = "proto3"; package common;
message Money { string currency = 1; } message Other {}
"""


@pytest.fixture(scope="module")
def order():
    return parsed(ORDER, common__money=MONEY)


def test_given_the_format_then_it_is_protobuf_and_offers_its_renderings():
    assert PROTOBUF.schema_type is SchemaType.PROTOBUF
    assert list(PROTOBUF.renderings) == ["serialized", "ignore_extensions"]


def test_given_a_schema_when_serialised_then_it_resolves_by_the_names_of_references(
    order,
):
    pool = DescriptorPool()
    money = parsed(MONEY)

    # As Confluent's client does it: each file is given the name of its reference.
    for name, schema in (("common/money.proto", money), ("default", order)):
        encoded = PROTOBUF.renderings["serialized"](schema)
        file = FileDescriptorProto.FromString(base64.b64decode(encoded))
        assert file.name == "default"
        file.name = name
        pool.Add(file)

    message = pool.FindMessageTypeByName("shop.OrderCreated")
    total = message.fields_by_number[2].message_type
    assert total is not None
    assert total.full_name == "common.Money"


def test_given_custom_options_when_extensions_are_ignored_then_confluents_stay():
    text = """
        syntax = "proto2"; import "confluent/meta.proto"; import "rules.proto";
        message M {
          option (rules.note) = "x"; option (confluent.message_meta).tags = "PII";
          optional int32 a = 1 [(rules.field) = 2, deprecated = true];
          optional int32 b = 2 [(rules.field) = 2];
          extensions 10 to max; extend M { optional group G = 10 {} }
          message N {}
        }
        extend M { optional int32 c = 11; }
    """
    rules = """
        import "google/protobuf/descriptor.proto"; package rules;
        extend google.protobuf.MessageOptions { optional string note = 50000; }
        extend google.protobuf.FieldOptions { optional int32 field = 50000; }
    """

    bare = PROTOBUF.renderings["ignore_extensions"](parsed(text, rules=rules))

    assert (
        bare
        == """\
syntax = "proto2";

import "confluent/meta.proto";
import "rules.proto";

message M {
  option (confluent.message_meta) = {tags: "PII"};
  optional int32 a = 1 [deprecated = true];
  optional int32 b = 2;
  message N {}
}
"""
    )


def test_given_spellings_of_one_schema_then_they_are_equivalent(order):
    other = parsed(ORDER.replace("\n", " "), common__money=MONEY)
    third = parsed(ORDER.replace("guest", "guests"), common__money=MONEY)

    assert PROTOBUF.is_equivalent(order, other)
    assert not PROTOBUF.is_equivalent(order, third)


def test_given_messages_in_messages_when_asked_then_each_has_its_index():
    text = """
        syntax = "proto3"; package p;
        enum E { E0 = 0; }
        message A { map<string, int32> m = 1; enum F { F0 = 0; }
          message B { message C {} } message D {} }
        message G {}
    """

    assert PROTOBUF.payload_types(parsed(text)) == (
        PayloadType("p.A", (0,)),
        PayloadType("p.A.B", (0, 0)),
        PayloadType("p.A.B.C", (0, 0, 0)),
        PayloadType("p.A.D", (0, 1)),
        PayloadType("p.G", (1,)),
    )


def test_given_a_schema_when_asked_then_its_top_names_are_the_first_messages_fields(
    order,
):
    assert PROTOBUF.top_level_names(order) == {"orderId", "total", "items", "guest"}


def test_given_no_message_when_asked_then_there_is_neither_type_nor_name():
    schema = parsed('syntax = "proto3"; enum E { E0 = 0; }')

    assert PROTOBUF.payload_types(schema) == ()
    assert PROTOBUF.top_level_names(schema) == frozenset()


def test_given_one_public_import_and_no_types_then_the_schema_stands_for_that_file():
    wrapper = parsed(
        'import public "w.proto";',
        w='import public "common/money.proto"; import "google/protobuf/any.proto";',
        common__money=MONEY,
    )

    assert wrapper.meant == (
        "common/money.proto",
        wrapper.imports["common/money.proto"],
    )
    assert PROTOBUF.payload_types(wrapper)[0] == PayloadType("common.Money", (0,))
    assert PROTOBUF.top_level_names(wrapper) == {"currency"}


def test_given_a_schema_that_stands_for_a_file_when_compared_then_that_file_is_meant():
    wrapper = parsed('import public "common/money.proto";', common__money=MONEY)
    same = parsed(MONEY)
    broken = parsed(MONEY.replace("string", "sint32"))

    assert not PROTOBUF.violations(wrapper, same)
    (violation,) = PROTOBUF.violations(wrapper, broken)
    assert wrapper.fragment(violation.reader_spot) == "string currency = 1;"
    assert wrapper.place(violation.reader_spot) is None
    assert not PROTOBUF.proposals(wrapper, broken, violation, Direction.BACKWARD)


@pytest.mark.parametrize(
    "text",
    [
        'import public "common/money.proto"; message M {}',
        'import "common/money.proto";',
        'import public "common/money.proto"; import public "a.proto";',
    ],
)
def test_given_anything_else_then_the_schema_stands_for_itself(text):
    schema = parsed(text, common__money=MONEY, a='syntax = "proto3";')

    assert schema.meant == ("", schema.file)


@pytest.mark.parametrize(
    ("pointer", "place"),
    [
        ("/4/0", (5, 1)),
        ("/4/0/2/0", (6, 3)),
        ("/4/0/2/0/1", (6, 10)),
        ("/4/0/2/1", (7, 2)),
        ("/4/0/2/1/1", (7, 15)),
        ("/4/0/3/0", (7, 34)),
        # The type of a map's entries is only implied: it is where the message is.
        ("/4/0/3/1/2/0", (5, 1)),
        ("/2", (2, 1)),
        ("/5/0/2/0", (12, 14)),
        ("/77", (1, 1)),
        ("", (1, 1)),
    ],
)
def test_given_a_spot_when_asked_for_its_place_then_it_is_in_the_text(
    order, pointer, place
):
    found = order.place(Spot(pointer))

    assert (found.line, found.column) == place


def test_given_a_spot_when_asked_for_its_place_then_its_end_is_known_too(order):
    assert order.place(Spot("/4/0/2/0")) == Place(6, 3, 6, 22)


def test_given_a_spot_elsewhere_when_asked_for_its_place_then_there_is_none(order):
    encoded = PROTOBUF.renderings["serialized"](parsed(MONEY))

    assert order.place(Spot("/4/0", "common/money.proto")) is None
    assert parsed(encoded).place(Spot("/4/0")) is None


@pytest.mark.parametrize(
    ("pointer", "fragment"),
    [
        ("/12", 'syntax = "proto3";'),
        ("/2", "package shop;"),
        ("/3/0", 'import "common/money.proto";'),
        ("/4/0/2/1", "common.Money total = 2;"),
        ("/4/0/2/1/1", "common.Money total = 2;"),
        ("/4/0/2/2", "map<string, Item> items = 3;"),
        ("/4/0/3/0", "message Item {\n  string sku = 1;\n}"),
        ("/4/0/3/0/2/0", "string sku = 1;"),
        ("/4/0/8/0", "oneof customer {\n  string guest = 4;\n}"),
        ("/4/0/9/0", "reserved 9;"),
        ("/4/0/2/77", "message OrderCreated {"),
        ("/5/0/2/0", "NEW = 0;"),
        ("/6/0/2/0", "rpc Get (OrderCreated) returns (OrderCreated);"),
        ("/4/77", None),
        ("/50", None),
        ("", None),
    ],
)
def test_given_a_spot_when_asked_for_its_fragment_then_it_is_printed_alone(
    order, pointer, fragment
):
    found = order.fragment(Spot(pointer))

    if pointer == "/4/0/2/77":
        # What is not there is told by what it would be in.
        found = found.partition("\n")[0]
    assert found == fragment


def test_given_a_spot_in_an_import_when_asked_then_its_fragment_is_printed(order):
    spot = Spot("/4/0", "common/money.proto")

    assert order.fragment(spot) == "message Money {\n  string currency = 1;\n}"
    assert order.fragment(Spot("/4/0", "no.proto")) is None


@pytest.mark.parametrize(
    ("pointer", "fragment"),
    [
        ("/7/0", "extend M {\n  optional int32 a = 5;\n}"),
        ("/4/0/5/1", "extensions 30;"),
        ("/4/0/10/0", 'reserved "b";'),
        ("/5/0/4/0", "reserved -3 to -1;"),
    ],
)
def test_given_rarer_elements_when_asked_then_their_fragments_are_printed(
    pointer, fragment
):
    text = """
        message M { extensions 5 to 9, 30; reserved "b"; }
        extend M { optional int32 a = 5; }
        enum E { Z = 0; reserved -3 to -1; }
    """

    assert parsed(text).fragment(Spot(pointer)) == fragment


def test_given_an_import_for_options_when_asked_then_its_fragment_is_printed():
    line = 'import option "google/protobuf/cpp_features.proto";'
    text = f'edition = "2024"; import "google/protobuf/any.proto"; {line}'

    assert parsed(text).fragment(Spot("/15/0")) == line


def test_given_a_long_message_when_asked_for_its_fragment_then_it_is_cut():
    fields = " ".join(f"string a{number} = {number};" for number in range(1, 2000))

    found = parsed(f'syntax = "proto3"; message M {{ {fields} }}').fragment(
        Spot("/4/0")
    )

    assert found is not None
    assert len(found) == 10 * 1024 + 1
    assert found.endswith("…")


def test_given_a_larger_schema_then_it_counts_for_more_and_shared_imports_for_nothing():
    small = parsed('syntax = "proto3"; message M {}')
    larger = parsed('syntax = "proto3"; message M { string a = 1; }')
    well_known = 'syntax = "proto3"; import "google/protobuf/descriptor.proto";'

    assert 0 < small.size_bytes < larger.size_bytes
    assert parsed(f"{well_known} message M {{}}").size_bytes < 2 * larger.size_bytes
