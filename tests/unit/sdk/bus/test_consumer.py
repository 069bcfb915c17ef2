"""How a member of a group begins, shares, bounds what it has in hand, and ends."""

import asyncio
import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
from weakref import ref

import pytest

from tests.doubles.bus import Desk, OrderBilled, OrderCreated, virtual
from wirepact import (
    App,
    AsyncRegistryClient,
    ClientClosedError,
    ContractCheckError,
    HandlerError,
    Schema,
    context,
)
from wirepact.inbox.memory import MemoryInbox
from wirepact.transports.memory import Memory
from wirepact.transports.port import Lane


def test_given_a_second_member_when_it_joins_then_what_is_handled_is_finished_first():
    async def scenario():
        desk = Desk(partitions=2)
        handled = []
        apps = [desk.app(inbox=MemoryInbox()) for _ in range(2)]
        for app in apps:

            @app.on(OrderCreated, topic="orders", concurrency=2)
            async def bill(event: OrderCreated):
                await asyncio.sleep(5)
                handled.append(event.order_id)

        async with apps[0].running():
            for number in range(10):
                await apps[0].publish(OrderCreated(f"o-{number}"), "orders")
            await asyncio.sleep(1)
            async with apps[1].running():
                await desk.idle()
        return handled

    handled = virtual(scenario)
    assert sorted(handled) == [f"o-{number}" for number in range(10)]


def test_given_a_lane_lost_while_it_is_handled_then_nothing_of_it_is_kept_or_sent():
    async def scenario():
        desk = Desk(partitions=2)
        begun = []

        def made():
            app = desk.app()

            @app.on(OrderCreated, topic="orders", concurrency=2)
            async def bill(event: OrderCreated):
                begun.append(event.order_id)
                await app.publish(OrderBilled(event.order_id), "bills")
                # Longer than anybody waits for who loses a lane.
                await asyncio.sleep(25 if len(begun) <= 2 else 0)

            return app

        slow, quick = made(), made()
        async with slow.running():
            # One for each of the two partitions, and of the two workers.
            await slow.publish(OrderCreated("a"), "orders")
            await slow.publish(OrderCreated("o-1"), "orders")
            await asyncio.sleep(1)
            async with quick.running():
                await desk.idle()
        return sorted(begun), sorted(each.key for each in desk.records("bills"))

    begun, bills = virtual(scenario)
    assert len(begun) == 3
    assert bills == [b"a", b"o-1"]


def test_given_an_end_then_what_is_handled_is_finished_and_the_rest_comes_again():
    async def scenario():
        desk = Desk(partitions=1)
        handled = []

        def made():
            app = desk.app()

            @app.on(OrderCreated, topic="orders")
            async def bill(event: OrderCreated):
                await asyncio.sleep(5)
                handled.append(event.total)

            return app

        first = made()
        async with first.running():
            for number in range(4):
                await first.publish(OrderCreated("o-1", number), "orders")
            await asyncio.sleep(7)
        at_end = list(handled), desk.broker.committed("billing")[Lane("orders", 0)]
        async with made().running():
            await desk.idle()
        return at_end, handled

    at_end, handled = virtual(scenario)
    assert at_end == ([0, 1], 2)
    assert handled == [0, 1, 2, 3]


def test_given_a_handler_slower_than_the_end_waits_then_it_is_cancelled_and_comes_again():  # noqa: E501 - a claim
    async def scenario():
        desk = Desk(partitions=1)
        begun, handled = [], []
        app = desk.app(options={"drain_s": 10})

        @app.on(OrderCreated, topic="orders")
        async def bill(event: OrderCreated):
            begun.append(event)
            await asyncio.sleep(3600 if len(begun) == 1 else 0)
            handled.append(event)

        loop = asyncio.get_running_loop()
        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await asyncio.sleep(1)
            ending = loop.time()
        took_s = loop.time() - ending
        async with app.running():
            await desk.idle()
        return took_s, begun, handled

    took_s, begun, handled = virtual(scenario)
    assert 10 <= took_s < 11
    assert (len(begun), len(handled)) == (2, 1)


def test_no_more_is_in_hand_than_is_said():
    async def scenario():
        desk = Desk(partitions=3)
        app = desk.app(options={"in_hand": 10})
        most = [0]

        @app.on(OrderCreated, topic="orders", idempotent=False)
        async def bill(event: OrderCreated):
            (consumer,) = app._running._consumers
            most[0] = max(most[0], len(consumer._hand))
            await asyncio.sleep(0.01)

        async with app.running():
            for number in range(200):
                await app.publish(OrderCreated(f"o-{number}"), "orders")
            await desk.idle()
        return most[0]

    assert 2 <= virtual(scenario) <= 11


def test_what_a_task_of_a_handler_publishes_after_its_end_is_sent():
    async def scenario():
        desk = Desk()
        app = desk.app()
        later = []

        async def bill_later(event):
            await asyncio.sleep(10)
            await app.publish(OrderBilled(event.order_id), "bills")

        @app.on(OrderCreated, topic="orders")
        async def bill(event: OrderCreated):
            later.append(asyncio.create_task(bill_later(event)))

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
            await later[0]
        return desk.records("bills")

    assert len(virtual(scenario)) == 1


def test_given_a_contract_that_does_not_hold_when_started_then_it_is_refused_loudly():
    async def scenario():
        desk = Desk()
        broken = '{"type": "record", "name": "OrderCreated", "namespace": "bus",'
        broken += ' "fields": [{"name": "other", "type": "int"}]}'
        app = desk.app()

        @app.on(OrderCreated, topic="orders")
        async def bill(event): ...

        await app.registry.client.register("orders-value", Schema(broken))
        with pytest.raises(ContractCheckError, match="unreadable"):
            async with app.running():
                pass
        async with app.running(check=False):
            pass

    virtual(scenario)


def test_given_a_registry_that_is_out_when_started_then_the_service_begins(caplog):
    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders")
        async def bill(event): ...

        desk.registry.is_down = True
        async with app.running():
            pass

    virtual(scenario)
    assert "the registry is out" in caplog.text


def test_given_a_service_that_runs_when_a_handler_is_declared_then_it_is_refused():
    async def scenario():
        app = Desk().app()

        async def bill(event): ...

        async with app.running():
            with pytest.raises(HandlerError, match="after the service has begun"):
                app.on(OrderCreated, topic="orders")(bill)

    virtual(scenario)


def test_given_plain_functions_then_no_more_run_at_once_than_there_are_threads():
    running, most, lock = [0], [0], threading.Lock()
    are_two = threading.Event()

    async def scenario():
        desk = Desk()
        app = desk.app(options={"threads": 2})

        @app.on(OrderCreated, topic="orders", idempotent=False, concurrency=6)
        def bill(event: OrderCreated):
            with lock:
                running[0] += 1
                most[0] = max(most[0], running[0])
                if running[0] > 1:
                    are_two.set()
            assert are_two.wait(30)
            with lock:
                running[0] -= 1

        async with app.running():
            for number in range(12):
                await app.publish(OrderCreated(f"o-{number}"), "orders")
            await desk.idle()

    asyncio.run(scenario())
    assert most == [2]


def test_given_an_error_in_a_handler_then_nothing_of_its_context_is_left():
    async def scenario():
        desk = Desk()
        app = desk.app()

        @app.on(OrderCreated, topic="orders", dead_letter=False)
        async def bill(event):
            raise RuntimeError

        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()
            assert context.current() is None

    virtual(scenario)


def test_given_an_app_that_only_publishes_then_it_can_be_opened_and_closed():
    async def scenario():
        desk = Desk()
        async with desk.app(topics={OrderCreated: "orders"}) as app:
            receipt = await app.publish(OrderCreated("o-1"))
            await app.open()
        await app.close()
        return receipt, desk.records("orders")

    receipt, records = virtual(scenario)
    assert receipt.topic == "orders"
    assert len(records) == 1


SERVICE = """
import asyncio, sys
from tests.doubles.bus import Desk, OrderCreated

async def main():
    desk = Desk()
    app = desk.app()

    @app.on(OrderCreated, topic="orders")
    async def bill(event):
        print("begun", flush=True)
        await asyncio.sleep(0.2)
        print("handled", flush=True)

    await app.publish(OrderCreated("o-1"), "orders")
    await app.serve()
    print("ended", flush=True)

asyncio.run(main())
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_given_a_signal_then_what_is_handled_is_finished_and_the_process_ends(number):
    served = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVICE)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": "."},
    )
    with served:
        assert served.stdout.readline() == "begun\n"
        served.send_signal(number)
        said, _ = served.communicate(timeout=60)

    assert said == "handled\nended\n"
    assert served.returncode == 0


def test_given_a_broker_that_never_comes_when_told_to_end_then_it_ends():
    async def scenario():
        desk = Desk()
        app = desk.app()
        loop = asyncio.get_running_loop()
        with desk.broker.outage():
            loop.call_later(60, os.kill, os.getpid(), signal.SIGTERM)
            await app.serve()
        return loop.time()

    assert virtual(scenario) >= 60


def test_given_a_task_that_serves_when_cancelled_then_it_ends_as_gracefully():
    async def scenario():
        desk = Desk()
        app = desk.app()
        handled = []

        @app.on(OrderCreated, topic="orders")
        async def bill(event):
            await asyncio.sleep(5)
            handled.append(event)

        await app.publish(OrderCreated("o-1"), "orders")
        serving = asyncio.create_task(app.serve())
        await asyncio.sleep(2)
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)
        return serving.cancelled(), len(handled), desk.broker.committed("billing")

    was_cancelled, handled, committed = virtual(scenario)
    assert was_cancelled
    assert handled == 1
    assert sum(committed.values()) == 1


def test_a_connection_that_others_share_is_left_alone():
    async def scenario():
        desk = Desk()
        other = await desk.memory.subscribe(["orders"], "others")
        app = desk.app(broker=Memory(desk.broker))
        async with app.running():
            pass
        await desk.raw("orders", b"v")
        return await other.fetch(1, 1)

    assert len(virtual(scenario)) == 1


def test_given_parts_that_cannot_be_closed_then_the_others_are_and_it_is_told():
    closed = []

    class Broken(Memory):
        async def close(self):
            closed.append("broker")
            raise ConnectionError("the broker")

    class Jammed(MemoryInbox):
        async def close(self):
            closed.append("inbox")
            raise OSError("the inbox")

    class Database:
        async def close(self):
            closed.append("database")

    async def scenario():
        desk = Desk()
        app = desk.app(broker=Broken(desk.broker), inbox=Jammed(), db=Database())
        app._address = "http://127.0.0.1:9"
        await app.open()
        client = app.registry.client
        assert isinstance(client, AsyncRegistryClient)
        with pytest.raises(ConnectionError, match="the broker") as caught:
            await app.close()
        with pytest.raises(ClientClosedError):
            await client.list_subjects()
        await app.open()
        return caught.value

    error = virtual(scenario)
    assert closed == ["broker", "inbox", "database"]
    assert error.__notes__ == ["then another one was not closed: OSError('the inbox')"]


def test_given_an_app_that_nobody_holds_then_it_is_let_go_with_its_handlers():
    def declared():
        app = Desk().app()

        @app.on(OrderCreated, topic="orders")
        async def bill(event):
            await app.publish(event, "bills")

        assert App.of(bill) is app
        return ref(app), bill

    def module_level():
        app = Desk().app()
        app.on(OrderCreated, topic="orders")(_bill)
        assert App.of(_bill) is app
        return ref(app)

    found, bill = declared()
    gc.collect()
    # The function has a closure over it.
    assert App.of(bill) is found()

    del bill
    other = module_level()
    gc.collect()
    assert (found(), other(), App.of(_bill)) == (None, None, None)


async def _bill(event): ...
