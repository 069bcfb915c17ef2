"""Records about messages that have failed: dead letters, and those that wait in topics.

A message is settled only when the broker has the record. If it does not take it, the
message waits and is never dropped; of a dead letter that is too large it gets what it
takes.
"""

import asyncio
import logging
from collections import OrderedDict
from typing import Final

from wirepact._cases import EVERYBODY, Case, Later
from wirepact._points import Point, reached
from wirepact._waiting import Waited, waiting_record
from wirepact.dead_letter import REDRIVE_COUNT, Cut, DeadLetters, Death, dead_letter
from wirepact.errors import OutageError, RecordRefusedError, RecordTooLargeError
from wirepact.handlers import Handler, OnKeyError, Route
from wirepact.metadata import Metadata
from wirepact.observing import Observer
from wirepact.producer import Producer
from wirepact.retrying import Backoff
from wirepact.transports.port import Record

logger = logging.getLogger(__name__)

_MOST_PARKED: Final = 100_000
_SHORT: Final = {
    Cut.HEADERS: "%r has a dead letter without most of its headers: %s",
    Cut.VALUE: "%r has a dead letter WITHOUT ITS VALUE: %s",
}


class Burying:
    """Sends what is to be kept of messages that have failed."""

    def __init__(
        self, producer: Producer, observer: Observer, backoff: Backoff
    ) -> None:
        """Make one.

        Args:
            backoff: Between attempts to send what the broker refuses.

        """
        self._producer = producer
        self._observer = observer
        self._backoff = backoff
        self._cutting = asyncio.Lock()
        self._parked: OrderedDict[tuple[str, bytes, str], None] = OrderedDict()

    async def bury(self, message: Metadata, route: Route, case: Case) -> Later | None:
        """Send the dead letters that are due; None when the broker has them."""
        for name, death in list(case.deaths.items()):
            letters = _one_of(route, name).letters
            if letters is not None:
                later = await self._lettered(message, death, letters, case)
                if later is not None:
                    return later
                reached(Point.DURING_DEAD_LETTER)
                topic = letters.topic_of(message.topic, message.group)
                logger.warning("%r is a dead letter in %s", message, topic)
                self._observer.dead_lettered(message, name, death.reason.value)
            self._park(message, route, name)
            case.end(name)
        return None

    async def put_off(
        self, message: Metadata, case: Case, waited: Waited, topic: str
    ) -> Later | None:
        """Send a message to a topic in which it waits; None when the broker has it."""
        later = await self._sent(waiting_record(message, topic, waited), case)
        if later is None:
            case.end(waited.handler)
        return later

    def is_parked(self, message: Metadata, handler: Handler) -> bool:
        """Whether an earlier message of this key is a dead letter, and not redriven."""
        if not self._parked or message.key is None:
            return False
        mark = (message.topic, message.key, handler.name)
        if mark not in self._parked:
            return False
        if any(name == REDRIVE_COUNT for name, _ in message.delivery.headers):
            # Whoever sends dead letters again begins with the first of them.
            del self._parked[mark]
            return False
        return True

    def _park(self, message: Metadata, route: Route, name: str) -> None:
        if message.key is None:
            return
        for handler in route.handlers:
            if handler.on_key_error is OnKeyError.PARK and name in (
                EVERYBODY,
                handler.name,
            ):
                self._parked[message.topic, message.key, handler.name] = None
        while len(self._parked) > _MOST_PARKED:
            self._parked.popitem(last=False)

    async def _lettered(
        self, message: Metadata, death: Death, letters: DeadLetters, case: Case
    ) -> Later | None:
        """Send a dead letter; less and less of it, if the broker does not take it."""
        record = dead_letter(message, death, letters)
        try:
            await self._producer.send([record])
        except RecordRefusedError as error:
            # One by one: what a broker refuses may take its neighbours along.
            async with self._cutting:
                refused = await self._cut_down(message, death, letters, error)
            return None if refused is None else self._waits(record, case, refused)
        except Exception as error:  # noqa: BLE001 - it waits, whatever this is
            return self._waits(record, case, error)
        return None

    async def _cut_down(
        self,
        message: Metadata,
        death: Death,
        letters: DeadLetters,
        refusal: RecordRefusedError,
    ) -> Exception | None:
        """Send what the broker takes of a dead letter; return why it takes nothing."""
        last: Exception = refusal
        for cut in Cut:
            if cut is Cut.VALUE and not isinstance(last, RecordTooLargeError):
                break
            try:
                await self._producer.send([dead_letter(message, death, letters, cut)])
            except RecordRefusedError as error:
                last = error
            except Exception as error:  # noqa: BLE001 - it waits, whatever this is
                return error
            else:
                if cut is not Cut.NOTHING:
                    logger.error(_SHORT[cut], message, last)
                return None
        return last

    async def _sent(self, record: Record, case: Case) -> Later | None:
        try:
            await self._producer.send([record])
        except Exception as error:  # noqa: BLE001 - it waits, whatever this is
            return self._waits(record, case, error)
        return None

    def _waits(self, record: Record, case: Case, error: Exception) -> Later:
        if isinstance(error, OutageError):
            return Later(outage=error)
        case.refusals += 1
        logger.error(
            "%s was refused, and its message waits", record.topic, exc_info=error
        )
        return Later(self._backoff.pause_s(case.refusals))


def _one_of(route: Route, name: str) -> Handler:
    """Return a handler by its name; any of them if it stands for all."""
    for handler in route.handlers:
        if name in (EVERYBODY, handler.name):
            return handler
    raise LookupError(name)
