"""JSON messages that go to Confluent's client and come from it, in all framings."""

import json

import pytest
from confluent_kafka.schema_registry import Schema as TheirSchema
from confluent_kafka.schema_registry import (
    SchemaReference,
    SchemaRegistryClient,
    header_schema_id_serializer,
    prefix_schema_id_serializer,
)
from confluent_kafka.schema_registry.json_schema import (
    JSONDeserializer,
    JSONSerializer,
)
from confluent_kafka.serialization import (
    MessageField,
    SerializationContext,
    SerializationError,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.domain.secrets import Secret
from registry.settings import Settings
from registry.storage import migrations
from registry.testing import running
from wirepact import (
    CodecOptions,
    DecodeError,
    Deserializer,
    EncodeError,
    Framing,
    Registration,
    RegistryClient,
    Serializer,
)
from wirepact.schemas import JSON, Reference, Schema

LINE = {
    "title": "Line",
    "type": "object",
    "properties": {"sku": {"type": "string"}, "price": {"type": "number"}},
    "required": ["sku"],
}
ORDER = {
    "title": "Order",
    "type": "object",
    "properties": {
        "id": {"type": "string", "minLength": 1},
        "quantity": {"type": "integer", "minimum": -5},
        "note": {"oneOf": [{"type": "null"}, {"type": "string"}]},
        "lines": {"type": "array", "items": {"$ref": "line.json"}},
        "more": {"type": ["boolean", "object", "array"]},
    },
    "required": ["id"],
    "additionalProperties": False,
}
TEXT = json.dumps(ORDER)
THEIR_FRAMINGS = {
    Framing.ID_PREFIX: prefix_schema_id_serializer,
    Framing.GUID_HEADER: header_schema_id_serializer,
}
NOT_REGISTERED = {"auto.register.schemas": False, "subject.name.strategy.type": "TOPIC"}

texts = st.text(st.characters(codec="utf-8"), max_size=6)
numbers = st.integers(-(2**70), 2**70) | st.floats(
    allow_nan=False, allow_infinity=False
)
anything = st.recursive(
    st.booleans() | texts | numbers | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner),
    max_leaves=6,
)
lines = st.fixed_dictionaries({"sku": texts}, optional={"price": numbers})
orders = st.fixed_dictionaries(
    {"id": texts.filter(bool)},
    optional={
        "quantity": st.integers(-5, 2**70),
        "note": st.none() | texts,
        "lines": st.lists(lines, max_size=3),
        "more": st.booleans() | st.lists(anything, max_size=2),
    },
)
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
        client.register("line", Schema(json.dumps(LINE), JSON))
        client.register("orders-value", order_schema())
        yield client


@pytest.fixture(scope="module")
def theirs(url, client):
    with SchemaRegistryClient({"url": url}) as theirs:
        yield theirs


@pytest.fixture(scope="module")
def ours(client):
    return {
        framing: Serializer(
            client, CodecOptions(framing=framing), schemas=[order_schema()]
        )
        for framing in Framing
    }


def order_schema():
    return Schema(TEXT, JSON, (Reference("line.json", "line", 1),))


def their_schema():
    return TheirSchema(TEXT, "JSON", [SchemaReference("line.json", "line", 1)])


def context(headers=()):
    return SerializationContext("orders", MessageField.VALUE, headers=list(headers))


def reader(theirs):
    conf = {"subject.name.strategy.type": "TOPIC"}
    return JSONDeserializer(None, schema_registry_client=theirs, conf=conf)


def written_by_them(theirs, value, framing):
    conf = {**NOT_REGISTERED, "schema.id.serializer": THEIR_FRAMINGS[framing]}
    there = context()
    data = JSONSerializer(their_schema(), theirs, conf=conf)(value, there)
    return data, there.headers


def is_taken_by_them(theirs, value):
    try:
        written_by_them(theirs, value, Framing.ID_PREFIX)
    except SerializationError:
        return False
    return True


@proven
@given(value=orders, framing=st.sampled_from(Framing))
def test_when_written_then_confluents_client_reads_it(ours, theirs, value, framing):
    encoded = ours[framing].encode("orders", value)

    assert reader(theirs)(encoded.data, context(encoded.headers)) == value


@proven
@given(value=orders, framing=st.sampled_from(sorted(THEIR_FRAMINGS)))
def test_given_a_message_of_confluents_client_when_read_then_it_is_the_same(
    client, theirs, value, framing
):
    data, headers = written_by_them(theirs, value, framing)

    assert Deserializer(client).decode("orders", data, headers) == value


@proven
@given(value=anything)
def test_given_any_value_when_written_or_read_then_refused_where_theirs_refuses_it(
    client, ours, theirs, value
):
    if is_taken_by_them(theirs, value):
        # A tombstone is nobody's value.
        assert value is None or ours[Framing.ID_PREFIX].encode("orders", value).data
        return
    prefix = ours[Framing.ID_PREFIX].encode("orders", {"id": "x"}).data[:5]

    with pytest.raises(EncodeError, match="not valid"):
        ours[Framing.ID_PREFIX].encode("orders", value)
    with pytest.raises(DecodeError, match="not valid"):
        Deserializer(client).decode("orders", prefix + json.dumps(value).encode())


def test_given_the_latest_version_when_written_then_by_it(client):
    options = CodecOptions(registration=Registration.LATEST_COMPATIBLE)

    encoded = Serializer(client, options).encode("orders", {"id": "ü"})

    assert Deserializer(client).decode("orders", encoded.data) == {"id": "ü"}
