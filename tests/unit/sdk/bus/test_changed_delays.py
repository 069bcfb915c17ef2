"""Delays that another release had: what waits in their topics is read as well."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from tests.doubles.bus import Desk, OrderCreated, virtual
from wirepact import Metadata, Retry, RetryBy


def clock():
    seconds = asyncio.get_running_loop().time()
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def released(desk, retry, got):
    """Return the app of a release; its handler fails at the first two attempts."""
    app = desk.app(options={"wall_clock": clock})

    @app.on(OrderCreated, topic="orders", name="billing.bill", retry=retry)
    async def bill(event, message: Metadata):
        got.append((message.delivery.topic, message.attempt))
        if message.attempt < 3:
            raise RuntimeError

    return app


def test_given_topics_that_are_given_up_then_what_waits_there_is_handled():
    async def scenario():
        desk = Desk(partitions=1)
        got: list[tuple[str, int]] = []
        async with released(desk, Retry(4, "10s", by=RetryBy.TOPICS), got).running():
            await desk.app("writing").publish(OrderCreated("o-1"), "orders")
            await asyncio.sleep(5)
        async with released(desk, Retry(4, "1m", formerly="10s"), got).running():
            await desk.idle()
        return got

    waited = "orders.billing.retry-10s"
    assert virtual(scenario) == [("orders", 1), (waited, 2), (waited, 3)]


@pytest.mark.parametrize("formerly", ["10s", "1s, 10s", "5s..10s"])
def test_given_former_delays_then_what_waits_there_is_handled_and_nothing_is_added(
    formerly,
):
    async def scenario():
        desk = Desk(partitions=1)
        got: list[tuple[str, int]] = []
        async with released(desk, Retry(4, "10s", by=RetryBy.TOPICS), got).running():
            await desk.app("writing").publish(OrderCreated("o-1"), "orders")
            await asyncio.sleep(5)
        changed = Retry(4, "1m", by=RetryBy.TOPICS, formerly=formerly)
        async with released(desk, changed, got).running():
            await desk.idle()
        return desk, got

    desk, got = virtual(scenario)
    assert got == [
        ("orders", 1),
        ("orders.billing.retry-10s", 2),
        ("orders.billing.retry-1m", 3),
    ]
    assert len(desk.records("orders.billing.retry-10s")) == 1


def test_given_a_delay_now_and_formerly_then_its_topic_is_read_once():
    retry = Retry(3, "10s, 1m", by=RetryBy.TOPICS, formerly="10s, 5s")

    assert retry.topics_read("t", "g") == (
        "t.g.retry-10s",
        "t.g.retry-1m",
        "t.g.retry-5s",
    )


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"formerly": "soon", "by": RetryBy.TOPICS}, "soon"),
        ({"formerly": "1s..1h", "by": RetryBy.TOPICS, "attempts": 9}, "as many topics"),
    ],
    ids=["no-delays", "too-many"],
)
def test_given_former_delays_that_cannot_be_then_they_are_refused(given, reason):
    with pytest.raises(ValueError, match=reason):
        Retry(**{"delays": "3s..1h", **given})
