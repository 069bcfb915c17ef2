"""How often clients may ask, and how much at the same time.

A client is a principal; where nobody says who they are, it is an address. What is
counted is kept in each process, so each has its share of what is allowed.

A batch is let in like any request, as its size is not known before it is read. It costs
as many as it has items all the same: what there is no room for is owed, and until that
is over the client is told to wait.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass
from enum import Enum, auto
from functools import partial
from typing import Final, Protocol

from registry.application import callers
from registry.domain.principals import ANONYMOUS, Principal
from registry.http import principals
from registry.http.asgi import Scope
from registry.http.errors import RefusedError
from registry.http.peers import Peers, network_of

_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# Of a plan, each contract is checked.
_CHECKS: Final = ("/compatibility/", "/governance/v1/check", "/governance/v1/plan")
_READS: Final = frozenset(
    {"/associations:batchGet", "/governance/v1/subjects:batchGet"}
)
_PROBES: Final = "/health/"
_SUBJECTS: Final = "/subjects/"
_AT_ONCE_WAIT_S: Final = 1
_WITHOUT_END: Final = 1 << 30
_FREELY: Final = nullcontext()


class Kind(Enum):
    """What is limited apart from the rest."""

    READ = auto()
    WRITE = auto()
    CHECK = auto()


@dataclass(frozen=True, slots=True)
class Rates:
    """What a client may do; of all processes together. 0 for as much as it likes.

    Attributes:
        checks_at_once: How many may run at the same time.

    """

    reads_per_s: int = 500
    writes_per_s: int = 20
    checks_per_s: int = 10
    checks_at_once: int = 4

    def of(self, kind: Kind) -> int:
        """Return how often per second."""
        return {
            Kind.READ: self.reads_per_s,
            Kind.WRITE: self.writes_per_s,
            Kind.CHECK: self.checks_per_s,
        }[kind]


NO_RATES: Final = Rates(0, 0, 0, 0)


class Lease:
    """What a client may do without being counted again.

    Attributes:
        who: The client.
        left: How often; whoever uses it up takes one off.

    """

    __slots__ = ("left", "who")

    def __init__(self, who: str) -> None:
        self.who = who
        self.left = 0


class Window(Protocol):
    """Counts what clients do within some time."""

    def take(self, who: str) -> bool:
        """Count one more; False, and nothing counted, if that is too much."""

    def lease(self, who: str) -> Lease:
        """Return what is left to a client; the same one as long as it is active."""

    def renew(self, lease: Lease) -> bool:
        """Count some more at once, and lease them; False if that is too much."""

    def owe(self, who: str, more: int) -> None:
        """Count so many more, be there room for them or not."""

    def wait_s(self, who: str) -> int:
        """Return after how many whole seconds there is room again."""


def _again(lease: Lease) -> bool:
    lease.left = _WITHOUT_END
    return True


Renew = Callable[[Lease], bool]
Owe = Callable[[int], None]

_OWE: Final[ContextVar[Owe | None]] = ContextVar("owe", default=None)


def charge(items: int) -> None:
    """Count the present request as so many; for the event loop's thread."""
    owe = _OWE.get()
    if owe is not None and items > 1:
        owe(items - 1)


UNLIMITED: Final[tuple[Lease, Renew]] = (Lease(""), _again)
"""Of all who are held to no rate."""


class TooManyError(RefusedError):
    """A client has asked too often."""

    def __init__(self, message: str, wait_s: int) -> None:
        headers = {"retry-after": str(wait_s)}
        super().__init__(
            429, f"{message}; nothing was done. Try again.", headers=headers
        )


class Admission:
    """Lets requests in, or says when to come again. For the event loop's thread.

    Args:
        windows: Of each kind that is limited.
        checks_at_once: How many checks of a client may run; 0 for any number.
        peers: Tells clients from their proxies.

    """

    def __init__(
        self, windows: Mapping[Kind, Window], checks_at_once: int, peers: Peers
    ) -> None:
        self._windows = windows
        self._reads = windows.get(Kind.READ)
        self._at_once = checks_at_once
        self._peers = peers
        self._running: Counter[str] = Counter()

    def has_room_to_read(self, scope: Scope) -> bool:
        """Count a read if there is room for it."""
        return self._reads is None or self._reads.take(self._client(scope))

    def lease(self, principal: Principal) -> tuple[Lease, Renew] | None:
        """Return what reads of a principal use up, and what renews it.

        None where each has to be let in: by address, as nobody says who they are.
        """
        if self._reads is None:
            return UNLIMITED
        if principal is ANONYMOUS:
            return None
        return self._reads.lease(principal.name), self._reads.renew

    @contextmanager
    def admitted(self, scope: Scope, path: str) -> Iterator[None]:
        """Hold the place of a request while it is answered.

        Raises:
            TooManyError: There is none. Nothing is counted.

        """
        kind = kind_of(scope["method"], path)
        if kind is None:
            yield
            return
        who = self._client(scope)
        is_counted = kind is Kind.CHECK and self._at_once > 0
        if is_counted and self._running[who] >= self._at_once:
            raise TooManyError("Too many checks at the same time", _AT_ONCE_WAIT_S)
        window = self._windows.get(kind)
        if window is not None and not window.take(who):
            raise TooManyError("Too many requests", window.wait_s(who))
        token = _OWE.set(None if window is None else partial(window.owe, who))
        caller = callers.CURRENT.set(who)
        try:
            with self._counted_as_running(who) if is_counted else _FREELY:
                yield
        finally:
            callers.CURRENT.reset(caller)
            _OWE.reset(token)

    @contextmanager
    def _counted_as_running(self, who: str) -> Iterator[None]:
        self._running[who] += 1
        try:
            yield
        finally:
            self._running[who] -= 1
            if not self._running[who]:
                del self._running[who]

    def _client(self, scope: Scope) -> str:
        principal = principals.CURRENT.get()
        if principal is not ANONYMOUS:
            return principal.name
        return network_of(self._peers.address(scope))


def kind_of(method: str, path: str) -> Kind | None:
    """Return what a request is; None for what is never limited.

    Args:
        path: Without the prefix of a context or of another registry.

    """
    if path.startswith(_PROBES):
        return None
    if method in _SAFE or path in _READS:
        return Kind.READ
    if path.startswith(_CHECKS):
        return Kind.CHECK
    # To look a schema up by its text is asked for as a POST.
    is_look_up = path.startswith(_SUBJECTS) and "/" not in path[len(_SUBJECTS) :]
    return Kind.READ if is_look_up and method == "POST" else Kind.WRITE
