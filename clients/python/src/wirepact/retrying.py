"""What a failure means, and when a message is tried again. Without I/O.

Three classes of failures: the message is at fault and always will be; something that
all messages need is out; or the handler has failed, which may pass.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum, auto
from typing import Final

from wirepact.durations import seconds, written
from wirepact.errors import (
    AccessDeniedError,
    AuthenticationError,
    BundleError,
    ClientClosedError,
    CodecError,
    ForeignRegistryError,
    MissingExtraError,
    NotFoundError,
    OutageError,
    RegistryResponseError,
    RegistryUnavailableError,
    SchemaNotFoundError,
)
from wirepact.inbox.keys import MessageKeyError

_RANGE: Final = ".."
_MOST_TIERS: Final = 16


def _delays(text: str) -> Callable[[int], float]:
    if _RANGE in text:
        first, last = map(seconds, text.split(_RANGE, 1))
        if not 0 < first <= last:
            raise ValueError(f"{text!r} is no range: write it like 1s..1m")
        # Bounded before it is raised: a float overflows at a thousand rounds.
        return lambda number: min(last, first * 2.0 ** min(number, 64))
    listed = [seconds(each) for each in text.split(",")]
    return lambda number: listed[min(number, len(listed) - 1)]


class RetryBy(Enum):
    """Where a message waits for its next attempt."""

    PROCESS = auto()
    """In this process. Its key waits with it, and nothing more is fetched from its lane
    meanwhile; all others go on, and order is kept."""

    TOPICS = auto()
    """In a topic for each delay. Nothing waits for it, so its key's order is given up;
    it survives restarts of the process."""

    BROKER = auto()
    """Handed back to a broker that delays by itself; order is given up."""


@dataclass(frozen=True, slots=True)
class Retry:
    """How often a handler is called with a message, and how long between.

        Retry(5, "1s..1m")        # after at most 1 s, 2 s, 4 s, 8 s
        Retry(4, "1s, 10s, 1m")   # the last one again if there are more attempts
        Retry(3, "30s", by=RetryBy.TOPICS)

    Attributes:
        attempts: The most calls, the first one included.
        delays: Of the pauses, the longest each may be: a range that doubles, a list, or
            one. In the process each pause is drawn evenly from nothing to that (full
            jitter), so that many who failed together do not come again together.
        by: Where a message waits.
        never_for: Exceptions after which no attempt would help.
        formerly: Delays that an earlier release had with `RetryBy.TOPICS`, written
            like `delays`: what waits in their topics is read, nothing is sent there.

    """

    attempts: int = 5
    delays: str = "1s..1m"
    by: RetryBy = RetryBy.PROCESS
    never_for: tuple[type[BaseException], ...] = ()
    formerly: str = ""

    def __post_init__(self) -> None:
        attempts: object = self.attempts
        if not isinstance(attempts, int) or attempts < 1:
            raise ValueError(
                f"attempts are a number from 1, not {attempts!r}: Retry(5, '1s..1m')"
            )
        pauses = self.pauses_s()
        tiers = {*(pauses if self.by is RetryBy.TOPICS else ())}
        tiers.update(self._former_pauses_s())
        if len(tiers) > _MOST_TIERS:
            raise ValueError(f"{len(tiers)} delays would be as many topics")

    def pauses_s(self) -> tuple[float, ...]:
        """Return the longest pause after each attempt but the last.

        Raises:
            ValueError: They cannot be understood.

        """
        given = _delays(self.delays)
        return tuple(given(number) for number in range(self.attempts - 1))

    def longest_s(self, attempt: int) -> float | None:
        """Return the longest pause after an attempt, the first of which is 1.

        None if there are no more attempts.
        """
        if attempt >= self.attempts:
            return None
        return _delays(self.delays)(attempt - 1)

    def topics(self, topic: str, group: str) -> Mapping[float, str]:
        """Return the topic of each delay; none unless messages wait in topics."""
        if self.by is not RetryBy.TOPICS:
            return {}
        return {pause: retry_topic(topic, group, pause) for pause in self.pauses_s()}

    def topics_read(self, topic: str, group: str) -> Sequence[str]:
        """Return the topics in which messages may wait, those of `formerly` as well."""
        former = (retry_topic(topic, group, each) for each in self._former_pauses_s())
        return tuple(dict.fromkeys((*self.topics(topic, group).values(), *former)))

    def _former_pauses_s(self) -> tuple[float, ...]:
        if not self.formerly:
            return ()
        given = _delays(self.formerly)
        # A range doubles to its end; a list repeats its last one for ever.
        return tuple(dict.fromkeys(given(number) for number in range(_MOST_TIERS)))


def retry_topic(topic: str, group: str, delay_s: float) -> str:
    """Return where messages of a topic wait for a group's next attempt."""
    return f"{topic}.{group}.retry-{written(delay_s)}"


class Blame(Enum):
    """Who is to blame, and so what is to be done."""

    POISON = auto()
    """The message, for ever: it becomes a dead letter at once."""

    MISSING = auto()
    """Its schema is not known, perhaps not yet: it is tried for some seconds."""

    REFUSED = auto()
    """Its schema is not given. If the registry gives those of the group's own events,
    the message is to blame; if not, this is an outage."""

    OUTAGE = auto()
    """Something that all messages need: all wait until it is back."""

    HANDLER = auto()
    """The handler: it is tried again, as its `Retry` says."""


class Reason(StrEnum):
    """Why a message is a dead letter."""

    SCHEMA = "schema"
    DESERIALIZE = "deserialize"
    HANDLER = "handler"
    UNROUTABLE = "unroutable"
    PARKED = "parked"


@dataclass(frozen=True, slots=True)
class Failure:
    """An exception, and what it means."""

    error: BaseException
    blame: Blame
    reason: Reason


Rows = Sequence[tuple[type[BaseException], Blame, Reason]]

_OUTAGES: Final[Rows] = tuple(
    (kind, Blame.OUTAGE, Reason.HANDLER)
    for kind in (
        OutageError,
        RegistryUnavailableError,
        AuthenticationError,
        ForeignRegistryError,
        ClientClosedError,
    )
)

OF_READING: Final[Rows] = (
    *_OUTAGES,
    (SchemaNotFoundError, Blame.MISSING, Reason.SCHEMA),
    (NotFoundError, Blame.MISSING, Reason.SCHEMA),
    (BundleError, Blame.OUTAGE, Reason.SCHEMA),
    # What the group's own events need is there, or the service had not begun.
    (MissingExtraError, Blame.POISON, Reason.SCHEMA),
    (RegistryResponseError, Blame.REFUSED, Reason.SCHEMA),
    (CodecError, Blame.POISON, Reason.DESERIALIZE),
    # A fault of our own must not stop a lane for ever either.
    (Exception, Blame.POISON, Reason.DESERIALIZE),
)
"""What is raised when a message is read; the first row that fits counts."""

OF_HANDLING: Final[Rows] = (
    *_OUTAGES,
    (AccessDeniedError, Blame.OUTAGE, Reason.HANDLER),
    (MessageKeyError, Blame.POISON, Reason.HANDLER),
    (Exception, Blame.HANDLER, Reason.HANDLER),
)
"""What is raised by a handler, by its transaction, and by what it publishes."""


def failure(error: Exception, rows: Rows) -> Failure:
    """Return what an exception means."""
    for kind, blame, reason in rows:
        if isinstance(error, kind):
            return Failure(error, blame, reason)
    return Failure(error, Blame.HANDLER, Reason.HANDLER)


def outages(kinds: Sequence[type[BaseException]]) -> Rows:
    """Return rows for exceptions of a user's own that mean an outage."""
    return tuple((kind, Blame.OUTAGE, Reason.HANDLER) for kind in kinds)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses that double, each drawn evenly from nothing to the most (full jitter).

    Attributes:
        random: Draws evenly from 0 to 1.

    """

    random: Callable[[], float]
    first_s: float = 0.2
    longest_s: float = 30.0

    def pause_s(self, failures: int) -> float:
        """Draw the pause after so many failures in a row, 1 or more."""
        most = min(self.longest_s, self.first_s * 2.0 ** min(failures - 1, 32))
        return self.random() * most
