"""Messages that wait in a topic for a handler's next attempt, as records."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from wirepact.dead_letter import RETRY_PREFIX, origin_of
from wirepact.envelope import Header
from wirepact.metadata import Metadata
from wirepact.transports.port import Delivery, Record

_ATTEMPTS = "retry-attempts"
_HANDLER = "retry-handler"
_DUE = "retry-due"
_FIRST_FAILURE = "retry-first-failure-time"


@dataclass(frozen=True, slots=True)
class Waited:
    """What a message says that has waited.

    Attributes:
        attempts: How often the handler was called with it.
        handler: Whose next attempt it is; the other handlers have had it.
        due: When it should be tried.

    """

    attempts: int
    handler: str
    due: datetime
    first_failure: datetime


def waiting_record(message: Metadata, topic: str, waited: Waited) -> Record:
    """Return the record of a message for a topic in which it waits."""
    delivery = message.delivery
    origin = origin_of(message)
    facts = {
        "retry-original-topic": message.topic,
        "retry-original-partition": origin.partition,
        "retry-original-offset": origin.position,
        "retry-original-timestamp": origin.sent_at,
        _ATTEMPTS: str(waited.attempts),
        _HANDLER: waited.handler,
        _DUE: waited.due.isoformat(),
        _FIRST_FAILURE: waited.first_failure.isoformat(),
    }
    own = [each for each in delivery.headers if not each[0].startswith(RETRY_PREFIX)]
    told: list[Header] = [(name, fact.encode()) for name, fact in facts.items()]
    return Record(topic, delivery.value, delivery.key, (*own, *told))


def find_waited(delivery: Delivery) -> Waited | None:
    """Return what a message says that has waited; None if it is no such message."""
    noted = {name: value or b"" for name, value in delivery.headers}
    try:
        return Waited(
            int(noted[_ATTEMPTS]),
            noted[_HANDLER].decode(),
            _time(noted[_DUE]),
            _time(noted[_FIRST_FAILURE]),
        )
    except (KeyError, ValueError):
        # Somebody else's record in our topic: it is handled like a fresh one.
        return None


def remaining_s(delivery: Delivery, now: datetime) -> float:
    """Return how long a message has still to wait; 0 if it is due."""
    waited = find_waited(delivery)
    if waited is None:
        return 0.0
    return max((waited.due - now) / timedelta(seconds=1), 0.0)


def _time(raw: bytes) -> datetime:
    time = datetime.fromisoformat(raw.decode())
    if time.tzinfo is None:
        raise ValueError("a time without its zone")
    return time
