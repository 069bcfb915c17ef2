"""When a request is sent again: how often, how soon, and when better not at all.

Nothing here sleeps, reads a clock or draws by itself; all three are handed in.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from random import SystemRandom
from typing import Final

RETRIED_STATUSES: Final = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses after which the same request may succeed. All others are final."""

OUTAGE_STATUSES: Final = RETRIED_STATUSES - {500}
"""Those that speak of the server's state. One request can provoke a 500."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How a call is tried.

    Attributes:
        attempts: The most requests that one call sends, over all URLs.
        first_pause_s: The most that the first pause lasts; it doubles with each round,
            and each is drawn evenly from nothing to the most (full jitter).
        longest_pause_s: Where the doubling ends.
        longest_retry_after_s: A registry that asks for more is not waited for.
        connect_timeout_s: For a connection.
        read_timeout_s: For the next bytes of an answer.
        total_timeout_s: For the call, with all retries and pauses.

    """

    attempts: int = 4
    first_pause_s: float = 0.1
    longest_pause_s: float = 5.0
    longest_retry_after_s: float = 10.0
    connect_timeout_s: float = 2.0
    read_timeout_s: float = 5.0
    total_timeout_s: float = 15.0

    def pause_s(self, round_number: int, random: Callable[[], float]) -> float:
        """Draw the pause after a round, the first of which is 0."""
        # Bounded before it is raised: a float overflows at a thousand rounds.
        most = self.first_pause_s * 2.0 ** min(round_number, 32)
        return random() * min(most, self.longest_pause_s)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the core is handed from outside, so that tests decide it.

    Attributes:
        clock: Seconds that never go back.
        wall_clock: Seconds since 1970, for what outlives the process.
        random: Draws evenly from 0 to 1.

    """

    clock: Callable[[], float] = time.monotonic
    wall_clock: Callable[[], float] = time.time
    random: Callable[[], float] = field(default=SystemRandom().random)


class RetryBudget:
    """Keeps retries to a part of the traffic, so that they never add to an outage.

    Each call pays in a tenth of a retry. A little is there from the beginning, for a
    service that has just started and asks for the first time.
    """

    SHARE: Final = 0.1
    RESERVE: Final = 10.0

    def __init__(self) -> None:
        self._balance = self.RESERVE

    def pay_in(self) -> None:
        self._balance = min(self.RESERVE, self._balance + self.SHARE)

    def withdraw(self) -> bool:
        """Take one retry; False if none is left."""
        if self._balance < 1:
            return False
        self._balance -= 1
        return True


class Breaker:
    """Stops asking one server that keeps failing, and lets one request find out.

    While it is open, the server gets no traffic. Then one request is let through: if it
    succeeds, all follow; if not, the next one waits longer. The times are jittered, or
    all clients would find out in the same moment.
    """

    THRESHOLD: Final = 5
    FIRST_OPEN_S: Final = 1.0
    LONGEST_OPEN_S: Final = 30.0
    LONGEST_PROBE_S: Final = 20.0

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._failures = 0
        self._closed_from = 0.0

    @property
    def failures(self) -> int:
        """How often it failed since it last succeeded."""
        return self._failures

    @property
    def opens_in_s(self) -> float:
        """How long no request is let through."""
        return max(0.0, self._closed_from - self._around.clock())

    def admits(self) -> bool:
        return self._around.clock() >= self._closed_from

    def begin(self) -> None:
        """Note that a request is sent: past the threshold it is the only one."""
        if self._failures >= self.THRESHOLD:
            self._closed_from = self._around.clock() + self.LONGEST_PROBE_S

    def succeed(self) -> None:
        self._failures = 0
        self._closed_from = 0.0

    def fail(self, retry_after_s: float = 0.0) -> None:
        self._failures += 1
        over = self._failures - self.THRESHOLD
        wait_s = 0.0
        if over >= 0:
            most = min(self.FIRST_OPEN_S * 2.0 ** min(over, 10), self.LONGEST_OPEN_S)
            wait_s = most * (0.5 + self._around.random() / 2)
        wait_s = max(wait_s, min(retry_after_s, self.LONGEST_OPEN_S))
        self._closed_from = self._around.clock() + wait_s
