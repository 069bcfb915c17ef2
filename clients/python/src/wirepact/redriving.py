"""Dead letters, looked at, sent again or discarded; what `wirepact dlq` is made of.

Before a message is sent again, the registry is asked whether it would be read now: one
that would not only becomes a dead letter once more.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, Protocol

from wirepact._sifting import Plan, Sifted, Sifting
from wirepact._timing import Reads
from wirepact._wrapping import now
from wirepact.errors import RecordRefusedError
from wirepact.inbox.sweeping import RETENTION
from wirepact.letters import Criteria, Letter
from wirepact.retrying import OF_READING, Blame, failure
from wirepact.transports.port import Transport

__all__ = [
    "Criteria",
    "Judge",
    "Letter",
    "Plan",
    "Redriving",
    "Ruling",
    "Sifted",
    "Verdict",
    "discard",
    "look",
]

_AT_ONCE: Final = 100


class Ruling(StrEnum):
    """What becomes of a dead letter that was to be redriven."""

    REDRIVEN = "redriven"
    WOULD_BE = "would be redriven"
    UNREADABLE = "kept: it would not decode"
    HOMELESS = "kept: its original topic is not known"
    INCOMPLETE = "kept: it is not whole"
    REFUSED = "kept: the broker refuses it"


@dataclass(frozen=True, slots=True)
class Verdict:
    """A ruling on one dead letter.

    Attributes:
        topic: Where it goes, or would go; empty if that is not known.
        why: Of a letter that is kept.
        is_forgotten: It is older than inboxes remember, so that a handler that has
            handled it before would handle it again.

    """

    letter: Letter
    ruling: Ruling
    topic: str = ""
    why: str = ""
    is_forgotten: bool = False


class Judges(Protocol):
    """Says whether dead letters would be read now."""

    async def read(self, letter: Letter, topic: str) -> Any: ...

    async def fault(self, letter: Letter, topic: str) -> str: ...


class Judge:
    """Asks the registry, by reading what the message holds."""

    def __init__(self, deserializer: Reads) -> None:
        self._deserializer = deserializer

    async def read(self, letter: Letter, topic: str) -> Any:
        """Return a letter's event.

        Raises:
            WirepactError: As the deserializer raises them.

        """
        data, headers = letter.message.payload
        return await self._deserializer.decode(topic, data, headers)

    async def fault(self, letter: Letter, topic: str) -> str:
        """Return why a letter would not be read now; empty if it would be.

        Raises:
            WirepactError: The registry gives no answer.

        """
        try:
            await self.read(letter, topic)
        except Exception as error:
            if failure(error, OF_READING).blame in (Blame.OUTAGE, Blame.REFUSED):
                raise
            return f"{type(error).__name__}: {error}"
        return ""


class Pace:
    """Lets no more than so many pass in a second, evenly."""

    def __init__(
        self,
        rate: float | None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], Awaitable[object]] = asyncio.sleep,
    ) -> None:
        self._rate = rate
        self._clock = clock
        self._sleep = sleep
        self._free_at = clock()

    @property
    def at_once(self) -> int:
        """How many are sent together."""
        return (
            _AT_ONCE if self._rate is None else max(1, min(_AT_ONCE, int(self._rate)))
        )

    async def take(self, count: int) -> None:
        """Wait until so many may pass."""
        if self._rate is None:
            return
        now_s = self._clock()
        if self._free_at > now_s:
            await self._sleep(self._free_at - now_s)
        self._free_at = max(self._free_at, now_s) + count / self._rate


@dataclass(frozen=True, slots=True)
class Redriving:
    """How dead letters are sent again.

    Attributes:
        judge: None to send them whether they would be read or not.
        to: Where they go; empty for where each was published.
        is_dry: Nothing is sent, and nothing settled.
        pace: How fast.
        retention_s: For how long inboxes remember what was handled.
        tell_verdict: Is called with each verdict, when it is final.
        wall_clock: For ages.

    """

    transport: Transport
    judge: Judges | None = None
    to: str = ""
    is_dry: bool = False
    pace: Pace = field(default_factory=lambda: Pace(None))
    retention_s: float = RETENTION.total_seconds()
    tell_verdict: Callable[[Verdict], None] = lambda _verdict: None
    wall_clock: Callable[[], datetime] = now

    async def run(
        self, plan: Plan, tell: Callable[[Sifted], None] = lambda _sifted: None
    ) -> Sifted:
        """Send all again that the plan means and that would be read.

        A letter is settled when the broker has its message. Whoever breaks off in
        between may find it in both places: its id is the same, and inboxes know it.

        Raises:
            BrokerUnavailableError: The broker gives no answer; so far all is well.
            WirepactError: The registry gives none.

        """
        meant = replace(plan, changes=not self.is_dry)
        sifting = Sifting(self.transport, meant, self.wall_clock, tell)
        return await sifting.run(self._act)

    async def _act(self, letters: Sequence[Letter]) -> Collection[Letter]:
        ruled = [await self._ruled(each) for each in letters]
        gone: list[Letter] = []
        passing = [each for each in ruled if each.ruling is Ruling.WOULD_BE]
        for verdict in ruled:
            if verdict.ruling is not Ruling.WOULD_BE or self.is_dry:
                self.tell_verdict(verdict)
        if self.is_dry:
            return gone
        size = self.pace.at_once
        for start in range(0, len(passing), size):
            part = passing[start : start + size]
            await self.pace.take(len(part))
            gone += await self._sent(part)
        return gone

    async def _ruled(self, letter: Letter) -> Verdict:
        topic = self.to or letter.topic
        if not topic:
            why = "no header dlq-original-topic; say where with --to"
            return Verdict(letter, Ruling.HOMELESS, why=why)
        if letter.left_out:
            return Verdict(letter, Ruling.INCOMPLETE, topic, letter.left_out)
        if self.judge is not None:
            # A subject may follow from the topic, and that is the first one.
            why = await self.judge.fault(letter, letter.topic or topic)
            if why:
                return Verdict(letter, Ruling.UNREADABLE, topic, why)
        return Verdict(
            letter, Ruling.WOULD_BE, topic, is_forgotten=self._is_forgotten(letter)
        )

    async def _sent(self, verdicts: Sequence[Verdict]) -> list[Letter]:
        """Send some together; one by one if the broker refuses one of them."""
        records = [each.letter.redriven(each.topic) for each in verdicts]
        try:
            await self.transport.send(records)
        except RecordRefusedError as error:
            if len(verdicts) == 1:
                self._tell(verdicts[0], Ruling.REFUSED, error.reason)
                return []
            return [letter for each in verdicts for letter in await self._sent([each])]
        for each in verdicts:
            self._tell(each, Ruling.REDRIVEN)
        return [each.letter for each in verdicts]

    def _tell(self, found: Verdict, ruling: Ruling, why: str = "") -> None:
        self.tell_verdict(
            Verdict(found.letter, ruling, found.topic, why, found.is_forgotten)
        )

    def _is_forgotten(self, letter: Letter) -> bool:
        published = letter.published_at
        if published is None:
            return False
        return (self.wall_clock() - published).total_seconds() > self.retention_s


async def look(
    transport: Transport,
    plan: Plan,
    see: Callable[[Letter], Awaitable[None]],
    tell: Callable[[Sifted], None] = lambda _sifted: None,
    wall_clock: Callable[[], datetime] = now,
) -> Sifted:
    """Show all that a plan means, and leave them where they are.

    Raises:
        BrokerUnavailableError: The broker gives no answer.

    """

    async def act(letters: Sequence[Letter]) -> Collection[Letter]:
        for letter in letters:
            await see(letter)
        return ()

    looking = replace(plan, changes=False)
    return await Sifting(transport, looking, wall_clock, tell).run(act)


async def discard(
    transport: Transport,
    plan: Plan,
    save: Callable[[Sequence[Letter]], None],
    tell: Callable[[Sifted], None] = lambda _sifted: None,
    wall_clock: Callable[[], datetime] = now,
) -> Sifted:
    """Drop all that a plan means, for good.

    Args:
        save: Is given them first; when it returns, they must be safe, if they are to
            be. What it raises ends it, and they stay.

    Raises:
        BrokerUnavailableError: The broker gives no answer; some may be saved that are
            not gone.

    """

    async def act(letters: Sequence[Letter]) -> Collection[Letter]:
        save(letters)
        return letters

    return await Sifting(transport, plan, wall_clock, tell).run(act)
