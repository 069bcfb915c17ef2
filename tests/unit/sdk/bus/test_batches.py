"""Handlers that take many messages at a time."""

import asyncio
from typing import Any

from tests.doubles.bus import Desk, OrderBilled, OrderCreated, headers_of, virtual
from wirepact import Metadata, Retry


def batching(desk, handle, **given):
    """Return an app whose handler takes batches of three, or after two seconds."""
    parts = given.pop("parts", {})
    app = desk.app(**parts)

    @app.on(
        OrderCreated,
        topic="orders",
        **{"batch": 3, "every": "2s", "retry": Retry(2, "1s"), **given},
    )
    async def index(events: list[OrderCreated], messages: list[Metadata]):
        assert [each.key.decode() for each in messages] == [
            each.order_id for each in events
        ]
        await handle(events)

    return app


async def publish(app, *totals, order="o-1", **attributes):
    for total in totals:
        await app.publish(OrderCreated(order, total), "orders", **attributes)


def test_a_batch_is_handled_when_it_is_full_or_has_waited_enough():
    got = []

    async def scenario():
        desk = Desk(partitions=1)
        loop = asyncio.get_running_loop()

        async def handle(events):
            got.append((round(loop.time(), 1), [each.total for each in events]))

        app = batching(desk, handle)
        async with app.running():
            await asyncio.sleep(10)
            await publish(app, 1, 2, 3, 4)
            await desk.idle()

    virtual(scenario)
    assert got == [(10.0, [1, 2, 3]), (12.0, [4])]


def test_given_duplicates_then_a_batch_has_only_fresh_messages():
    got = []

    async def scenario():
        desk = Desk(partitions=1)

        async def handle(events):
            got.append([each.total for each in events])

        app = batching(desk, handle)
        async with app.running():
            await publish(app, 1, 1, id="m-1")
            await publish(app, 2, id="m-2")
            await desk.idle()
            await publish(app, 1, id="m-1")
            await desk.idle()
        return desk

    desk = virtual(scenario)
    assert got == [[1, 2]]
    assert desk.seen.told == [("duplicate", "m-1")] * 2


def test_given_one_that_always_fails_then_it_alone_is_buried():
    async def scenario():
        desk = Desk(partitions=1)
        done: list[int] = []

        async def handle(events):
            if any(each.total == 2 for each in events):
                raise RuntimeError("two")
            done.extend(each.total for each in events)

        app = batching(desk, handle)
        async with app.running():
            await publish(app, 1, 2, 3)
            await desk.idle()
        return desk, done

    desk, done = virtual(scenario)
    assert done == [1, 3]
    (letter,) = desk.records("orders.billing.dlq")
    assert headers_of(letter)["dlq-exception-message"] == "two"


def test_given_garbage_and_strangers_in_a_batch_then_the_rest_is_handled():
    got = []

    async def scenario():
        desk = Desk(partitions=1)

        async def handle(events):
            got.append([each.total for each in events])

        app = batching(desk, handle)
        async with app.running():
            await publish(app, 1)
            await desk.raw("orders", b"garbage")
            await app.publish(OrderBilled("o-1"), "orders")
            await desk.idle()
        return desk

    desk = virtual(scenario)
    assert got == [[1]]
    assert len(desk.records("orders.billing.dlq")) == 1


def test_given_an_outage_then_a_batch_waits_and_is_whole_afterwards():
    async def scenario():
        desk = Desk(partitions=1)
        got, is_out = [], [True]

        async def handle(events):
            if is_out[0]:
                raise ConnectionError
            got.append([each.total for each in events])

        options = {"outages": (ConnectionError,)}
        app = batching(desk, handle, parts={"options": options})
        async with app.running():
            await publish(app, 1, 2, 3)
            await asyncio.sleep(300)
            is_out[0] = False
            await desk.idle()
        return desk, got

    desk, got = virtual(scenario)
    assert got == [[1, 2, 3]]
    assert desk.records("orders.billing.dlq") == []


def test_given_an_end_when_a_batch_is_not_full_then_it_comes_again():
    got = []

    async def scenario():
        desk = Desk(partitions=1)

        async def handle(events):
            got.append([each.total for each in events])

        first = batching(desk, handle, every="1h")
        async with first.running():
            await publish(first, 1, 2)
            await asyncio.sleep(60)
        assert got == []
        second = batching(desk, handle)
        async with second.running():
            await desk.idle()

    virtual(scenario)
    assert got == [[1, 2]]


def test_given_a_lane_lost_while_its_batch_meets_an_outage_then_its_worker_goes_on():
    async def scenario():
        desk = Desk(partitions=2)
        got: list[str] = []
        is_out = [True]

        async def handle(events):
            if is_out[0]:
                # Longer than anybody waits for who loses a lane.
                await asyncio.sleep(25)
                raise ConnectionError
            got.extend(each.order_id for each in events)

        parts = {"options": {"outages": (ConnectionError,)}}
        given: dict[str, Any] = {"batch": 1, "concurrency": 2, "parts": parts}
        slow, other = batching(desk, handle, **given), batching(desk, handle, **given)
        async with slow.running():
            failing = asyncio.ensure_future(slow.ended())
            # One for each of the two partitions, and of the two workers.
            await publish(slow, 1, order="a")
            await publish(slow, 1, order="o-1")
            await asyncio.sleep(1)
            async with other.running():
                await asyncio.sleep(60)
                is_out[0] = False
                await desk.idle()
            has_failed = failing.done()
            failing.cancel()
        return has_failed, got

    has_failed, got = virtual(scenario)
    assert not has_failed
    assert sorted(got) == ["a", "o-1"]
