"""The asynchronous twin of the client meets the same answers."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest
from confluent_kafka.schema_registry import (
    AsyncSchemaRegistryClient,
    SchemaRegistryError,
)
from confluent_kafka.schema_registry.avro import (
    AsyncAvroDeserializer,
    AsyncAvroSerializer,
)
from confluent_kafka.serialization import MessageField, SerializationContext

from tests.e2e.builders import (
    AN_ORDER,
    ORDER,
    ORDER_WITH_CURRENCY,
    ORDER_WITH_NOTE,
    a_name,
    avro,
)
from tests.services.server import Server

pytestmark = pytest.mark.e2e

Result = TypeVar("Result")
Scene = Callable[[AsyncSchemaRegistryClient], Awaitable[Result]]


def play(registry: Server, scene: Scene[Result]) -> Result:
    """Run a scene with a client of its own."""

    async def run() -> Result:
        conf = {"url": registry.url, "timeout": 10, "max.retries": 0}
        async with AsyncSchemaRegistryClient(conf) as client:
            return await scene(client)

    return asyncio.run(run())


def test_given_a_message_when_encoded_then_a_fresh_client_decodes_it(
    registry: Server,
):
    context = SerializationContext(a_name(), MessageField.VALUE)

    async def encode(client: AsyncSchemaRegistryClient) -> bytes:
        serializer = await AsyncAvroSerializer(client, avro(ORDER))
        return await serializer(AN_ORDER, context)

    payload = play(registry, encode)

    async def decode(client: AsyncSchemaRegistryClient) -> object:
        return await (await AsyncAvroDeserializer(client))(payload, context)

    assert play(registry, decode) == AN_ORDER


def test_given_a_break_when_registered_then_the_reason_is_read(registry: Server):
    subject = a_name()

    async def scene(client: AsyncSchemaRegistryClient) -> None:
        await client.register_schema(subject, avro(ORDER))
        await client.register_schema(subject, avro(ORDER_WITH_CURRENCY))

    with pytest.raises(SchemaRegistryError) as refused:
        play(registry, scene)

    assert refused.value.error_code == 40901
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in refused.value.error_message


def test_given_two_versions_when_administered_then_the_answers_are_the_same(
    registry: Server,
):
    subject = a_name()

    async def scene(client: AsyncSchemaRegistryClient) -> None:
        first = await client.register_schema_full_response(subject, avro(ORDER))
        await client.register_schema(subject, avro(ORDER_WITH_NOTE))
        found = await client.lookup_schema(subject, avro(ORDER_WITH_NOTE))
        assert found.version == 2
        assert await client.get_versions(subject) == [1, 2]
        assert (await client.get_latest_version(subject)).version == 2
        assert await client.get_schema_by_guid(first.guid) == first.schema
        assert await client.set_compatibility(subject, "NONE")
        assert await client.get_compatibility(subject) == "NONE"
        assert await client.test_compatibility(subject, avro("string"))
        assert await client.delete_version(subject, 1) == 1
        assert await client.delete_subject(subject) == [2]
        assert await client.delete_subject(subject, permanent=True) == [1, 2]
        assert subject not in await client.get_subjects(deleted=True)

    play(registry, scene)


def test_given_many_at_once_when_the_same_is_registered_then_one_id(registry: Server):
    subjects = [a_name() for _ in range(20)]

    async def scene(client: AsyncSchemaRegistryClient) -> set[int]:
        calls = [client.register_schema(each, avro(ORDER)) for each in subjects]
        return set(await asyncio.gather(*calls))

    assert len(play(registry, scene)) == 1
