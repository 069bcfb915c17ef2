"""The SDK and Confluent's client on one registry: each reads what the other writes.

Over schemas and values that were drawn; what Confluent's client cannot do is listed in
docs/reference/sdk-codecs.md, and asserted here so that the list stays true.
"""

import itertools
import json
from uuid import UUID

import pytest
from confluent_kafka.schema_registry import (
    Schema as TheirSchema,
)
from confluent_kafka.schema_registry import (
    SchemaReference,
    SchemaRegistryClient,
    header_schema_id_serializer,
    prefix_schema_id_serializer,
    topic_subject_name_strategy,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import (
    MessageField,
    SerializationContext,
    SerializationError,
)
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st

from tests.strategies.avro import schemas
from tests.strategies.avro_values import values_of
from wirepact import (
    CodecOptions,
    DecodeError,
    Deserializer,
    Framing,
    Reference,
    Registration,
    RegistryClient,
    RegistryResponseError,
    Role,
    Schema,
    Serializer,
)

FEW = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[*HealthCheck],
    # Shrinking asks the registry for thousands of schemas.
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
FIELDS = {Role.KEY: MessageField.KEY, Role.VALUE: MessageField.VALUE}
TOPICS = (f"topic-{number}" for number in itertools.count())
# Their reader takes shorter messages for none.
LEAST_BYTES = 6


class Both:
    """The clients of both sides, on one registry."""

    def __init__(self, url) -> None:
        self.ours = RegistryClient(url)
        self.theirs = SchemaRegistryClient({"url": url})

    def serializer(self, schema, framing):
        """Our serializer; the schema is registered by its first value."""
        options = CodecOptions(registration=Registration.REGISTER, framing=framing)
        return Serializer(self.ours, options, schemas=[schema])

    def their_serializer(self, schema, framing):
        references = [
            SchemaReference(each.name, each.subject, each.version)
            for each in schema.references
        ]
        named = framing is Framing.GUID_HEADER
        return AvroSerializer(
            self.theirs,
            TheirSchema(schema.text, "AVRO", references),
            conf={
                "auto.register.schemas": False,
                "subject.name.strategy": topic_subject_name_strategy,
                "schema.id.serializer": (
                    header_schema_id_serializer
                    if named
                    else prefix_schema_id_serializer
                ),
            },
        )

    def their_deserializer(self):
        conf = {"subject.name.strategy": topic_subject_name_strategy}
        return AvroDeserializer(self.theirs, return_record_name=True, conf=conf)


@pytest.fixture
def both(wirepact_registry):
    made = Both(wirepact_registry.url)
    yield made
    made.ours.close()
    made.theirs._rest_client.session.close()


def context(topic, role, headers=()):
    return SerializationContext(topic, FIELDS[role], list(headers))


def untagged(schema):
    """Take away what their client trips over if it is not a list of texts."""
    if isinstance(schema, list):
        return [untagged(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: untagged(each) if key in {"type", "items", "values", "fields"} else each
        for key, each in schema.items()
        if key != "confluent:tags"
    }


def unpaired(value):
    """Take the names of records away; the two sides give them at other places."""
    if isinstance(value, tuple):
        return unpaired(value[1])
    if isinstance(value, list):
        return [unpaired(each) for each in value]
    if isinstance(value, dict):
        return {key: unpaired(each) for key, each in value.items()}
    return value


def encoded(serializer, topic, value, role):
    try:
        return serializer.encode(topic, value, role=role)
    except RegistryResponseError:
        # Records without an end, and unions of one type twice, are no schemas.
        assume(False)


def by_them(both, schema, framing, value, told):
    """Return what they write; None where they err.

    They take no schema that is the bare name of a primitive type, and fastavro errs in
    some unions, as the unit tests say.
    """
    try:
        return both.their_serializer(schema, framing)(value, told)
    except (ValueError, TypeError, AttributeError):
        return None


def read_again(both, topic, theirs, headers, role):
    """Return what they wrote; None if nobody can read it, as a UUID of any text."""
    try:
        return Deserializer(both.ours).decode(topic, theirs, headers, role=role)
    except DecodeError:
        return None


@FEW
@given(st.data())
@pytest.mark.parametrize("framing", [Framing.ID_PREFIX, Framing.GUID_HEADER])
def test_messages_are_theirs_byte_for_byte(both, framing, data):
    drawn = untagged(data.draw(schemas()))
    schema, value = Schema(json.dumps(drawn)), data.draw(values_of(drawn))
    role = data.draw(st.sampled_from([*Role]))
    assume(value is not None)
    topic = next(TOPICS)
    ours = encoded(both.serializer(schema, framing), topic, value, role)

    told = context(topic, role)
    theirs = by_them(both, schema, framing, value, told)

    assume(theirs is not None)
    assume(read_again(both, topic, theirs, told.headers, role) == value)
    assert ours.data == theirs
    assert list(ours.headers) == list(told.headers)


@FEW
@given(st.data())
@pytest.mark.parametrize("framing", [*Framing])
def test_they_read_what_we_write(both, framing, data):
    drawn = untagged(data.draw(schemas()))
    schema, value = Schema(json.dumps(drawn)), data.draw(values_of(drawn))
    role = data.draw(st.sampled_from([*Role]))
    topic = next(TOPICS)
    assume(value is not None)
    # Of bytes that are a whole schema they leave the logical type unread.
    assume(not (isinstance(drawn, dict) and drawn["type"] == "bytes"))
    ours = encoded(both.serializer(schema, framing), topic, value, role)
    assume(len(ours.data) >= LEAST_BYTES)

    theirs = both.their_deserializer()(ours.data, context(topic, role, ours.headers))

    assert unpaired(theirs) == unpaired(value)


def record(name, **fields):
    named = [{"name": each, "type": kind} for each, kind in fields.items()]
    return json.dumps({"type": "record", "name": name, "fields": named})


def test_schemas_that_refer_to_others_are_shared(both):
    item = Reference("shop.Item", "item", 1)
    both.ours.register("item", Schema(record("shop.Item", sku="string")))
    bag = Schema(record("shop.Bag", item="shop.Item"), references=(item,))
    both.ours.register("bag", bag)
    order = Schema(
        record("shop.Order", bag="shop.Bag", gift=["null", "shop.Item"]),
        references=(Reference("shop.Bag", "bag", 1), item),
    )
    value = {"bag": {"item": {"sku": "one"}}, "gift": {"sku": "two"}}

    ours = both.serializer(order, Framing.ID_PREFIX).encode("shared", value)

    told = context("shared", Role.VALUE)
    assert both.their_serializer(order, Framing.ID_PREFIX)(value, told) == ours.data
    assert Deserializer(both.ours).decode("shared", ours.data) == value
    assert unpaired(both.their_deserializer()(ours.data, told)) == value


def test_they_take_no_schema_that_is_the_bare_name_of_a_type(both):
    ours = both.serializer(Schema('"long"'), Framing.ID_PREFIX).encode("bare", 7)

    with pytest.raises(AttributeError):
        both.their_serializer(Schema('"long"'), Framing.ID_PREFIX)
    assert both.their_deserializer()(ours.data, context("bare", Role.VALUE)) == 7


EMPTY = Schema('{"type": "record", "name": "Nothing", "fields": []}')
SMALL = Schema(
    '{"type": "record", "name": "R", "fields": [{"name": "f", "type": "boolean"}]}'
)


@pytest.mark.parametrize(
    ("schema", "value", "framing"),
    [
        pytest.param(EMPTY, {}, Framing.ID_PREFIX, id="empty-record"),
        pytest.param(SMALL, {"f": True}, Framing.GUID_HEADER, id="small-behind-header"),
    ],
)
def test_they_cannot_read_messages_under_six_bytes(both, schema, value, framing):
    ours = both.serializer(schema, framing).encode("small", value)

    with pytest.raises(SerializationError, match="length 6 bytes"):
        both.their_deserializer()(ours.data, context("small", Role.VALUE, ours.headers))
    assert Deserializer(both.ours).decode("small", ours.data, ours.headers) == value


@pytest.mark.parametrize(
    ("kind", "value", "written"),
    [
        pytest.param("int", 2**40, 2**40, id="an-int-of-41-bits"),
        pytest.param("long", 3.7, 3, id="a-fraction-as-a-whole"),
        pytest.param("boolean", "no", True, id="a-text-as-true"),
        pytest.param({"type": "array", "items": "string"}, "ab", ["a", "b"], id="text"),
    ],
)
def test_they_write_what_does_not_fit(both, kind, value, written):
    fields = [{"name": "f", "type": kind}, {"name": "pad", "type": "string"}]
    text = json.dumps({"type": "record", "name": "R", "fields": fields})
    topic = next(TOPICS)
    both.ours.register(f"{topic}-value", Schema(text))
    their_own = both.their_serializer(Schema(text), Framing.ID_PREFIX)

    theirs = their_own({"f": value, "pad": "xx"}, context(topic, Role.VALUE))

    read = both.their_deserializer()(theirs, context(topic, Role.VALUE))
    assert read == {"f": written, "pad": "xx"}
    with pytest.raises(Exception, match=r"^value of topic .*: f: "):
        both.serializer(Schema(text), Framing.ID_PREFIX).encode(
            topic, {"f": value, "pad": "xx"}
        )


def test_they_ignore_what_is_left_after_the_payload(both):
    ours = both.serializer(SMALL, Framing.ID_PREFIX).encode("left", {"f": True})

    theirs = both.their_deserializer()(ours.data + b"rest", context("left", Role.VALUE))

    assert theirs == {"f": True}
    with pytest.raises(Exception, match="4 bytes are left"):
        Deserializer(both.ours).decode("left", ours.data + b"rest")


def test_they_give_defaults_as_the_schema_spells_them(both):
    field = {"name": "raw", "type": "bytes", "default": "\u00ff"}
    reader = json.dumps(
        {
            "type": "record",
            "name": "R",
            "fields": [{"name": "f", "type": "boolean"}, field],
        }
    )
    ours = both.serializer(SMALL, Framing.ID_PREFIX).encode("spelled", {"f": True})

    theirs = AvroDeserializer(both.theirs, reader)(
        ours.data, context("spelled", Role.VALUE)
    )

    assert theirs == {"f": True, "raw": "\u00ff"}


def test_both_call_one_schema_by_the_same_names(both):
    ours = both.serializer(SMALL, Framing.GUID_PREFIX).encode("named", {"f": True})

    theirs = both.theirs.get_latest_version("named-value")

    assert theirs.schema_id == ours.schema_id
    assert UUID(theirs.guid).bytes == ours.data[1:17]
