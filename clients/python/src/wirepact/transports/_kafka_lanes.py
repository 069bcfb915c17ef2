"""What a member of one of Kafka's groups has in hand, lane by lane. Without I/O."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from wirepact.transports.offsets import InHand
from wirepact.transports.port import Delivery, Lag, Lane


class Lanes:
    """The lanes of one generation; those of a former one are forgotten at once."""

    def __init__(self) -> None:
        self._hands: dict[Lane, InHand] = {}
        self._moved: set[Lane] = set()
        self._handed_back: dict[Lane, datetime | None] = {}

    @property
    def has_moved(self) -> bool:
        """Whether something was settled that the broker was not told."""
        return bool(self._moved)

    def clear(self) -> None:
        """Forget all; what is settled later is a stranger's."""
        self._hands.clear()
        self._moved.clear()
        self._handed_back.clear()

    def drop(self, lanes: Iterable[Lane]) -> None:
        """Forget some lanes, as others have them now."""
        for lane in lanes:
            self._hands.pop(lane, None)
            self._moved.discard(lane)
            self._handed_back.pop(lane, None)

    def take(self, lane: Lane, deliveries: Sequence[Delivery]) -> None:
        """Note down what has come, in its order."""
        if not deliveries:
            return
        hand = self._hands.get(lane)
        if hand is None:
            first = deliveries[0].position
            assert isinstance(first, int)  # noqa: S101 - Kafka counts
            hand = self._hands[lane] = InHand(first)
        for delivery in deliveries:
            hand.take(delivery)
        self._handed_back.pop(lane, None)

    def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Note down what is settled; strangers are passed over."""
        for lane, group in _by_lane(deliveries).items():
            hand = self._hands.get(lane)
            if hand is not None and hand.settle(group):
                self._moved.add(lane)

    def rewind(self, deliveries: Iterable[Delivery]) -> dict[Lane, int]:
        """Go back in lanes, and return where each begins again."""
        starts = {}
        for lane, group in _by_lane(deliveries).items():
            hand = self._hands.get(lane)
            start = None if hand is None else hand.rewind(group)
            if start is not None:
                starts[lane] = start
                self._handed_back[lane] = min(group, key=_position).sent_at
        return starts

    def put_back(
        self, deliveries: Iterable[Delivery]
    ) -> dict[Lane, list[tuple[Delivery, bool]]]:
        """Let some be delivered again, and all behind them in their lanes.

        What is settled meanwhile stays so.

        Returns:
            What was not settled, in its order, and whether it was handed back itself.

        """
        found = {}
        for lane, group in _by_lane(deliveries).items():
            hand = self._hands.get(lane)
            again = [] if hand is None else _from_the_first(hand, group)
            if again:
                found[lane] = again
                self._handed_back[lane] = again[0][0].sent_at
        return found

    def moved(self) -> dict[Lane, int]:
        """Return what the broker should be told, and take it as told."""
        offsets = {lane: self._hands[lane].offset for lane in self._moved}
        self._moved.clear()
        return offsets

    def keep(self, lanes: Iterable[Lane]) -> None:
        """Let lanes be told again, of which the broker could not be told."""
        self._moved.update(lane for lane in lanes if lane in self._hands)

    def offset(self, lane: Lane) -> int | None:
        """Return up to where a lane is settled; None if nothing of it has come."""
        hand = self._hands.get(lane)
        return None if hand is None else hand.offset

    def lag(self, lane: Lane, start: int, end: int, now: datetime) -> Lag:
        """Return how far a lane is behind.

        Args:
            start: Up to where it is settled.
            end: Where the broker will put the next record.

        """
        messages = max(0, end - start)
        if not messages:
            return Lag(0, 0.0)
        sent_at = self._oldest(lane)
        if sent_at is None:
            return Lag(messages, None)
        return Lag(messages, max(0.0, (now - sent_at).total_seconds()))

    def _oldest(self, lane: Lane) -> datetime | None:
        hand = self._hands.get(lane)
        if hand is not None and len(hand):
            return hand.deliveries()[0].sent_at
        return self._handed_back.get(lane)


def _from_the_first(
    hand: InHand, group: Sequence[Delivery]
) -> list[tuple[Delivery, bool]]:
    wanted = {_position(each): each for each in group}
    again: list[tuple[Delivery, bool]] = []
    for delivery in hand.deliveries():
        is_wanted = wanted.get(_position(delivery)) is delivery
        if is_wanted or again:
            hand.put_back(delivery)
            again.append((delivery, is_wanted))
    return again


def _by_lane(deliveries: Iterable[Delivery]) -> Mapping[Lane, list[Delivery]]:
    found: defaultdict[tuple[str, int], list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        found[delivery.topic, delivery.partition].append(delivery)
    return {Lane(*where): group for where, group in found.items()}


def _position(delivery: Delivery) -> int:
    assert isinstance(delivery.position, int)  # noqa: S101 - Kafka counts
    return delivery.position
