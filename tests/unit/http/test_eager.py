"""What is done at once, what is a task, and who hears of its end."""

import asyncio
from collections.abc import Coroutine
from contextvars import ContextVar, copy_context
from types import SimpleNamespace

import pytest
from granian._futures import _future_watcher_wrapper

from registry.http.eager import InTask, begin_at_once

VAR = ContextVar("VAR", default="nobody")


class Request:
    """As the server has it: what has become of it, and what would cancel it."""

    def __init__(self, app):
        self.scope, self.outcome = {}, "open"
        self.proto = SimpleNamespace(receive=None, send=None)
        watched = _future_watcher_wrapper(lambda scope, _: app(scope, None, None))
        self.task = asyncio.get_running_loop().create_task(watched(self))

    def done(self):
        self.outcome = "done"

    def err(self, error):
        self.outcome = type(error).__name__


def played(test):
    """Run a test in a loop that begins requests at once."""

    def run():
        async def begun():
            await begin_at_once()
            await test()

        asyncio.run(begun())

    run.__name__ = test.__name__
    return run


async def rounds(number=5):
    for _ in range(number):
        await asyncio.sleep(0)


@played
async def test_given_an_answer_that_is_known_when_asked_then_it_is_given_before_the_loop_goes_on():  # noqa: E501 - a claim
    seen = []

    async def known(*_):
        seen.append(f"in {asyncio.current_task()}")

    def called_by_the_server():
        seen.append(Request(known).outcome)

    asyncio.get_running_loop().call_soon(called_by_the_server)
    await rounds(1)

    assert seen == ["in None", "done"]


@played
async def test_given_what_is_handed_on_when_run_then_it_is_in_a_task_and_may_wait():
    seen = []

    async def ordinary(*_):
        seen.append(asyncio.current_task())
        async with asyncio.timeout(5):
            await asyncio.sleep(0)
            seen.append(asyncio.current_task())

    request = Request(InTask(ordinary))
    outcomes = [request.outcome]
    await rounds()

    assert [*outcomes, request.outcome] == ["open", "done"]
    assert seen == [request.task, request.task]


@played
async def test_given_work_after_what_was_handed_on_when_it_ends_then_it_is_done():
    seen = []

    async def twice(scope, *_):
        for number in range(2):
            await InTask(_nothing)(scope, None, None)
            seen.append(number)

    request = Request(twice)
    await rounds(10)

    assert (seen, request.outcome) == ([0, 1], "done")


@pytest.mark.parametrize("wrapped", [InTask, lambda app: app])
@pytest.mark.parametrize("fault", [LookupError, SystemExit, KeyboardInterrupt])
def test_given_a_fault_when_handed_on_or_not_then_the_server_is_told_and_goes_on(
    wrapped, fault
):
    async def faulty(*_):
        raise fault

    async def asked():
        await begin_at_once()
        request = Request(wrapped(faulty))
        await rounds()
        return request.outcome

    assert asyncio.run(asked()) == fault.__name__


@played
async def test_given_a_request_that_lets_others_go_first_then_it_goes_on_after_them():
    seen = []

    async def polite(*_):
        await asyncio.sleep(0)
        seen.append("after")

    request = Request(polite)
    seen.append(request.outcome)
    await rounds()

    assert [*seen, request.outcome] == ["open", "after", "done"]


@played
async def test_given_a_request_that_waits_when_the_server_cancels_it_then_it_ends_so():
    ends = []

    async def waiting(*_):
        try:
            await asyncio.Event().wait()
        finally:
            ends.append("cleaned up")

    request = Request(InTask(waiting))
    await rounds()
    is_cancelled = request.task.cancel()
    await rounds()

    assert is_cancelled
    assert (ends, request.outcome) == (["cleaned up"], "CancelledError")


@played
async def test_given_a_request_that_has_ended_when_cancelled_then_nothing_happens():
    request = Request(_nothing)
    await rounds()

    assert not request.task.cancel()
    assert Request(_nothing).outcome == request.outcome == "done"


@played
async def test_given_two_requests_when_one_sets_a_variable_then_the_other_does_not_see_it():  # noqa: E501 - a claim
    seen = []

    async def setting(*_):
        seen.append(VAR.get())
        VAR.set("somebody")
        await asyncio.sleep(0)
        seen.append(VAR.get())

    for _ in range(2):
        Request(InTask(setting))
        await rounds()

    assert seen == ["nobody", "somebody"] * 2
    assert VAR.get() == "nobody"


@played
async def test_given_any_other_coroutine_when_a_task_is_made_then_it_is_one_with_its_name():  # noqa: E501 - a claim
    seen = []

    async def other():
        seen.append(asyncio.current_task())

    task = asyncio.create_task(other(), name="other")
    before = list(seen)
    await task

    assert (before, seen, task.get_name()) == ([], [task], "other")


def test_given_a_loop_that_makes_tasks_its_way_when_asked_then_it_goes_on_so():
    def its_way(loop, coroutine, **options):
        return asyncio.Task(coroutine, loop=loop, **options)

    async def asked():
        asyncio.get_running_loop().set_task_factory(its_way)
        await begin_at_once()
        return asyncio.get_running_loop().get_task_factory()

    assert asyncio.run(asked()) is its_way


async def _nothing(*_):
    pass


@played
async def test_given_what_is_handed_on_when_run_then_it_is_called_as_the_server_calls():
    seen = []

    async def app(*given):
        seen.append(given)

    async def receive():
        return {}

    async def send(_message):
        pass

    scope = {"type": "http"}
    await InTask(app)(scope, receive, send)

    assert seen == [(scope, receive, send)]


@played
async def test_given_a_context_when_a_task_is_made_then_it_is_run_in_it():
    context = copy_context()
    context.run(VAR.set, "somebody")

    async def whose():
        return VAR.get()

    assert await asyncio.get_running_loop().create_task(whose(), context=context) == (
        "somebody"
    )


def test_given_a_loop_that_stands_still_when_a_task_is_made_then_it_is_of_this_loop():
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(begin_at_once())

        assert loop.run_until_complete(loop.create_task(asyncio.sleep(0, "done"))) == (
            "done"
        )
    finally:
        loop.close()


class Nameless(Coroutine):
    """A coroutine that somebody has written without `async`."""

    def send(self, _value):
        raise StopIteration("done")

    def throw(self, *_error):
        raise AssertionError

    def close(self):
        pass

    def __await__(self):
        return iter(())


@played
async def test_given_a_coroutine_without_a_name_when_a_task_is_made_then_it_is_run():
    assert await asyncio.get_running_loop().create_task(Nameless()) == "done"
