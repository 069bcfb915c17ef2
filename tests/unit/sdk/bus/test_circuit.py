"""An outage with many workers: told once, and over when all have got through."""

import asyncio

import pytest

from tests.doubles.bus import Desk, OrderCreated, virtual

NEEDY = [f"needy-{number}" for number in range(20)]
FRUGAL = [f"frugal-{number}" for number in range(20)]


def told(desk):
    return [what for what, *_ in desk.seen.told if what in ("paused", "resumed")]


@pytest.mark.parametrize("declared", [{}, {"batch": 1}], ids=["single", "batch"])
def test_given_messages_that_need_nothing_of_it_then_an_outage_is_told_once(declared):
    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(options={"outages": (ConnectionError,)})
        is_out, handled = [True], []

        @app.on(
            OrderCreated, topic="orders", concurrency=8, idempotent=False, **declared
        )
        async def bill(event):
            for each in event if isinstance(event, list) else [event]:
                if is_out[0] and each.order_id in NEEDY:
                    raise ConnectionError("database")
                handled.append(each.order_id)

        async with app.running():
            for pair in zip(NEEDY, FRUGAL, strict=True):
                for order_id in pair:
                    await app.publish(OrderCreated(order_id), "orders")
            await asyncio.sleep(3600)
            during = told(desk)
            is_out[0] = False
            await desk.idle()
        return during, told(desk), handled

    during, after, handled = virtual(scenario)
    assert during == ["paused"]
    assert after == ["paused", "resumed"]
    assert sorted(handled) == sorted(NEEDY + FRUGAL)


def test_given_calls_that_hang_until_an_outage_is_over_then_they_begin_no_other():
    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(options={"outages": (ConnectionError,)})
        loop = asyncio.get_running_loop()
        ends_at, handled = loop.time() + 60, []

        @app.on(OrderCreated, topic="orders", concurrency=8, idempotent=False)
        async def bill(event):
            if loop.time() < ends_at:
                # One is told at once, all others after a long time-out.
                await asyncio.sleep(1 if event.order_id == NEEDY[0] else 90)
                raise ConnectionError("database")
            handled.append(event.order_id)

        async with app.running():
            for order_id in NEEDY:
                await app.publish(OrderCreated(order_id), "orders")
            await desk.idle()
        return told(desk), handled

    said, handled = virtual(scenario)
    assert said == ["paused", "resumed"]
    assert sorted(handled) == sorted(NEEDY)


def test_given_many_workers_that_meet_an_outage_then_its_end_is_soon_seen():
    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(options={"outages": (ConnectionError,)})
        loop = asyncio.get_running_loop()
        ends_at, ended_at = loop.time() + 1, []

        @app.on(OrderCreated, topic="orders", concurrency=64, idempotent=False)
        async def bill(event):
            is_out = loop.time() < ends_at
            await asyncio.sleep(0.01)
            if is_out:
                raise ConnectionError("database")
            ended_at.append(loop.time())

        async with app.running():
            for number in range(500):
                await app.publish(OrderCreated(f"o-{number}"), "orders")
            await desk.idle()
        return max(ended_at) - ends_at

    # Sixty workers that have failed at once are one outage, and no sixty failures.
    assert virtual(scenario) < 4
