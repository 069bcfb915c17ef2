"""Spans of apps, by OpenTelemetry's conventions, over a broker in memory."""

import pytest
from opentelemetry import trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from tests.doubles.bus import Desk, OrderBilled, OrderCreated, headers_of, virtual
from wirepact import Retry
from wirepact.observing import NOTHING, Together, Unobserved
from wirepact.tracing import Tracing

REMOTE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture
def spans():
    return InMemorySpanExporter()


@pytest.fixture
def reader():
    return InMemoryMetricReader()


@pytest.fixture
def tracing(spans, reader):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    yield Tracing("memory", tracers=provider, meters=MeterProvider([reader]))
    provider.shutdown()


def named(spans, name):
    return [each for each in spans.get_finished_spans() if each.name == name]


def chain(desk, tracing):
    """Return an app that bills what is ordered."""
    app = desk.app(observer=tracing)

    @app.on(OrderCreated, topic="orders", name="billing.bill")
    async def bill(event: OrderCreated):
        await app.publish(OrderBilled(event.order_id), "invoices")

    return app


def test_a_handler_goes_on_with_the_trace_of_its_message(spans, tracing):
    async def scenario():
        desk = Desk()
        async with chain(desk, tracing).running() as app:
            await app.publish(OrderCreated("o-1"), "orders", id="m-1")
            await desk.idle()
        return desk

    desk = virtual(scenario)

    (created,), (handled,) = (
        named(spans, "create orders"),
        named(spans, "process orders"),
    )
    (answer,) = named(spans, "create invoices")
    assert handled.parent.span_id == created.context.span_id
    assert answer.parent.span_id == handled.context.span_id
    assert answer.context.trace_id == created.context.trace_id
    assert (created.kind, handled.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER)
    (sent,) = desk.records("invoices")
    _, trace_id, span_id, _ = headers_of(sent)["traceparent"].split("-")
    assert trace_id == f"{answer.context.trace_id:032x}"
    assert span_id == f"{answer.context.span_id:016x}"


def test_spans_say_what_the_conventions_ask_for(spans, tracing):
    async def scenario():
        desk = Desk()
        async with chain(desk, tracing).running() as app:
            await app.publish(
                OrderCreated("o-1"), "orders", id="m-1", correlationid="c-1"
            )
            await desk.idle()

    virtual(scenario)

    (handled,) = named(spans, "process orders")
    told = dict(handled.attributes)
    assert told.pop("messaging.message.body.size") > 0
    assert told.pop("messaging.destination.partition.id") in {"0", "1", "2"}
    assert told == {
        "messaging.system": "memory",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": "orders",
        "messaging.consumer.group.name": "billing",
        "messaging.message.id": "m-1",
        "messaging.message.conversation_id": "c-1",
        "wirepact.handler": "billing.bill",
    }
    (answer,) = named(spans, "create invoices")
    assert answer.attributes["messaging.message.conversation_id"] == "c-1"


def test_sending_and_settling_are_linked_with_what_made_the_messages(spans, tracing):
    async def scenario():
        desk = Desk()
        async with chain(desk, tracing).running() as app:
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()

    virtual(scenario)

    (created,) = named(spans, "create orders")
    for name, operation in (("send orders", "send"), ("ack orders", "settle")):
        (span,) = named(spans, name)
        assert [link.context.span_id for link in span.links] == [
            created.context.span_id
        ]
        assert span.kind is SpanKind.CLIENT
        assert span.attributes["messaging.operation.type"] == operation


def test_given_a_batch_then_its_span_is_linked_and_continues_none(spans, tracing):
    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(observer=tracing)

        @app.on(OrderCreated, topic="orders", batch=3, every="1s")
        async def bill(events: list[OrderCreated]):
            """Do nothing."""

        async with app.running():
            for number in range(3):
                await app.publish(OrderCreated(f"o-{number}"), "orders")
            await desk.idle()

    virtual(scenario)

    (handled,) = named(spans, "process orders")
    assert handled.parent is None
    assert {link.context.span_id for link in handled.links} == {
        each.context.span_id for each in named(spans, "create orders")
    }
    assert handled.attributes["messaging.batch.message_count"] == 3


def test_given_a_handler_that_fails_then_its_span_says_so(spans, tracing):
    async def scenario():
        desk = Desk()
        app = desk.app(observer=tracing)

        @app.on(OrderCreated, topic="orders", retry=Retry(1))
        async def bill(event: OrderCreated):
            raise LookupError(event.order_id)

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()

    virtual(scenario)

    (handled,) = named(spans, "process orders")
    assert handled.status.status_code is StatusCode.ERROR
    assert handled.attributes["error.type"] == "LookupError"


@pytest.mark.parametrize("state", [b"a=1,b=2", None])
def test_given_a_trace_that_others_began_then_it_goes_on(spans, tracing, state):
    async def scenario():
        desk = Desk()
        plain = desk.app("shop", observer=Unobserved())
        given = [("traceparent", REMOTE.encode())]
        given += [] if state is None else [("tracestate", state)]
        async with plain, chain(desk, tracing).running():
            await plain.publish(OrderCreated("o-1"), "orders", headers=given)
            await desk.idle()

    virtual(scenario)

    (handled,) = named(spans, "process orders")
    assert f"{handled.parent.trace_id:032x}" == REMOTE.split("-")[1]
    assert f"{handled.parent.span_id:016x}" == REMOTE.split("-")[2]
    assert handled.context.trace_state.to_header() == (state or b"").decode()


@pytest.mark.parametrize("broken", [b"", b"00-0-0-0", b"\xff", b"x" * 5000])
def test_given_a_broken_trace_then_the_handler_begins_one(spans, tracing, broken):
    async def scenario():
        desk = Desk()
        plain = desk.app("shop", observer=Unobserved())
        async with plain, chain(desk, tracing).running():
            given = [("traceparent", broken)]
            await plain.publish(OrderCreated("o-1"), "orders", headers=given)
            await desk.idle()

    virtual(scenario)

    (handled,) = named(spans, "process orders")
    assert handled.parent is None


def test_a_span_of_a_plain_function_is_current_in_its_thread(spans, tracing):
    seen = []

    async def scenario():
        desk = Desk()
        app = desk.app(observer=tracing, inbox=None)

        @app.on(OrderCreated, topic="orders", idempotent=False)
        def bill(event: OrderCreated):
            seen.append(trace.get_current_span().get_span_context().span_id)

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()

    virtual(scenario)

    (handled,) = named(spans, "process orders")
    assert seen == [handled.context.span_id]


def test_given_no_provider_then_nothing_is_made_and_nothing_added():
    async def scenario():
        desk = Desk()
        async with chain(desk, Tracing("memory")).running() as app:
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return desk

    desk = virtual(scenario)

    assert Tracing("memory").creating("orders") is NOTHING
    assert "traceparent" not in headers_of(desk.records("invoices")[0])


def test_given_a_provider_that_is_set_later_then_spans_go_there(spans, monkeypatch):
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    tracing = Tracing("memory")
    assert tracing.creating("orders") is NOTHING
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)

    with tracing.creating("orders"):
        pass

    assert len(named(spans, "create orders")) == 1


def test_given_many_spans_then_their_tracer_is_made_once():
    class Asked(TracerProvider):
        count = 0

        def get_tracer(self, *args, **kwargs):
            self.count += 1
            return super().get_tracer(*args, **kwargs)

    provider = Asked()
    tracing = Tracing("memory", tracers=provider)

    for _ in range(3):
        with tracing.creating("orders"):
            pass

    assert provider.count == 1


def test_given_a_second_observer_then_the_headers_of_the_first_are_sent(spans, tracing):
    async def scenario():
        desk = Desk()
        both = Together(tracing, Unobserved(), Tracing("memory"))
        async with chain(desk, both).running() as app:
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return desk

    desk = virtual(scenario)

    (answer,) = named(spans, "create invoices")
    parent = headers_of(desk.records("invoices")[0])["traceparent"]
    assert parent.split("-")[2] == f"{answer.context.span_id:016x}"


def test_instruments_are_those_of_the_conventions(reader, tracing):
    async def scenario():
        desk = Desk()
        async with chain(desk, tracing).running() as app:
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()

    virtual(scenario)

    found = {
        metric.name: metric
        for resource in reader.get_metrics_data().resource_metrics
        for scope in resource.scope_metrics
        for metric in scope.metrics
    }
    assert set(found) == {
        "messaging.client.operation.duration",
        "messaging.process.duration",
        "messaging.client.sent.messages",
        "messaging.client.consumed.messages",
    }
    sent = found["messaging.client.sent.messages"].data.data_points
    assert {
        each.attributes["messaging.destination.name"]: each.value for each in sent
    } == {"orders": 1, "invoices": 1}
    (handled,) = found["messaging.process.duration"].data.data_points
    assert handled.count == 1
