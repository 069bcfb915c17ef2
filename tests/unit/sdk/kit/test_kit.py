"""What the kit for tests of services does: services on it, crashes, assertions."""

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from tests.doubles.bus import OrderBilled, OrderCreated
from wirepact import App, Metadata, Retry, Sql, UnroutableError, WouldBlockError
from wirepact.inbox.memory import MemoryInbox
from wirepact.testing import (
    Clock,
    NoKitError,
    assert_idempotent,
    assert_published,
    crash_at,
    deliver,
    published,
    serving,
)
from wirepact.transports.memory import Memory

NOWHERE = "http://127.0.0.1:1"
POINTS = (
    "before_handler",
    "mid_handler",
    "after_publish",
    "after_commit",
    "before_ack",
)


def an_app(**parts: Any) -> App:
    """An app as a service has it: its broker and registry are not those of the test."""
    given = {"inbox": MemoryInbox(), **parts}
    return App("billing", registry=NOWHERE, broker=Memory(), **given)


@pytest.fixture
def app():
    return an_app(topics={OrderBilled: "bills"})


@pytest.fixture
def billed(app):
    """What the handler of the app was called with, and what it fails with first."""
    calls: list[str] = []

    @app.on(OrderCreated, topic="orders")
    async def bill(event: OrderCreated, message: Metadata) -> None:
        calls.append(message.id)
        await app.publish(OrderBilled(event.order_id))

    return calls


def test_given_a_delivered_event_when_asked_then_what_it_has_caused_is_known(
    app, billed, broker
):
    deliver(app, OrderCreated("o-1"), OrderCreated("o-2"))

    first = OrderCreated("o-1")
    (bill,) = assert_published(
        OrderBilled, where=lambda it: it.order_id == "o-1", caused_by=first, times=1
    )
    (order,) = assert_published(OrderCreated, where=lambda it: it == first)
    assert_published(OrderBilled, times=2, topic="bills")
    assert_published(OrderBilled, caused_by=order, times=1)
    assert_published(OrderBilled, caused_by=order.envelope.id, times=1)
    assert bill.event == OrderBilled("o-1")
    assert len(billed) == 2


@pytest.mark.parametrize(
    "wanted",
    [
        {"times": 2},
        {"times": 0},
        {"where": lambda it: it.order_id == "o-2"},
        {"caused_by": "another"},
        {"topic": "orders"},
    ],
)
def test_given_what_was_not_published_when_asserted_then_it_tells_what_was(
    app, billed, broker, wanted
):
    deliver(app, OrderCreated("o-1"))

    with pytest.raises(AssertionError, match=r"expected .*: OrderBilled") as raised:
        assert_published(OrderBilled, **wanted)

    assert "bills: bus.OrderBilled" in str(raised.value)


def test_given_nothing_when_asserted_then_it_says_so(broker):
    with pytest.raises(AssertionError, match=r"found 0; published was:\n  nothing"):
        assert_published(OrderBilled)


def test_given_no_fixture_when_the_kit_is_used_then_it_names_it(app):
    with pytest.raises(NoKitError, match="the fixture `broker`"):
        deliver(app, OrderCreated("o-1"))


def test_given_a_test_that_has_ended_when_the_app_is_looked_at_then_it_is_as_before(
    app, billed, broker
):
    before = dict(vars(app))

    deliver(app, OrderCreated("o-1"))

    assert vars(app) == before


@pytest.mark.parametrize("point", POINTS)
def test_given_a_crash_when_the_service_comes_again_then_the_effect_is_there_once(
    app, billed, broker, point
):
    with crash_at(point) as crash:
        service = deliver(app, OrderCreated("o-1"))

    assert (crash.count, crash.left, service.lives) == (1, 0, 2)
    assert_published(OrderBilled, times=1)
    sent = len(broker.records("bills"))
    assert sent == (2 if point == "after_publish" else 1)
    group = broker.group("billing")
    assert all(group.lag(lane).messages == 0 for lane in group.committed)


def test_given_several_crashes_when_planned_then_all_come(app, billed, broker):
    with crash_at("after_commit", times=3):
        service = deliver(app, *(OrderCreated(f"o-{n}") for n in range(5)))

    assert service.lives == 4
    assert len(billed) == 5
    assert_published(OrderBilled, times=5)


def test_given_a_failing_handler_when_it_crashes_meanwhile_then_nothing_is_lost(
    app, broker
):
    calls = []

    @app.on(OrderCreated, topic="orders", retry=Retry(3, "1s..1m"))
    async def bill(event: OrderCreated) -> None:
        calls.append(event)
        raise RuntimeError("never")

    with crash_at("during_retry"):
        deliver(app, OrderCreated("o-1"))
    assert len(calls) == 1 + 3
    with crash_at("during_dead_letter"):
        deliver(app, OrderCreated("o-2"))

    letters = [each.key for each in broker.records("orders.billing.dlq")]
    assert sorted(letters) == [b"o-1", b"o-2", b"o-2"]
    assert published(OrderCreated, topic="orders.billing.dlq")
    assert len(published(OrderCreated)) == 2


def test_given_a_point_that_is_never_reached_when_planned_then_the_test_fails(
    app, billed, broker
):
    with (
        pytest.raises(AssertionError, match="no message got to 'during_retry'"),
        crash_at("during_retry"),
    ):
        deliver(app, OrderCreated("o-1"))


def test_given_no_such_point_when_planned_then_it_is_refused():
    with (
        pytest.raises(ValueError, match="'at_lunch' is not a valid Point"),
        crash_at("at_lunch"),
    ):
        pass


def test_given_an_idempotent_handler_when_asserted_then_it_passes(app, broker):
    @app.on(OrderCreated, topic="orders")
    async def bill(event: OrderCreated) -> None:
        await asyncio.sleep(0.01)
        await app.publish(OrderBilled(event.order_id))

    assert_idempotent(bill, OrderCreated("o-1"))
    assert published() == []


@pytest.mark.parametrize("key", [True, "business"])
def test_given_a_handler_known_by_a_key_when_asserted_then_it_passes(app, broker, key):
    known_by = (lambda event: event.order_id) if key == "business" else key

    @app.on(OrderCreated, topic="orders", idempotent=known_by)
    async def bill(event: OrderCreated) -> None:
        await asyncio.sleep(0.01)

    assert_idempotent(bill, OrderCreated("o-1"))
    assert_idempotent(bill, lambda: OrderCreated("o-1"), app=app, topic="others")


def test_given_a_handler_without_inbox_when_asserted_then_it_says_when_it_was_twice(
    app, broker
):
    @app.on(OrderCreated, topic="orders", idempotent=False)
    async def bill(event: OrderCreated) -> None: ...

    with pytest.raises(
        AssertionError,
        match=r"bill is not idempotent: delivered twice, it was applied 2",
    ):
        assert_idempotent(bill, OrderCreated("o-1"))


def test_given_effects_outside_the_transaction_when_asserted_then_the_crash_is_named(
    app, broker
):
    counter = []

    @app.on(OrderCreated, topic="orders")
    async def bill(event: OrderCreated) -> None:
        counter.append(event.order_id)

    with pytest.raises(
        AssertionError, match=r"after a crash \(mid_handler\)"
    ) as raised:
        assert_idempotent(
            bill,
            OrderCreated("o-1"),
            effects=lambda: list(counter),
            reset=counter.clear,
        )

    assert "once: ['o-1']\n  now:  ['o-1', 'o-1']" in str(raised.value)


def test_given_effects_that_bear_repetition_when_asserted_then_no_inbox_is_needed(
    app, broker
):
    bills = {}

    @app.on(OrderCreated, topic="orders", idempotent=False)
    async def bill(event: OrderCreated) -> None:
        bills[event.order_id] = event.total

    assert_idempotent(
        bill, OrderCreated("o-1", 5), effects=bills.copy, reset=bills.clear
    )
    assert bills == {"o-1": 5}


def test_given_a_handler_that_fails_when_asserted_then_the_reason_is_told(app, broker):
    @app.on(OrderCreated, topic="orders", retry=Retry(1))
    async def bill(event: OrderCreated) -> None:
        raise RuntimeError("never")

    with pytest.raises(AssertionError, match=r"has not handled the event: .*handler"):
        assert_idempotent(bill, OrderCreated("o-1"))


def test_given_what_is_no_handler_when_asserted_then_it_is_refused(app, broker):
    def nobody(event: OrderCreated) -> None: ...

    with pytest.raises(ValueError, match="nobody is no handler of an app"):
        assert_idempotent(nobody, OrderCreated("o-1"))
    with pytest.raises(ValueError, match=r"no handler of App\('billing'\)"):
        assert_idempotent(nobody, OrderCreated("o-1"), app=app)
    with pytest.raises(ValueError, match="effects= needs reset="):
        assert_idempotent(nobody, OrderCreated("o-1"), effects=list)


@pytest.fixture
def database(tmp_path):
    made = Sql(f"sqlite:///{tmp_path}/bills.db")
    with made.begin_sync() as session:
        session.execute(text("CREATE TABLE bill (id integer primary key, number text)"))
    yield made
    made.close_sync()


@pytest.mark.parametrize("is_sync", [False, True])
def test_given_rows_in_the_handlers_transaction_when_asserted_then_they_are_there_once(
    database, broker, is_sync
):
    app = an_app(db=database, inbox=None)
    insert = text("INSERT INTO bill (number) VALUES (:number)")

    def bill_in_thread(event: OrderCreated, session: Session) -> None:
        session.execute(insert, {"number": event.order_id})
        app.sync.publish(OrderBilled(event.order_id), "bills")

    async def bill(event: OrderCreated, session: AsyncSession) -> None:
        await session.execute(insert, {"number": event.order_id})
        await app.publish(OrderBilled(event.order_id), "bills")

    handler: Any = bill_in_thread if is_sync else bill
    app.on(OrderCreated, topic="orders")(handler)

    def rows():
        with database.begin_sync() as session:
            return session.execute(text("SELECT number FROM bill")).scalars().all()

    def forget():
        with database.begin_sync() as session:
            session.execute(text("DELETE FROM bill"))

    assert_idempotent(handler, OrderCreated("o-1"), effects=rows, reset=forget)
    assert rows() == ["o-1"]


def test_given_waiting_when_the_clock_runs_it_then_it_takes_no_time_of_the_worlds():
    clock = Clock()
    begin = clock.now()

    async def story():
        await asyncio.sleep(86_400)
        return clock.now()

    assert clock.run(story()) - begin >= timedelta(days=1)
    assert clock.run(asyncio.sleep(1)) is None
    assert clock.now() - begin >= timedelta(days=1, seconds=1)


def test_given_a_loop_that_runs_when_the_clock_is_to_run_one_then_it_is_refused(clock):
    async def inner():
        raise AssertionError("this is not run")

    async def story():
        with pytest.raises(WouldBlockError, match=r"clock.run\(...\)"):
            clock.run(inner())

    clock.run(story())


def test_given_a_thread_that_works_when_the_clock_runs_then_timers_let_it(clock):
    release = threading.Event()

    async def story():
        loop = asyncio.get_running_loop()
        loop.call_soon(release.set)
        async with asyncio.timeout(10):
            return await asyncio.to_thread(release.wait)

    assert clock.run(story())


def test_given_a_service_that_ends_by_itself_when_served_then_the_test_is_told(
    app, broker, clock
):
    @app.on(OrderCreated, topic="orders", unknown="error")
    async def bill(event: OrderCreated) -> None: ...

    async def story():
        async with serving(app) as service:
            await app.publish(OrderBilled("o-1"), "orders")
            await service.settled()

    with pytest.raises(UnroutableError, match=r"no handler is for bus\.OrderBilled"):
        clock.run(story())
