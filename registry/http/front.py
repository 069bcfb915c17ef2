"""The shortest way: known callers get known answers before anything else is done.

What the layers behind have found out about a caller is gathered once: until when it is
good, which answers may be shown, what is left of what may be asked for. So an answer
costs a few look-ups, be authentication on or off. Whatever is not known goes the
ordinary way, which alone refuses, and tells afterwards what it has found out.

Any change of accounts, tokens or grants makes all that was gathered void.
"""

from collections import OrderedDict
from time import perf_counter_ns
from typing import Final, NamedTuple

from registry.application.changes import Changes
from registry.domain.access import Access
from registry.domain.model import ACCESS_CONTEXT
from registry.domain.principals import ANONYMOUS, Principal
from registry.http.asgi import App, Receive, Scope, Send
from registry.http.authentication import AUTHORIZATION, Authentication
from registry.http.authorisation import NOBODY, Callers
from registry.http.by_id import ById
from registry.http.metrics import Counters
from registry.http.rates import UNLIMITED, Admission, Lease, Renew

MOST_PASSES: Final = 10_000
_FOR_EVER: Final = 1 << 62
_NO_FIELD: Final = b""


class Caller(NamedTuple):
    """Who asks, what they may do, and when that has to be found out anew."""

    principal: Principal
    access: Access
    until_ms: int


_ANYBODY: Final = Caller(ANONYMOUS, NOBODY, _FOR_EVER)


class Guards:
    """Those who find out who callers are and what they may do."""

    def __init__(self, authentication: Authentication, callers: Callers) -> None:
        self._authentication = authentication
        self._callers = callers
        self.key = authentication.key
        self.clock = authentication.clock

    def remembered(self, authorization: bytes | None) -> Caller | None:
        """Return who presents a credential; None if that is not known just now."""
        known = self._authentication.remembered(authorization)
        if known is None:
            return None
        access = self._callers.remembered(known[0])
        return None if access is None else Caller(known[0], access, known[1])


class _Pass:
    """What a caller needs to be answered.

    Attributes:
        reader: Stands for what they may see.

    """

    __slots__ = ("lease", "reader", "renew", "until_ms")

    def __init__(self, reader: int, until_ms: int, lease: Lease, renew: Renew) -> None:
        self.reader = reader
        self.until_ms = until_ms
        self.lease = lease
        self.renew = renew


class Front:
    """An ASGI application that answers those it knows what it knows.

    Args:
        app: The ordinary way.
        by_id: What keeps answers, at its end.
        guards: On that way; None where nobody has to say who they are.
        admission: Holds clients to their rates; None where they have none.

    """

    def __init__(
        self,
        app: App,
        by_id: ById,
        changes: Changes,
        counters: Counters,
        guards: Guards | None = None,
        admission: Admission | None = None,
    ) -> None:
        self._app = app
        self._by_id = by_id
        self._answers = by_id.lines.answers
        self._changes = changes
        self._counters = counters
        self._guards = guards
        self._admission = admission
        self._field = _NO_FIELD if guards is None else AUTHORIZATION
        self._key = _as_it_is if guards is None else guards.key
        self._clock = _no_time if guards is None else guards.clock
        self._passes: OrderedDict[bytes | None, _Pass] = OrderedDict()
        self._total = self._seen = -1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        started_ns = perf_counter_ns()
        # All in one function: calls would cost as much again as what they do.
        headers = scope["headers"]
        fields = dict(headers)
        # Before what is found out: see there.
        total = self._changes.total
        if total != self._total:
            self._look_again(total)
        presented = fields.get(self._field)
        key = None if presented is None else self._key(presented)
        known = self._passes.get(key)
        # Of repeated fields, the ordinary way knows what they say together.
        if (
            known is None
            or self._clock() >= known.until_ms
            or len(fields) != len(headers)
        ):
            await self._app(scope, receive, send)
            if self._by_id.may_know(scope):
                self._remember(key, presented)
            return
        accept = fields.get(b"accept")
        raw_path = scope.get("raw_path") or b""
        line = known.reader, raw_path, scope["query_string"], accept
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
        start, body = entry.answer(fields)
        await send(start)
        await send(body)
        self._counters.hit(entry.row, start["status"], perf_counter_ns() - started_ns)

    def _look_again(self, total: int) -> None:
        seen = self._changes.seen(ACCESS_CONTEXT)
        if seen != self._seen:
            self._passes.clear()
        self._total, self._seen = total, seen

    def _remember(self, key: bytes | None, presented: bytes | None) -> None:
        self._passes.pop(key, None)
        guards, admission = self._guards, self._admission
        caller = _ANYBODY if guards is None else guards.remembered(presented)
        if caller is None:
            return
        leased = UNLIMITED if admission is None else admission.lease(caller.principal)
        if leased is None:
            return
        if len(self._passes) >= MOST_PASSES:
            self._passes.popitem(last=False)
        reader = self._by_id.lines.reader(caller.access)
        self._passes[key] = _Pass(reader, caller.until_ms, *leased)


def _as_it_is(presented: bytes) -> bytes:
    return presented


def _no_time() -> int:
    return 0
