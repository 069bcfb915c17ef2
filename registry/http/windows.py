"""Moving windows in memory: how often each client did something of late."""

import math
import time
from collections.abc import Callable
from typing import Final

from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from registry.http.peers import Peers
from registry.http.rates import Admission, Kind, Lease, Rates

_WINDOW_S: Final = 2
"""What is allowed in it may come at once: twice what a second has."""

_LEASES: Final = 40
_MOST_LEASES: Final = 10_000


class MovingWindow:
    """Counts the acts of each client in the last two seconds.

    Asking the library costs a tenth of an answer from the cache. So it is asked for
    some acts together, a fortieth of what is allowed, which are then used up one by
    one; who comes back later may have as many more.

    Args:
        per_s: How often a client may do it in the long run.
        workers: How many processes count, each its share.
        monotonic: What time it is for debts, in seconds.

    """

    def __init__(
        self,
        per_s: int,
        workers: int = 1,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        most = max(1, per_s * _WINDOW_S // workers)
        self._item = RateLimitItemPerSecond(most, _WINDOW_S)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._lease = max(1, most // _LEASES)
        self._leases: dict[str, Lease] = {}
        self._per_s = most / _WINDOW_S
        self._monotonic = monotonic
        # Until when each client pays for what it had no room for.
        self._paying_until: dict[str, float] = {}

    def take(self, who: str) -> bool:
        lease = self.lease(who)
        if not lease.left and not self.renew(lease):
            return False
        lease.left -= 1
        return True

    def lease(self, who: str) -> Lease:
        lease = self._leases.get(who)
        if lease is None:
            if len(self._leases) >= _MOST_LEASES:
                self._leases.clear()
            lease = self._leases[who] = Lease(who)
        return lease

    def owe(self, who: str, more: int) -> None:
        lease = self.lease(who)
        used, lease.left = min(lease.left, more), max(0, lease.left - more)
        room = self._limiter.get_window_stats(self._item, who).remaining
        counted = min(room, more - used)
        if counted:
            self._limiter.hit(self._item, who, cost=counted)
        if owed := more - used - counted:
            now = self._monotonic()
            self._forget_paid(now)
            since = max(now, self._paying_until.get(who, now))
            self._paying_until[who] = since + owed / self._per_s

    def renew(self, lease: Lease) -> bool:
        if self._owes_s(lease.who) > 0:
            return False
        if not self._limiter.hit(self._item, lease.who, cost=self._lease):
            return False
        lease.left = self._lease
        return True

    def wait_s(self, who: str) -> int:
        reset = self._limiter.get_window_stats(self._item, who).reset_time
        return max(1, math.ceil(max(reset - time.time(), self._owes_s(who))))

    def _owes_s(self, who: str) -> float:
        until = self._paying_until.get(who)
        return 0.0 if until is None else until - self._monotonic()

    def _forget_paid(self, now: float) -> None:
        if len(self._paying_until) >= _MOST_LEASES:
            paying = self._paying_until
            self._paying_until = {
                who: until for who, until in paying.items() if until > now
            }


def admission(rates: Rates, workers: int, peers: Peers) -> Admission:
    """Return what holds clients to some rates.

    Args:
        workers: How many processes there are.

    """
    windows = {
        kind: MovingWindow(rates.of(kind), workers) for kind in Kind if rates.of(kind)
    }
    at_once = rates.checks_at_once
    return Admission(windows, at_once and max(1, at_once // workers), peers)
