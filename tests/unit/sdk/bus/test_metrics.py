"""What apps count for Prometheus, over a broker in memory."""

import asyncio
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from tests.doubles.bus import Desk, OrderBilled, OrderCreated, virtual
from wirepact import EncodeError, Metadata, Retry, SchemaNotFoundError
from wirepact.envelope import KAFKA
from wirepact.errors import FramingError
from wirepact.metrics import FAMILIES, OTHER, Metrics, reason_of
from wirepact.observing import Direction, Outcome, Together, Unobserved
from wirepact.transports.port import Delivery, Lag, Lane, Record

PAGE = Path("docs/reference/sdk-metrics.md")


@pytest.fixture
def registry():
    return CollectorRegistry()


def message(topic="orders", kind="T", time=None):
    headers = [("ce_specversion", b"1.0"), ("ce_type", kind.encode())]
    headers += [("ce_id", b"1"), ("ce_source", b"s")]
    if time is not None:
        headers.append(("ce_time", time.isoformat().encode()))
    return Metadata(
        Delivery(topic, 0, 0, b"k", b"v", tuple(headers)), KAFKA, "billing", topic
    )


def test_each_message_is_counted_by_what_became_of_it(registry):
    async def scenario():
        desk = Desk()
        app = desk.app(observer=Metrics(registry))
        failed: list[OrderCreated] = []

        @app.on(OrderCreated, topic="orders", name="billing.bill", retry=Retry(2, "1s"))
        async def bill(event: OrderCreated):
            if event.order_id == "poison":
                raise RuntimeError
            if event.order_id == "shy" and not failed:
                failed.append(event)
                raise RuntimeError

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders", id="once")
            await app.publish(OrderCreated("o-1"), "orders", id="once")
            await app.publish(OrderCreated("shy"), "orders")
            await app.publish(OrderCreated("poison"), "orders")
            await app.publish(OrderBilled("o-1"), "orders")
            await desk.raw("orders", b"not framed")
            await desk.idle()

    virtual(scenario)

    def consumed(result, kind="bus.OrderCreated"):
        return registry.get_sample_value(
            "wirepact_messages_consumed_total",
            {"topic": "orders", "group": "billing", "type": kind, "result": result},
        )

    assert consumed("ok") == 2
    assert consumed("duplicate") == 1
    assert consumed("retried") == 2
    assert consumed("dead") == 1
    assert consumed("dead", "") == 1
    assert consumed("skipped", "bus.OrderBilled") == 1
    place = {"topic": "orders", "group": "billing", "handler": "billing.bill"}
    value = registry.get_sample_value
    assert value("wirepact_inbox_duplicates_total", place) == 1
    assert value("wirepact_retries_total", place) == 2
    assert value("wirepact_handler_seconds_count", place) == 4
    assert value("wirepact_dlq_total", {"reason": "handler"}) == 1
    assert value("wirepact_dlq_total", {"reason": "deserialize"}) == 1
    assert value("wirepact_schema_errors_total", {"reason": "framing"}) == 1
    assert value("wirepact_published_total", {"topic": "orders"}) == 5
    assert value("wirepact_published_total", {"topic": "orders.billing.dlq"}) == 2
    assert value("wirepact_publish_seconds_count", {"topic": "orders"}) == 5


def test_given_known_schemas_then_hits_and_seconds_are_counted_by_format(registry):
    async def scenario():
        desk = Desk()
        app = desk.app(observer=Metrics(registry))

        @app.on(OrderCreated, topic="orders")
        async def bill(event: OrderCreated):
            """Do nothing."""

        async with app.running(check=False):
            for number in range(5):
                await app.publish(OrderCreated(f"o-{number}"), "orders")
            await desk.idle()

    virtual(scenario)

    value = registry.get_sample_value
    assert value("wirepact_schema_cache_misses_total") == 2
    assert value("wirepact_schema_cache_hits_total") == 8
    for direction in ("encode", "decode"):
        labels = {"format": "avro", "direction": direction}
        assert value("wirepact_serde_seconds_count", labels) == 4


def test_a_tombstone_is_no_payload(registry):
    async def scenario():
        desk = Desk()
        app = desk.app(observer=Metrics(registry))

        @app.on(None, topic="orders")
        async def gone(event: None):
            """Do nothing."""

        async with app.running():
            await app.publish(None, "orders", key="o-1")
            await desk.idle()

    virtual(scenario)

    assert registry.get_sample_value("wirepact_schema_cache_misses_total") == 0
    assert registry.get_sample_value("wirepact_schema_cache_hits_total") == 0


def test_end_to_end_time_is_from_the_events_time_and_never_negative(registry):
    now = datetime(2026, 1, 2, tzinfo=UTC)
    metrics = Metrics(registry, wall_clock=lambda: now)

    for age_s in (90, -3600):
        at = now - timedelta(seconds=age_s)
        metrics.handled(message(time=at), "h", Outcome.OK, 0.1)

    labels = {"topic": "orders", "group": "billing"}
    name = "wirepact_end_to_end_seconds"
    assert registry.get_sample_value(f"{name}_sum", labels) == 90
    assert registry.get_sample_value(f"{name}_count", labels) == 2


def test_given_an_unhandled_message_then_no_end_to_end_time_is_told(registry):
    metrics = Metrics(registry)

    metrics.handled(message(time=datetime.now(UTC)), "h", Outcome.RETRIED, 0.1)

    labels = {"topic": "orders", "group": "billing"}
    name = "wirepact_end_to_end_seconds_count"
    assert registry.get_sample_value(name, labels) is None


def test_given_more_topics_and_types_than_are_kept_then_the_rest_share_a_name(registry):
    metrics = Metrics(registry, most_values=3)

    for number in range(500):
        metrics.handled(message(f"t-{number}", f"T{number}"), "h", Outcome.OK, 0.1)
        metrics.published([Record(f"t-{number}", b"v")], 0.1)

    text = generate_latest(registry).decode()
    assert len(set(re.findall(r'topic="([^"]*)"', text))) == 4
    assert len(set(re.findall(r'type="([^"]*)"', text))) == 4
    assert (
        registry.get_sample_value("wirepact_published_total", {"topic": OTHER}) == 497
    )


def test_given_a_hostile_type_then_it_is_no_label(registry):
    metrics = Metrics(registry)

    metrics.handled(message(kind="x" * 5000), "h", Outcome.OK, 0.1)

    assert "x" * 201 not in generate_latest(registry).decode()


def lag_of(registry, partition, name="wirepact_consumer_lag"):
    labels = {"topic": "orders", "partition": partition, "group": "billing"}
    return registry.get_sample_value(name, labels)


def test_given_a_lane_that_was_lost_then_its_lag_is_no_longer_told(registry):
    metrics = Metrics(registry)
    lanes = {Lane("orders", 0): Lag(3, 1.5), Lane("orders", 1): Lag(4, 2.5)}

    metrics.lag("billing", lanes)
    metrics.lag("billing", {Lane("orders", 0): Lag(2, 1.0)})

    assert lag_of(registry, "0") == 2
    assert lag_of(registry, "1") is None


def test_given_an_age_that_is_not_known_then_none_is_told(registry):
    metrics = Metrics(registry)

    metrics.lag("billing", {Lane("orders", 0): Lag(3, 1.5)})
    metrics.lag("billing", {Lane("orders", 0): Lag(3, None)})

    assert lag_of(registry, "0") == 3
    assert lag_of(registry, "0", "wirepact_consumer_lag_seconds") is None


def test_given_a_lane_that_comes_back_then_its_lag_is_told_again(registry):
    metrics = Metrics(registry)
    for lanes in ({Lane("orders", 0): Lag(2, 1.0)}, {}, {Lane("orders", 0): Lag(7, 1)}):
        metrics.lag("billing", lanes)

    assert lag_of(registry, "0") == 7


def test_given_a_service_that_has_ended_then_it_tells_no_lag(registry):
    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(observer=Metrics(registry), options={"lag_every_s": 1})

        @app.on(OrderCreated, topic="orders")
        async def bill(event: OrderCreated):
            await asyncio.sleep(100)

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await app.publish(OrderCreated("o-2"), "orders")
            await asyncio.sleep(10)
            during = lag_of(registry, "0")
            await desk.idle()
        return during

    assert virtual(scenario) == 2
    assert lag_of(registry, "0") is None


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        pytest.param(FramingError("x"), "framing", id="framing"),
        pytest.param(EncodeError("x"), "encode", id="encode"),
        pytest.param(SchemaNotFoundError(404, 40403, "x"), "not_found", id="missing"),
        pytest.param(RuntimeError("x"), "other", id="anything"),
    ],
)
def test_reasons_of_schema_errors_are_few(error, reason):
    assert reason_of(error) == reason


def test_given_two_observers_then_both_are_told_and_payloads_timed_if_one_asks(
    registry,
):
    both = Together(Unobserved(), Metrics(registry))

    both.payload_failed(Direction.DECODE, FramingError("x"))

    assert both.times_payloads
    name = "wirepact_schema_errors_total"
    assert registry.get_sample_value(name, {"reason": "framing"}) == 1


def test_two_sets_of_metrics_in_a_registry_are_refused(registry):
    Metrics(registry)

    with pytest.raises(ValueError, match="wirepact_messages_consumed"):
        Metrics(registry)


def test_the_page_names_all_metrics_with_their_labels():
    rows = [
        f"| `{each.name}` | {each.kind.name.lower()} |"
        f" {', '.join(f'`{label}`' for label in each.labels)} | {each.purpose} |"
        for each in FAMILIES
    ]

    text = PAGE.read_text()

    told = [line for line in text.splitlines() if line.startswith("| `wirepact_")]
    assert [re.sub(r"\s+", " ", line) for line in told] == [
        re.sub(r"\s+", " ", row) for row in rows
    ]
