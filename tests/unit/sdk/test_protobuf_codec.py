"""Protobuf payloads: which class writes and reads them, and what is refused."""

import pickle
from typing import Any

import pytest
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from tests.suites.protobuf_schemas import classes, messages_of, resolved
from wirepact.codecs.language import Adapter, Limits, ResolvedSchema
from wirepact.codecs.protobuf import ProtobufLanguage
from wirepact.codecs.protobuf_files import find_message, local_schema, opened
from wirepact.codecs.protobuf_scan import MOST_NESTED
from wirepact.errors import DecodeError, EncodeError
from wirepact.schemas import PROTOBUF, Schema

MONEY = """\
syntax = "proto3";
package common;
message Money { string currency = 1; int64 units = 2; }
"""
ORDERS = """\
syntax = "proto3";
package shop;
import "common/money.proto";
import "google/protobuf/timestamp.proto";
message Order {
  message Line { string sku = 1; int32 quantity = 2; }
  string id = 1;
  repeated Line lines = 2;
  common.Money total = 3;
  google.protobuf.Timestamp at = 4;
  map<string, string> notes = 5;
}
message Refund { message Inner { message Deep { bool is_full = 1; } } Order of = 1; }
"""
TREE = 'syntax = "proto3"; message Tree { Tree left = 1; repeated Tree more = 2; }'
IMPORTS = {"common/money.proto": MONEY}
LANGUAGE = ProtobufLanguage(Limits())


def message_class(schema, full_name):
    return GetMessageClass(find_message(opened(schema), full_name))


@pytest.fixture(scope="module")
def orders():
    return resolved(ORDERS, IMPORTS)


def written(schema, message):
    writer = LANGUAGE.writer(schema, None, type(message))
    return writer.encode(message), writer.indexes


def read(schema, payload, indexes, **more):
    return LANGUAGE.reader(schema, None, None, **more).decode(payload, 0, indexes)


@pytest.mark.parametrize(
    ("name", "indexes"),
    [
        ("shop.Order", (0,)),
        ("shop.Order.Line", (0, 0)),
        ("shop.Refund", (1,)),
        ("shop.Refund.Inner.Deep", (1, 0, 0)),
    ],
)
def test_when_a_message_is_written_then_the_indexes_are_its_path(orders, name, indexes):
    message = message_class(orders, name)()

    assert written(orders, message) == (b"", indexes)


@given(st.data())
def test_when_a_message_is_written_then_it_is_read_as_it_was(data):
    schema = resolved(ORDERS, IMPORTS)
    made = classes(schema)[data.draw(st.sampled_from(sorted(classes(schema))))]
    message = data.draw(messages_of(made.DESCRIPTOR))

    payload, indexes = written(schema, message)

    assert read(schema, payload, indexes) == message


def test_given_a_payload_within_a_message_when_it_is_read_then_from_its_start(orders):
    payload = message_class(orders, "shop.Order")(id="é").SerializeToString()

    decode = LANGUAGE.reader(orders, None, None).decode

    assert decode(b"12345" + payload, 5, (0,)).id == "é"


def test_given_a_class_of_the_same_name_when_it_is_read_then_by_that_class(orders):
    mine = classes(
        resolved(ORDERS.replace("string id = 1;", "string number = 1;"), IMPORTS)
    )["shop.Order"]
    payload = message_class(orders, "shop.Order")(id="o-1").SerializeToString()

    order: Any = read(orders, payload, (0,), target={"shop.Order": mine}.get)

    assert type(order) is mine
    assert order.number == "o-1"


def test_given_an_adapter_when_written_and_read_then_through_it(orders):
    order = message_class(orders, "shop.Order.Line")
    adapter = Adapter(lambda line: order(sku=line[0]), lambda message: [message.sku])

    writer = LANGUAGE.writer(orders, adapter, type("Line", (), {}))
    reader = LANGUAGE.reader(orders, None, adapter)

    assert writer.indexes == (0, 0)
    assert reader.decode(writer.encode(["a"]), 0, (0, 0)) == ["a"]


def test_given_a_file_with_one_message_when_a_dict_is_written_then_as_that():
    schema = resolved(MONEY)
    writer = LANGUAGE.writer(schema, None, dict)

    payload = writer.encode({"currency": "EUR", "units": -5})

    assert read(schema, payload, (0,)).units == -5
    assert LANGUAGE.record_name(schema) == "common.Money"


def test_given_several_messages_when_a_dict_is_written_then_it_asks_which(orders):
    with pytest.raises(EncodeError, match=r"which message.*shop\.Order, shop\.Order"):
        LANGUAGE.writer(orders, None, dict)

    assert LANGUAGE.record_name(orders) is None


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        pytest.param({"unit": 1}, 'no "unit" field', id="unknown"),
        pytest.param({"units": 2**63}, "out of range", id="large"),
        pytest.param({"units": "1"}, "interpreted as an integer", id="type"),
        pytest.param({"currency": "\ud800"}, "surrogates", id="surrogate"),
        pytest.param({1: 2}, "field name", id="key"),
    ],
)
def test_given_a_dict_that_does_not_fit_when_written_then_it_is_refused(value, reason):
    writer = LANGUAGE.writer(resolved(MONEY), None, dict)

    with pytest.raises(EncodeError, match=rf"common\.Money: .*{reason}"):
        writer.encode(value)


def test_given_dicts_without_end_when_written_then_they_are_refused():
    endless: dict[str, Any] = {}
    endless["left"] = endless
    deep: dict[str, Any] = {}
    for _ in range(MOST_NESTED + 2):
        deep = {"more": [deep]}
    writer = LANGUAGE.writer(resolved(TREE), None, dict)

    for value in (endless, deep):
        with pytest.raises(EncodeError, match="nested deeper than 100"):
            writer.encode(value)


def test_given_a_message_deeper_than_readers_go_when_written_then_it_is_refused():
    tree: Any = message_class(resolved(TREE), "Tree")
    root = leaf = tree()
    for _ in range(MOST_NESTED + 1):
        leaf = leaf.more.add()

    with pytest.raises(EncodeError, match="nested deeper than 100"):
        written(resolved(TREE), root)


def test_given_a_required_field_that_is_not_set_when_written_then_it_is_named():
    schema = resolved('syntax = "proto2"; message A { required int32 most = 1; }')

    with pytest.raises(EncodeError, match="most"):
        written(schema, message_class(schema, "A")())


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        pytest.param(("", "string note = 9;"), "not in the registered", id="more"),
        pytest.param(
            ("string id = 1;", "sint64 id = 1;"), "zigzag varint, and bytes", id="type"
        ),
        pytest.param(
            ("string id = 1;", "repeated string id = 1;"), "not repeated", id="repeated"
        ),
        pytest.param(
            ("int32 quantity = 2;", "double quantity = 2;"), "a double", id="nested"
        ),
    ],
)
def test_given_a_class_that_says_more_when_written_then_it_is_refused(
    orders, change, reason
):
    old, new = change
    text = (
        ORDERS.replace(old, new)
        if old
        else ORDERS.replace("string id = 1;", f"string id = 1; {new}")
    )
    local = resolved(text, IMPORTS)
    mine = classes(local)["shop.Order"]

    with pytest.raises(EncodeError, match=reason):
        LANGUAGE.writer(orders, None, mine)

    assert LANGUAGE.misfit(local, orders)
    assert not LANGUAGE.misfit(orders, orders)


def test_given_a_class_of_another_schema_when_written_then_the_known_are_named(orders):
    money = classes(resolved(MONEY))["common.Money"]

    with pytest.raises(EncodeError, match=r"no message common\.Money; it defines shop"):
        LANGUAGE.writer(orders, None, money)


@pytest.mark.parametrize(
    ("payload", "indexes"),
    [
        pytest.param(b"\x0a\x05ab", (0,), id="cut"),
        pytest.param(b"\xff" * 12, (0,), id="tag"),
        pytest.param(b"\x0a\x01\xff", (0,), id="utf-8"),
        pytest.param(b"", (7,), id="no such message"),
        pytest.param(b"", (0, 0, 0), id="no such inner message"),
        pytest.param(b"", (2**31 - 1,) * 100, id="far"),
        pytest.param(b"", (), id="nowhere"),
    ],
)
def test_given_bytes_that_are_no_message_when_read_then_a_decode_error(
    orders, payload, indexes
):
    with pytest.raises(DecodeError) as caught:
        read(orders, payload, indexes)

    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)  # noqa: S301 - our own


def test_given_messages_deeper_than_the_limit_when_read_then_a_decode_error():
    payload = b""
    for _ in range(MOST_NESTED + 1):
        size = len(payload)
        length = bytes([size & 127 | 128, size >> 7]) if size > 127 else bytes([size])
        payload = b"\x12" + length + payload

    with pytest.raises(DecodeError):
        read(resolved(TREE), payload, (0,))


def test_given_more_bytes_than_allowed_when_read_then_a_decode_error(orders):
    reader = ProtobufLanguage(Limits(max_payload_bytes=4)).reader(orders, None, None)

    with pytest.raises(DecodeError, match="5 bytes, and the limit is 4"):
        reader.decode(b"\x0a\x03abc", 0, (0,))


def test_given_more_bytes_than_allowed_when_written_then_an_encode_error(orders):
    order = message_class(orders, "shop.Order")
    limited = ProtobufLanguage(Limits(max_payload_bytes=4))

    with pytest.raises(EncodeError, match="5 bytes, and the limit is 4"):
        limited.writer(orders, None, order).encode(order(id="abc"))


@pytest.mark.parametrize(
    ("text", "references", "reason"),
    [
        pytest.param('syntax = "proto3";', {}, "no serialised descriptor", id="text"),
        pytest.param("AAAA", {}, "no serialised descriptor", id="other bytes"),
        pytest.param(
            resolved(ORDERS, IMPORTS).schema.text, {}, "common/money", id="no import"
        ),
        pytest.param(
            resolved(MONEY).schema.text,
            {"a.proto": Schema(resolved(MONEY).schema.text, PROTOBUF)},
            "does not link",
            id="twice",
        ),
    ],
)
def test_given_a_schema_that_is_none_when_used_then_it_says_why(
    text, references, reason
):
    schema = ResolvedSchema(Schema(text, PROTOBUF), references, "serialized")

    with pytest.raises(EncodeError, match=reason):
        LANGUAGE.writer(schema, None, dict)
    with pytest.raises(DecodeError, match=reason):
        LANGUAGE.reader(schema, None, None)
    assert LANGUAGE.record_name(schema) is None


@pytest.mark.parametrize(
    "name",
    [
        "google/protobuf/any.proto",
        "google/protobuf/descriptor.proto",
        "google/type/money.proto",
        "confluent/meta.proto",
        "confluent/type/decimal.proto",
        "confluent/type/variant.proto",
    ],
)
def test_given_a_well_known_import_when_opened_then_no_reference_is_needed(name):
    schema = resolved(f'syntax = "proto3"; import "{name}"; message A {{}}')

    assert not schema.references
    assert [each.name for each in opened(schema).dependencies] == [name]


def test_given_two_versions_of_a_message_when_opened_then_they_do_not_meet():
    one = message_class(resolved(MONEY), "common.Money")
    other = message_class(resolved(MONEY.replace("units", "amount")), "common.Money")

    assert {field.name for field in one.DESCRIPTOR.fields} == {"currency", "units"}
    assert {field.name for field in other.DESCRIPTOR.fields} == {"currency", "amount"}


def test_when_a_class_is_asked_for_its_schema_then_imports_come_along(orders):
    found = local_schema(message_class(orders, "shop.Order"))

    assert opened(ResolvedSchema(found.schema, orders.references)).package == "shop"
    assert [name for name, _ in found.imports] == ["common/money.proto"]
    assert found.imports[0][1].schema.schema_type == PROTOBUF
