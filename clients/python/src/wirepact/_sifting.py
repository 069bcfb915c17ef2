"""One pass through the dead letters of a topic: some go, and the others survive.

Brokers with queues get back what was not chosen. In a log nothing can be settled before
all in front of it: what was not chosen is written again behind the others first, and
settled then. A crash in between leaves a copy, and loses nothing.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import uuid4

from wirepact.letters import KEPT_BY, Criteria, Letter
from wirepact.transports.port import Delivery, Lane, Subscription, Transport

GROUP: Final = "wirepact-dlq"
"""The group of all passes: what one has in hand, no other sees."""

MOST_HELD: Final = 50_000
_AT_ONCE: Final = 500
_FETCH_S: Final = 1.0
_PATIENCE: Final = 15

Act = Callable[[Sequence[Letter]], Awaitable[Collection[Letter]]]
"""What is done with chosen letters; those that it returns are settled."""


@dataclass(slots=True)
class Sifted:
    """How far a pass is.

    Attributes:
        looked_at: Dead letters, chosen or not.
        chosen: Those that were meant.
        settled: Those of them that are gone.
        rewritten: Those that were put behind the others.
        waiting: How many are still to be looked at, as far as the broker knows.
        is_cut_short: Not all could be looked at: too many were kept in hand, or what
            the broker counts did not come.

    """

    looked_at: int = 0
    chosen: int = 0
    settled: int = 0
    rewritten: int = 0
    waiting: int = 0
    is_cut_short: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a pass looks for.

    Attributes:
        topic: Of the dead letters.
        limit: The most that are chosen; None for all.
        changes: Whether chosen ones may be settled; a pass that changes nothing leaves
            the broker as it was.
        most_held: The most that are kept in hand; in a log that may be changed, they
            are written again when there are more.
        patience: For so many seconds something is waited for that the broker counts.

    """

    topic: str
    criteria: Criteria
    limit: int | None = None
    changes: bool = True
    most_held: int = MOST_HELD
    patience: int = _PATIENCE


class Sifting:
    """A pass, which is made once."""

    def __init__(
        self,
        transport: Transport,
        plan: Plan,
        wall_clock: Callable[[], datetime],
        tell: Callable[[Sifted], None],
    ) -> None:
        self._transport = transport
        self._plan = plan
        self._clock = wall_clock
        self._tell = tell
        self._run = uuid4().hex
        self._is_log = transport.capabilities.has_partitions
        self._held: dict[Lane, list[Letter]] = {}
        self._over: set[Lane] = set()
        self._quiet = 0
        self.sifted = Sifted()

    async def run(self, act: Act) -> Sifted:
        """Look at all, until the limit is reached, or nothing more comes.

        Raises:
            BrokerUnavailableError: What was not settled comes again.
            RecordRefusedError: One could not be written again behind the others.

        """
        plan = self._plan
        member = await self._transport.subscribe([plan.topic], GROUP, self._revoked)
        try:
            while not self._is_enough:
                fetched = await member.fetch(self._room, _FETCH_S)
                if fetched:
                    self._quiet = 0
                    await self._sift(member, fetched, act)
                elif await self._is_through(member):
                    break
        finally:
            await member.close()
        return self.sifted

    @property
    def _is_enough(self) -> bool:
        limit = self._plan.limit
        if limit is not None and self.sifted.chosen >= limit:
            return True
        if self._in_hand < self._plan.most_held:
            return False
        self.sifted.is_cut_short = True
        return True

    @property
    def _in_hand(self) -> int:
        return sum(map(len, self._held.values()))

    @property
    def _room(self) -> int:
        return min(_AT_ONCE, self._plan.most_held - self._in_hand)

    async def _is_through(self, member: Subscription) -> bool:
        """Say whether nothing more comes, though the broker was given time."""
        waiting = sum(
            max(lag.messages - len(self._held.get(lane, ())), 0)
            for lane, lag in (await member.lag()).items()
            if lane not in self._over
        )
        self.sifted.waiting = waiting
        self._quiet += 1
        if waiting and self._quiet >= self._plan.patience:
            self.sifted.is_cut_short = True
            return True
        return not waiting

    async def _revoked(self, lanes: Sequence[Lane]) -> None:
        """Forget what goes to another pass, which is given it again."""
        for lane in lanes:
            self._held.pop(lane, None)

    async def _sift(
        self, member: Subscription, fetched: Sequence[Delivery], act: Act
    ) -> None:
        letters = self._unseen(member, fetched)
        chosen = self._chosen(letters)
        gone = set(await act(chosen)) if chosen else set()
        self.sifted.looked_at += len(letters)
        self.sifted.chosen += len(chosen)
        for lane in dict.fromkeys(each.delivery.lane for each in letters):
            ours = [each for each in letters if each.delivery.lane == lane]
            await self._settle(member, lane, ours, gone)
        self.sifted.settled += len(gone)
        if self._is_log and self._plan.changes and not self._room:
            for lane, held in list(self._held.items()):
                await self._rewrite(member, held)
                self._held[lane] = []
        self._tell(self.sifted)

    def _unseen(
        self, member: Subscription, fetched: Sequence[Delivery]
    ) -> list[Letter]:
        """Return the letters but for those that this pass has written, or has in hand.

        A broker may deliver twice what was handed back a moment ago.
        """
        in_hand = {
            (lane, each.delivery.position)
            for lane, held in self._held.items()
            for each in held
        }
        found = []
        for delivery in fetched:
            if (KEPT_BY, self._run.encode()) in delivery.headers:
                # All behind it were written by this pass, or after it has begun.
                self._over.add(delivery.lane)
                member.pause([delivery.lane])
            place = (delivery.lane, delivery.position)
            if delivery.lane not in self._over and place not in in_hand:
                in_hand.add(place)
                found.append(Letter(delivery, self._transport.binding))
        return found

    def _chosen(self, letters: Sequence[Letter]) -> list[Letter]:
        now, limit = self._clock(), self._plan.limit
        fitting = [each for each in letters if self._plan.criteria.fits(each, now)]
        return fitting if limit is None else fitting[: limit - self.sifted.chosen]

    async def _settle(
        self,
        member: Subscription,
        lane: Lane,
        letters: Sequence[Letter],
        gone: Collection[Letter],
    ) -> None:
        """Settle what is gone; in a log, all in front of it is written again first."""
        held = self._held.setdefault(lane, [])
        places = [at for at, each in enumerate(letters) if each in gone]
        if self._is_log and places:
            end = places[-1] + 1
            kept = [each for each in letters[:end] if each not in gone]
            await self._rewrite(member, [*held, *kept])
            self._held[lane] = list(letters[end:])
        else:
            held += [each for each in letters if each not in gone]
        await member.ack([letters[at].delivery for at in places])

    async def _rewrite(self, member: Subscription, kept: Sequence[Letter]) -> None:
        if not kept:
            return
        await self._transport.send([each.kept(self._run) for each in kept])
        await member.ack([each.delivery for each in kept])
        self.sifted.rewritten += len(kept)
