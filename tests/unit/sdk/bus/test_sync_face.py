"""`app.sync`: what code that does not await gets, from any thread."""

import asyncio
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.doubles.bus import Desk, OrderBilled, OrderCreated, virtual
from wirepact import EncodeError, PortalClosedError, WouldBlockError
from wirepact.context import handling
from wirepact.envelope import Envelope, read


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def app(desk):
    app = desk.app()
    yield app
    app.sync.close()


def envelopes(desk, topic):
    return [read(each.headers, each.value).envelope for each in desk.records(topic)]


def portals():
    return [each for each in threading.enumerate() if each.name == "wirepact-sync"]


def test_given_a_script_when_it_publishes_then_the_broker_has_the_event(desk, app):
    receipt = app.sync.publish(OrderCreated("o-1"), "orders", id="m-1")

    assert receipt is not None
    assert receipt.topic == "orders"
    assert [each.id for each in envelopes(desk, "orders")] == ["m-1"]


def test_given_many_threads_when_they_publish_then_all_is_there_by_one_portal(
    desk, app
):
    def publish(number):
        app.sync.publish(OrderCreated(f"o-{number}"), "orders", id=f"m-{number}")
        return len(portals())

    with ThreadPoolExecutor(8) as pool:
        seen = set(pool.map(publish, range(200)))

    assert seen == {1}
    assert {each.id for each in envelopes(desk, "orders")} == {
        f"m-{number}" for number in range(200)
    }


def test_given_what_does_not_fit_when_published_then_the_caller_gets_the_error(app):
    with pytest.raises(EncodeError, match="has no topic"):
        app.sync.publish(OrderCreated("o-1"))


def test_given_a_closed_face_when_it_is_used_again_then_it_opens_anew(desk, app):
    app.sync.publish(OrderCreated("o-1"), "orders")
    app.sync.close()
    app.sync.close()

    assert portals() == []
    app.sync.publish(OrderCreated("o-2"), "orders")
    assert len(desk.records("orders")) == 2


def test_given_a_handling_in_this_thread_when_published_then_it_is_the_cause(desk, app):
    with handling(Envelope(id="m-7", source="/shop", type="bus.OrderCreated")):
        app.sync.publish(OrderBilled("o-1"), "bills")

    (billed,) = envelopes(desk, "bills")
    assert billed.causationid == "m-7"


@pytest.mark.parametrize("fails", [False, True])
def test_given_a_plain_handler_when_it_publishes_then_all_goes_out_at_its_end(
    desk, fails
):
    app = desk.app()
    sent_meanwhile = []

    @app.on(topic="orders", retry=None)
    def bill(event: OrderCreated) -> None:
        assert app.sync.publish(OrderBilled(event.order_id), "bills") is None
        sent_meanwhile.append(len(desk.records("bills")))
        if fails and len(sent_meanwhile) == 1:
            raise RuntimeError("not yet")

    async def scenario():
        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders", id="m-1")
            await desk.idle()

    virtual(scenario)

    assert sent_meanwhile == [0] * (1 + fails)
    (billed,) = envelopes(desk, "bills")
    assert billed.causationid == "m-1"
    assert portals() == []


def test_given_a_coroutine_handler_when_it_calls_then_it_is_told_to_await(desk):
    app = desk.app()
    told = []

    @app.on(topic="orders")
    async def bill(event: OrderCreated) -> None:
        for call in (lambda: app.sync.publish(event, "bills"), app.sync.run):
            with pytest.raises(WouldBlockError) as raised:
                call()
            told.append(str(raised.value))

    async def scenario():
        async with app.running():
            await app.publish(OrderCreated("o-1"), "orders")
            await desk.idle()

    virtual(scenario)

    assert told == [
        "app.sync.publish(...) waits for an event loop, and one runs in this thread:"
        " write await app.publish(...)",
        "app.sync.run() waits for an event loop, and one runs in this thread:"
        " write await app.serve()",
    ]


def test_given_a_served_app_when_a_thread_publishes_then_the_loop_of_the_app_does_it(
    desk,
):
    app = desk.app()

    async def scenario():
        await asyncio.to_thread(app.sync.publish, OrderCreated("o-1"), "orders")
        assert len(portals()) == 1
        async with app.running():
            assert portals() == []
            await asyncio.to_thread(app.sync.publish, OrderCreated("o-2"), "orders")
            assert portals() == []

    asyncio.run(scenario())

    assert len(desk.records("orders")) == 2


def test_given_a_loop_that_ends_when_a_thread_waits_for_it_then_it_is_told(desk):
    app = desk.app()
    begun = threading.Event()
    told = []

    async def never(*_args, **_options):
        begun.set()
        await asyncio.Event().wait()

    def publish():
        try:
            app.sync.publish(OrderCreated("o-1"), "orders")
        except PortalClosedError as error:
            told.append(str(error))

    async def scenario():
        async with app.running():
            app.publish = never
            thread.start()
            await asyncio.to_thread(begun.wait)

    thread = threading.Thread(target=publish)
    asyncio.run(scenario())
    thread.join()

    assert told == ["the service has ended meanwhile"]


def test_given_a_fork_when_the_child_publishes_then_it_is_told_why_not(app):
    app.sync.publish(OrderCreated("o-1"), "orders")
    portal = app.sync._portal
    portal._process = os.getpid() + 1

    with pytest.raises(PortalClosedError, match="publish first in the workers"):
        app.sync.publish(OrderCreated("o-2"), "orders")
    portal._process = os.getpid()


ENDS = """
from tests.doubles.bus import Desk, OrderCreated
desk = Desk()
app = desk.app()
app.sync.publish(OrderCreated("o-1"), "orders")
closing = app.close
async def close():
    await closing()
    print("closed")
app.sync._portal._closing = close
"""


def test_given_a_script_that_ends_when_it_closed_nothing_then_all_is_closed():
    run = subprocess.run(
        [sys.executable, "-c", ENDS],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert (run.stdout, run.stderr) == ("closed\n", "")
