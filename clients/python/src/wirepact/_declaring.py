"""From what `App.on` is given to a handler, with all that can be told of it by then."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wirepact.dead_letter import DeadLetters
from wirepact.durations import seconds
from wirepact.handlers import (
    Function,
    Handler,
    HandlerError,
    KeyOf,
    OnKeyError,
    Role,
    Unknown,
    bound,
    events_of,
    is_coroutine_function,
    key_function,
    roles_of,
    session_of,
)
from wirepact.retrying import Retry, RetryBy

PLACE: Final = "place"
_EVERY: Final = "1s"


@dataclass(frozen=True, slots=True)
class Declared:
    """What `App.on` is given, as it is given, and what the app has by itself.

    Attributes:
        has_transactions: Whether a handler can be given one.
        has_inbox: Whether handled messages can be remembered.
        has_delays: Whether the broker can hand back with a delay.

    """

    app: str
    events: Sequence[Any]
    topic: str | None
    group: str | None
    name: str | None
    batch: int
    every: str | float | None
    retry: Retry
    dead_letter: bool | DeadLetters
    idempotent: bool | str | KeyOf
    on_key_error: str
    unknown: str
    concurrency: int
    topics: Mapping[type, str]
    has_transactions: bool
    has_inbox: bool
    has_delays: bool


def declared(said: Declared, function: Function) -> Handler:
    """Return the handler that was declared.

    Raises:
        HandlerError: It cannot work; the message says what to write instead.

    """
    name = said.name or f"{said.app}.{getattr(function, '__qualname__', '')}"
    is_batch = _is_batch(said, name)
    events = events_of(name, said.events, function, is_batch=is_batch)
    roles = roles_of(name, function, is_batch=is_batch)
    key_of = _key_of(said, name)
    is_sync = not is_coroutine_function(function)
    _refuse_session(name, session_of(name, function, roles), is_sync=is_sync)
    handler = Handler(
        name=name,
        function=function,
        call=bound(function, roles),
        topic=said.topic or _topic(said, name, events),
        group=said.group or said.app,
        events=events,
        is_sync=is_sync,
        has_transaction=Role.TRANSACTION in roles,
        is_idempotent=said.idempotent is not False,
        retry=said.retry,
        letters=_letters(said.dead_letter),
        on_key_error=_choice(name, "on_key_error", OnKeyError, said.on_key_error),
        unknown=_choice(name, "unknown", Unknown, said.unknown),
        concurrency=said.concurrency,
        key_of=key_of,
        or_place=said.idempotent == PLACE,
        batch=said.batch,
        every_s=_every_s(said, name),
    )
    _refuse_impossible(said, handler)
    return handler


def refuse_neighbours(handler: Handler, others: Sequence[Handler]) -> None:
    """Pass if a handler can be beside the others.

    Raises:
        HandlerError: One has its name, or batches and single messages share a group.

    """
    for other in others:
        if other.name == handler.name:
            raise HandlerError(
                handler.name, "there are two of that name: give one of them name=..."
            )
        if other.group == handler.group and (other.batch or handler.batch):
            batching = handler if handler.batch else other
            raise HandlerError(
                batching.name,
                f"gets batches, and so has a group for itself: say group=... other"
                f" than {handler.group!r}",
            )


def _is_batch(said: Declared, name: str) -> bool:
    if said.batch < 0 or said.concurrency < 1:
        raise HandlerError(name, "batch and concurrency are 1 or more")
    if said.every is not None and not said.batch:
        raise HandlerError(name, "every=... says how long a batch waits: say batch=...")
    return said.batch > 0


def _every_s(said: Declared, name: str) -> float:
    try:
        return seconds(_EVERY if said.every is None else said.every)
    except ValueError as error:
        raise HandlerError(name, f"every: {error}") from error


def _topic(said: Declared, name: str, events: Sequence[type | None]) -> str:
    given = dict[Any, str](said.topics)
    known = {given[each] for each in events if each in given}
    if len(known) != 1:
        raise HandlerError(name, "which topic is it for? Say topic=...")
    return known.pop()


def _letters(given: bool | DeadLetters) -> DeadLetters | None:  # noqa: FBT001 - as it is given
    if isinstance(given, DeadLetters):
        return given
    return DeadLetters() if given else None


def _choice(name: str, what: str, kind: Any, given: str) -> Any:
    try:
        return kind(given)
    except ValueError as error:
        choices = ", ".join(repr(str(each)) for each in kind)
        raise HandlerError(
            name, f"{what} is one of {choices}, not {given!r}"
        ) from error


def _key_of(said: Declared, name: str) -> KeyOf | None:
    given = said.idempotent
    if isinstance(given, bool):
        return None
    if given == PLACE:
        return None
    if callable(given):
        return key_function(name, given)
    raise HandlerError(
        name, f"idempotent is True, False, {PLACE!r} or a function, not {given!r}"
    )


def _refuse_session(name: str, session: str, *, is_sync: bool) -> None:
    """Pass unless a handler is annotated with the session of the other kind."""
    given = "Session" if is_sync else "AsyncSession"
    if session and session != given:
        what = "a plain function" if is_sync else "a coroutine function"
        raise HandlerError(name, f"is {what}: its session is of {given}, not {session}")


def _refuse_impossible(said: Declared, handler: Handler) -> None:
    if handler.has_transaction and not said.has_transactions:
        raise HandlerError(
            handler.name,
            "asks for a transaction: give the app a database, db=Sql(...), and no inbox"
            " that keeps handled messages elsewhere",
        )
    if handler.is_idempotent and not said.has_inbox:
        raise HandlerError(
            handler.name,
            "is idempotent, but nothing can be remembered: give the app a database,"
            " db=Sql(...), or inbox=MemoryInbox(); or say idempotent=False, if"
            " handling a message twice does no harm",
        )
    by = handler.retry.by
    if by is RetryBy.BROKER and not said.has_delays:
        raise HandlerError(
            handler.name, "RetryBy.BROKER: this broker cannot deliver with a delay"
        )
    if by is not RetryBy.PROCESS and handler.batch:
        raise HandlerError(handler.name, "batches wait in the process: RetryBy.PROCESS")
