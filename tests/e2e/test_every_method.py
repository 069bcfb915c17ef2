"""Every public method of Confluent's client, sync and async, against a started server.

Each method has a scene of its own. A method that a new release brings has none, and the
first test fails: somebody has to say what it should answer.
"""

import asyncio
import inspect
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from confluent_kafka.schema_registry import (
    AsyncSchemaRegistryClient,
    ConfigCompatibilityLevel,
    Metadata,
    MetadataProperties,
    Schema,
    SchemaReference,
    SchemaRegistryClient,
    SchemaRegistryError,
    ServerConfig,
)
from confluent_kafka.schema_registry.common.schema_registry_client import (
    AssociationCreateOrUpdateInfo,
    AssociationCreateOrUpdateRequest,
)

from tests.e2e.builders import (
    ORDER,
    ORDER_WITH_CURRENCY,
    ORDER_WITH_NOTE,
    a_name,
    avro,
    field,
    record,
    text,
)
from tests.services.server import Server

pytestmark = pytest.mark.e2e

Scene = Callable[["Caller"], Coroutine[Any, Any, None]]
SCENES: dict[str, Scene] = {}


class Caller:
    """Calls a client's methods by name, whether they are to be awaited or not."""

    def __init__(self, client: SchemaRegistryClient | AsyncSchemaRegistryClient):
        self.client = client

    async def __call__(self, method: str, *arguments: Any, **options: Any) -> Any:
        found = getattr(self.client, method)(*arguments, **options)
        return await found if inspect.isawaitable(found) else found

    async def refused(self, method: str, *arguments: Any, **options: Any) -> int:
        with pytest.raises(SchemaRegistryError) as refused:
            await self(method, *arguments, **options)
        code: int = refused.value.error_code
        return code

    async def two_versions(self, subject: str) -> list[int]:
        return [
            await self("register_schema", subject, avro(each))
            for each in (ORDER, ORDER_WITH_NOTE)
        ]


def scene(act: Scene) -> Scene:
    SCENES[act.__name__] = act
    return act


def public(client: type) -> set[str]:
    members = inspect.getmembers(client, callable)
    return {name for name, _ in members if not name.startswith("_")}


@scene
async def register_schema(call: Caller) -> None:
    subject = a_name()
    first = await call("register_schema", subject, avro(ORDER))
    assert first > 0
    await call("clear_caches")
    assert await call("register_schema", subject, avro(ORDER)) == first
    assert await call.refused(
        "register_schema", subject, avro(ORDER_WITH_CURRENCY)
    ) == (40901)


@scene
async def register_schema_full_response(call: Caller) -> None:
    found = await call("register_schema_full_response", a_name(), avro(ORDER))
    assert (found.version, found.schema.schema_str) == (1, text(ORDER))
    assert found.guid


@scene
async def get_schema(call: Caller) -> None:
    subject = a_name()
    schema_id = await call("register_schema", subject, avro(ORDER))
    await call("clear_caches")
    found = await call("get_schema", schema_id, subject_name=subject)
    assert found.schema_str == text(ORDER)
    assert await call.refused("get_schema", 2_000_000_000) == 40403


@scene
async def get_schema_by_guid(call: Caller) -> None:
    found = await call("register_schema_full_response", a_name(), avro(ORDER))
    await call("clear_caches")
    assert (await call("get_schema_by_guid", found.guid)).schema_str == text(ORDER)


@scene
async def get_schema_types(call: Caller) -> None:
    assert {*await call("get_schema_types")} == {"AVRO", "JSON", "PROTOBUF"}


@scene
async def get_subjects_by_schema_id(call: Caller) -> None:
    subject = a_name()
    unique = avro(record(field(subject.replace("-", "_"))))
    schema_id = await call("register_schema", subject, unique)
    assert await call("get_subjects_by_schema_id", schema_id) == [subject]


@scene
async def get_schema_versions(call: Caller) -> None:
    subject = a_name()
    schema_id = await call("register_schema", subject, avro(ORDER))
    found = await call("get_schema_versions", schema_id, subject_name=subject)
    assert [(each.subject, each.version) for each in found] == [(subject, 1)]


@scene
async def lookup_schema(call: Caller) -> None:
    subject = a_name()
    ids = await call.two_versions(subject)
    await call("clear_caches")
    found = await call("lookup_schema", subject, avro(ORDER_WITH_NOTE))
    assert (found.version, found.schema_id) == (2, ids[1])
    assert await call.refused("lookup_schema", subject, avro("string")) == 40403


@scene
async def get_subjects(call: Caller) -> None:
    prefix = a_name()
    for each in ("a", "b"):
        await call("register_schema", f"{prefix}-{each}", avro(ORDER))
    await call("delete_subject", f"{prefix}-b")
    asked = {"subject_prefix": prefix}
    assert await call("get_subjects", **asked) == [f"{prefix}-a"]
    assert await call("get_subjects", **asked, deleted_only=True) == [f"{prefix}-b"]
    assert await call("get_subjects", **asked, deleted=True, offset=1, limit=1) == [
        f"{prefix}-b"
    ]


@scene
async def delete_subject(call: Caller) -> None:
    subject = a_name()
    await call.two_versions(subject)
    assert await call("delete_subject", subject) == [1, 2]
    assert await call("delete_subject", subject, permanent=True) == [1, 2]
    assert await call.refused("delete_subject", subject) == 40401


@scene
async def get_latest_version(call: Caller) -> None:
    subject = a_name()
    await call.two_versions(subject)
    assert (await call("get_latest_version", subject)).version == 2


@scene
async def get_latest_with_metadata(call: Caller) -> None:
    subject, owner = a_name(), {"the owner": "Zoë & Ärger/50%"}
    owned = Metadata(tags=None, properties=MetadataProperties(owner), sensitive=None)
    await call("register_schema", subject, Schema(text(ORDER), "AVRO", [], owned))
    bare = Metadata(tags=None, properties=MetadataProperties({}), sensitive=None)
    await call(
        "register_schema", subject, Schema(text(ORDER_WITH_NOTE), "AVRO", [], bare)
    )
    found = await call("get_latest_with_metadata", subject, owner)
    assert found.version == 1
    nobody = {"owner": "nobody"}
    assert await call.refused("get_latest_with_metadata", subject, nobody) == 40403


@scene
async def get_version(call: Caller) -> None:
    subject = a_name()
    await call.two_versions(subject)
    await call("delete_version", subject, 1)
    assert (await call("get_version", subject, "latest")).version == 2
    await call("clear_caches")
    assert await call.refused("get_version", subject, 1) == 40402
    assert (await call("get_version", subject, 1, deleted=True)).version == 1


@scene
async def get_referenced_by(call: Caller) -> None:
    subject = a_name()
    await call("register_schema", subject, avro(ORDER))
    reference = SchemaReference("shop.Order", subject, 1)
    shipment = record(field("order", "shop.Order"), name="Shipment")
    referrer = await call("register_schema", a_name(), avro(shipment, reference))
    assert await call("get_referenced_by", subject, 1) == [referrer]


@scene
async def get_versions(call: Caller) -> None:
    subject = a_name()
    await call.two_versions(subject)
    await call("delete_version", subject, 1)
    assert await call("get_versions", subject) == [2]
    assert await call("get_versions", subject, deleted=True) == [1, 2]
    assert await call("get_versions", subject, deleted_only=True) == [1]


@scene
async def delete_version(call: Caller) -> None:
    subject = a_name()
    await call.two_versions(subject)
    assert await call("delete_version", subject, 1) == 1
    assert await call("delete_version", subject, 1, permanent=True) == 1
    assert await call("get_versions", subject, deleted=True) == [2]


@scene
async def set_compatibility(call: Caller) -> None:
    subject = a_name()
    found = await call("set_compatibility", subject, "FULL")
    assert found["compatibility"] == "FULL"
    assert await call.refused("set_compatibility", subject, "SOME") == 42203


@scene
async def get_compatibility(call: Caller) -> None:
    subject = a_name()
    assert await call.refused("get_compatibility", subject) == 40408
    await call("set_compatibility", subject, "FORWARD")
    assert await call("get_compatibility", subject) == "FORWARD"
    assert await call("get_compatibility") == "BACKWARD"


# Named as the client names them; pytest would collect what begins with `test_`.
async def _test_compatibility(call: Caller) -> None:
    subject = a_name()
    await call("register_schema", subject, avro(ORDER))
    asked = "test_compatibility"
    assert await call(asked, subject, avro(ORDER_WITH_NOTE))
    assert not await call(asked, subject, avro(ORDER_WITH_CURRENCY), verbose=True)
    assert not await call(asked, subject, avro(ORDER_WITH_CURRENCY), 1, normalize=True)


async def _test_compatibility_all_versions(call: Caller) -> None:
    subject = a_name()
    await call("register_schema", subject, avro(ORDER))
    asked = "test_compatibility_all_versions"
    assert await call(asked, subject, avro(ORDER_WITH_NOTE), normalize=True)
    assert not await call(asked, subject, avro(ORDER_WITH_CURRENCY), verbose=True)


SCENES["test_compatibility"] = _test_compatibility
SCENES["test_compatibility_all_versions"] = _test_compatibility_all_versions


@scene
async def set_config(call: Caller) -> None:
    wanted = ServerConfig(
        compatibility=ConfigCompatibilityLevel.FULL, compatibility_group="major"
    )
    found = await call("set_config", a_name(), wanted)
    # Whatever its signature says, the client hands on what it was answered.
    assert found == {"compatibility": "FULL", "compatibilityGroup": "major"}


@scene
async def get_config(call: Caller) -> None:
    subject = a_name()
    assert await call.refused("get_config", subject) == 40408
    wanted = ServerConfig(compatibility_level=ConfigCompatibilityLevel.NONE)
    await call("set_config", subject, wanted)
    found = await call("get_config", subject)
    assert found.compatibility_level is ConfigCompatibilityLevel.NONE
    everywhere = await call("get_config")
    assert everywhere.compatibility_level is ConfigCompatibilityLevel.BACKWARD


@scene
async def delete_config(call: Caller) -> None:
    subject = a_name()
    await call("set_compatibility", subject, "FULL")
    found = await call("delete_config", subject)
    assert found.compatibility_level is ConfigCompatibilityLevel.FULL
    assert await call.refused("delete_config", subject) == 40401


@scene
async def update_mode(call: Caller) -> None:
    subject = a_name()
    assert await call("update_mode", subject, "READONLY") == "READONLY"
    assert await call.refused("register_schema", subject, avro(ORDER)) == 42205
    assert await call("update_mode", subject, "IMPORT", force=True) == "IMPORT"
    assert await call.refused("update_mode", subject, "WRITEONLY") == 42204


@scene
async def get_mode(call: Caller) -> None:
    subject = a_name()
    assert await call.refused("get_mode", subject) == 40409
    await call("update_mode", subject, "READONLY")
    assert await call("get_mode", subject) == "READONLY"


@scene
async def delete_mode(call: Caller) -> None:
    subject = a_name()
    await call("update_mode", subject, "READONLY")
    assert await call("delete_mode", subject) == "READONLY"
    assert await call.refused("get_mode", subject) == 40409


@scene
async def get_global_mode(call: Caller) -> None:
    assert await call("get_global_mode") == "READWRITE"


@scene
async def update_global_mode(call: Caller) -> None:
    try:
        assert await call("update_global_mode", "READONLY") == "READONLY"
        assert await call.refused("register_schema", a_name(), avro(ORDER)) == 42205
    finally:
        assert await call("update_global_mode", "READWRITE") == "READWRITE"


@scene
async def get_contexts(call: Caller) -> None:
    context = f".{a_name('context')}"
    await call("register_schema", f":{context}:orders", avro(ORDER))
    found = await call("get_contexts")
    assert found[0] == "."
    assert context in found
    assert await call("get_contexts", offset=0, limit=1) == ["."]


def a_topic(
    topic_id: str, *, subject: str | None = None, schema: Schema | None = None
) -> AssociationCreateOrUpdateRequest:
    info = AssociationCreateOrUpdateInfo(
        subject=subject, association_type="value", schema=schema
    )
    return AssociationCreateOrUpdateRequest(
        topic_id, "lkc-1", topic_id, "topic", [info]
    )


@scene
async def create_association(call: Caller) -> None:
    topic = a_name()
    found = await call("create_association", a_topic(topic, schema=avro(ORDER)))
    (info,) = found.associations
    assert (found.resource_id, info.lifecycle, info.frozen) == (topic, "STRONG", True)
    assert info.subject == f":.lkc-1:{topic}-value"
    assert info.schema.schema_str == text(ORDER)
    assert await call.refused("delete_subject", info.subject) == 40904
    unknown = a_topic(a_name(), subject=a_name())
    assert await call.refused("create_association", unknown) == 40907


@scene
async def get_associations_by_resource_name(call: Caller) -> None:
    topic, asked = a_name(), "get_associations_by_resource_name"
    assert await call(asked, topic, "-") == []
    subject = a_name()
    await call("register_schema", subject, avro(ORDER))
    await call("create_association", a_topic(topic, subject=subject))
    for namespace in ("-", "lkc-1"):
        (found,) = await call(asked, topic, namespace, "topic", ["value", "key"])
        assert (found.subject, found.resource_name) == (subject, topic)
        assert (found.frozen, found.association_type) == (False, "value")
    assert await call(asked, topic, "lkc-2") == []
    assert await call(asked, topic, "-", "topic", ["key"]) == []
    assert await call(asked, topic, "-", offset=1, limit=5) == []


@scene
async def delete_associations(call: Caller) -> None:
    topic = a_name()
    await call("create_association", a_topic(topic, schema=avro(ORDER)))
    asked = "delete_associations"
    assert await call.refused(asked, topic) == 40908
    assert await call(asked, topic, "topic", ["value"], cascade_lifecycle=True) is None
    assert await call.refused(asked, topic) == 40410
    gone = f":.lkc-1:{topic}-value"
    assert await call.refused("get_versions", gone, deleted=True) == 40401


@scene
async def config(call: Caller) -> None:
    assert (await call("config"))["max.retries"] == 0


@scene
async def clear_caches(call: Caller) -> None:
    subject = a_name()
    await call("register_schema", subject, avro(ORDER))
    await call("delete_subject", subject)
    await call("delete_subject", subject, permanent=True)
    await call("clear_caches")
    assert await call.refused("lookup_schema", subject, avro(ORDER)) == 40401


@scene
async def clear_latest_caches(call: Caller) -> None:
    subject = a_name()
    await call("register_schema", subject, avro(ORDER))
    assert (await call("get_latest_version", subject)).version == 1
    await call("register_schema", subject, avro(ORDER_WITH_NOTE))
    await call("clear_latest_caches")
    assert (await call("get_latest_version", subject)).version == 2


@scene
async def new_client(call: Caller) -> None:
    conf = {"url": (await call("config"))["url"], "max.retries": 0}
    other = Caller(type(call.client).new_client(conf))
    assert await other("get_schema_types") == await call("get_schema_types")
    await other("close" if hasattr(other.client, "close") else "aclose")


async def _close(call: Caller) -> None:
    await call("get_schema_types")
    await call("close" if hasattr(call.client, "close") else "aclose")
    with pytest.raises(Exception, match="closed"):
        await call("get_schema_types")


SCENES["close"] = SCENES["aclose"] = _close


@pytest.mark.parametrize(
    "client", [SchemaRegistryClient, AsyncSchemaRegistryClient], ids=["sync", "async"]
)
def test_every_public_method_has_a_scene(client: type):
    assert public(client) <= SCENES.keys()


@pytest.mark.parametrize("method", sorted(public(SchemaRegistryClient)))
def test_given_a_method_of_the_client_when_called_then_it_is_served(
    registry: Server, method: str
):
    conf = {"url": registry.url, "timeout": 10, "max.retries": 0}

    with SchemaRegistryClient(conf) as client:
        asyncio.run(SCENES[method](Caller(client)))


@pytest.mark.parametrize("method", sorted(public(AsyncSchemaRegistryClient)))
def test_given_a_method_of_the_async_client_when_called_then_it_is_served(
    registry: Server, method: str
):
    async def play() -> None:
        conf = {"url": registry.url, "timeout": 10, "max.retries": 0}
        async with AsyncSchemaRegistryClient(conf) as client:
            await SCENES[method](Caller(client))

    asyncio.run(play())
