"""Rules that come with registered schemas, in serializers and deserializers."""

import asyncio
import json
from dataclasses import dataclass, replace
from typing import Any

import pytest
from cel_expr_python import cel

from tests.suites.protobuf_schemas import classes, resolved
from wirepact import (
    AsyncDeserializer,
    AsyncRegistryClient,
    AsyncSerializer,
    CodecOptions,
    DecodeRuleError,
    Deserializer,
    EncodeRuleError,
    Registration,
    RegistryClient,
    Serializer,
    event,
)
from wirepact.schemas import AVRO, JSON, Schema

LATEST = CodecOptions(registration=Registration.LATEST_COMPATIBLE)
AVRO_TEXT = json.dumps(
    {
        "type": "record",
        "name": "RuledOrder",
        "fields": [{"name": "id", "type": "string", "confluent:tags": ["PII"]}],
    }
)
JSON_TEXT = json.dumps(
    {
        "type": "object",
        "properties": {"id": {"type": "string", "confluent:tags": ["PII"]}},
    }
)
PROTO = """\
syntax = "proto3";
import "confluent/meta.proto";
message RuledOrder { string id = 1 [(confluent.field_meta).tags = "PII"]; }
message Other { string id = 1; }
"""


def rule(name, kind, kind_of_rule, mode, expr, **more):
    return {
        "name": name,
        "kind": kind,
        "type": kind_of_rule,
        "mode": mode,
        "expr": expr,
        **more,
    }


RULES = {
    "domainRules": [
        rule("notEmpty", "CONDITION", "CEL", "WRITE", "message.id != ''"),
        rule("mark", "TRANSFORM", "CEL_FIELD", "WRITE", "value + '!'", tags=["PII"]),
        rule("short", "CONDITION", "CEL", "READ", "size(message.id) < 5"),
        rule("unmark", "TRANSFORM", "CEL_FIELD", "READ", "value + '?'", tags=["PII"]),
    ]
}


@pytest.fixture
def client(wirepact_registry):
    with RegistryClient(wirepact_registry.url) as client:
        yield client


def registered(client, text, schema_type):
    client.register("orders-value", Schema(text, schema_type, rule_set=RULES))


@pytest.mark.parametrize(
    ("text", "schema_type"), [(AVRO_TEXT, AVRO), (JSON_TEXT, JSON)]
)
def test_given_rules_when_written_and_read_then_they_are_executed(
    client, text, schema_type
):
    registered(client, text, schema_type)
    serializer = Serializer(client, LATEST)
    deserializer = Deserializer(client)
    value = {"id": "a"}

    data = serializer.encode("orders", value).data

    assert b"a!" in data
    assert value == {"id": "a"}
    assert deserializer.decode("orders", data) == {"id": "a!?"}
    with pytest.raises(EncodeRuleError) as writing:
        serializer.encode("orders", {"id": ""})
    assert writing.value.rule == "notEmpty"
    assert writing.value.subject == "orders-value"
    assert writing.value.topic == "orders"
    long = serializer.encode("orders", {"id": "abcd"}).data
    with pytest.raises(DecodeRuleError) as reading:
        deserializer.decode("orders", long)
    assert reading.value.rule == "short"
    assert reading.value.subject == "orders-value"


def test_given_rules_when_messages_are_written_and_read_then_they_are_executed(client):
    schema = resolved(PROTO)
    registered(client, schema.schema.text, schema.schema.schema_type)
    order = classes(schema)["RuledOrder"]
    serializer = Serializer(client, LATEST)

    data = serializer.encode("orders", order(id="a")).data

    typed: Any = Deserializer(client, types=[order]).decode("orders", data)
    assert type(typed) is order
    assert typed.id == "a!?"
    assert Deserializer(client).decode("orders", data).id == "a!?"
    with pytest.raises(EncodeRuleError, match="notEmpty"):
        serializer.encode("orders", order())


def test_given_rules_when_events_are_written_and_read_then_they_are_executed(client):
    @event("RuledOrder", schema=Schema(AVRO_TEXT))
    @dataclass(frozen=True)
    class RuledOrder:
        id: str

    registered(client, AVRO_TEXT, AVRO)

    data = Serializer(client, LATEST).encode("orders", RuledOrder("a")).data

    found = Deserializer(client, types=[RuledOrder]).decode("orders", data)
    assert found == RuledOrder("a!?")


def test_given_rules_when_written_without_waiting_then_they_are_executed(
    wirepact_registry, client
):
    registered(client, JSON_TEXT, JSON)

    async def both_ways():
        async with AsyncRegistryClient(wirepact_registry.url) as client:
            encoded = await AsyncSerializer(client, LATEST).encode(
                "orders", {"id": "a"}
            )
            return await AsyncDeserializer(client).decode("orders", encoded.data)

    assert asyncio.run(both_ways()) == {"id": "a!?"}


def test_given_rules_when_many_values_are_written_then_compiled_once(
    client, monkeypatch
):
    registered(client, JSON_TEXT, JSON)
    compiled = []
    environment = cel.NewEnv

    def counted(**more):
        compiled.append(more)
        return environment(**more)

    monkeypatch.setattr(cel, "NewEnv", counted)
    serializer, deserializer = Serializer(client, LATEST), Deserializer(client)

    for _ in range(5):
        deserializer.decode("orders", serializer.encode("orders", {"id": "a"}).data)

    assert len(compiled) <= 1


def test_given_a_rule_that_nobody_executes_when_read_then_each_message_tells(client):
    encrypt = rule("secret", "TRANSFORM", "ENCRYPT", "READ", "", tags=["PII"])
    writes = client.register(
        "orders-value", Schema(JSON_TEXT, JSON, rule_set={"domainRules": [encrypt]})
    )
    data = b"\0" + writes.id.to_bytes(4, "big") + b'{"id":"a"}'
    deserializer = Deserializer(client)

    for topic in ("orders", "others"):
        with pytest.raises(DecodeRuleError, match="it encrypts fields") as caught:
            deserializer.decode(topic, data)
        assert caught.value.rule == "secret"
        assert caught.value.topic == topic


def versions(client, schema_type=JSON, **last):
    """Register three versions: `id`, then `number`, then `number` with a sign."""
    client.set_config("orders-value", compatibility="NONE")
    up = [
        rule("renamed", "TRANSFORM", "CEL", "UPGRADE", "{'number': message.id}"),
        rule("back", "TRANSFORM", "CEL", "DOWNGRADE", "{'id': message.number}"),
    ]
    signed = [
        rule(
            "signed",
            "TRANSFORM",
            "CEL",
            "UPGRADE",
            "{'number': '#' + message.number}",
        )
        | last
    ]
    found = []
    for name, rules in (("id", []), ("number", up), ("number", signed)):
        fields = [{"name": name, "type": "string"}]
        schema: Any = {
            AVRO: {"type": "record", "name": "A", "fields": fields, "doc": f"{rules}"},
            JSON: {"required": [name], "properties": {name: {"type": "string"}}},
        }[schema_type]
        if rules is signed:
            schema["title" if schema_type == JSON else "doc"] = "signed"
        given = Schema(
            json.dumps(schema), schema_type, rule_set={"migrationRules": rules}
        )
        found.append(client.register("orders-value", given))
    return found


def pinned(version):
    return CodecOptions(
        registration=Registration.PINNED, pinned={"orders-value": version}
    )


@pytest.mark.parametrize("schema_type", [AVRO, JSON])
def test_given_migrations_when_read_as_the_latest_then_through_all_versions(
    client, schema_type
):
    versions(client, schema_type)
    data = Serializer(client, pinned(1)).encode("orders", {"id": "a"}).data

    latest = Deserializer(client, CodecOptions(migrates=True))

    assert latest.decode("orders", data) == {"number": "#a"}
    assert Deserializer(client).decode("orders", data) == {"id": "a"}


@pytest.mark.parametrize("schema_type", [AVRO, JSON])
def test_given_migrations_when_read_as_an_earlier_version_then_back(
    client, schema_type
):
    versions(client, schema_type)
    data = Serializer(client, pinned(2)).encode("orders", {"number": "a"}).data
    options = replace(pinned(1), migrates=True)

    assert Deserializer(client, options).decode("orders", data) == {"id": "a"}


def test_given_jsonata_on_the_way_when_read_then_it_is_refused(client):
    versions(client, type="JSONATA")
    data = Serializer(client, pinned(1)).encode("orders", {"id": "a"}).data

    with pytest.raises(DecodeRuleError, match="no JSONATA") as caught:
        Deserializer(client, CodecOptions(migrates=True)).decode("orders", data)

    assert caught.value.rule == "signed"


def test_given_no_migrations_when_read_as_the_latest_then_as_avro_resolves(client):
    for more in ([], [{"name": "more", "type": "int", "default": 7}]):
        fields = [{"name": "id", "type": "string"}, *more]
        text = json.dumps({"type": "record", "name": "A", "fields": fields})
        client.register("orders-value", Schema(text))
    data = Serializer(client, pinned(1)).encode("orders", {"id": "a"}).data

    read = Deserializer(client, CodecOptions(migrates=True)).decode("orders", data)

    assert read == {"id": "a", "more": 7}


def test_given_a_schema_of_another_subject_when_read_then_as_it_was_written(client):
    versions(client)
    client.register("others-value", Schema('{"title": "other"}', JSON))
    data = Serializer(client, LATEST).encode("others", {"id": "a"}).data

    latest = Deserializer(client, CodecOptions(migrates=True))

    assert latest.decode("orders", data) == {"id": "a"}
