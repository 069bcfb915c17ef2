"""The shortest way: known callers get known answers before anything else is done.

What the layers behind have found out about a caller is gathered once: until when it is
good, which answers may be shown, what is left of what may be asked for. So an answer
costs a few look-ups, be authentication on or off. Whatever is not known goes the
ordinary way, which alone refuses, and tells afterwards what it has found out.

Any change of accounts, tokens or grants makes all that was gathered void.
"""

from collections.abc import Callable
from hashlib import blake2b
from time import perf_counter_ns
from typing import Final, NamedTuple, Protocol

from registry.application.changes import Changes
from registry.domain.access import Access
from registry.domain.model import ACCESS_CONTEXT
from registry.domain.principals import ANONYMOUS, Principal
from registry.http.asgi import App, Receive, Scope, Send
from registry.http.authentication import AUTHORIZATION, Authentication
from registry.http.authorisation import NOBODY, Callers
from registry.http.by_id import ById
from registry.http.metrics import QUICK_NS, Counters
from registry.http.rates import UNLIMITED, Admission, Lease, Renew
from registry.http.request_ids import chosen, fresh

MOST_PASSES: Final = 10_000
_FOR_EVER_MS: Final = 1 << 62
_NS_A_MS: Final = 1_000_000


class Caller(NamedTuple):
    """Who asks, what they may do, and for how long that need not be found out anew."""

    principal: Principal
    access: Access
    good_ms: int


ANYBODY: Final = Caller(ANONYMOUS, NOBODY, _FOR_EVER_MS)


class Guards(Protocol):
    """Those who find out who callers are and what they may do."""

    @property
    def field(self) -> bytes:
        """The header field that callers are told by; empty where they are all one."""

    @property
    def digest(self) -> blake2b | None:
        """What is to be copied, to make of the field what may be remembered.

        None if that is the field itself.
        """

    def remembered(self, presented: bytes | None) -> Caller | None:
        """Return who presents a field; None if that is not known just now.

        Args:
            presented: The only such field of a request; None for none.

        """


class NoGuards:
    """Whoever asks is answered."""

    field: Final = b""
    digest: Final = None

    def remembered(self, presented: bytes | None) -> Caller:
        del presented
        return ANYBODY


class Credentials:
    """Who presents a good credential is answered what was granted to them."""

    field: Final = AUTHORIZATION

    def __init__(self, authentication: Authentication, callers: Callers) -> None:
        self._authentication = authentication
        self._callers = callers
        self.digest = authentication.digest

    def remembered(self, presented: bytes | None) -> Caller | None:
        known = self._authentication.remembered(presented)
        if known is None:
            return None
        principal, good_ms = known
        access = self._callers.remembered(principal)
        return None if access is None else Caller(principal, access, good_ms)


class _Pass:
    """What a caller needs to be answered.

    Attributes:
        reader: Stands for what they may see.
        until_ns: By the front's clock.

    """

    __slots__ = ("lease", "reader", "renew", "until_ns")

    def __init__(self, reader: int, until_ns: int, lease: Lease, renew: Renew) -> None:
        self.reader = reader
        self.until_ns = until_ns
        self.lease = lease
        self.renew = renew


class Front:
    """An ASGI application that answers those it knows what it knows.

    Args:
        app: The ordinary way.
        by_id: What keeps answers, at its end.
        guards: On that way.
        admission: Holds clients to their rates; None where they have none.
        clock_ns: Goes on evenly, from anywhere.

    """

    def __init__(
        self,
        app: App,
        by_id: ById,
        changes: Changes,
        counters: Counters,
        guards: Guards,
        admission: Admission | None = None,
        clock_ns: Callable[[], int] = perf_counter_ns,
    ) -> None:
        self._app = app
        self._by_id = by_id
        self._answers = by_id.lines.answers
        self._changes = changes
        self._counters = counters
        self._guards = guards
        self._admission = admission
        self._clock_ns = clock_ns
        self._field = guards.field
        self._digest = guards.digest
        self._passes: dict[bytes | None, _Pass] = {}
        self._total = self._seen = -1

    async def answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or whatever else the server has."""
        # What is no request has no method.
        if scope.get("method") != "GET":
            await self._app(scope, receive, send)
            return
        # All in one function: calls would cost as much again as what they do.
        started_ns = self._clock_ns()
        headers = scope["headers"]
        fields = dict(headers)
        # Before what is found out: see there.
        total = self._changes.total
        if total != self._total:
            self._look_again(total)
        presented = key = fields.get(self._field)
        if presented is not None and self._digest is not None:
            digest = self._digest.copy()
            digest.update(presented)
            key = digest.digest()
        known = self._passes.get(key)
        # Of repeated fields, the ordinary way knows what they say together.
        if known is None or started_ns >= known.until_ns or len(fields) != len(headers):
            await self._app(scope, receive, send)
            if self._by_id.may_know(scope):
                self._remember(key, presented)
            return
        line = (
            known.reader,
            scope.get("raw_path", b""),
            scope["query_string"],
            fields.get(b"accept"),
        )
        answer = self._answers.get(line)
        entry = None if answer is None else answer()
        lease = known.lease
        if (
            entry is None
            or (entry.total != total and not self._by_id.is_true(entry, total))
            or (not lease.left and not known.renew(lease))
        ):
            await self._app(scope, receive, send)
            return
        lease.left -= 1
        entry.is_used = True
        if b"if-none-match" in fields:
            # Seldom: this call is dear.
            start, body, hits = entry.answer(fields)
        else:
            given = fields.get(b"x-request-id")
            request_id = fresh() if given is None else chosen(given)
            headers = [*entry.headers, (b"x-request-id", request_id)]
            start = {"type": "http.response.start", "status": 200, "headers": headers}
            body, hits = entry.body, entry.hits
        await send(start)
        await send(body)
        spent_ns = self._clock_ns() - started_ns
        if spent_ns > QUICK_NS:
            self._counters.hit(entry.row, start["status"], spent_ns)
            return
        if not hits.number:
            self._counters.publish_soon()
        hits.number += 1
        hits.spent_ns += spent_ns

    def _look_again(self, total: int) -> None:
        seen = self._changes.seen(ACCESS_CONTEXT)
        if seen != self._seen:
            self._passes.clear()
        self._total, self._seen = total, seen

    def _remember(self, key: bytes | None, presented: bytes | None) -> None:
        self._passes.pop(key, None)
        caller = self._guards.remembered(presented)
        if caller is None:
            return
        admission = self._admission
        leased = UNLIMITED if admission is None else admission.lease(caller.principal)
        if leased is None:
            return
        if len(self._passes) >= MOST_PASSES:
            # The eldest.
            del self._passes[next(iter(self._passes))]
        reader = self._by_id.lines.reader(caller.access)
        until_ns = self._clock_ns() + caller.good_ms * _NS_A_MS
        self._passes[key] = _Pass(reader, until_ns, *leased)
