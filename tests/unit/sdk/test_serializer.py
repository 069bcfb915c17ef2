"""Serializers and deserializers over a registry in memory, blocking and awaited."""

import asyncio
import copy
import json
import pickle
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.suites.registry_client import Awaiting
from wirepact import (
    AsyncDeserializer,
    AsyncSerializer,
    CodecError,
    CodecOptions,
    DecodeError,
    Deserializer,
    EncodeError,
    Framing,
    FramingError,
    Limits,
    Reference,
    Registration,
    RegistryClient,
    RegistryUnavailableError,
    Role,
    Schema,
    SchemaNotFoundError,
    SchemaNotRegisteredError,
    Serializer,
    SubjectStrategy,
    SubjectUnknownError,
    event,
)
from wirepact.cache import CachePolicy
from wirepact.retry import Surroundings
from wirepact.testing import FakeRegistry

TOPIC, SUBJECT = "orders", "orders-value"
REGISTER = CodecOptions(registration=Registration.REGISTER)
LATEST = CodecOptions(registration=Registration.LATEST_COMPATIBLE)


@event("serial.OrderCreated")
@dataclass(frozen=True, slots=True)
class OrderCreated:
    order_id: str
    total: int = 0


@event("serial.OrderConfirmed")
@dataclass(frozen=True, slots=True)
class OrderConfirmed:
    order_id: str


CREATED = OrderCreated("o-1", 5)


def record(name, *fields, **more):
    return Schema(
        json.dumps({"type": "record", "name": name, "fields": [*fields]}), **more
    )


def field(name, kind="string", **more):
    return {"name": name, "type": kind, **more}


NEXT = record(
    "serial.OrderCreated",
    field("orderId"),
    field("total", "long", default=0),
    field("note", default=""),
)
OTHER = record("serial.OrderCreated", field("customer"))


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


class Service:
    """A client and its codecs, of one colour; calls of both look the same."""

    def __init__(self, registry, colour, runner) -> None:
        self.registry = registry
        self.clock = Clock()
        self._colour = colour
        self._runner = runner
        policy = CachePolicy(missing_ttl_s=0)
        blocking = colour == "blocking"
        client = registry.client if blocking else registry.async_client
        around = Surroundings(clock=self.clock)
        self._client = client(cache=policy, surroundings=around)
        self.client = self._client if blocking else Awaiting(self._client, runner)

    def serializer(self, options=REGISTER, **more):
        if self._colour == "blocking":
            return Serializer(self._client, options, clock=self.clock, **more)
        made: Any = AsyncSerializer(self._client, options, clock=self.clock, **more)
        return Awaiting(made, self._runner)

    def deserializer(self, options=REGISTER, **more):
        if self._colour == "blocking":
            return Deserializer(self._client, options, **more)
        made: Any = AsyncDeserializer(self._client, options, **more)
        return Awaiting(made, self._runner)

    def close(self) -> None:
        self.client.close()


@pytest.fixture(params=["blocking", "awaited"])
def service(request):
    with asyncio.Runner() as runner:
        made = Service(FakeRegistry(), request.param, runner)
        yield made
        made.close()


@pytest.mark.parametrize("framing", [*Framing])
@pytest.mark.parametrize("role", [*Role])
def test_given_any_framing_when_written_then_it_is_read(service, framing, role):
    options = CodecOptions(registration=Registration.REGISTER, framing=framing)

    written = service.serializer(options).encode(TOPIC, CREATED, role=role)

    assert written.subject == f"orders-{role}"
    names = [name for name, _ in written.headers]
    is_header = framing is Framing.GUID_HEADER
    assert names == [f"__{role}_schema_id"] * is_header
    for headers in (written.headers, [("other", b"x"), *written.headers]):
        typed = service.deserializer(types=[OrderCreated])
        assert typed.decode(TOPIC, written.data, headers, role=role) == CREATED
        plain = service.deserializer().decode(
            TOPIC, written.data, dict(headers), role=role
        )
        assert plain == {"orderId": "o-1", "total": 5}


def test_nothing_is_asked_for_the_second_value_and_message(service):
    serializer, deserializer = service.serializer(), service.deserializer()
    data = serializer.encode(TOPIC, CREATED).data
    deserializer.decode(TOPIC, data)
    asked = len(service.registry.requests)
    service.registry.is_down = True

    for number in range(5):
        again = serializer.encode(TOPIC, OrderCreated("o-2", number)).data
        assert deserializer.decode("elsewhere", again)["total"] == number

    assert len(service.registry.requests) == asked


def test_a_tombstone_stays_bare(service):
    written = service.serializer().encode(TOPIC, None)

    assert written == (None, (), None, "")
    assert service.deserializer().decode(TOPIC, None) is None
    assert service.registry.requests == []


def test_given_a_schema_that_is_not_registered_then_it_is_said_what_to_run(service):
    with pytest.raises(SchemaNotRegisteredError) as refused:
        service.serializer(CodecOptions()).encode(TOPIC, CREATED)

    assert f"wirepact register {SUBJECT} FILE" in str(refused.value)
    assert "Registration.REGISTER" in str(refused.value)
    assert refused.value.__notes__ == ["a value of topic orders was to be written"]
    assert not any("versions" in each for each in service.registry.requests)


def test_given_a_schema_that_is_registered_when_looked_up_then_it_is_used(service):
    first = service.serializer().encode(TOPIC, CREATED)

    assert service.serializer(CodecOptions()).encode(TOPIC, CREATED) == first


def test_given_a_later_version_when_the_latest_is_used_then_it_is_written(service):
    service.serializer().encode(TOPIC, CREATED)
    service.client.register(SUBJECT, NEXT)

    written = service.serializer(LATEST).encode(TOPIC, CREATED)

    assert written.schema_id == 2
    read = service.deserializer().decode(TOPIC, written.data)
    assert read == {"orderId": "o-1", "total": 5, "note": ""}


def test_given_values_that_do_not_fit_the_latest_then_the_first_is_refused(service):
    service.client.register(SUBJECT, OTHER)

    with pytest.raises(EncodeError, match="customer is needed, and not there") as no:
        service.serializer(LATEST).encode(TOPIC, CREATED)

    assert (no.value.topic, no.value.schema_id, no.value.role) == (TOPIC, 1, "value")
    assert "do not fit version 1 of orders-value" in no.value.reason


def test_given_a_new_version_when_the_time_has_come_then_it_is_written(service):
    service.serializer().encode(TOPIC, CREATED)
    serializer = service.serializer(LATEST)
    assert serializer.encode(TOPIC, CREATED).schema_id == 1
    service.registry.client().register(SUBJECT, NEXT)

    assert serializer.encode(TOPIC, CREATED).schema_id == 1
    service.clock.now += 100
    wait_until(service, lambda: serializer.encode(TOPIC, CREATED).schema_id == 2)


def test_given_a_new_version_that_does_not_fit_then_writing_goes_on(service, caplog):
    service.registry.client().set_config(SUBJECT, compatibility="NONE")
    service.serializer().encode(TOPIC, CREATED)
    serializer = service.serializer(LATEST)
    serializer.encode(TOPIC, CREATED)
    service.registry.client().register(SUBJECT, OTHER)
    service.clock.now += 100

    wait_until(service, lambda: serializer.encode(TOPIC, CREATED) and caplog.messages)

    for _ in range(3):
        service.clock.now += 10
        assert serializer.encode(TOPIC, CREATED).schema_id == 1
    (said,) = caplog.messages
    assert "still writing version 1 of orders-value" in said


def wait_until(service, is_so):
    """Try again until what was begun aside has ended, a second of the clock each."""
    for _ in range(50):
        if is_so():
            return
        service.clock.now += 2
        threading.Event().wait(0.02)
        if service._colour == "awaited":
            service._runner.run(asyncio.sleep(0))
    pytest.fail("it has not become so")


def test_given_a_pinned_version_when_written_then_it_is_that_one(service):
    service.serializer().encode(TOPIC, CREATED)
    service.client.register(SUBJECT, NEXT)
    pinned = CodecOptions(registration=Registration.PINNED, pinned={SUBJECT: 1})

    assert service.serializer(pinned).encode(TOPIC, CREATED).schema_id == 1
    with pytest.raises(EncodeError, match="no version is pinned for subject other"):
        service.serializer(pinned).encode("other", CREATED)


@pytest.mark.parametrize(
    ("strategy", "subject"),
    [
        (SubjectStrategy.TOPIC, "orders-value"),
        (SubjectStrategy.RECORD, "serial.OrderCreated"),
        (SubjectStrategy.TOPIC_RECORD, "orders-serial.OrderCreated"),
        (SubjectStrategy.ASSOCIATED, "orders-value"),
    ],
)
def test_the_strategy_gives_the_subject(service, strategy, subject):
    options = CodecOptions(strategy=strategy, registration=Registration.REGISTER)

    written = service.serializer(options).encode(TOPIC, CREATED)

    assert written.subject == subject
    assert service.client.get_latest(subject).id == written.schema_id


def test_several_types_share_a_topic(service):
    options = CodecOptions(
        strategy=SubjectStrategy.TOPIC_RECORD, registration=Registration.REGISTER
    )
    serializer = service.serializer(options)
    deserializer = service.deserializer(types=[OrderCreated, OrderConfirmed])
    values = [CREATED, OrderConfirmed("o-1"), OrderCreated("o-2")]

    messages = [serializer.encode(TOPIC, value).data for value in values]

    assert [deserializer.decode(TOPIC, each) for each in messages] == values
    only = service.deserializer(types=[OrderConfirmed])
    assert only.decode(TOPIC, messages[0]) == {"orderId": "o-1", "total": 5}


def test_given_one_schema_then_plain_values_are_written_with_it(service):
    serializer = service.serializer(schemas=[NEXT])

    written = serializer.encode(TOPIC, {"orderId": "o-1"})

    read = service.deserializer().decode(TOPIC, written.data)
    assert read == {"orderId": "o-1", "total": 0, "note": ""}


def test_given_several_schemas_then_a_pair_says_which(service):
    confirmed = record("serial.OrderConfirmed", field("orderId"))
    options = CodecOptions(
        strategy=SubjectStrategy.RECORD, registration=Registration.REGISTER
    )
    serializer = service.serializer(options, schemas=[NEXT, confirmed])

    written = serializer.encode(TOPIC, ("serial.OrderConfirmed", {"orderId": "o-1"}))

    assert written.subject == "serial.OrderConfirmed"
    assert service.deserializer().decode(TOPIC, written.data) == {"orderId": "o-1"}
    with pytest.raises(
        EncodeError, match=r"which of serial.OrderCreated, .* this dict"
    ):
        serializer.encode(TOPIC, {"orderId": "o-1"})


def test_given_no_schema_then_plain_values_need_a_registered_one(service):
    with pytest.raises(EncodeError, match="needs the schema of plain values"):
        service.serializer().encode(TOPIC, {"orderId": "o-1"})

    service.client.register(SUBJECT, NEXT)
    written = service.serializer(LATEST).encode(TOPIC, {"orderId": "o-1"})

    assert written.schema_id == 1


def test_given_no_record_then_the_strategy_has_no_name(service):
    options = CodecOptions(
        strategy=SubjectStrategy.RECORD, registration=Registration.REGISTER
    )

    with pytest.raises(SubjectUnknownError, match="without a name"):
        service.serializer(options, schemas=[Schema('"string"')]).encode(TOPIC, "x")


def test_references_are_found_through_the_registry(service):
    service.client.register("item", record("shop.Item", field("sku")))
    bag = record(
        "shop.Bag",
        field("item", "shop.Item"),
        references=(Reference("shop.Item", "item", 1),),
    )
    service.client.register("bag", bag)
    order = record(
        "shop.Order",
        field("bag", "shop.Bag"),
        field("gift", "shop.Item"),
        references=(
            Reference("shop.Bag", "bag", 1),
            Reference("shop.Item", "item", 1),
        ),
    )
    value = {"bag": {"item": {"sku": "a"}}, "gift": {"sku": "b"}}
    written = service.serializer(schemas=[order]).encode(TOPIC, value)

    assert service.deserializer().decode(TOPIC, written.data) == value


def test_given_a_name_that_means_two_schemas_then_it_is_refused(service):
    for subject, name in (("one", "a"), ("two", "b")):
        service.client.register(subject, record("shop.Item", field(name)))
    inner = record(
        "shop.Bag",
        field("item", "shop.Item"),
        references=(Reference("shop.Item", "two", 1),),
    )
    service.client.register("bag", inner)
    order = record(
        "shop.Order",
        field("bag", "shop.Bag"),
        references=(Reference("shop.Item", "one", 1), Reference("shop.Bag", "bag", 1)),
    )

    with pytest.raises(CodecError, match="means version 1 of one and version 1 of two"):
        service.serializer(schemas=[order]).encode(TOPIC, {})


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "does not begin with a schema: nothing"),
        (b"\0\0\0\0\0x", "names schema id 0"),
        (b"{}", "does not begin with a schema: 7b 7d"),
    ],
)
def test_given_bytes_of_others_when_read_then_they_are_refused(service, data, reason):
    with pytest.raises(FramingError, match=reason) as refused:
        service.deserializer().decode(TOPIC, data, role=Role.KEY)

    assert (refused.value.topic, refused.value.role) == (TOPIC, "key")
    assert str(refused.value).startswith("key of topic orders: ")


def test_given_an_unknown_schema_when_read_then_it_is_tried_again_next_time(service):
    deserializer = service.deserializer()
    message = b"\0\0\0\0\1" + b"\x06o-1\x0a\x00"
    with pytest.raises(SchemaNotFoundError) as refused:
        deserializer.decode(TOPIC, message)
    assert refused.value.__notes__ == ["a value of topic orders was to be read"]

    service.client.register(SUBJECT, NEXT)

    assert deserializer.decode(TOPIC, message)["total"] == 5


def test_given_damaged_bytes_when_read_then_all_is_told(service):
    data = service.serializer().encode(TOPIC, CREATED).data

    with pytest.raises(DecodeError, match="1 bytes are left") as refused:
        service.deserializer().decode(TOPIC, data + b"x")

    error = refused.value
    assert (error.topic, error.schema_id, error.role) == (TOPIC, 1, "value")
    assert str(error) == (
        "value of topic orders, schema 1: 1 bytes are left after the payload"
    )


def test_given_a_schema_that_cannot_be_used_then_it_is_compiled_once(service):
    endless = record("shop.Endless", field("again", "shop.Endless"))
    service.client.register(SUBJECT, endless)
    deserializer = service.deserializer()
    asked = len(service.registry.requests)

    for _ in range(3):
        with pytest.raises(DecodeError, match="infinite") as refused:
            deserializer.decode(TOPIC, b"\0\0\0\0\1")
        assert refused.value.schema_id == 1

    assert len(service.registry.requests) <= asked + 1


def test_given_values_of_a_wrong_type_when_written_then_the_field_is_told(service):
    serializer = service.serializer(schemas=[NEXT])
    serializer.encode(TOPIC, {"orderId": "o-1"})

    with pytest.raises(EncodeError, match="total: 'x' is no long") as refused:
        serializer.encode(TOPIC, {"orderId": "o-1", "total": "x"})

    assert (refused.value.topic, refused.value.schema_id) == (TOPIC, 1)


def test_given_a_reader_type_of_a_later_form_then_its_defaults_are_filled_in(service):
    first = record("serial.OrderCreated", field("orderId"), field("old"))
    value = {"orderId": "o-1", "old": "x"}
    written = service.serializer(schemas=[first]).encode(TOPIC, value)

    typed = service.deserializer(types=[OrderCreated])

    assert typed.decode(TOPIC, written.data) == OrderCreated("o-1")


def test_given_a_language_that_is_none_when_read_then_it_is_refused(service):
    written = service.serializer().encode(TOPIC, CREATED)
    held = service.registry._schemas[1]
    service.registry._schemas[1] = Schema(held.text, "XML", guid=held.guid)

    reading = Service(service.registry, "blocking", None).deserializer()

    with pytest.raises(Exception, match="no codec for schemas of type 'XML'"):
        reading.decode(TOPIC, written.data)


def test_given_limits_when_read_then_they_hold(service):
    data = service.serializer().encode(TOPIC, CREATED).data
    options = CodecOptions(limits=Limits(max_payload_bytes=2))

    with pytest.raises(DecodeError, match="the limit is 2"):
        service.deserializer(options).decode(TOPIC, data)


def test_given_a_registry_that_is_down_then_the_first_value_fails():
    registry = FakeRegistry()
    registry.is_down = True
    service = Service(registry, "blocking", None)

    with pytest.raises(RegistryUnavailableError) as refused:
        service.serializer().encode(TOPIC, CREATED)

    assert refused.value.__notes__ == ["a value of topic orders was to be written"]


class WithoutGuids(FakeRegistry):
    """A registry that knows no GUIDs, as most do not."""

    def answer(self, request):
        said = super().answer(request).json()
        return httpx.Response(200, json={k: said[k] for k in said if k != "guid"})


def test_given_a_registry_without_guids_then_they_cannot_be_written():
    options = CodecOptions(
        registration=Registration.REGISTER, framing=Framing.GUID_PREFIX
    )
    serializer = Serializer(WithoutGuids().client(), options)

    with pytest.raises(EncodeError, match="tells no GUID of the schema"):
        serializer.encode(TOPIC, CREATED)


def test_given_a_class_that_is_no_event_when_asked_for_then_it_is_a_mistake():
    with pytest.raises(TypeError, match="int is not declared with @event"):
        Deserializer(FakeRegistry().client(), types=[int])


def test_threads_share_a_serializer_and_a_deserializer(wirepact_registry):
    with RegistryClient(wirepact_registry.url) as client:
        serializer = Serializer(client, REGISTER)
        deserializer = Deserializer(client, types=[OrderCreated])

        def work(number):
            topic = f"topic-{number % 3}"
            value = OrderCreated(f"o-{number}", number)
            data = serializer.encode(topic, value).data
            return deserializer.decode(topic, data) == value

        with ThreadPoolExecutor(8) as pool:
            assert all(pool.map(work, range(200)))
        assert len(client.list_subjects()) == 3


def test_errors_of_codecs_can_be_copied():
    error = FramingError("odd", TOPIC, UUID(int=1), "key")

    pickled = pickle.dumps(error)
    for again in (copy.copy(error), pickle.loads(pickled)):  # noqa: S301 - our own
        assert str(again) == str(error)
        assert again.schema_id == UUID(int=1)


@pytest.mark.parametrize("name", ["strategy", "registration", "framing"])
def test_given_a_text_for_an_option_then_it_is_refused_and_not_another_one(name):
    choice: Any = {name: "register"}

    with pytest.raises(TypeError, match=f"^{name} is one of .*, and not 'register'$"):
        CodecOptions(**choice)


UNSENT = Schema(json.dumps({"type": "record", "name": "R", "fields": []}))


@pytest.mark.parametrize(
    ("schema", "reason"),
    [
        (Schema("{"), "it is no JSON"),
        (Schema('{"type": "array", "items": "shop.Item"}'), "shop.Item .* a reference"),
    ],
)
def test_given_a_local_schema_that_is_none_when_written_then_encoding_fails(
    schema, reason
):
    with FakeRegistry().client() as client:
        serializer = Serializer(client, schemas=[schema])

        with pytest.raises(EncodeError, match=f"^value of topic orders: .*{reason}"):
            serializer.encode("orders", {})


def test_given_a_topic_without_a_name_when_written_then_no_subject_is_made_of_it():
    topic: Any = None
    with FakeRegistry().client() as client:
        options = CodecOptions(registration=Registration.REGISTER)

        with pytest.raises(EncodeError, match="a topic has a name"):
            Serializer(client, options, schemas=[UNSENT]).encode(topic, {})

        assert client.list_subjects() == ()


@pytest.mark.parametrize("schemas", [UNSENT, UNSENT.text, [UNSENT.text]])
def test_given_no_list_of_schemas_then_it_is_said_before_the_first_message(schemas):
    with FakeRegistry().client() as client, pytest.raises(TypeError, match="Schema"):
        Serializer(client, schemas=schemas)
