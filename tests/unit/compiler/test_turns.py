"""Who is next, and who finds no place."""

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

import pytest

from registry.compiler.turns import Turns
from registry.domain.errors import CompilerBusyError
from tests.e2e.polling import until


class Queue:
    """Turns, and threads that ask for them; each turn ends when it is told to."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.threads = threads
        self.turns = Turns(most_waiting=8)
        self.order: list[str] = []
        self.ends: dict[str, Event] = {}

    def ask(self, name: str, patience_s: float = 30) -> Future[None]:
        """Ask for a turn: `a1` is the first of caller `a`. It waits once this ends."""
        self.ends[name] = Event()
        before = self.turns._held.total()
        asked = self.threads.submit(self._have, name, patience_s)
        until(lambda: asked.done() or self.turns._held.total() > before)
        return asked

    def _have(self, name: str, patience_s: float) -> None:
        with self.turns.turn(name[0], patience_s, 30):
            self.order.append(name)
            assert self.ends[name].wait(30)

    def end(self, name: str) -> None:
        until(lambda: name in self.order)
        self.ends[name].set()

    def end_all(self) -> None:
        for each in self.ends.values():
            each.set()


@pytest.fixture
def queue() -> Iterator[Queue]:
    with ThreadPoolExecutor(16) as threads:
        made = Queue(threads)
        try:
            yield made
        finally:
            made.end_all()


def ended(asked: list[Future[None]]) -> None:
    for each in asked:
        each.result(timeout=30)


def test_given_one_caller_when_it_asks_often_then_its_turns_are_in_order(queue):
    names = [f"a{number}" for number in range(5)]
    asked = [queue.ask(each) for each in names]

    for each in names:
        queue.end(each)
    ended(asked)

    assert queue.order == names


def test_given_a_caller_that_asks_for_much_when_another_comes_then_it_is_next(queue):
    asked = [queue.ask(each) for each in ("a1", "a2", "a3", "a4", "b1", "b2", "c1")]

    for each in ("a1", "b1", "c1", "a2", "b2", "a3", "a4"):
        queue.end(each)
    ended(asked)

    assert queue.order == ["a1", "b1", "c1", "a2", "b2", "a3", "a4"]


def test_given_a_caller_that_has_all_it_may_when_another_comes_then_it_has_a_place(
    queue,
):
    asked = [queue.ask(f"a{number}") for number in range(7)]

    with pytest.raises(CompilerBusyError):
        queue.ask("a7", patience_s=0).result(timeout=30)
    others = [queue.ask("b1", patience_s=0), queue.ask("c1", patience_s=0)]
    with pytest.raises(CompilerBusyError):
        queue.ask("d1", patience_s=0).result(timeout=30)
    queue.end_all()
    ended([*asked, *others])

    assert queue.order[1:3] == ["b1", "c1"]


def test_given_a_turn_that_fails_when_it_ends_then_the_next_has_it():
    turns = Turns(most_waiting=0)

    def fails() -> None:
        with turns.turn("a", 0, 0):
            raise LookupError

    with pytest.raises(LookupError):
        fails()
    with turns.turn("a", 0, 0):
        pass


def test_given_a_turn_that_is_taken_when_one_waits_in_vain_then_its_place_is_free(
    queue,
):
    asked = queue.ask("a1")

    for _ in range(20):
        with pytest.raises(CompilerBusyError), queue.turns.turn("b", 0, 0.001):
            pass
    queue.end("a1")
    ended([asked])

    with queue.turns.turn("b", 0, 0):
        pass


def test_given_endless_callers_when_each_had_a_turn_then_memory_is_bounded():
    turns = Turns(most_waiting=1)

    for number in range(3_000):
        with turns.turn(str(number), 0, 0):
            pass

    # The latest: who was served long ago is next, as one who never was.
    assert [*turns._last] == [str(number) for number in range(2_000, 3_000)]
    assert not turns._held
    assert not turns._waiting
