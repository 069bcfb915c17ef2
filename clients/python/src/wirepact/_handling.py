"""What becomes of one message: read, given to its handlers, and settled or put off."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from wirepact._admission import Absences, Admission
from wirepact._applying import Applying, InFlightError, LostError
from wirepact._burying import Burying
from wirepact._cases import EVERYBODY, Case, Later
from wirepact._hand import Hand
from wirepact._points import Point, reached
from wirepact._timing import Reads, timed_decode
from wirepact._waiting import Waited, find_waited
from wirepact.dead_letter import Death
from wirepact.envelope import Binding
from wirepact.errors import UnroutableError, WirepactError
from wirepact.handlers import Handler, Route, Unknown
from wirepact.metadata import Metadata
from wirepact.observing import Observer, Outcome
from wirepact.retrying import (
    OF_HANDLING,
    OF_READING,
    Blame,
    Failure,
    Reason,
    RetryBy,
    Rows,
    failure,
)
from wirepact.transports.port import Delivery

logger = logging.getLogger(__name__)

_IN_FLIGHT_S: Final = 1.0
_NOT_OURS: Final = Later(is_handed_back=True)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What handling is handed from outside.

    Attributes:
        binding: How headers carry envelopes.
        outages: Exceptions of the user's own that mean an outage.
        wall_clock: For what is written into headers.
        random: Draws evenly from 0 to 1.
        clock: In seconds, for what is measured.

    """

    deserializer: Reads
    admission: Admission
    observer: Observer
    binding: Binding
    outages: Rows
    wall_clock: Callable[[], datetime]
    random: Callable[[], float]
    clock: Callable[[], float] = time.perf_counter


class Handling:
    """Handles the messages of one group."""

    def __init__(
        self,
        group: str,
        routes: Mapping[str, Route],
        applying: Applying,
        burying: Burying,
        hand: Hand,
        around: Surroundings,
    ) -> None:
        """Make one.

        Args:
            routes: By the topic that a message comes from, retry topics included.

        """
        self.group = group
        self.routes = routes
        self.applying = applying
        self.burying = burying
        self.hand = hand
        self.around = around
        self._decode = timed_decode(around.deserializer, around.observer, around.clock)
        self._of_handling: Rows = (*around.outages, *OF_HANDLING)
        self._cases: dict[Delivery, Case] = {}
        self._absences = Absences()

    async def handle(self, delivery: Delivery) -> Later | None:
        """Do what a message asks for; None when it is settled."""
        route = self.routes[delivery.topic]
        message = Metadata(delivery, self.around.binding, self.group, route.topic)
        case = self._cases.get(delivery) if self._cases else None
        if case is not None and case.is_buried:
            later = await self.burying.bury(message, route, case)
            if later is not None or EVERYBODY in case.done:
                return later or self.settled(delivery)
        try:
            data, headers = message.payload
            event = await self._decode(message.topic, data, headers)
        except Exception as error:  # noqa: BLE001 - the table says what each means
            return await self.unread(message, route, failure(error, OF_READING))
        handlers = route.handlers_for(event)
        if not handlers:
            return await self.unrouted(message, route)
        if case is not None or message.has_waited:
            waited = find_waited(delivery)
            if waited is not None and waited.handler not in _names(route):
                return await self._orphaned(message, route, waited.handler)
            handlers = _left(handlers, waited, case)
        for handler in handlers:
            later = await self._handled(handler, message, event, route)
            if later is not None:
                self._note_done(delivery, handlers[: handlers.index(handler)])
                return later
            if self._cases:
                self._end(delivery, handler.name)
        return self.settled(delivery)

    def message(self, delivery: Delivery, route: Route) -> Metadata:
        """Return what is known of a message before it is read."""
        return Metadata(delivery, self.around.binding, self.group, route.topic)

    async def read(self, message: Metadata) -> Any:
        """Return a message's event; what it raises is judged by `OF_READING`."""
        data, headers = message.payload
        return await self._decode(message.topic, data, headers)

    def settled(self, delivery: Delivery) -> Later | None:
        """Note down that a message is done with; nothing is to be done later."""
        if self._cases:
            self._cases.pop(delivery, None)
        self.hand.settle(delivery)
        return None

    def close_cases(self, deliveries: Iterable[Delivery]) -> None:
        """Forget what is known of messages that come as new deliveries."""
        for delivery in deliveries:
            self._cases.pop(delivery, None)

    def forget(self) -> None:
        """Forget the cases of messages that are no longer ours."""
        holds = self.hand.holds
        self._cases = {each: case for each, case in self._cases.items() if holds(each)}

    def case_of(self, delivery: Delivery) -> Case:
        """Return the case of a message; from now on there is one."""
        case = self._cases.get(delivery)
        if case is None:
            waited = find_waited(delivery)
            first = self.around.wall_clock() if waited is None else waited.first_failure
            case = self._cases[delivery] = Case(first)
        return case

    def has_case(self, delivery: Delivery) -> bool:
        """Whether a message has failed before."""
        return delivery in self._cases

    def attempts_of(self, message: Metadata) -> int:
        """Return how often its handler has failed with a message in this process."""
        case = self._cases.get(message.delivery)
        return 0 if case is None else case.attempts

    def judge(self, error: Exception) -> Failure:
        """Return what a failure of a handler means."""
        return failure(error, self._of_handling)

    async def unread(
        self, message: Metadata, route: Route, found: Failure
    ) -> Later | None:
        """Put off or bury a message that could not be read."""
        # From now on there is a case, with the time of its first failure.
        self.case_of(message.delivery)
        if await self._is_out(found):
            return Later(outage=found.error)
        if found.blame is Blame.MISSING:
            now_s = asyncio.get_running_loop().time()
            pause_s = self._absences.pause_s(
                message.schema_id, now_s, self.around.random()
            )
            if pause_s is not None:
                self.around.observer.retried(message, EVERYBODY, pause_s)
                return Later(pause_s, is_brief=True)
        logger.error("%r cannot be read: %s", message, found.error)
        return await self._ends(message, route, found.reason, found.error)

    async def _is_out(self, found: Failure) -> bool:
        """Whether a message could not be read for what holds for all messages."""
        if found.blame is not Blame.REFUSED:
            return found.blame is Blame.OUTAGE
        try:
            return not await self.around.admission.is_given()
        except WirepactError:
            return True

    async def unrouted(self, message: Metadata, route: Route) -> Later | None:
        """Do what is said of messages that no handler is for."""
        if route.unknown is Unknown.ERROR:
            raise UnroutableError(message.topic, message.type)
        if route.unknown is Unknown.DEAD_LETTER:
            return await self._ends(message, route, Reason.UNROUTABLE, None)
        self.around.observer.handled(message, EVERYBODY, Outcome.SKIPPED, 0.0)
        return self.settled(message.delivery)

    async def _orphaned(
        self, message: Metadata, route: Route, handler: str
    ) -> Later | None:
        """Keep a message as a dead letter that has waited for a handler that is gone.

        The other handlers have had it, so it is nobody's: but it is not to be lost
        because somebody has renamed a function.
        """
        logger.error("%r has waited for %s, and there is no such", message, handler)
        return await self._ends(message, route, Reason.UNROUTABLE, None, handler)

    async def dies(
        self,
        handler: Handler,
        message: Metadata,
        route: Route,
        reason: Reason,
        error: BaseException | None,
        took_s: float = 0.0,
    ) -> Later | None:
        """Make a message one handler's dead letter; None when the broker has it."""
        self.around.observer.handled(message, handler.name, Outcome.DEAD, took_s)
        death = self._death(message, handler.name, reason, error)
        case = self.case_of(message.delivery)
        case.deaths[handler.name] = death
        return await self.burying.bury(message, route, case)

    async def _handled(
        self, handler: Handler, message: Metadata, event: Any, route: Route
    ) -> Later | None:
        """Call one handler; None when it is through with the message."""
        if self.burying.is_parked(message, handler):
            return await self.dies(handler, message, route, Reason.PARKED, None)
        around = self.around
        if self._cases or message.delivery.attempt > 1 or message.has_waited:
            message.attempt = self._attempts(handler, message) + 1
        begun = around.clock()
        try:
            outcome = await self.applying.apply(handler, message, event)
        except LostError:
            return _NOT_OURS
        except InFlightError:
            return Later(_IN_FLIGHT_S * (0.5 + around.random()))
        except Exception as error:  # noqa: BLE001 - the table says what each means
            took_s = around.clock() - begun
            return await self._failed(
                handler, message, route, self.judge(error), took_s
            )
        around.observer.handled(message, handler.name, outcome, around.clock() - begun)
        if outcome is Outcome.DUPLICATE:
            around.observer.duplicate(message, handler.name)
        return None

    async def _failed(
        self,
        handler: Handler,
        message: Metadata,
        route: Route,
        found: Failure,
        took_s: float,
    ) -> Later | None:
        if not self.hand.holds(message.delivery):
            return _NOT_OURS
        case = self.case_of(message.delivery)
        if found.blame is Blame.OUTAGE:
            return Later(outage=found.error)
        case.attempts += 1
        pause_s = pause_after(handler, found, message.attempt)
        if pause_s is None:
            logger.error(
                "%s has failed with %r for good: %r", handler.name, message, found.error
            )
            return await self.dies(
                handler, message, route, found.reason, found.error, took_s
            )
        self.note_retry(handler, message, pause_s, found, took_s)
        if handler.retry.by is RetryBy.TOPICS:
            return await self._put_off(handler, message, case, pause_s)
        return Later(
            pause_s * self.around.random(),
            is_handed_back=handler.retry.by is RetryBy.BROKER,
        )

    def note_retry(
        self,
        handler: Handler,
        message: Metadata,
        pause_s: float,
        found: Failure,
        took_s: float,
    ) -> None:
        """Tell that a handler will be tried again."""
        observer = self.around.observer
        observer.handled(message, handler.name, Outcome.RETRIED, took_s)
        observer.retried(message, handler.name, pause_s)
        logger.warning(
            "%s has failed with %r, attempt %d of %d: %r",
            handler.name,
            message,
            message.attempt,
            handler.retry.attempts,
            found.error,
        )
        reached(Point.DURING_RETRY)

    async def _put_off(
        self, handler: Handler, message: Metadata, case: Case, pause_s: float
    ) -> Later | None:
        topic = handler.retry.topics(message.topic, self.group)[pause_s]
        due = self.around.wall_clock() + timedelta(seconds=pause_s)
        waited = Waited(message.attempt, handler.name, due, case.first_failure)
        return await self.burying.put_off(message, case, waited, topic)

    async def _ends(
        self,
        message: Metadata,
        route: Route,
        reason: Reason,
        error: BaseException | None,
        handler: str = EVERYBODY,
    ) -> Later | None:
        """Make a message the dead letter of all its handlers, and settle it."""
        self.around.observer.handled(message, EVERYBODY, Outcome.DEAD, 0.0)
        case = self.case_of(message.delivery)
        case.deaths[EVERYBODY] = self._death(message, handler, reason, error)
        later = await self.burying.bury(message, route, case)
        return self.settled(message.delivery) if later is None else later

    def _death(
        self,
        message: Metadata,
        name: str,
        reason: Reason,
        error: BaseException | None,
    ) -> Death:
        case = self.case_of(message.delivery)
        now = self.around.wall_clock()
        attempts = message.attempt if name and reason is not Reason.PARKED else 0
        return Death(reason, name, attempts, case.first_failure, now, error)

    def _attempts(self, handler: Handler, message: Metadata) -> int:
        """Return how often a handler was called with a message."""
        delivery = message.delivery
        count = self.attempts_of(message) if self._cases else 0
        if handler.retry.by is RetryBy.BROKER:
            return count + delivery.attempt - 1
        if message.has_waited:
            waited = find_waited(delivery)
            return count if waited is None else count + waited.attempts
        return count

    def _note_done(self, delivery: Delivery, handlers: tuple[Handler, ...]) -> None:
        """Let handlers that are through with a message not be called again."""
        if handlers:
            self.case_of(delivery).done.update(each.name for each in handlers)

    def _end(self, delivery: Delivery, name: str) -> None:
        case = self._cases.get(delivery)
        if case is not None:
            case.end(name)


def pause_after(handler: Handler, found: Failure, attempt: int) -> float | None:
    """Return the longest pause until the next attempt; None if there is none."""
    never_for = handler.retry.never_for
    if found.blame is Blame.POISON or isinstance(found.error, never_for):
        return None
    return handler.retry.longest_s(attempt)


def _names(route: Route) -> list[str]:
    return [each.name for each in route.handlers]


def _left(
    handlers: tuple[Handler, ...], waited: Waited | None, case: Case | None
) -> tuple[Handler, ...]:
    """Return the handlers that are not through with a message.

    One that has waited in a topic is for the handler that it has waited for.
    """
    return tuple(
        each
        for each in handlers
        if (waited is None or each.name == waited.handler)
        and (case is None or each.name not in case.done)
    )
