"""Protobuf messages that go to Confluent's client and come from it, in all framings."""

import pytest
from confluent_kafka.schema_registry import (
    SchemaRegistryClient,
    header_schema_id_serializer,
    prefix_schema_id_serializer,
)
from confluent_kafka.schema_registry.protobuf import (
    ProtobufDeserializer,
    ProtobufSerializer,
)
from confluent_kafka.serialization import MessageField, SerializationContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.domain.secrets import Secret
from registry.settings import Settings
from registry.storage import migrations
from registry.testing import running
from tests.suites.protobuf_schemas import classes, messages_of, resolved
from wirepact import (
    CodecOptions,
    Deserializer,
    Framing,
    Registration,
    RegistryClient,
    SchemaNotRegisteredError,
    Serializer,
    SubjectStrategy,
)

MONEY = """\
syntax = "proto3";
package common;
message Money { string currency = 1; sint64 units = 2; }
"""
DEEP = """\
syntax = "proto3";
package common;
import "common/money.proto";
message Price { Money net = 1; double tax = 2; }
"""
SHOP = """\
syntax = "proto3";
package shop;
import "common/price.proto";
import "common/money.proto";
import "google/protobuf/timestamp.proto";
enum Way { UNKNOWN = 0; CARD = 1; CASH = -1; }
message Order {
  message Line { string sku = 1; uint32 quantity = 2; common.Price price = 3; }
  string id = 1;
  repeated Line lines = 2;
  common.Money total = 3;
  google.protobuf.Timestamp at = 4;
  Way way = 5;
  repeated fixed32 marks = 6;
  optional bool is_gift = 7;
  oneof by { string code = 8; bytes signature = 9; Order of = 10; }
}
message Note { message To { message Name { string first = 1; } } string text = 1; }
message Mapped { map<string, common.Money> sums = 1; map<int32, string> notes = 2; }
"""
OLD = """\
syntax = "proto2";
package old;
message Row {
  required int32 id = 1;
  optional float share = 2 [default = 0.5];
  repeated Row rows = 3;
}
"""
FILES = [
    resolved(SHOP, {"common/money.proto": MONEY, "common/price.proto": DEEP}),
    resolved(OLD),
]
TYPES = [each for file in FILES for each in classes(file).values()]
# Written by theirs; the prefix with a GUID is only read by it.
THEIR_FRAMINGS = {
    Framing.ID_PREFIX: prefix_schema_id_serializer,
    Framing.GUID_HEADER: header_schema_id_serializer,
}
# Their deserializer takes a bare payload of this size for one without framing.
TOO_SHORT_FOR_THEM = 5

messages = st.sampled_from(TYPES).flatmap(lambda each: messages_of(each.DESCRIPTOR))
proven = settings(
    deadline=None,
    max_examples=80,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def url(tmp_path_factory):
    database = f"sqlite:///{tmp_path_factory.mktemp('registry') / 'r.db'}"
    migrations.upgrade(database)
    with running(Settings(database_url=Secret(database))) as registry:
        yield registry.url


@pytest.fixture(scope="module")
def client(url):
    with RegistryClient(url) as client:
        yield client


@pytest.fixture(scope="module")
def ours(client):
    """Serializers by framing, each kept, as their plans are what is tested."""
    return {
        framing: Serializer(
            client,
            CodecOptions(
                registration=Registration.REGISTER,
                framing=framing,
                strategy=SubjectStrategy.RECORD,
            ),
        )
        for framing in Framing
    }


@pytest.fixture(scope="module")
def theirs(url):
    with SchemaRegistryClient({"url": url}) as theirs:
        yield theirs


def context(headers=()):
    return SerializationContext("orders", MessageField.VALUE, headers=list(headers))


BY_RECORD = {"subject.name.strategy.type": "RECORD"}


def written_by_them(client, message, framing):
    serialize = ProtobufSerializer(
        type(message),
        client,
        {**BY_RECORD, "schema.id.serializer": THEIR_FRAMINGS[framing]},
    )
    there = context()
    return serialize(message, there), there.headers


@proven
@given(message=messages, framing=st.sampled_from(Framing))
def test_when_written_then_confluents_client_reads_it(ours, theirs, message, framing):
    encoded = ours[framing].encode("orders", message)
    read = ProtobufDeserializer(type(message), BY_RECORD, theirs)

    if len(encoded.data) > TOO_SHORT_FOR_THEM:
        assert read(encoded.data, context(encoded.headers)) == message


@proven
@given(message=messages, framing=st.sampled_from(sorted(THEIR_FRAMINGS)))
def test_when_written_then_byte_for_byte_as_confluents_client(
    ours, theirs, message, framing
):
    data, headers = written_by_them(theirs, message, framing)

    encoded = ours[framing].encode("orders", message)

    assert list(encoded.headers) == headers
    if type(message).DESCRIPTOR.name == "Mapped":
        # In maps the order is nobody's.
        assert sorted(encoded.data) == sorted(data)
    else:
        assert encoded.data == data


@proven
@given(message=messages, framing=st.sampled_from(sorted(THEIR_FRAMINGS)))
def test_given_a_message_of_confluents_client_when_read_then_it_is_the_same(
    client, theirs, message, framing
):
    data, headers = written_by_them(theirs, message, framing)

    typed = Deserializer(client, types=[type(message)])
    plain = Deserializer(client)

    read = typed.decode("orders", data, headers)
    assert type(read) is type(message)
    assert read == message
    other = plain.decode("orders", data, headers)
    assert other.DESCRIPTOR.full_name == message.DESCRIPTOR.full_name
    assert type(message).FromString(other.SerializeToString()) == message


def test_given_imports_when_registered_then_under_their_paths(ours, theirs):
    order = classes(FILES[0])["shop.Order"]

    ours[Framing.ID_PREFIX].encode("orders", order())

    found = theirs.get_latest_version("shop.Order").schema
    assert {(each.name, each.subject) for each in found.references} == {
        ("common/money.proto", "common/money.proto"),
        ("common/price.proto", "common/price.proto"),
    }
    inner = theirs.get_latest_version("common/price.proto").schema
    assert [each.name for each in inner.references] == ["common/money.proto"]


def test_given_nothing_registered_when_looked_up_then_the_import_is_named(client):
    text = MONEY.replace("package common", "package lonely")
    schema = resolved(
        'syntax = "proto3"; import "lonely/a.proto"; message A { lonely.Money m = 1; }',
        {"lonely/a.proto": text},
    )
    message = classes(schema)["A"]()

    with pytest.raises(SchemaNotRegisteredError, match=r"lonely/a\.proto"):
        Serializer(client).encode("orders", message)


def test_given_what_they_registered_when_looked_up_then_it_is_found(client, theirs):
    message = classes(FILES[0])["shop.Note.To.Name"](first="Zoë")
    written_by_them(theirs, message, Framing.ID_PREFIX)

    encoded = Serializer(client, CodecOptions(strategy=SubjectStrategy.RECORD)).encode(
        "orders", message
    )

    assert encoded.data[5:9] == b"\x06\x02\x00\x00"
    assert Deserializer(client).decode("orders", encoded.data).first == "Zoë"
