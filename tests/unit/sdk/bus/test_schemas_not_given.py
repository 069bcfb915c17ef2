"""What becomes of messages whose schema the registry does not give."""

import asyncio

import httpx
import pytest

from tests.doubles.bus import Desk, OrderCreated, headers_of, virtual
from wirepact import MissingExtraError, Schema
from wirepact.codecs import languages
from wirepact.testing import FakeRegistry

UNKNOWN = b"\x00\x00\x00\x00\x63"


class Refusing(FakeRegistry):
    """A registry that answers some paths with a status of its own."""

    def __init__(self, refused):
        super().__init__()
        self.refused = refused

    def answer(self, request):
        status = self.refused.get(request.url.path)
        if status is None:
            return super().answer(request)
        body = {"error_code": status, "message": "not to you"}
        return httpx.Response(status, json=body)


def billing(desk, handled, **declared):
    """Return an app that notes down when it has handled which order."""
    app = desk.app()
    how = {"topic": "orders", "idempotent": False, **declared}

    if "batch" in how:

        @app.on(OrderCreated, **how)
        async def bill_all(events):
            handled.extend(each.order_id for each in events)

    else:

        @app.on(OrderCreated, **how)
        async def bill(event):
            handled.append(event.order_id)

    return app


@pytest.mark.parametrize("declared", [{}, {"batch": 10}], ids=["single", "batch"])
def test_given_an_unknown_schema_then_other_keys_of_its_lane_do_not_wait(declared):
    async def scenario():
        desk = Desk(partitions=1)
        handled: list[str] = []
        app = billing(desk, handled, **declared)
        async with app.running():
            await desk.raw("orders", UNKNOWN, key=b"foreign")
            await app.publish(OrderCreated("o-1"), "orders")
            # What comes later is fetched from that lane as well.
            await asyncio.sleep(0.1)
            await app.publish(OrderCreated("o-2"), "orders")
            await asyncio.sleep(1.1)
            before = len(desk.broker.topics), list(handled)
            await desk.idle()
        return before, desk.records("orders.billing.dlq")

    (topics, handled), letters = virtual(scenario)
    assert topics == 1
    assert handled == ["o-1", "o-2"]
    assert [headers_of(each)["dlq-reason"] for each in letters] == ["schema"]


def test_given_many_of_an_unknown_schema_and_one_key_then_they_wait_once_together():
    async def scenario():
        desk = Desk(partitions=1)
        handled: list[str] = []
        app = billing(desk, handled)
        loop = asyncio.get_running_loop()
        async with app.running():
            begun = loop.time()
            await desk.raw("orders", *[UNKNOWN] * 100, key=b"o-1")
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return loop.time() - begun, handled, desk.records("orders.billing.dlq")

    took_s, handled, letters = virtual(scenario)
    assert len(letters) == 100
    assert took_s < 6
    # Behind those of its key, as it came.
    assert handled == ["o-1"]


def test_given_a_batch_of_one_key_when_its_first_waits_then_order_is_kept():
    async def scenario():
        desk, got = Desk(partitions=1), []
        app = desk.app()

        @app.on(OrderCreated, topic="orders", batch=10, idempotent=False)
        async def bill(events):
            got.append([each.total for each in events])

        async with app.running():
            writing = desk.app("writing")
            payload = (await writing.registry.encode(OrderCreated("k", 1), "orders"))[2]
            later = b"\x00\x00\x00\x00\x02" + payload[5:]
            await desk.raw("orders", later, key=b"k")
            await app.publish(OrderCreated("k", 2), "orders")
            await app.publish(OrderCreated("other", 3), "orders")
            await asyncio.sleep(2)
            schema = await app.registry.client.get_schema(1)
            await app.registry.client.register(
                "orders-value-2",
                type(schema)(schema.text.replace("{", '{"doc": "x", ', 1)),
            )
            await desk.idle()
            await writing.close()
        return got

    assert virtual(scenario) == [[3], [1, 2]]


@pytest.mark.parametrize("status", [403, 422])
def test_given_one_schema_that_is_refused_then_its_message_alone_is_buried(status):
    async def scenario():
        desk = Desk(partitions=1)
        handled: list[str] = []
        desk.registry = Refusing({"/schemas/ids/99": status})
        app = billing(desk, handled)
        async with app.running():
            await desk.raw("orders", UNKNOWN, key=b"foreign")
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return handled, desk

    handled, desk = virtual(scenario)
    assert len(handled) == 1
    (letter,) = desk.records("orders.billing.dlq")
    assert headers_of(letter)["dlq-reason"] == "schema"
    assert ("paused", "billing") not in desk.seen.told


def test_given_all_schemas_are_refused_then_messages_wait_until_they_are_given():
    async def scenario():
        desk = Desk(partitions=1)
        handled: list[str] = []
        refused = {
            "/schemas/ids/1": 403,
            "/schemas/ids/99": 403,
            "/subjects/orders-value/versions": 403,
        }
        writing, desk.registry = desk.app("writing"), Refusing({})
        known = desk.app("known")
        await known.publish(OrderCreated("o-1"), "orders")
        await desk.raw("orders", UNKNOWN, key=b"foreign")
        desk.registry.refused = refused
        async with billing(desk, handled).running(check=False):
            await asyncio.sleep(600)
            before = list(handled), desk.records("orders.billing.dlq")
            desk.registry.refused = {"/schemas/ids/99": 403}
            await desk.idle()
        await writing.close()
        await known.close()
        return before, handled, desk

    before, handled, desk = virtual(scenario)
    assert before == ([], [])
    assert len(handled) == 1
    assert len(desk.records("orders.billing.dlq")) == 1
    told = [each for each in desk.seen.told if each[0] in ("paused", "resumed")]
    assert told == [("paused", "billing"), ("resumed", "billing")]


def test_given_credentials_that_are_not_known_then_messages_wait():
    async def scenario():
        desk = Desk(partitions=1)
        handled: list[str] = []
        desk.registry = Refusing({"/schemas/ids/99": 401})
        async with billing(desk, handled).running():
            await desk.raw("orders", UNKNOWN, key=b"foreign")
            await asyncio.sleep(600)
            waiting = desk.records("orders.billing.dlq")
            desk.registry.refused = {}
            await desk.idle()
        return waiting, desk.records("orders.billing.dlq")

    waiting, letters = virtual(scenario)
    assert waiting == []
    assert len(letters) == 1


def _without(monkeypatch, schema_type):
    """Let a schema language be missing, as if its extra were not installed."""
    plugs = dict(languages._PLUGS)
    missing = plugs[schema_type]._replace(module="not_installed.at_all")
    monkeypatch.setattr(languages, "_PLUGS", {**plugs, schema_type: missing})


def test_given_a_foreign_message_in_a_language_that_is_missing_then_it_is_buried(
    monkeypatch,
):
    _without(monkeypatch, "JSON")

    async def scenario():
        desk = Desk(partitions=1)
        handled: list[str] = []
        app = billing(desk, handled)
        async with app.running():
            schema = await app.registry.client.register("foreign-value", _json_schema())
            framed = b"\x00" + schema.id.to_bytes(4, "big") + b"{}"
            await desk.raw("orders", framed, key=b"foreign")
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return handled, desk.records("orders.billing.dlq")

    handled, (letter,) = virtual(scenario)
    assert len(handled) == 1
    told = headers_of(letter)
    assert told["dlq-reason"] == "schema"
    assert "wirepact[json]" in told["dlq-exception-message"]


def test_given_a_handler_whose_own_language_is_missing_then_it_does_not_start(
    monkeypatch,
):
    _without(monkeypatch, "AVRO")

    async def scenario():
        desk = Desk(partitions=1)
        app = billing(desk, [])
        with pytest.raises(MissingExtraError, match=r"wirepact\[avro\]"):
            async with app.running(check=False):
                pass

    virtual(scenario)


def _json_schema():

    return Schema('{"type": "object"}', "JSON")
