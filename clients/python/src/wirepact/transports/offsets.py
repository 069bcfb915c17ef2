"""What of a lane is in hand, and how far all of it is settled. Without I/O.

For brokers that keep one offset for each lane and group.
"""

from collections import deque
from collections.abc import Iterable
from typing import cast

from wirepact.transports.port import Delivery


class InHand:
    """What was delivered of one lane, in one generation of the group.

    Positions may have gaps, as compaction and transactions leave them. A delivery is
    known by what it is, not by its position: one of an earlier generation, or from
    before a rewinding, is a stranger here, and settling it does nothing.
    """

    __slots__ = ("_next", "_open", "_order", "_settled")

    def __init__(self, start: int) -> None:
        """Begin with nothing in hand.

        Args:
            start: The first position that is not settled.

        """
        self._next = start
        self._order: deque[int] = deque()
        self._open: dict[int, Delivery] = {}
        self._settled: set[int] = set()

    def __len__(self) -> int:
        """Return how many deliveries are not settled."""
        return len(self._open)

    @property
    def next_position(self) -> int:
        """The position that comes after all that was taken."""
        return self._next

    @property
    def offset(self) -> int:
        """The first position before which all is settled: what may be committed."""
        return self._order[0] if self._order else self._next

    def deliveries(self) -> list[Delivery]:
        """Return what is not settled, in its order."""
        return [self._open[at] for at in sorted(self._open)]

    def take(self, delivery: Delivery) -> None:
        """Note a delivery down; positions must rise, but for those handed back."""
        position = _position(delivery)
        self._open[position] = delivery
        if position >= self._next:
            self._order.append(position)
            self._next = position + 1

    def settle(self, deliveries: Iterable[Delivery]) -> bool:
        """Note down what is settled; return whether the offset has moved by it."""
        order, settled = self._order, self._settled
        before = self.offset
        for delivery in deliveries:
            position = _position(delivery)
            if self._open.get(position) is delivery:
                del self._open[position]
                settled.add(position)
        while order and order[0] in settled:
            settled.remove(order.popleft())
        return self.offset != before

    def put_back(self, delivery: Delivery) -> bool:
        """Let one delivery be taken again while others go on; False for strangers."""
        position = _position(delivery)
        is_ours = self._open.get(position) is delivery
        if is_ours:
            del self._open[position]
        return is_ours

    def rewind(self, deliveries: Iterable[Delivery]) -> int | None:
        """Go back to the first of some deliveries, to fetch all from there again.

        Returns:
            Where to fetch from; None if all of them are strangers.

        """
        ours = [_position(each) for each in deliveries if self._is_open(each)]
        if not ours:
            return None
        start = min(ours)
        while self._order and self._order[-1] >= start:
            dropped = self._order.pop()
            self._open.pop(dropped, None)
            self._settled.discard(dropped)
        self._next = start
        return start

    def _is_open(self, delivery: Delivery) -> bool:
        return self._open.get(_position(delivery)) is delivery


def _position(delivery: Delivery) -> int:
    # Brokers without offsets, whose positions are texts, have no use for this module.
    return cast(int, delivery.position)
