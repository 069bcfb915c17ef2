"""What a subscription has got of its broker: what waits to be fetched, what is in hand.

For brokers without partitions, which deliver by themselves or in other portions than
those that are asked for.
"""

import asyncio
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from wirepact.transports.port import Delivery, Lane

Place = tuple[str, int | str]


class Intake:
    """Deliveries of one subscription, each of them waiting or in hand.

    Which one is in hand is told by the object, not by its position: after a link was
    lost positions may begin anew, and what was delivered before is no longer ours.
    """

    def __init__(self, topics: Iterable[str]) -> None:
        self._waiting: dict[str, deque[Delivery]] = {topic: deque() for topic in topics}
        self._in_hand: dict[Place, Delivery] = {}
        self._paused: set[str] = set()
        self._held_until: dict[str, float] = {}
        self._changed = asyncio.Event()

    @property
    def lanes(self) -> list[Lane]:
        return [Lane(topic, 0) for topic in self._waiting]

    def open_topics(self) -> list[str]:
        """Return the topics from which something may be fetched now."""
        return [topic for topic in self._waiting if self._is_open(topic)]

    def put(self, delivery: Delivery) -> None:
        self._waiting[delivery.topic].append(delivery)
        self._changed.set()

    def take(self, limit: int) -> list[Delivery]:
        """Return what waits in topics that are not paused; it is in hand from now on.

        The topics take turns, so that none waits for another one to be empty.
        """
        queues = [self._waiting[topic] for topic in self.open_topics()]
        taken: list[Delivery] = []
        while len(taken) < limit and any(queues):
            waiting = [queue for queue in queues if queue]
            taken += [queue.popleft() for queue in waiting[: limit - len(taken)]]
        self._in_hand |= {_place(delivery): delivery for delivery in taken}
        return taken

    def settle(self, deliveries: Iterable[Delivery]) -> list[Delivery]:
        """Take deliveries out of our hand; return those that were still in it."""
        settled = [each for each in deliveries if self.has(each)]
        for delivery in settled:
            self._in_hand.pop(_place(delivery), None)
        return settled

    def has(self, delivery: Delivery) -> bool:
        return self._in_hand.get(_place(delivery)) is delivery

    def rewind(self, delivery: Delivery, until: float) -> None:
        """Let a delivery, and all after it in its topic, wait once more.

        Args:
            until: When its topic may be fetched from again, by the clock of the loop.

        """
        topic = delivery.topic
        again = [
            self._in_hand.pop(_place(each))
            for each in sorted(self._of(topic), key=_number)
            if _number(each) >= _number(delivery)
        ]
        redelivered = [replace(each, attempt=each.attempt + 1) for each in again]
        self._waiting[topic].extendleft(reversed(redelivered))
        self._held_until[topic] = max(until, self._held_until.get(topic, until))

    def unsettled(self) -> Iterator[Delivery]:
        """Yield all that waits or is in hand."""
        yield from self._in_hand.values()
        for queue in self._waiting.values():
            yield from queue

    def of(self, topic: str) -> list[Delivery]:
        """Return what waits or is in hand of a topic."""
        return [each for each in self.unsettled() if each.topic == topic]

    def clear(self) -> None:
        """Forget all: none of it is ours any longer."""
        self._in_hand.clear()
        for queue in self._waiting.values():
            queue.clear()

    def pause(self, lanes: Iterable[Lane]) -> None:
        self._paused.update(lane.topic for lane in lanes)

    def resume(self, lanes: Iterable[Lane]) -> None:
        self._paused.difference_update(lane.topic for lane in lanes)
        self.wake()

    def wake(self) -> None:
        """Let `arrival` return."""
        self._changed.set()

    async def arrival(self, wait_s: float) -> None:
        """Return when something can be taken, after `wake`, or after so long."""
        self._changed.clear()
        if any(self._waiting[topic] for topic in self.open_topics()):
            return
        now = asyncio.get_running_loop().time()
        ends = [until - now for until in self._held_until.values() if until > now]
        try:
            await asyncio.wait_for(self._changed.wait(), min([wait_s, *ends]))
        except TimeoutError:
            return

    def _is_open(self, topic: str) -> bool:
        if topic in self._paused:
            return False
        until = self._held_until.get(topic)
        return until is None or until <= asyncio.get_running_loop().time()

    def _of(self, topic: str) -> Sequence[Delivery]:
        return [each for each in self._in_hand.values() if each.topic == topic]


def _place(delivery: Delivery) -> Place:
    return delivery.topic, delivery.position


def _number(delivery: Delivery) -> int:
    return int(delivery.position)
