"""One call of a handler: its transaction, its context, and what it publishes.

The order of effects is what at-least-once with an inbox rests on: the message is noted
down first in the handler's own transaction, then the handler runs, then the broker has
what it has published, then all commits. Only after that is the message acknowledged.
"""

import asyncio
import contextvars
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any, Final

from wirepact import context
from wirepact._points import Point, reached
from wirepact.context import Handling
from wirepact.envelope import Envelope
from wirepact.errors import WirepactError
from wirepact.handlers import Handler
from wirepact.inbox import keys
from wirepact.inbox.port import Inbox, Standing
from wirepact.metadata import Metadata
from wirepact.observing import NOTHING, Observer, Outcome
from wirepact.producer import Producer, send_kept
from wirepact.transports.port import Delivery, Record

# A batch has no one cause, and made anew it may have other members.
_NO_MESSAGE: Final = Envelope(id="", source="", type="")

_OUTCOMES: Final = {Standing.NEW: Outcome.OK, Standing.DONE: Outcome.DUPLICATE}


class InFlightError(WirepactError):
    """Another worker has the message in hand, and may still fail."""


class HandlerCancelledError(WirepactError):
    """A handler has ended as if it were cancelled, and nobody has cancelled it.

    It has waited for something that was. The worker would end with it without a word.
    """

    def __str__(self) -> str:
        return "what the handler has waited for was cancelled"


class LostError(WirepactError):
    """The message belongs to another member now; nothing of it may be kept here."""


class Applying:
    """Calls handlers, with all that belongs to it."""

    def __init__(
        self,
        inbox: Inbox | None,
        threads: Executor,
        observer: Observer,
        is_in_hand: Callable[[Delivery], bool],
    ) -> None:
        """Make one.

        Args:
            inbox: None if no handler needs a transaction.
            threads: Where plain functions run.
            is_in_hand: Whether a message is still this member's to settle.

        """
        self._inbox = inbox
        self._threads = threads
        self._observer = observer
        self._is_in_hand = is_in_hand

    async def apply(self, handler: Handler, message: Metadata, event: Any) -> Outcome:
        """Call a handler with one message, unless it was handled before.

        Raises:
            InFlightError: Another worker has it; ask again later.
            LostError: The lane was lost meanwhile; all is rolled back.
            Exception: What the handler, its transaction or the broker raise.

        """
        messages = (message,)
        if not handler.needs_unit:
            begun = Handling(message, handler.name)
            await self._call(handler, begun, event, message, None, messages)
            reached(Point.AFTER_COMMIT)
            return Outcome.OK
        noted = [_key(handler, event, message)] if handler.is_idempotent else []
        assert self._inbox is not None, "App refuses such handlers"  # noqa: S101 - narrows
        async with self._inbox.unit(
            handler.name, noted, is_sync=handler.is_sync
        ) as unit:
            standing = unit.standings[0] if noted else Standing.NEW
            _refuse_in_flight((standing,))
            if standing is Standing.NEW:
                begun = Handling(message, handler.name)
                transaction = unit.transaction
                await self._call(handler, begun, event, message, transaction, messages)
        reached(Point.AFTER_COMMIT)
        return _OUTCOMES[standing]

    async def apply_batch(
        self, handler: Handler, messages: Sequence[Metadata], events: Sequence[Any]
    ) -> Sequence[Outcome]:
        """Call a handler with those of a batch that were not handled before.

        See `apply`; one transaction is around all.
        """
        if not handler.needs_unit:
            await self._call_batch(handler, messages, events, None)
            reached(Point.AFTER_COMMIT)
            return [Outcome.OK] * len(messages)
        noted = _keys(handler, messages, events)
        firsts = list(dict.fromkeys(noted))
        assert self._inbox is not None, "App refuses such handlers"  # noqa: S101 - narrows
        async with self._inbox.unit(
            handler.name, firsts, is_sync=handler.is_sync
        ) as unit:
            _refuse_in_flight(unit.standings)
            standings = _standings(
                noted, dict(zip(firsts, unit.standings, strict=True))
            )
            fresh = [
                at
                for at in range(len(messages))
                if not noted or standings[at] is Standing.NEW
            ]
            if fresh:
                await self._call_batch(
                    handler,
                    [messages[at] for at in fresh],
                    [events[at] for at in fresh],
                    unit.transaction,
                )
        reached(Point.AFTER_COMMIT)
        if not noted:
            return [Outcome.OK] * len(messages)
        return [_OUTCOMES[each] for each in standings]

    async def _call_batch(
        self,
        handler: Handler,
        messages: Sequence[Metadata],
        events: Sequence[Any],
        transaction: Any,
    ) -> None:
        begun = Handling(_NO_MESSAGE, handler.name)
        given = list(messages)
        await self._call(handler, begun, list(events), given, transaction, given)

    async def _call(
        self,
        handler: Handler,
        begun: Handling,
        event: Any,
        message: Any,
        transaction: Any,
        messages: Sequence[Metadata],
    ) -> None:
        kept: list[tuple[Producer, Record]] = []
        begun.kept = kept
        token = context.enter(begun)
        scope = self._observer.handling(messages, handler.name)
        try:
            reached(Point.BEFORE_HANDLER)
            if scope is not NOTHING:
                with scope:
                    await self._run(handler, event, message, transaction)
            elif handler.is_sync:
                await self._in_thread(handler, event, message, transaction)
            else:
                await handler.call(event, message, transaction)
            reached(Point.MID_HANDLER)
        except asyncio.CancelledError as error:
            if _is_cancelled_from_outside():
                raise
            raise HandlerCancelledError from error
        finally:
            # What a task of the handler's publishes later is sent at once.
            begun.kept = None
            context.leave(token)
        for each in messages:
            if not self._is_in_hand(each.delivery):
                raise LostError
        if kept:
            await send_kept(kept)
            reached(Point.AFTER_PUBLISH)

    async def _run(self, handler: Handler, *given: Any) -> None:
        if handler.is_sync:
            await self._in_thread(handler, *given)
        else:
            await handler.call(*given)

    async def _in_thread(self, handler: Handler, *given: Any) -> None:
        here = contextvars.copy_context()
        running = asyncio.get_running_loop().run_in_executor(
            self._threads, partial(here.run, handler.call, *given)
        )
        try:
            await asyncio.shield(running)
        except asyncio.CancelledError:
            # No thread can be stopped, and its transaction must not end before it.
            await asyncio.wait({running})
            raise


def _is_cancelled_from_outside() -> bool:
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


def _key(handler: Handler, event: Any, message: Metadata) -> str:
    if handler.key_of is not None:
        return keys.of_business(handler.key_of(event, message))
    if handler.or_place and not message.id:
        # Where it lies now: of one that waits in another topic, the number there could
        # be that of another message in the first.
        lies = message.delivery
        return keys.of_place(lies.topic, lies.partition, lies.position)
    return keys.of_message(message.source, message.id)


def _keys(
    handler: Handler, messages: Sequence[Metadata], events: Sequence[Any]
) -> list[str]:
    if not handler.is_idempotent:
        return []
    return [
        _key(handler, event, message)
        for message, event in zip(messages, events, strict=True)
    ]


def _standings(noted: Sequence[str], found: dict[str, Standing]) -> Sequence[Standing]:
    """Return the standing of each key; one that comes again in a batch is done."""
    standings = []
    for key in noted:
        standings.append(found[key])
        found[key] = Standing.DONE
    return standings


def _refuse_in_flight(standings: Sequence[Standing]) -> None:
    if Standing.IN_FLIGHT in standings:
        raise InFlightError
