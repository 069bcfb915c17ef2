"""Who of several callers is next, when only one at a time can be."""

from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition
from typing import Final

from registry.domain.errors import CompilerBusyError

_MOST_REMEMBERED: Final = 1_000


class _Place:
    """In the queue."""

    __slots__ = ("who",)

    def __init__(self, who: str) -> None:
        self.who = who


class Turns:
    """A queue in which nobody waits longer because another asks for more.

    Next is whose last turn is longest ago; of one caller, who came first. The last
    places of the queue are for those who have none yet. Safe to share by threads.

    Args:
        most_waiting: Places in the queue.

    """

    def __init__(self, most_waiting: int) -> None:
        self._most = 1 + most_waiting
        self._kept_free = most_waiting // 4
        self._changed = Condition()
        self._held: Counter[str] = Counter()
        self._waiting: list[_Place] = []
        self._is_taken = False
        self._last: OrderedDict[str, None] = OrderedDict()

    @contextmanager
    def turn(
        self, who: str, patience_s: float | None, queue_s: float | None
    ) -> Iterator[None]:
        """Hold the turn.

        Args:
            patience_s: How long to wait for a place in the queue; None for ever.
            queue_s: And then for the turn.

        Raises:
            CompilerBusyError: There was none in time.

        """
        place = self._placed(who, patience_s)
        try:
            self._take(place, queue_s)
            try:
                yield
            finally:
                self._is_taken = False
        finally:
            with self._changed:
                self._held -= Counter([who])
                self._changed.notify_all()

    def _placed(self, who: str, patience_s: float | None) -> _Place:
        with self._changed:
            if not self._changed.wait_for(lambda: self._has_room(who), patience_s):
                raise CompilerBusyError
            self._held[who] += 1
            place = _Place(who)
            self._waiting.append(place)
        return place

    def _has_room(self, who: str) -> bool:
        kept_free = self._kept_free if who in self._held else 0
        return self._held.total() < self._most - kept_free

    def _take(self, place: _Place, queue_s: float | None) -> None:
        with self._changed:
            try:
                if not self._changed.wait_for(lambda: self._is_next(place), queue_s):
                    raise CompilerBusyError
            finally:
                self._waiting.remove(place)
            self._is_taken = True
            self._last[place.who] = None
            self._last.move_to_end(place.who)
            if len(self._last) > _MOST_REMEMBERED:
                self._last.popitem(last=False)

    def _is_next(self, place: _Place) -> bool:
        if self._is_taken:
            return False
        ranks = {who: rank for rank, who in enumerate(self._last)}
        return place is min(self._waiting, key=lambda each: ranks.get(each.who, -1))
