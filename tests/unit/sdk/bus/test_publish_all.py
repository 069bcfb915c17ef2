"""Many events in one call: all are encoded first, then they are sent together."""

from typing import Any

import pytest

from tests.doubles.bus import Desk, OrderBilled, OrderCreated, headers_of, virtual
from wirepact import BrokerUnavailableError, EncodeError, Retry
from wirepact.transports.memory import Memory


class Noting(Memory):
    """A transport that remembers how much was sent at once, and may be out."""

    def __init__(self, broker):
        super().__init__(broker)
        self.sizes = []
        self.is_down = False

    async def send(self, records):
        if self.is_down:
            raise BrokerUnavailableError("memory", "is down")
        self.sizes.append(len(records))
        return await super().send(records)


@pytest.fixture
def desk():
    return Desk(partitions=1)


@pytest.fixture
def line(desk):
    return Noting(desk.broker)


@pytest.fixture
def app(desk, line):
    return desk.app(broker=line, topics={OrderCreated: "orders", OrderBilled: "bills"})


def orders(count):
    return (OrderCreated(f"o-{number}") for number in range(count))


def test_given_many_events_when_published_then_they_are_sent_at_once_in_their_order(
    desk, line, app
):
    async def scenario():
        return await app.publish_all(orders(5))

    receipts = virtual(scenario)

    assert line.sizes == [5]
    assert [each.position for each in receipts] == [0, 1, 2, 3, 4]
    assert [each.key for each in desk.records("orders")] == [
        b"o-0",
        b"o-1",
        b"o-2",
        b"o-3",
        b"o-4",
    ]


def test_given_events_of_several_topics_when_published_then_each_goes_to_its_own(
    desk, app
):
    async def scenario():
        await app.publish_all(
            [OrderCreated("o-1"), OrderBilled("o-1")], headers=[("tenant", b"t-1")]
        )

    virtual(scenario)

    for topic in ("orders", "bills"):
        (record,) = desk.records(topic)
        assert headers_of(record)["tenant"] == "t-1"


def test_given_no_events_when_published_then_nothing_is_sent(line, app):
    async def scenario():
        return await app.publish_all([], "orders")

    assert list(virtual(scenario)) == []
    assert line.sizes == []


def test_given_one_that_does_not_fit_when_published_then_none_is_sent(line, app):
    misfit: Any = 17

    async def scenario():
        with pytest.raises(EncodeError):
            await app.publish_all([OrderCreated("o-1"), OrderCreated(misfit)])
        with pytest.raises(EncodeError, match="has no topic"):
            await app.publish_all([OrderCreated("o-1"), object()])

    virtual(scenario)

    assert line.sizes == []


def test_given_a_broker_that_is_out_when_published_then_it_is_told(line, app):
    line.is_down = True

    async def scenario():
        with pytest.raises(BrokerUnavailableError):
            await app.publish_all(orders(2))

    virtual(scenario)


def test_given_a_handler_when_it_publishes_many_then_they_go_when_it_has_ended(
    desk, line, app
):
    kept = []

    @app.on(OrderCreated, topic="orders", retry=Retry(2, "1ms"))
    async def bill(order, message):
        bills = [OrderBilled(f"{order.order_id}-{part}") for part in range(3)]
        kept.append(await app.publish_all(bills))
        kept.append(line.sizes.copy())
        if message.attempt == 1:
            raise ValueError("once more")

    async def scenario():
        async with app.running():
            await app.publish(OrderCreated("o-1"), id="m-1")
            await desk.idle()

    virtual(scenario)

    assert kept == [None, [1], None, [1]]
    assert line.sizes == [1, 3]
    told = [headers_of(each) for each in desk.records("bills")]
    assert {each["ce_causationid"] for each in told} == {"m-1"}
    assert len({each["ce_id"] for each in told}) == 3


def test_given_a_script_when_it_publishes_many_then_the_broker_has_them(line, app):
    receipts = app.sync.publish_all(orders(3))
    app.sync.close()

    assert receipts is not None
    assert len(receipts) == 3
    assert line.sizes == [3]
