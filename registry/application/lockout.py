"""Who has guessed too often has to wait: by account and address, by each of them alone.

A lock on an account alone would be in the hands of whoever fails on purpose: its owner
could be kept out for ever. So a few failures lock an account for the address that they
come from, and its owner gets in from any other. Only as many as no person makes lock it
for all addresses (guesses from everywhere would go on without end), and even then not
for those from which its password has come before.

Each process counts for itself. What it remembers is bounded: when there is no more
room, who was quiet for longest is forgotten.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Final

from registry.domain.errors import RegistryError

MOST_REMEMBERED: Final = 10_000
"""Names, and as many addresses, and pairs of both."""


class LockedOutError(RegistryError):
    """Too many failures; whatever is presented now is not looked at.

    Attributes:
        retry_after_s: When it is.

    """

    code = 429

    def __init__(self, retry_after_s: int) -> None:
        self.retry_after_s = retry_after_s
        super().__init__(
            f"Too many failed logins; try again in {retry_after_s} seconds."
        )


@dataclass(frozen=True, slots=True)
class Patience:
    """How many failures are borne.

    Attributes:
        most: So many within the window; the next attempt is refused.
        window_s: How long a failure is remembered.
        locked_s: How long the first lock lasts; each further one twice as long.
        most_locked_s: But no longer than this.

    """

    most: int
    window_s: int = 300
    locked_s: int = 60
    most_locked_s: int = 900


OF_ACCOUNT: Final = Patience(most=5)
"""Of an account, for one address."""

CEILING: Final = 20
"""So many times that of an account, for all addresses together.

So 100: what NIST's SP 800-63B (5.2.2) allows in a row.
"""

OF_ADDRESS: Final = Patience(most=20)
"""More: many people may share one."""

OF_STRANGERS: Final = Patience(most=20, window_s=10, locked_s=1, most_locked_s=15)
"""Of an address that sends tokens, or certificates, that stand for nobody.

For seconds only: nobody guesses these. It is the database that is spared being asked,
while others of the same address may come with good ones.
"""


class Lockout:
    """Counts failures; thread-safe.

    Args:
        monotonic: What time it is, in seconds.
        of_account: With each address by itself; with all of them, `CEILING` times it.

    """

    def __init__(
        self,
        monotonic: Callable[[], float],
        of_account: Patience = OF_ACCOUNT,
        of_address: Patience = OF_ADDRESS,
        of_strangers: Patience = OF_STRANGERS,
    ) -> None:
        self._monotonic = monotonic
        self._pairs = _Failures(of_account)
        everywhere = replace(of_account, most=of_account.most * CEILING)
        self._accounts = _Failures(everywhere)
        # Addresses from which the password of an account has come.
        self._trusted: OrderedDict[tuple[str, str], None] = OrderedDict()
        self._addresses = _Failures(of_address)
        self._strangers = _Failures(of_strangers)
        self._lock = threading.Lock()

    def attempt(self, account: str, address: str) -> None:
        """Count an attempt as failed, until `succeeded` or `undecided` takes it back.

        So of many that come at once, no more are looked at than one after the other.

        Raises:
            LockedOutError: The account, from here or from everywhere, or the address
                has failed too often. Whether there is such an account makes no
                difference.

        """
        now = self._monotonic()
        with self._lock:
            counted = self._counted(account, address)
            wait_s = max(each.wait_s(who, now) for each, who in counted)
            if wait_s > 0:
                raise LockedOutError(int(wait_s) + 1)
            for each, who in counted:
                each.count(who, now)

    def succeeded(self, account: str, address: str) -> None:
        """Forget the failures of an account, and this attempt of the address.

        Of those from other addresses, only what counts for all of them is forgotten.
        """
        pair = account, address
        with self._lock:
            self._pairs.forget(pair)
            self._accounts.forget(account)
            self._addresses.take_back(address)
            self._trusted[pair] = None
            self._trusted.move_to_end(pair)
            if len(self._trusted) > MOST_REMEMBERED:
                self._trusted.popitem(last=False)

    def undecided(self, account: str, address: str) -> None:
        """Take an attempt back that could not be looked at: nobody has failed."""
        with self._lock:
            for each, who in self._counted(account, address):
                each.take_back(who)

    def _counted(
        self, account: str, address: str
    ) -> list[tuple["_Failures", Hashable]]:
        pair = account, address
        found: list[tuple[_Failures, Hashable]] = [
            (self._pairs, pair),
            (self._addresses, address),
        ]
        if pair not in self._trusted:
            found.append((self._accounts, account))
        return found

    def hold_stranger(self, address: str) -> None:
        """Refuse to look at a token or certificate that is not known yet.

        Raises:
            LockedOutError: Too many from this address stood for nobody.

        """
        with self._lock:
            wait_s = self._strangers.wait_s(address, self._monotonic())
        if wait_s > 0:
            raise LockedOutError(int(wait_s) + 1)

    def refused_stranger(self, address: str) -> None:
        """Count a token or certificate that stood for nobody."""
        with self._lock:
            self._strangers.count(address, self._monotonic())


class _Record:
    __slots__ = ("failed_at", "locked_until", "locks")

    def __init__(self) -> None:
        self.failed_at: list[float] = []
        self.locks = 0
        self.locked_until = 0.0


class _Failures:
    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._records: OrderedDict[Hashable, _Record] = OrderedDict()

    def wait_s(self, who: Hashable, now: float) -> float:
        record = self._records.get(who)
        return 0.0 if record is None else record.locked_until - now

    def count(self, who: Hashable, now: float) -> None:
        patience = self._patience
        record = self._records.setdefault(who, _Record())
        self._records.move_to_end(who)
        if len(self._records) > MOST_REMEMBERED:
            self._records.popitem(last=False)
        if now - record.locked_until > patience.most_locked_s:
            record.locks = 0
        # What led to a lock is atoned for when it is over.
        since = max(now - patience.window_s, record.locked_until)
        record.failed_at = [each for each in record.failed_at if each >= since]
        record.failed_at.append(now)
        if len(record.failed_at) >= patience.most:
            locked_s = patience.locked_s * 2**record.locks
            record.locked_until = now + min(locked_s, patience.most_locked_s)
            record.locks += 1

    def forget(self, who: Hashable) -> None:
        self._records.pop(who, None)

    def take_back(self, who: Hashable) -> None:
        record = self._records.get(who)
        if record is None or not record.failed_at:
            return
        was_the_last = len(record.failed_at) == self._patience.most
        record.failed_at.pop()
        if was_the_last:
            # It had counted as the one too many.
            record.locked_until = 0.0
            record.locks -= 1
