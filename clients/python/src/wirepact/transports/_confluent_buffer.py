"""What a thread has received of a group's lanes, until the event loop takes it."""

import threading
from collections import deque
from collections.abc import Collection, Iterable, Sequence

from wirepact.transports.port import Delivery, Lane


class Buffer:
    """Records lane by lane; for two threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lanes: dict[Lane, deque[Delivery]] = {}
        self._sizes: dict[Lane, int] = {}

    def add(self, deliveries: Iterable[Delivery]) -> set[Lane]:
        """Append what has come, and return the lanes of it."""
        touched = set()
        with self._lock:
            for delivery in deliveries:
                lane = delivery.lane
                waiting = self._lanes.get(lane)
                if waiting is None:
                    waiting = self._lanes[lane] = deque()
                waiting.append(delivery)
                self._sizes[lane] = self._sizes.get(lane, 0) + _size(delivery)
                touched.add(lane)
        return touched

    def put_back(self, lane: Lane, deliveries: Sequence[Delivery]) -> None:
        """Let some be the next of a lane, in their order."""
        with self._lock:
            waiting = self._lanes.setdefault(lane, deque())
            waiting.extendleft(reversed(deliveries))
            size = sum(map(_size, deliveries))
            self._sizes[lane] = self._sizes.get(lane, 0) + size

    def take(
        self, limit: int, closed: Collection[Lane]
    ) -> list[tuple[Lane, list[Delivery]]]:
        """Return what waits, at most so many, and nothing of lanes that are closed."""
        found = []
        with self._lock:
            for lane in list(self._lanes):
                if lane in closed:
                    continue
                taken = self._taken(lane, limit)
                found.append((lane, taken))
                limit -= len(taken)
                if not limit:
                    break
        return found

    def _taken(self, lane: Lane, limit: int) -> list[Delivery]:
        waiting = self._lanes.pop(lane)
        if len(waiting) <= limit:
            self._sizes[lane] = 0
            return list(waiting)
        taken = [waiting.popleft() for _ in range(limit)]
        self._sizes[lane] -= sum(map(_size, taken))
        # Now it is the last: each lane has its turn.
        self._lanes[lane] = waiting
        return taken

    def drop(self, lanes: Iterable[Lane]) -> None:
        """Forget what has come of some lanes."""
        with self._lock:
            for lane in lanes:
                self._lanes.pop(lane, None)
                self._sizes.pop(lane, None)

    def size(self, lane: Lane) -> int:
        """Return how many bytes wait in a lane."""
        return self._sizes.get(lane, 0)

    def oldest(self, lane: Lane) -> Delivery | None:
        """Return what comes next of a lane."""
        with self._lock:
            waiting = self._lanes.get(lane)
            return waiting[0] if waiting else None


def _size(delivery: Delivery) -> int:
    return len(delivery.value or b"") + len(delivery.key or b"")
