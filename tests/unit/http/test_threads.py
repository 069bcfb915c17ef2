"""Handlers in threads: results, errors, context, and an end."""

import asyncio
import contextvars
import inspect
import threading
import time
from functools import partial

import pytest

from registry.application import deadlines
from registry.application.deadlines import AbandonedError
from registry.http.errors import BusyError, OverdueError
from registry.http.threads import Threads, in_thread

WHO = contextvars.ContextVar("WHO", default="nobody")


def until(is_so):
    while not is_so():
        time.sleep(0.001)


class Greeter:
    def __init__(self):
        self.threads = Threads(number=4, most_waiting=5_000)

    @in_thread
    def greet(self, name, *, loudly=False):
        return f"{'HELLO' if loudly else 'hello'} {name}"

    @in_thread
    def fail(self):
        raise LookupError("nobody is here")

    @in_thread
    def who(self):
        return WHO.get(), threading.current_thread() is threading.main_thread()

    @in_thread
    def meet(self, barrier):
        return barrier.wait(timeout=30)


@pytest.fixture
def greeter():
    found = Greeter()
    yield found
    found.threads.stop()


def test_given_arguments_when_called_in_a_thread_then_the_result_comes_back(greeter):
    assert asyncio.run(greeter.greet("you", loudly=True)) == "HELLO you"


def test_given_an_error_when_called_in_a_thread_then_it_is_raised_to_the_caller(
    greeter,
):
    with pytest.raises(LookupError, match="nobody is here"):
        asyncio.run(greeter.fail())


def test_given_a_context_when_called_in_a_thread_then_it_is_seen_there(greeter):
    async def ask():
        WHO.set("me")
        return await greeter.who()

    assert asyncio.run(ask()) == ("me", False)


def test_given_calls_that_wait_for_each_other_when_made_then_they_run_at_once(greeter):
    async def meet():
        barrier = threading.Barrier(4)
        return await asyncio.gather(*(greeter.meet(barrier) for _ in range(4)))

    assert sorted(asyncio.run(meet())) == [0, 1, 2, 3]


def test_given_thousands_of_calls_when_made_then_each_gets_its_own_result(greeter):
    async def ask():
        return await asyncio.gather(*(greeter.greet(n) for n in range(5_000)))

    assert asyncio.run(ask()) == [f"hello {n}" for n in range(5_000)]


def test_given_a_caller_that_went_away_when_the_result_comes_then_others_get_theirs(
    greeter,
):
    async def leave():
        barrier = threading.Barrier(2)
        gone: asyncio.Task[int] = asyncio.create_task(greeter.meet(barrier))
        await asyncio.to_thread(until, lambda: barrier.n_waiting)
        gone.cancel()
        with pytest.raises(asyncio.CancelledError):
            await gone
        await greeter.meet(barrier)
        return await greeter.greet("you")

    assert asyncio.run(leave()) == "hello you"


def test_given_work_under_way_when_stopped_then_it_is_finished_and_threads_end():
    greeter = Greeter()

    async def stop():
        task: asyncio.Task[str] = asyncio.create_task(greeter.greet("you"))
        await asyncio.sleep(0)
        greeter.threads.stop()
        return await task

    assert asyncio.run(stop()) == "hello you"


def test_given_a_method_when_wrapped_then_the_framework_still_reads_its_signature():
    def method(self, name: str, *, loudly: bool = False) -> str: ...

    assert inspect.signature(in_thread(method)) == inspect.signature(method)


def held_up(threads, act):
    """Run what an act does with one job under way that only then comes to an end."""

    async def run():
        both, end = threading.Barrier(2), threading.Event()
        first = asyncio.create_task(threads.run(lambda: (both.wait(30), end.wait(30))))
        await asyncio.to_thread(both.wait, 30)
        try:
            return await act()
        finally:
            end.set()
            await asyncio.wait({first, *asyncio.all_tasks()} - {asyncio.current_task()})
            await threads.run(lambda: None)
            threads.stop()

    return asyncio.run(run())


def test_given_as_many_waiting_as_may_when_one_more_comes_then_it_is_refused():
    threads = Threads(1, most_waiting=1)

    async def ask_twice():
        waiting = asyncio.create_task(threads.run(lambda: "patience"))
        await asyncio.sleep(0)
        with pytest.raises(BusyError):
            await threads.run(lambda: "too much")
        return waiting

    assert held_up(threads, ask_twice).result() == "patience"


def test_given_no_thread_is_free_when_patience_ends_then_the_job_is_never_begun():
    threads = Threads(1, patience_s=0.05)
    done: list[str] = []

    async def ask():
        with pytest.raises(BusyError):
            await threads.run(lambda: done.append("late"))

    held_up(threads, ask)

    assert done == []


def test_given_several_wait_when_looked_through_then_they_keep_their_order(monkeypatch):
    monkeypatch.setattr("registry.http.threads._SWEEP_S", 0.01)
    threads = Threads(1)
    done: list[int] = []

    async def ask():
        acts = [partial(done.append, each) for each in range(20)]
        tasks = [asyncio.create_task(threads.run(act)) for act in acts]
        await asyncio.sleep(0.1)
        return tasks

    held_up(threads, ask)

    assert done == [*range(20)]


def test_given_a_caller_that_went_away_when_its_turn_comes_then_nothing_is_done():
    threads = Threads(1)
    done: list[str] = []

    async def leave():
        waiting = asyncio.create_task(threads.run(lambda: done.append("for nobody")))
        await asyncio.sleep(0)
        waiting.cancel()

    held_up(threads, leave)

    assert done == []


def test_given_an_act_that_takes_too_long_when_its_time_is_over_then_it_is_given_up():
    threads, end = Threads(1, limit_s=0.01), threading.Event()
    seen = []

    def act():
        end.wait(30)
        with pytest.raises(AbandonedError):
            deadlines.current().hold()
        seen.append("abandoned")

    async def ask():
        with pytest.raises(OverdueError, match="nothing was changed") as caught:
            await threads.run(act)
        end.set()
        # The one thread is free again.
        assert await threads.run(lambda: 1) == 1
        return caught.value.status

    assert (asyncio.run(ask()), seen) == (503, ["abandoned"])
    threads.stop()


def test_given_an_act_that_commits_when_its_time_is_over_then_it_is_waited_for():
    threads, began = Threads(1, limit_s=0.01), threading.Event()
    ended = threading.Event()

    def act():
        with deadlines.current().committing():
            began.set()
            ended.wait(30)
        return "done"

    async def ask():
        asked = asyncio.create_task(threads.run(act))
        await asyncio.to_thread(began.wait, 30)
        # Five sweeps later, each of which has found its time over.
        asyncio.get_running_loop().call_later(0.05, ended.set)
        return await asked

    assert asyncio.run(ask()) == "done"
    threads.stop()


def test_given_a_part_that_was_committed_when_given_up_then_that_is_told():
    threads, end = Threads(1, limit_s=0.01), threading.Event()

    def act():
        with deadlines.current().committing():
            pass
        end.wait(30)

    async def ask():
        with pytest.raises(OverdueError, match="a part of it was done"):
            await threads.run(act)
        end.set()

    asyncio.run(ask())
    threads.stop()
