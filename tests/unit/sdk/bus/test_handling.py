"""What becomes of messages: handled, skipped, retried, buried, or kept for later."""

import asyncio
import threading
from collections import defaultdict
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest

from tests.doubles.bus import (
    Desk,
    OrderBilled,
    OrderCreated,
    Seen,
    headers_of,
    virtual,
)
from wirepact import (
    BrokerUnavailableError,
    DeadLetters,
    LetterHeaders,
    Metadata,
    OutageError,
    RecordRefusedError,
    Retry,
    RetryBy,
    UnroutableError,
    context,
    find_event_type,
)
from wirepact.inbox.memory import MemoryInbox
from wirepact.inbox.port import Standing, Unit
from wirepact.observing import Outcome
from wirepact.transports.memory import Memory
from wirepact.transports.port import Lane, Record


def test_an_event_comes_to_its_handler_with_what_is_known_of_it():
    got = []

    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders")
        async def bill(event, message):
            got.append((event, message))

        async with app.running():
            await app.publish(OrderCreated("o-1", 5), topic="orders", id="m-1")
            await desk.idle()

    virtual(scenario)
    ((event, message),) = got
    assert event == OrderCreated("o-1", 5)
    assert (message.id, message.source, message.type) == (
        "m-1",
        "/billing",
        "bus.OrderCreated",
    )
    assert (message.topic, message.key, message.attempt) == ("orders", b"o-1", 1)
    assert message.correlation_id == "m-1"
    assert message.causation_id is None
    assert message.schema_id == 1
    assert message.group == "billing"


def test_what_a_handler_publishes_names_the_message_and_has_an_id_that_repeats():
    bills: list[Metadata] = []

    async def scenario():
        desk = Desk()
        app = desk.app()
        failures = iter([RuntimeError("first"), None])

        @app.on(OrderCreated, topic="orders")
        async def bill(event: OrderCreated):
            await app.publish(OrderBilled(event.order_id), topic="bills")
            failure = next(failures)
            if failure:
                raise failure

        @app.on(OrderBilled, topic="bills", group="mailing")
        async def mail(event, message: Metadata):
            bills.append(message)

        async with app.running():
            await app.publish(OrderCreated("o-1"), topic="orders", id="m-1")
            await desk.idle()
        return desk

    desk = virtual(scenario)
    (bill,) = bills
    assert len(desk.records("bills")) == 1
    assert bill.causation_id == "m-1"
    assert bill.correlation_id == "m-1"
    assert context.current() is None


def test_given_a_handler_that_fails_then_nothing_that_it_published_is_sent():
    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders", retry=Retry(1))
        async def bill(event: OrderCreated):
            assert await app.publish(OrderBilled(event.order_id), "bills") is None
            raise RuntimeError

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return desk

    assert virtual(scenario).records("bills") == []


def test_given_the_same_message_twice_then_it_is_handled_once():
    handled = []

    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders")
        async def bill(event: OrderCreated):
            handled.append(event)

        async with app.running():
            for _ in range(3):
                await app.publish(OrderCreated("o-1"), "orders", id="m-1")
            await desk.idle()
        return desk

    desk = virtual(scenario)
    assert handled == [OrderCreated("o-1")]
    assert desk.seen.told == [("duplicate", "m-1")] * 2


def test_given_a_key_of_the_business_then_it_decides_what_is_the_same():
    handled = []

    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders", idempotent=lambda event: event.order_id)
        async def bill(event: OrderCreated):
            handled.append(event.total)

        async with app.running():
            await app.publish(OrderCreated("o-1", 1), "orders")
            await app.publish(OrderCreated("o-1", 2), "orders")
            await app.publish(OrderCreated("o-2", 3), "orders")
            await desk.idle()

    virtual(scenario)
    assert sorted(handled) == [1, 3]


def test_given_a_message_without_an_id_then_it_is_buried_unless_its_place_counts():
    handled = []

    async def scenario(idempotent):
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders", idempotent=idempotent)
        async def bill(event: OrderCreated):
            handled.append(event)

        async with app.running():
            record = await app.registry.encode(OrderCreated("o-1"), "orders")
            await desk.raw("orders", record.value)
            await desk.idle()
        return desk

    strict = virtual(lambda: scenario(True))
    (letter,) = strict.records("orders.billing.dlq")
    assert "has no id" in headers_of(letter)["dlq-exception-message"]
    assert handled == []

    lenient = virtual(lambda: scenario("place"))
    assert lenient.records("orders.billing.dlq") == []
    assert len(handled) == 1


def test_a_plain_function_runs_in_a_thread_and_knows_what_is_being_handled():
    seen = []

    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders", idempotent=False)
        def bill(event: OrderCreated):
            handling = context.current()
            seen.append((threading.current_thread(), handling.envelope.id))

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders", id="m-1")
            await desk.idle()

    virtual(scenario)
    ((thread, message_id),) = seen
    assert thread is not threading.main_thread()
    assert message_id == "m-1"


def test_several_handlers_of_a_topic_are_called_by_the_class_of_the_event():
    got = []

    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(topic="all", idempotent=False)
        async def created(event: OrderCreated):
            got.append(("created", event.order_id))

        @app.on(OrderBilled, topic="all", idempotent=False)
        async def billed(event):
            got.append(("billed", event.order_id))

        @app.on(topic="all", idempotent=False)
        async def both(event: OrderBilled | OrderCreated | None):
            got.append(("both", event.order_id if event else ""))

        async with app.running():
            await app.publish(OrderCreated("1"), "all", key="k")
            await app.publish(OrderBilled("2"), "all", key="k")
            await app.publish(None, "all", key="k")
            await desk.idle()

    virtual(scenario)
    assert got == [
        ("created", "1"),
        ("both", "1"),
        ("billed", "2"),
        ("both", "2"),
        ("both", ""),
    ]


def test_given_one_of_several_handlers_fails_then_the_others_are_not_called_again():
    got = []

    async def scenario():
        desk = Desk()
        app = desk.app()
        failures = iter([True, True, False])

        @app.on(OrderCreated, topic="orders", idempotent=False)
        async def first(event):
            got.append("first")

        @app.on(OrderCreated, topic="orders", idempotent=False)
        async def second(event):
            got.append("second")
            if next(failures):
                raise RuntimeError

        @app.on(OrderCreated, topic="orders", idempotent=False)
        async def third(event):
            got.append("third")

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()

    virtual(scenario)
    assert got == ["first", "second", "second", "second", "third"]


def test_given_a_handler_that_fails_when_retried_then_pauses_are_drawn_and_it_ends():
    times = []

    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders", retry=Retry(4, "1s..1m"))
        async def bill(event: OrderCreated, message: Metadata):
            times.append((asyncio.get_running_loop().time(), message.attempt))
            raise RuntimeError("no\nluck é")

        async with app.running():
            await app.publish(OrderCreated("o-1", 9), "orders", id="m-1")
            await desk.idle()
        return desk

    desk = virtual(scenario)
    moments, attempts = zip(*times, strict=True)
    assert attempts == (1, 2, 3, 4)
    pauses = [later - sooner for sooner, later in pairwise(moments)]
    assert all(
        0 <= pause <= most for pause, most in zip(pauses, (1, 2, 4), strict=True)
    )
    assert [told for told in desk.seen.told if told[0] == "retried"] == [
        ("retried", 1.0),
        ("retried", 2.0),
        ("retried", 4.0),
    ]
    (source,), (letter,) = desk.records("orders"), desk.records("orders.billing.dlq")
    assert (letter.key, letter.value) == (source.key, source.value)
    assert letter.headers[: len(source.headers)] == source.headers
    told = headers_of(letter)
    assert told["dlq-reason"] == "handler"
    assert told["dlq-original-topic"] == "orders"
    assert told["dlq-original-partition"] == str(source.partition)
    assert told["dlq-original-offset"] == "0"
    assert told["dlq-consumer-group"] == "billing"
    assert told["dlq-handler"].startswith("billing.")
    assert told["dlq-attempts"] == "4"
    assert told["dlq-exception-type"] == "builtins.RuntimeError"
    assert told["dlq-exception-message"] == "no luck é"
    assert told["dlq-schema-id"] == "1"
    assert told["dlq-first-failure-time"] <= told["dlq-last-failure-time"]
    assert "dlq-stacktrace" not in told


def test_given_an_exception_that_no_retry_helps_then_it_is_buried_at_once():
    calls = []

    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders", retry=Retry(9, never_for=(ValueError,)))
        async def bill(event: OrderCreated):
            calls.append(event)
            raise ValueError

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return desk

    desk = virtual(scenario)
    assert len(calls) == 1
    assert len(desk.records("orders.billing.dlq")) == 1


def test_given_bytes_that_cannot_be_read_then_they_are_buried_and_others_go_on():
    handled = []

    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app()

        @app.on(OrderCreated, topic="orders")
        async def bill(event: OrderCreated):
            handled.append(event.order_id)

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.raw("orders", b"", b"\x00\x00\x00\x00\x01\xff", b"garbage")
            await app.publish(OrderCreated("o-2"), "orders")
            await desk.idle()
        return desk

    desk = virtual(scenario)
    assert handled == ["o-1", "o-2"]
    letters = desk.records("orders.billing.dlq")
    assert [each.value for each in letters] == [
        b"",
        b"\x00\x00\x00\x00\x01\xff",
        b"garbage",
    ]
    assert {headers_of(each)["dlq-reason"] for each in letters} == {"deserialize"}


def test_given_a_schema_that_is_not_known_yet_then_it_is_waited_for_some_seconds():
    handled = []

    async def scenario(*, comes: bool):
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders")
        async def bill(event: OrderCreated):
            handled.append(event.order_id)

        async with app.running(check=False):
            payload = (await app.registry.encode(OrderCreated("o-1"), "orders"))[2]
            unknown = b"\x00\x00\x00\x00\x02" + payload[5:]
            await desk.memory.send(
                [_with_id("orders", unknown, "m-1")],
            )
            await asyncio.sleep(3)
            if comes:
                await app.registry.client.register(
                    "orders-value-2", _schema_with_doc(OrderCreated)
                )
            await desk.idle()
        return desk

    assert virtual(lambda: scenario(comes=True)).records("orders.billing.dlq") == []
    assert handled == ["o-1"]
    (letter,) = virtual(lambda: scenario(comes=False)).records("orders.billing.dlq")
    assert headers_of(letter)["dlq-reason"] == "schema"
    assert handled == ["o-1"]


def test_given_an_outage_of_what_a_handler_needs_then_all_wait_and_nothing_is_buried():
    handled: list[str] = []

    async def scenario():
        desk = Desk()
        app = desk.app(options={"outages": (ConnectionError,)})
        is_out = [True]

        @app.on(OrderCreated, topic="orders", retry=Retry(1), concurrency=4)
        async def bill(event: OrderCreated):
            calls.append(event)
            if is_out[0]:
                raise ConnectionError("database")
            handled.append(event.order_id)

        async with app.running():
            for number in range(50):
                await app.publish(OrderCreated(f"o-{number}"), "orders")
            await asyncio.sleep(3600)
            probes = len(calls)
            is_out[0] = False
            await desk.idle()
        return desk, probes

    calls = []
    desk, probes = virtual(scenario)
    assert sorted(handled) == sorted(f"o-{number}" for number in range(50))
    assert desk.records("orders.billing.dlq") == []
    assert probes < 400
    told = [each for each in desk.seen.told if each[0] != "lag"]
    assert told == [("paused", "billing"), ("resumed", "billing")]


def test_given_a_registry_that_is_out_then_messages_wait_until_it_is_back():
    handled = []

    async def scenario():
        desk = Desk()
        writing, app = desk.app("writing"), desk.app()

        @app.on(OrderCreated, topic="orders")
        async def bill(event: OrderCreated):
            handled.append(event.order_id)

        await writing.publish(OrderCreated("o-1"), "orders")
        desk.registry.is_down = True
        async with app.running():
            await asyncio.sleep(600)
            assert handled == []
            desk.registry.is_down = False
            await desk.idle()
        await writing.close()
        return desk

    desk = virtual(scenario)
    assert handled == ["o-1"]
    assert desk.records("orders.billing.dlq") == []


def test_given_a_dead_letter_that_cannot_be_sent_then_its_message_is_kept():
    async def scenario():
        desk = Desk(partitions=1)
        line = _Refusing(desk.broker, "orders.billing.dlq")
        app = desk.app(broker=line)

        @app.on(OrderCreated, topic="orders", retry=Retry(1))
        async def bill(event: OrderCreated):
            calls.append(event)
            raise RuntimeError

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await asyncio.sleep(600)
            before = desk.broker.committed("billing").get(Lane("orders", 0), 0)
            line.refused = ""
            await desk.idle()
        return desk, before

    calls: list[OrderCreated] = []
    desk, before = virtual(scenario)
    assert before == 0
    assert len(calls) == 1
    assert len(desk.records("orders.billing.dlq")) == 1


def test_given_no_dead_letters_then_a_message_that_fails_is_dropped(caplog):
    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders", retry=Retry(1), dead_letter=False)
        async def bill(event: OrderCreated):
            raise RuntimeError("gone")

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return desk

    desk = virtual(scenario)
    assert desk.records("orders.billing.dlq") == []
    assert "gone" in caplog.text
    assert desk.seen.outcomes == [("bill", Outcome.DEAD)]


def test_dead_letters_may_have_another_name_and_the_headers_of_spring():
    async def scenario():
        desk = Desk()
        app = desk.app()
        letters = DeadLetters("{topic}-dlt", LetterHeaders.SPRING, has_stacktrace=True)

        @app.on(OrderCreated, topic="orders", retry=Retry(1), dead_letter=letters)
        async def bill(event: OrderCreated):
            raise RuntimeError("gone") from KeyError("cause")

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return desk.records("orders-dlt")

    (letter,) = virtual(scenario)
    told = dict(letter.headers)
    assert told["kafka_dlt-original-topic"] == b"orders"
    assert len(told["kafka_dlt-original-partition"]) == 4
    assert told["kafka_dlt-original-offset"] == bytes(8)
    assert told["kafka_dlt-exception-fqcn"] == b"builtins.RuntimeError"
    assert told["kafka_dlt-exception-cause-fqcn"] == b"builtins.KeyError"
    assert told["kafka_dlt-exception-message"] == b"gone"
    assert b"RuntimeError: gone" in told["kafka_dlt-exception-stacktrace"]
    assert b"RuntimeError: gone" in told["dlq-stacktrace"]


def test_given_parked_keys_then_later_messages_follow_until_the_first_is_redriven():
    handled = []

    async def scenario():
        desk = Desk()
        app = desk.app()
        broken = [True]

        @app.on(OrderCreated, topic="orders", retry=Retry(1), on_key_error="park")
        async def bill(event: OrderCreated):
            if broken[0] and event.total == 1:
                raise RuntimeError
            handled.append((event.order_id, event.total))

        async with app.running():
            for total in (1, 2):
                for name in ("a", "b"):
                    given = total if name == "a" else total + 10
                    await app.publish(OrderCreated(name, given), "orders")
            await desk.idle()
            letters = desk.records("orders.billing.dlq")
            before = list(handled)
            broken[0] = False
            await desk.memory.send([_redriven(each) for each in letters])
            await desk.idle()
        return before, [headers_of(each)["dlq-reason"] for each in letters]

    before, reasons = virtual(scenario)
    assert before == [("b", 11), ("b", 12)]
    assert reasons == ["handler", "parked"]
    assert handled[2:] == [("a", 1), ("a", 2)]


def test_given_retry_topics_then_others_go_on_and_the_message_comes_again_when_due():
    got = []

    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app(options={"wall_clock": _loop_clock})

        @app.on(
            OrderCreated,
            topic="orders",
            retry=Retry(3, "10s, 60s", by=RetryBy.TOPICS),
        )
        async def bill(event: OrderCreated, message: Metadata):
            got.append((asyncio.get_running_loop().time(), event.order_id, message))
            if event.order_id == "bad":
                raise RuntimeError

        async with app.running():
            await app.publish(OrderCreated("bad"), "orders")
            await app.publish(OrderCreated("good"), "orders")
            await desk.idle()
        return desk

    desk = virtual(scenario)
    assert [name for _, name, _ in got] == ["bad", "good", "bad", "bad"]
    times = [time for time, name, _ in got if name == "bad"]
    assert 10 <= times[1] - times[0] < 12
    assert 60 <= times[2] - times[1] < 62
    assert [message.attempt for _, name, message in got if name == "bad"] == [1, 2, 3]
    assert {message.topic for _, _, message in got} == {"orders"}
    (letter,) = desk.records("orders.billing.dlq")
    told = headers_of(letter)
    assert told["dlq-original-topic"] == "orders"
    assert told["dlq-original-offset"] == "0"
    assert told["dlq-attempts"] == "3"
    assert not [name for name in told if name.startswith("retry-")]
    assert len(desk.records("orders.billing.retry-10s")) == 1
    assert len(desk.records("orders.billing.retry-1m")) == 1


def test_given_a_broker_that_delays_then_it_may_keep_the_message_meanwhile():
    got = []

    async def scenario():
        desk = Desk(partitions=1, delays=True)
        app = desk.app()

        @app.on(OrderCreated, topic="orders", retry=Retry(3, "10s", by=RetryBy.BROKER))
        async def bill(event: OrderCreated, message: Metadata):
            got.append((event.order_id, message.attempt))
            if event.order_id == "bad":
                raise RuntimeError

        async with app.running():
            await app.publish(OrderCreated("bad"), "orders")
            await app.publish(OrderCreated("good"), "orders")
            await desk.idle()
        return desk

    desk = virtual(scenario)
    assert got == [("bad", 1), ("good", 1), ("bad", 2), ("bad", 3)]
    assert len(desk.records("orders.billing.dlq")) == 1


@pytest.mark.parametrize(
    ("unknown", "reasons"), [("skip", []), ("dead_letter", ["unroutable"])]
)
def test_messages_that_no_handler_is_for_are_treated_as_it_is_said(unknown, reasons):
    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="all", unknown=unknown)
        async def bill(event):
            pass

        async with app.running():
            await app.publish(OrderBilled("o-1"), "all")
            await desk.idle()
        return desk.records("all.billing.dlq")

    letters = virtual(scenario)
    assert [headers_of(each)["dlq-reason"] for each in letters] == reasons


def test_given_unknown_is_an_error_when_one_comes_then_the_service_ends():
    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="all", unknown="error")
        async def bill(event):
            pass

        await app.publish(OrderBilled("o-1"), "all")
        await app.serve(check=False)

    with pytest.raises(
        UnroutableError, match=r"all: no handler is for bus\.OrderBilled"
    ):
        virtual(scenario)


def test_messages_of_a_key_are_handled_in_order_while_others_go_on():
    order = defaultdict(list)
    most = [0]

    async def scenario():
        desk = Desk(partitions=2)
        app = desk.app()
        running = [0]

        @app.on(OrderCreated, topic="orders", idempotent=False, concurrency=8)
        async def bill(event: OrderCreated):
            running[0] += 1
            most[0] = max(most[0], running[0])
            await asyncio.sleep(0.001 * (event.total % 7))
            order[event.order_id].append(event.total)
            running[0] -= 1

        async with app.running():
            for number in range(200):
                await app.publish(OrderCreated(f"o-{number % 10}", number), "orders")
            await desk.idle()

    virtual(scenario)
    assert all(totals == sorted(totals) for totals in order.values())
    assert sum(map(len, order.values())) == 200
    assert 2 <= most[0] <= 8


def test_given_a_key_that_is_retried_then_its_next_messages_wait_and_others_do_not():
    got = []

    async def scenario():
        desk = Desk(partitions=1)
        app = desk.app()
        failures = iter([True, True])

        @app.on(OrderCreated, topic="orders", idempotent=False)
        async def bill(event: OrderCreated):
            if event.total == 1 and next(failures, False):
                raise RuntimeError
            got.append((event.order_id, event.total))

        for name, total in (("a", 1), ("b", 10), ("a", 2), ("b", 11), ("a", 3)):
            await app.publish(OrderCreated(name, total), "orders")
        async with app.running():
            await desk.idle()

    virtual(scenario)
    assert got == [("b", 10), ("b", 11), ("a", 1), ("a", 2), ("a", 3)]


def test_given_a_broker_that_is_out_at_the_start_then_it_is_waited_for():
    async def scenario():
        desk = Desk()
        app = desk.app()
        handled = []

        @app.on(OrderCreated, topic="orders")
        async def bill(event):
            handled.append(event)

        with desk.broker.outage():
            with pytest.raises(BrokerUnavailableError):
                await app.publish(OrderCreated("o-1"), "orders")
            begun = asyncio.create_task(_ran(app, desk))
            await asyncio.sleep(60)
            assert not begun.done()
        await begun
        return handled

    assert len(virtual(scenario)) == 1


def test_given_an_outage_while_publishing_in_a_handler_then_it_is_handled_again():
    async def scenario():
        desk = Desk()
        app = desk.app()
        calls = []

        @app.on(OrderCreated, topic="orders", retry=Retry(1))
        async def bill(event):
            calls.append(event)
            await app.publish(OrderBilled(event.order_id), "bills")
            if len(calls) == 1:
                outage.__enter__()
                asyncio.get_running_loop().call_later(
                    100, outage.__exit__, None, None, None
                )

        outage = desk.broker.outage()
        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return desk, calls

    desk, calls = virtual(scenario)
    assert len(calls) >= 2
    assert len(desk.records("bills")) == 1
    assert desk.records("orders.billing.dlq") == []


def test_outages_of_the_sdk_itself_are_no_fault_of_the_message():
    assert issubclass(BrokerUnavailableError, OutageError)


def test_the_lag_is_told_now_and_then():
    async def scenario():
        desk = Desk()
        app = desk.app(options={"lag_every_s": 10})

        @app.on(OrderCreated, topic="orders")
        async def bill(event):
            await asyncio.sleep(25)

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await asyncio.sleep(35)
        return desk.seen.told

    assert virtual(scenario) == [("lag", 1), ("lag", 1), ("lag", 0)]


async def _ran(app, desk):
    async with app.running():
        await app.publish(OrderCreated("o-1"), "orders")
        await desk.idle()


class _Refusing(Memory):
    """A connection that refuses one topic."""

    def __init__(self, broker, refused):
        super().__init__(broker)
        self.refused = refused

    async def send(self, records):
        for record in records:
            if record.topic == self.refused:
                raise RecordRefusedError(record.topic, "nobody may write there")
        return await super().send(records)


def _loop_clock():
    seconds = asyncio.get_running_loop().time()
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)


def _redriven(letter):
    own = [each for each in letter.headers if not each[0].startswith("dlq-")]
    headers = (*own, ("dlq-redrive-count", b"1"))
    return Record("orders", letter.value, letter.key, headers)


def _with_id(topic, value, message_id):
    headers = (
        ("ce_specversion", b"1.0"),
        ("ce_id", message_id.encode()),
        ("ce_source", b"/test"),
        ("ce_type", b"bus.OrderCreated"),
    )
    return Record(topic, value, b"k", headers)


def _schema_with_doc(cls):
    schema = find_event_type(cls).schema
    return replace(schema, text=schema.text.replace("{", '{"doc": "other", ', 1))


def test_given_a_message_that_another_worker_has_in_hand_then_it_is_tried_again_soon():
    class Leased(MemoryInbox):
        looks = 0

        @asynccontextmanager
        async def unit(self, consumer, keys, *, is_sync=False):
            self.looks += 1
            if self.looks < 4:
                yield Unit([Standing.IN_FLIGHT] * len(keys))
                return
            async with super().unit(consumer, keys) as unit:
                yield unit

    async def scenario():
        desk = Desk()
        inbox = Leased()
        app = desk.app(inbox=inbox)
        attempts = []

        @app.on(OrderCreated, topic="orders", retry=Retry(1))
        async def bill(event, message: Metadata):
            attempts.append(message.attempt)

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
        return inbox.looks, attempts, desk.records("orders.billing.dlq")

    assert virtual(scenario) == (4, [1], [])


@pytest.mark.parametrize("is_sync", [False, True])
def test_what_observes_is_around_the_handler_and_around_sending(is_sync):
    steps = []

    class Tracing(Seen):
        @contextmanager
        def handling(self, messages, handler):
            steps.append(f"begin {len(messages)}")
            yield
            steps.append("end")

        @contextmanager
        def sending(self, records):
            steps.append(f"send {records[0].topic}")
            yield

    async def scenario():
        desk = Desk()
        app = desk.app(observer=Tracing())

        if is_sync:

            @app.on(OrderCreated, topic="orders")
            def bill(event):
                steps.append("handle")
        else:

            @app.on(OrderCreated, topic="orders")
            async def bill(event):
                steps.append("handle")
                await app.publish(OrderBilled("o-1"), "bills")

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()

    virtual(scenario)
    sent = [] if is_sync else ["send bills"]
    assert steps == ["send orders", "begin 1", "handle", "end", *sent]
