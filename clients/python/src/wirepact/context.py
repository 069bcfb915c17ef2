"""Which message is being handled, so that what is sent meanwhile names its cause.

It is held in a `contextvars.ContextVar`: every task has its own, and what a task or
`asyncio.to_thread` begins inherits it. Threads of an executor do not; `carried` takes
it to them.
"""

import contextvars
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, ParamSpec, Protocol, TypeVar
from uuid import UUID

from wirepact._attributes import RULES
from wirepact._trace import new_traceparent
from wirepact.envelope import Envelope, Header, Opened
from wirepact.ids import repeatable_id

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")

_BAGGAGE: Final = "baggage"
_OF_HOPS: Final = frozenset({"traceparent", "tracestate"})


@dataclass(frozen=True, slots=True)
class Links:
    """What ties a message to what caused it, by the names of CloudEvents."""

    correlationid: str | None = None
    causationid: str | None = None
    traceparent: str | None = None
    tracestate: str | None = None


class Opening(Protocol):
    """A message whose envelope is read when it is asked for."""

    @property
    def opened(self) -> Opened: ...


class Handling:
    """The handling of one message by one handler.

    Of most messages nobody asks what ties to them; it is found out when somebody does.

    Attributes:
        handler: Its name; two handlers of a message send different messages.
        kept: What is published meanwhile, if it is kept until the handler has ended;
            None where it is sent at once.

    """

    __slots__ = ("_links", "_message", "_sent", "handler", "kept")

    def __init__(
        self,
        message: Opened | Envelope | Opening,
        handler: str = "",
        kept: list[Any] | None = None,
    ) -> None:
        self.handler = handler
        self.kept = kept
        self._message = message
        self._links: Links | None = None
        self._sent = 0

    @property
    def envelope(self) -> Envelope:
        message = self._message
        return message if isinstance(message, Envelope) else _opened(message).envelope

    @property
    def links(self) -> Links:
        """What ties to this message what is sent meanwhile."""
        if self._links is None:
            self._links = _links(self.envelope, self._headers)
        return self._links

    @property
    def baggage(self) -> tuple[Header, ...]:
        """The message's headers of that name."""
        return tuple(each for each in self._headers if each[0] == _BAGGAGE)

    @property
    def _headers(self) -> tuple[Header, ...]:
        message = self._message
        return () if isinstance(message, Envelope) else _opened(message).headers

    def next_id(self) -> UUID | None:
        """Return an id for what is sent next; the same ones when handled again.

        They are the same only if the handler sends the same in the same order. None
        if the message has no id itself: all such messages would be answered alike.
        """
        message = self.envelope
        if not message.id:
            return None
        sent, self._sent = self._sent, self._sent + 1
        return repeatable_id(message.source, message.id, self.handler, sent)


_NO_LINKS: Final = Links()
_handling: contextvars.ContextVar[Handling | None] = contextvars.ContextVar(
    "wirepact_handling", default=None
)


def current() -> Handling | None:
    """Return what is being handled here; None outside of handlers."""
    return _handling.get()


@contextmanager
def handling(message: Opened | Envelope, handler: str = "") -> Iterator[Handling]:
    """Mark all that happens inside as the handling of a message.

    One inside another hides it until it ends.

    Args:
        handler: A name that stays when the code is deployed again.

    """
    begun = Handling(message, handler)
    token = enter(begun)
    try:
        yield begun
    finally:
        leave(token)


def enter(begun: Handling) -> contextvars.Token[Handling | None]:
    """Mark what follows in this task as a handling, until `leave`."""
    return _handling.set(begun)


def leave(token: contextvars.Token[Handling | None]) -> None:
    """End what `enter` has begun; in the same task."""
    _handling.reset(token)


def links(*, begin_trace: bool = False) -> Links:
    """Return what a message that is sent now is tied to.

    Inside a handler its correlation id is that of the handled message, or the id of
    that one if it has none; its causation id is the id of the handled message.

    Args:
        begin_trace: Begin a trace where there is none to be continued.

    """
    now = _handling.get()
    found = _NO_LINKS if now is None else now.links
    if begin_trace and found.traceparent is None:
        return replace(found, traceparent=new_traceparent())
    return found


def baggage() -> list[Header]:
    """Return the handled message's headers `baggage`, for what is sent now."""
    now = _handling.get()
    return [] if now is None else list(now.baggage)


def carried(
    function: Callable[Arguments, Result],
) -> Callable[Arguments, Result]:
    """Return a function that runs with what is being handled here, in any thread.

    For executors: `pool.submit(carried(send), order)`. It may run several times, also
    at once; what it changes in the context stays with that run.
    """
    here = contextvars.copy_context()

    def run(*args: Arguments.args, **kwargs: Arguments.kwargs) -> Result:
        # A context can be entered once at a time.
        return here.copy().run(function, *args, **kwargs)

    return run


def _opened(message: Opened | Opening) -> Opened:
    return message if isinstance(message, Opened) else message.opened


def _links(message: Envelope, headers: Iterable[Header]) -> Links:
    causation = _valid("causationid", message.id)
    parent, state = _trace(message, headers)
    return Links(
        correlationid=_valid("correlationid", message.correlationid) or causation,
        causationid=causation,
        traceparent=parent,
        tracestate=state,
    )


def _trace(
    message: Envelope, headers: Iterable[Header]
) -> tuple[str | None, str | None]:
    """Return the trace of the last hop, else the one in which the event began."""
    hop = {name: value for name, value in headers if name in _OF_HOPS}
    parent, state = message.traceparent, message.tracestate
    if "traceparent" in hop:
        parent = _valid("traceparent", _text(hop["traceparent"]))
        state = _valid("tracestate", _text(hop.get("tracestate")))
    return parent, state if parent is not None else None


def _text(value: bytes | None) -> str:
    return "" if value is None else value.decode(errors="replace")


def _valid(attribute: str, text: str | None) -> str | None:
    """Return a text that may be sent; what others have broken is not passed on."""
    try:
        valid: str = RULES[attribute].parse(text or "")
    except ValueError:
        return None
    return valid
