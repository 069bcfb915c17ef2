"""What a member of a group has in hand, and what of it is settled. Without I/O."""

import asyncio
from collections.abc import Callable, Collection, Iterable
from typing import Final

from wirepact.transports.port import Delivery, Lane, Subscription

_ROOMY: Final = 2


class Hand:
    """The deliveries that were fetched and are not settled; the work of all workers.

    Attributes:
        most: How many there should be at most.
        settled: Those whose effects are durable, not yet acknowledged.
        has_settled: Set while there are some.
        has_room: Set while more may be fetched.

    """

    def __init__(self, most: int) -> None:
        self.most = most
        self.settled: list[Delivery] = []
        self.has_settled = asyncio.Event()
        self.has_room = asyncio.Event()
        self.has_room.set()
        self._is_full = False
        self._held: set[Delivery] = set()
        self._running: set[Delivery] = set()
        self._ended = asyncio.Event()

    def __len__(self) -> int:
        return len(self._held)

    @property
    def running(self) -> frozenset[Delivery]:
        """The deliveries that workers have begun with, and not ended."""
        return frozenset(self._running)

    @property
    def room(self) -> int:
        return self.most - len(self._held)

    def holds(self, delivery: Delivery) -> bool:
        """Whether a delivery is still ours to settle."""
        return delivery in self._held

    def take(self, deliveries: Collection[Delivery]) -> None:
        """Note down what was fetched."""
        self._held.update(deliveries)
        if len(self._held) >= self.most:
            self._is_full = True
            self.has_room.clear()

    def settle(self, delivery: Delivery) -> None:
        """Note down that a delivery's effects are durable; strangers are ignored."""
        held = self._held
        if delivery in held:
            held.remove(delivery)
            if not self.settled:
                self.has_settled.set()
            self.settled.append(delivery)
            if self._is_full:
                self._note_room()

    def drop(self, deliveries: Iterable[Delivery]) -> None:
        """Forget deliveries; they come again, to whoever has their lane then."""
        self._held.difference_update(deliveries)
        self._note_room()

    def begin(self, delivery: Delivery) -> None:
        """Note down that a worker has begun with a delivery."""
        self._running.add(delivery)

    def end(self, delivery: Delivery) -> None:
        """Note down that a worker has ended with a delivery, for now or for good."""
        self._running.discard(delivery)
        self._ended.set()

    def drop_waiting(self, lanes: Collection[Lane] | None = None) -> None:
        """Forget what nobody works at, of some lanes or of all."""
        self.drop(
            [
                each
                for each in self._held - self._running
                if lanes is None or each.lane in lanes
            ]
        )

    def drop_all(self, lanes: Collection[Lane] | None = None) -> None:
        """Forget what is in hand; whoever works at it is told by `holds`."""
        self.drop([each for each in self._held if lanes is None or each.lane in lanes])

    async def ended(self, lanes: Collection[Lane] | None = None) -> None:
        """Return when nobody works at deliveries of some lanes, or of all."""
        while any(lanes is None or each.lane in lanes for each in self._running):
            self._ended.clear()
            await self._ended.wait()

    def _note_room(self) -> None:
        # Not at the first free place: fetching and pausing should not take turns.
        if len(self._held) * _ROOMY <= self.most:
            self._is_full = False
            self.has_room.set()


class Pauses:
    """Which lanes are not fetched from, and why."""

    def __init__(self, lanes: Callable[[], Subscription | None]) -> None:
        self._subscription = lanes
        self._counts: dict[Lane, int] = {}
        self._is_dirty = False

    def begin(self, lane: Lane) -> None:
        """Pause a lane, until as many `end`s."""
        self._counts[lane] = self._counts.get(lane, 0) + 1
        self._is_dirty = True
        self.arrange()

    def end(self, lane: Lane) -> None:
        """Let a lane go on, unless it is paused for something else as well."""
        count = self._counts.pop(lane, 1) - 1
        if count > 0:
            self._counts[lane] = count
        self.arrange()

    def arrange(self, *, are_all: bool = False) -> None:
        """Tell the broker; again and again, as lanes come and go."""
        subscription = self._subscription()
        if subscription is None or not (are_all or self._counts or self._is_dirty):
            return
        lanes = set(subscription.lanes())
        paused = lanes if are_all else lanes & self._counts.keys()
        subscription.pause(paused)
        subscription.resume(lanes - paused)
        self._is_dirty = bool(paused)
