"""The groups of a broker in memory: who has which lanes, and how far each is."""

import asyncio
import heapq
import logging
from collections.abc import Callable, Iterable, Mapping
from contextvars import Context
from dataclasses import dataclass, field, replace
from math import inf
from typing import Final

from wirepact.transports._memory_log import Log
from wirepact.transports.offsets import InHand
from wirepact.transports.port import Delivery, Lag, Lane, Revoked

# What a member may take to finish what it has in hand when lanes are taken from it.
_PARTING_S: Final = 30.0
# Timers of the loop may fire that much too early.
_RESOLUTION_S: Final = 1e-6

_logger = logging.getLogger(__name__)


@dataclass(slots=True)
class Hand:
    """A lane in the hands of one member: a generation of the lane.

    Attributes:
        not_before: When it may be fetched from again, by the loop's time.
        delayed: What comes again by itself: when, and which one.

    """

    in_hand: InHand
    not_before: float = 0.0
    delayed: list[tuple[float, int, Delivery]] = field(default_factory=list)


class Member:
    """One who shares the lanes of a group."""

    def __init__(
        self, group: "Group", topics: tuple[str, ...], revoked: Revoked | None
    ) -> None:
        self.group = group
        self.topics = topics
        self.revoked = revoked
        self.hands: dict[Lane, Hand] = {}
        self.paused: set[Lane] = set()
        self.gone = asyncio.Event()
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Let whoever fetches look again."""
        self._woken.set()

    async def woken(self) -> None:
        """Return after the next `wake`, or at once if there was one meanwhile."""
        await self._woken.wait()
        self._woken.clear()

    def fetch(self, limit: int) -> list[Delivery]:
        """Return what there is, and note it down as in hand."""
        found: list[Delivery] = []
        time = asyncio.get_running_loop().time() + _RESOLUTION_S
        for lane, hand in self._in_turn():
            if len(found) == limit:
                break
            if lane not in self.paused and hand.not_before <= time:
                found += self._taken(lane, hand, limit - len(found), time)
        return found

    def settle(self, deliveries: Iterable[Delivery]) -> None:
        """Settle what is still in hand, and drop the rest."""
        for lane, settled in by_lane(deliveries).items():
            hand = self.hands.get(lane)
            if hand is not None and hand.in_hand.settle(settled):
                self.group.commit(lane, hand.in_hand.offset)

    def hand_back(
        self, deliveries: list[Delivery], delay_s: float, wake: Callable[[], None]
    ) -> None:
        """Let deliveries come again after a delay."""
        loop = asyncio.get_running_loop()
        due = loop.time() + delay_s
        put_back = self._put_back if self.group.is_queue else self._rewind
        for lane, returned in by_lane(deliveries).items():
            hand = self.hands.get(lane)
            if hand is not None:
                put_back(hand, returned, due)
        if delay_s > 0:
            loop.call_at(due, wake)

    def lag(self) -> dict[Lane, Lag]:
        """Return how far the lanes of this member are behind."""
        return {lane: self.group.lag(lane) for lane in self.hands}

    @property
    def is_idle(self) -> bool:
        """Whether all that its lanes have is settled."""
        return all(
            hand.in_hand.offset >= self.group.log.partition(lane).end
            for lane, hand in self.hands.items()
        )

    def _in_turn(self) -> list[tuple[Lane, Hand]]:
        """Return the lanes, the one first that was served longest ago."""
        lanes = list(self.hands.items())
        if len(lanes) > 1:
            first, hand = lanes[0]
            del self.hands[first]
            self.hands[first] = hand
        return lanes

    def _taken(self, lane: Lane, hand: Hand, limit: int, time: float) -> list[Delivery]:
        taken: list[Delivery] = []
        while hand.delayed and hand.delayed[0][0] <= time and len(taken) < limit:
            taken.append(heapq.heappop(hand.delayed)[2])
        partition = self.group.log.partition(lane)
        taken += partition.slice(hand.in_hand.next_position, limit - len(taken))
        counted = [self.group.counted(lane, each) for each in taken]
        for each in counted:
            hand.in_hand.take(each)
        return counted

    @staticmethod
    def _put_back(hand: Hand, returned: list[Delivery], due: float) -> None:
        for each in returned:
            if hand.in_hand.put_back(each):
                heapq.heappush(hand.delayed, (due, int(each.position), each))

    @staticmethod
    def _rewind(hand: Hand, returned: list[Delivery], due: float) -> None:
        if hand.in_hand.rewind(returned) is not None:
            hand.not_before = max(hand.not_before, due)


class Group:
    """Those who share topics, and how far they are."""

    def __init__(self, name: str, log: Log, *, is_queue: bool) -> None:
        self.name = name
        self.log = log
        self.is_queue = is_queue
        self.committed: dict[Lane, int] = {}
        self.members: list[Member] = []
        self._deliveries: dict[Lane, dict[int, int]] = {}
        self._turn = asyncio.Lock()
        self._changes: set[asyncio.Task[None]] = set()

    @property
    def is_idle(self) -> bool:
        """Whether its members have settled all that their lanes have."""
        return not self._changes and all(member.is_idle for member in self.members)

    def wake(self) -> None:
        for member in self.members:
            member.wake()

    async def join(self, member: Member) -> None:
        """Add a member, and return when it has its lanes."""
        self.members.append(member)
        await asyncio.shield(self._begin())

    async def leave(self, member: Member) -> None:
        """Remove a member, and return when the others have its lanes."""
        await asyncio.shield(self.drop(member))

    def drop(self, member: Member) -> asyncio.Task[None]:
        """Remove a member that does nothing more; its lanes go to the others."""
        member.gone.set()
        member.hands.clear()
        self.members.remove(member)
        return self._begin()

    def commit(self, lane: Lane, offset: int) -> None:
        """Note down how far a lane is settled."""
        before = self.committed.get(lane, 0)
        self.committed[lane] = offset
        counts = self._deliveries.get(lane)
        if counts:
            for position in range(before, offset):
                counts.pop(position, None)
        self.log.partition(lane).offsets[self.name] = offset

    def counted(self, lane: Lane, delivery: Delivery) -> Delivery:
        """Return a delivery that tells how often there was one; no two are the same."""
        counts = self._deliveries.setdefault(lane, {})
        position = int(delivery.position)
        attempt = counts[position] = counts.get(position, 0) + 1
        return delivery if attempt == 1 else replace(delivery, attempt=attempt)

    def lag(self, lane: Lane) -> Lag:
        """Return how far a lane is behind."""
        partition = self.log.partition(lane)
        offset = self.committed.get(lane, partition.start)
        waiting = partition.slice(offset, 1)
        if not waiting or waiting[0].sent_at is None:
            return Lag(0, 0.0)
        age = self.log.clock() - waiting[0].sent_at
        return Lag(partition.end - offset, max(age.total_seconds(), 0.0))

    async def settled_down(self) -> None:
        """Return when all rebalances that have begun are done."""
        while self._changes:
            await asyncio.wait(self._changes)

    def _begin(self) -> asyncio.Task[None]:
        """Begin a rebalance, which goes on when whoever has asked for it is gone."""
        # The broker's own, and no part of what those do who have asked for it.
        change = asyncio.get_running_loop().create_task(
            self._rebalance(), context=Context()
        )
        self._changes.add(change)
        change.add_done_callback(self._changes.discard)
        return change

    async def _rebalance(self) -> None:
        async with self._turn:
            wanted = self._shared_out()
            await asyncio.gather(*(self._part(each, wanted) for each in self.members))
            for lane, member in self._shared_out().items():
                if lane not in member.hands and not self._is_held(lane):
                    member.hands[lane] = Hand(InHand(self._start(lane)))
        self.wake()

    def _start(self, lane: Lane) -> int:
        partition = self.log.partition(lane)
        offset = self.committed.get(lane, partition.start)
        # From now on nothing is forgotten that this group has not settled.
        partition.offsets[self.name] = offset
        return offset

    def _shared_out(self) -> Mapping[Lane, Member]:
        """Return who should have which lane: each in turn, in the order of joining."""
        topics = sorted({topic for each in self.members for topic in each.topics})
        shared = {}
        for topic in topics:
            those = [each for each in self.members if topic in each.topics]
            for lane in self.log.lanes((topic,)):
                shared[lane] = those[lane.partition % len(those)]
        return shared

    def _is_held(self, lane: Lane) -> bool:
        return any(lane in each.hands for each in self.members)

    async def _part(self, member: Member, wanted: Mapping[Lane, Member]) -> None:
        """Take from a member what others are to have, when it has let go of it."""
        lost = [lane for lane in member.hands if wanted.get(lane) is not member]
        for lane in lost:
            member.hands[lane].not_before = inf
        if lost and member.revoked is not None:
            await self._told(member, member.revoked, lost)
        for lane in lost:
            member.hands.pop(lane, None)
            member.paused.discard(lane)

    async def _told(self, member: Member, revoked: Revoked, lost: list[Lane]) -> None:
        loop = asyncio.get_running_loop()
        telling = loop.create_task(_call(revoked, lost))
        gone = loop.create_task(member.gone.wait())
        both = {telling, gone}
        await asyncio.wait(
            both, timeout=_PARTING_S, return_when=asyncio.FIRST_COMPLETED
        )
        for each in both:
            each.cancel()
        await asyncio.gather(*both, return_exceptions=True)


async def _call(revoked: Revoked, lost: list[Lane]) -> None:
    try:
        await revoked(lost)
    except Exception:
        # The lanes go to others, whatever the one who had them makes of it.
        _logger.exception("whoever was told that lanes are revoked has failed")


def by_lane(deliveries: Iterable[Delivery]) -> dict[Lane, list[Delivery]]:
    """Return deliveries by their lanes, in the order they are given in."""
    lanes: dict[Lane, list[Delivery]] = {}
    for each in deliveries:
        lanes.setdefault(each.lane, []).append(each)
    return lanes
