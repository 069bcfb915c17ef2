"""What could make messages get lost, or a service stand still without a word."""

import asyncio
import logging
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.doubles.bus import Desk, OrderCreated, headers_of, virtual
from wirepact import Retry, RetryBy
from wirepact.errors import BrokerUnavailableError
from wirepact.retrying import Backoff
from wirepact.transports.memory import Memory
from wirepact.transports.port import Lane


@pytest.mark.parametrize("is_sync", [False, True])
def test_given_a_handler_that_is_cancelled_from_inside_then_it_has_failed(is_sync):
    handled = []

    async def scenario():
        desk = Desk()
        app = desk.app()

        def bill(event: OrderCreated):
            if event.total == 0:
                raise asyncio.CancelledError
            handled.append(event.total)

        async def bill_soon(event: OrderCreated):
            bill(event)

        app.on(OrderCreated, topic="orders", retry=Retry(2, "1s"), name="bill")(
            bill if is_sync else bill_soon
        )
        async with app.running():
            for total in range(2):
                await app.publish(OrderCreated("o-1", total), "orders")
            await desk.idle()
        return [headers_of(each) for each in desk.records("orders.billing.dlq")]

    (letter,) = virtual(scenario)
    assert handled == [1]
    assert letter["dlq-attempts"] == "2"
    assert "cancelled" in letter["dlq-exception-message"]


def test_given_a_task_of_the_consumer_that_is_cancelled_then_the_service_ends():
    class Cancelling(Memory):
        async def subscribe(self, topics, group, revoked=None):
            subscription: Any = await super().subscribe(topics, group, revoked)

            async def fetch(_limit, _wait_s):
                raise asyncio.CancelledError

            subscription.fetch = fetch
            return subscription

    async def scenario():
        desk = Desk()
        app = desk.app(broker=Cancelling(desk.broker))

        @app.on(OrderCreated, topic="orders")
        async def bill(event: OrderCreated):
            pass

        await app.serve()

    with pytest.raises(RuntimeError, match="billing: a task was cancelled"):
        virtual(scenario)


def test_given_an_error_that_cannot_be_shown_then_its_message_is_buried():
    class WordlessError(Exception):
        def __str__(self):
            raise ValueError("no words")

        __repr__ = __str__

    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders", retry=Retry(1))
        async def bill(event: OrderCreated):
            raise WordlessError

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return [headers_of(each) for each in desk.records("orders.billing.dlq")]

    logging.raiseExceptions, before = False, logging.raiseExceptions
    try:
        (letter,) = virtual(scenario)
    finally:
        logging.raiseExceptions = before
    assert letter["dlq-exception-type"].endswith("WordlessError")


def test_given_a_handler_that_is_gone_when_a_message_has_waited_then_it_is_kept(caplog):
    async def scenario():
        desk = Desk()

        def made(name):
            app = desk.app(options={"wall_clock": _loop_clock})

            @app.on(
                OrderCreated,
                topic="orders",
                name=name,
                retry=Retry(3, "10s", by=RetryBy.TOPICS),
            )
            async def bill(event: OrderCreated):
                raise ValueError("not yet")

            return app

        async with made("billing.bill").running() as app:
            await app.publish(OrderCreated("o-1"), "orders")
            await asyncio.sleep(5)
        async with made("billing.charge").running():
            await desk.idle()
        return [headers_of(each) for each in desk.records("orders.billing.dlq")]

    (letter,) = virtual(scenario)
    assert letter["dlq-reason"] == "unroutable"
    assert letter["dlq-handler"] == "billing.bill"
    assert "billing.bill" in caplog.text


def test_given_a_message_that_has_waited_then_the_log_tells_where_it_lies(caplog):
    caplog.set_level(logging.WARNING)

    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(options={"wall_clock": _loop_clock})
        retry = Retry(2, "10s", by=RetryBy.TOPICS)

        @app.on(OrderCreated, topic="orders", name="bill", retry=retry)
        async def bill(event: OrderCreated):
            raise ValueError("not yet")

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders", id="m-1")
            await desk.idle()

    virtual(scenario)
    lies = "Metadata(orders.billing.retry-10s/0/0, id='m-1')"
    assert f"bill has failed with {lies} for good" in caplog.text
    assert f"{lies} is a dead letter in orders.billing.dlq" in caplog.text


class _SlowToAck(Memory):
    """Settles one by one, and slowly."""

    async def subscribe(self, topics, group, revoked=None):
        subscription: Any = await super().subscribe(topics, group, revoked)
        ack = subscription.ack

        async def slowly(deliveries):
            for delivery in list(deliveries):
                await asyncio.sleep(0.1)
                await ack([delivery])

        subscription.ack = slowly
        return subscription


def test_given_an_end_while_the_broker_is_told_then_it_is_told_all():
    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(broker=_SlowToAck(desk.broker))
        done = asyncio.Event()

        @app.on(OrderCreated, topic="orders", idempotent=False)
        async def bill(event: OrderCreated):
            if event.total == 9:
                done.set()

        async with app.running():
            for total in range(10):
                await app.publish(OrderCreated("o-1", total), "orders")
            await done.wait()
            # The first of them are on their way.
            await asyncio.sleep(0.25)
        return list(desk.broker.committed("billing").values())

    assert virtual(scenario) == [10]


def test_given_a_thread_that_does_not_end_then_the_broker_is_told_of_the_others_first():
    release = threading.Event()
    released: list[bool] = []
    working: set[asyncio.Task[Any]] = set()

    class ToldAtTheEnd(Memory):
        """Takes acknowledgements of nobody but whoever ends the service."""

        async def subscribe(self, topics, group, revoked=None):
            subscription: Any = await super().subscribe(topics, group, revoked)
            ack = subscription.ack

            async def told(deliveries):
                if not working or asyncio.current_task() in working:
                    raise BrokerUnavailableError("the broker", "it does not listen")
                await ack(deliveries)
                release.set()

            subscription.ack = told
            return subscription

    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(broker=ToldAtTheEnd(desk.broker), options={"drain_s": 0.1})
        second = asyncio.Event()
        loop = asyncio.get_running_loop()

        @app.on(OrderCreated, topic="orders", idempotent=False)
        def bill(event: OrderCreated):
            if event.total == 1:
                loop.call_soon_threadsafe(second.set)
                released.append(release.wait(5))

        async with app.running():
            for total in range(2):
                await app.publish(OrderCreated("o-1", total), "orders")
            await second.wait()
            working.update(asyncio.all_tasks())
        return list(desk.broker.committed("billing").values())

    assert asyncio.run(scenario()) == [1]
    assert released == [True]


def test_what_is_out_and_back_is_told_once_each_with_its_group(caplog):
    caplog.set_level(logging.INFO)

    async def scenario():
        desk = Desk()
        app = desk.app(options={"outages": (ConnectionError,)})
        is_down = [True]

        @app.on(OrderCreated, topic="orders", group="mail")
        async def mail(event: OrderCreated):
            if is_down[0]:
                raise ConnectionError("the mail server")

        desk.broker.is_out = True
        asyncio.get_running_loop().call_later(100, _end_outage, desk.broker)
        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await asyncio.sleep(100)
            is_down[0] = False
            await desk.idle()
            with desk.broker.outage():
                await asyncio.sleep(100)
            await asyncio.sleep(100)

    virtual(scenario)
    told = [each.getMessage() for each in caplog.records if _is_ours(each)]
    assert told == [
        "the start waits: the broker in memory cannot be used now: it is out",
        "the start goes on",
        "mail: begins with orders",
        "mail: all lanes are paused: the mail server",
        "mail: the lanes go on",
        "mail: nothing can be fetched: the broker in memory cannot be used now:"
        " it is out",
        "mail: fetches again",
        "mail: has ended",
    ]


def _end_outage(broker):
    broker.is_out = False
    broker.wake()


def _is_ours(record):
    return record.name in ("wirepact._running", "wirepact.consumer")


def _loop_clock():
    seconds = asyncio.get_running_loop().time()
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def test_given_an_acknowledgement_that_is_cancelled_then_it_is_made_again():
    calls = []

    class Halting(Memory):
        async def subscribe(self, topics, group, revoked=None):
            subscription: Any = await super().subscribe(topics, group, revoked)
            ack = subscription.ack

            async def halted(deliveries):
                calls.append(deliveries)
                if len(calls) == 1:
                    raise BrokerUnavailableError("the broker", "it does not answer")
                if len(calls) == 2:
                    await asyncio.Event().wait()
                await ack(deliveries)

            subscription.ack = halted
            return subscription

    async def scenario():
        desk = Desk(partitions=1)
        line = Halting(desk.broker)
        app = desk.app(broker=line)

        @app.on(OrderCreated, topic="orders")
        async def bill(event): ...

        async with app.running():
            (consumer,) = app._running._consumers
            consumer._backoff = Backoff(lambda: 1.0, first_s=10)
            await app.publish(OrderCreated("o-1"), "orders")
            await asyncio.sleep(5)
            # As a broker does that does not wait any longer for a rebalance.
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(consumer._revoked([Lane("orders", 7)]), 1)
            await desk.idle()
            return desk.broker.committed("billing")

    assert virtual(scenario) == {Lane("orders", 0): 1}
    assert len(calls) == 3


class _Deaf(Memory):
    """Does not tell that it was cancelled, as others do by mistake."""

    def __init__(self, broker, deaf):
        super().__init__(broker)
        self.deaf = deaf

    async def subscribe(self, topics, group, revoked=None):
        subscription: Any = await super().subscribe(topics, group, revoked)
        call = getattr(subscription, self.deaf)

        async def deafly(*given):
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                return await call(*given)
            return await call(*given)

        setattr(subscription, self.deaf, deafly)
        return subscription


@pytest.mark.parametrize("deaf", ["fetch", "ack", "lag"])
def test_given_a_broker_that_swallows_a_cancellation_then_the_service_ends(deaf):
    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(broker=_Deaf(desk.broker, deaf), options={"lag_every_s": 1})

        @app.on(OrderCreated, topic="orders")
        async def bill(event): ...

        async with app.running():
            for total in range(20):
                await app.publish(OrderCreated("o-1", total), "orders")
                await asyncio.sleep(0.3)
        return asyncio.get_running_loop().time()

    assert virtual(scenario) < 60


@pytest.mark.parametrize("declared", [{}, {"batch": 1}], ids=["single", "batch"])
def test_given_a_handler_that_swallows_its_cancellation_then_the_service_ends(declared):
    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(options={"drain_s": 1})

        @app.on(OrderCreated, topic="orders", **declared)
        async def bill(event):
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(3600)

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await asyncio.sleep(5)
        return asyncio.get_running_loop().time(), desk.broker.committed("billing")

    ended, committed = virtual(scenario)
    assert ended < 60
    # Nobody knows whether it was handled: it comes again.
    assert not any(committed.values())
