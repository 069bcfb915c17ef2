"""What becomes of messages that cannot be handled: the records that are kept of them.

Value, key and headers stay as they came; what is known of the failure is added.
"""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, auto
from struct import pack
from typing import Final

from wirepact import wire
from wirepact.envelope import Header
from wirepact.metadata import Metadata
from wirepact.retrying import Reason
from wirepact.transports.port import Record

PREFIX: Final = "dlq-"
RETRY_PREFIX: Final = "retry-"
REDRIVE_COUNT: Final = "dlq-redrive-count"
FIRST_FAILURE: Final = "dlq-first-failure-time"
LEFT_OUT: Final = "dlq-left-out"
"""Names what a dead letter lacks, because the broker does not take it: the message's
value, or its key and value. They lie where the original is, as long as that does."""

_TEMPLATE: Final = "{topic}.{group}.dlq"
_MOST_MESSAGE_BYTES: Final = 1024
_MOST_TRACE_BYTES: Final = 8192
_SPRING: Final = "kafka_dlt-"
_KEPT: Final = (REDRIVE_COUNT,)
_READ_BY: Final = (*wire.HEADERS.values(), *_KEPT)
_MOST_HEADERS: Final = 64
# Of what the failure tells: what would not be missed most.
_WORDS: Final = ("dlq-exception-message", "dlq-stacktrace")


class LetterHeaders(Enum):
    """Whose names the headers of dead letters have."""

    WIREPACT = "wirepact"
    SPRING = "spring"
    """Those of Spring for Apache Kafka, for tools that know them, beside ours."""


class Cut(Enum):
    """How much of a message its dead letter keeps; less where the broker takes less."""

    NOTHING = auto()
    """All of it."""

    HEADERS = auto()
    """Value, key, the envelope, the schema, and the facts of the failure in short."""

    VALUE = auto()
    """As much, but for the value, and for all that is long."""


@dataclass(frozen=True, slots=True)
class DeadLetters:
    """Where dead letters go, and what is told of them.

    Attributes:
        topic: Its name, in which `{topic}` and `{group}` are replaced.
        headers: Whose names are used.
        has_stacktrace: Whether the failure's stack trace is told; it may show secrets.

    """

    topic: str = _TEMPLATE
    headers: LetterHeaders = LetterHeaders.WIREPACT
    has_stacktrace: bool = False

    def __post_init__(self) -> None:
        try:
            self.topic_of("topic", "group")
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(
                f"{self.topic!r}: only {{topic}} and {{group}} are replaced"
            ) from error

    def topic_of(self, topic: str, group: str) -> str:
        """Return where dead letters of a topic and a group go."""
        return self.topic.format(topic=topic, group=group)


@dataclass(frozen=True, slots=True)
class Death:
    """Why a message is a dead letter.

    Attributes:
        handler: Empty if none was found.
        attempts: How often the handler was called with it.
        error: None if nothing was raised.

    """

    reason: Reason
    handler: str
    attempts: int
    first_failure: datetime
    last_failure: datetime
    error: BaseException | None = None


def dead_letter(
    message: Metadata,
    death: Death,
    letters: DeadLetters,
    cut: Cut = Cut.NOTHING,
) -> Record:
    """Return the record of a dead letter."""
    delivery = message.delivery
    topic = letters.topic_of(message.topic, message.group)
    if cut is not Cut.NOTHING:
        return _cut_letter(topic, message, death, cut)
    told = [*_told(message, death)]
    if letters.has_stacktrace and death.error is not None:
        told.append(("dlq-stacktrace", _trace(death.error)))
    if letters.headers is LetterHeaders.SPRING:
        told += _spring(message, death, letters)
    return Record(
        topic,
        delivery.value,
        delivery.key,
        (*untold(delivery.headers), *told),
    )


def _cut_letter(topic: str, message: Metadata, death: Death, cut: Cut) -> Record:
    delivery = message.delivery
    told = [each for each in _told(message, death) if each[0] not in _WORDS]
    own = _essential(message)
    if cut is Cut.HEADERS:
        return Record(topic, delivery.value, delivery.key, (*own.items(), *told))
    is_short = len(delivery.key or b"") <= _MOST_MESSAGE_BYTES
    short = [each for each in own.items() if len(each[1] or b"") <= _MOST_MESSAGE_BYTES]
    del short[_MOST_HEADERS:]
    told.append((LEFT_OUT, b"value" if is_short else b"key, value"))
    return Record(topic, b"", delivery.key if is_short else None, (*short, *told))


def _essential(message: Metadata) -> dict[str, bytes | None]:
    """Return the headers of a message by which it is read and known, each once."""
    own: dict[str, bytes | None] = {}
    for name, value in message.delivery.headers:
        if name in _READ_BY or message.is_of_envelope(name):
            own.setdefault(name, value)
    return own


def untold(headers: tuple[Header, ...]) -> list[Header]:
    """Return a message's own headers, without what a failure has told.

    How often it was redriven stays.
    """
    return [
        (name, value)
        for name, value in headers
        if name in _KEPT or not name.startswith((PREFIX, RETRY_PREFIX, _SPRING))
    ]


def _told(message: Metadata, death: Death) -> list[Header]:
    error = death.error
    origin = origin_of(message)
    facts: Mapping[str, object] = {
        "dlq-reason": death.reason.value,
        "dlq-original-topic": message.topic,
        "dlq-original-partition": origin.partition,
        "dlq-original-offset": origin.position,
        "dlq-original-timestamp": origin.sent_at,
        "dlq-consumer-group": message.group,
        "dlq-handler": death.handler,
        "dlq-attempts": death.attempts,
        FIRST_FAILURE: time_text(death.first_failure),
        "dlq-last-failure-time": time_text(death.last_failure),
        "dlq-exception-type": None if error is None else kind_of(error),
        "dlq-exception-message": None if error is None else words_of(error),
        "dlq-schema-id": message.schema_id,
    }
    return [
        (name, _bounded(str(fact), _MOST_MESSAGE_BYTES))
        for name, fact in facts.items()
        if fact not in (None, "")
    ]


def _spring(message: Metadata, death: Death, letters: DeadLetters) -> list[Header]:
    """Return Spring's headers: numbers are big-endian there, and texts are UTF-8.

    Source: Spring for Apache Kafka 3, `KafkaHeaders` and
    `DeadLetterPublishingRecoverer`.
    """
    delivery, error = message.delivery, death.error
    told: list[Header] = [
        ("original-topic", message.topic.encode()),
        ("original-partition", pack(">i", delivery.partition)),
        ("original-consumer-group", message.group.encode()),
    ]
    if isinstance(delivery.position, int):
        told.append(("original-offset", pack(">q", delivery.position)))
    if delivery.sent_at is not None:
        told.append(("original-timestamp", pack(">q", _ms(delivery.sent_at))))
        told.append(("original-timestamp-type", b"CreateTime"))
    if error is not None:
        message_text = _bounded(words_of(error), _MOST_MESSAGE_BYTES)
        told.append(("exception-fqcn", kind_of(error).encode()))
        told.append(("exception-message", message_text))
        if error.__cause__ is not None:
            told.append(("exception-cause-fqcn", kind_of(error.__cause__).encode()))
        if letters.has_stacktrace:
            told.append(("exception-stacktrace", _trace(error)))
    return [(f"{_SPRING}{name}", value) for name, value in told]


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a message was first, as texts; what is not known is empty."""

    partition: str
    position: str
    sent_at: str


def origin_of(message: Metadata) -> Origin:
    """Return where a message was before it waited in retry topics."""
    delivery = message.delivery
    noted = dict(delivery.headers)
    if "retry-original-offset" in noted:
        return Origin(
            *(
                (noted.get(f"retry-original-{name}") or b"").decode(errors="replace")
                for name in ("partition", "offset", "timestamp")
            )
        )
    sent_at = "" if delivery.sent_at is None else time_text(delivery.sent_at)
    return Origin(str(delivery.partition), str(delivery.position), sent_at)


def time_text(time: datetime) -> str:
    """Return a time as headers carry it."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def kind_of(error: BaseException) -> str:
    kind = type(error)
    return f"{kind.__module__}.{kind.__qualname__}"


def words_of(error: BaseException) -> str:
    """Return what an error says, in one line; its kind if it cannot say anything."""
    try:
        return one_line(str(error))
    except Exception:  # noqa: BLE001 - its message is to be kept all the same
        return kind_of(error)


def one_line(text: str) -> str:
    """Return a text without line breaks, which not all brokers allow in headers."""
    return " ".join(
        "".join(sign if sign.isprintable() else " " for sign in text).split()
    )


def _trace(error: BaseException) -> bytes:
    text = "".join(traceback.format_exception(error))
    # The end says what went wrong.
    return _bounded(text[-_MOST_TRACE_BYTES:], _MOST_TRACE_BYTES)


def _bounded(text: str, most: int) -> bytes:
    raw = text.encode(errors="replace")
    return raw if len(raw) <= most else raw[:most].decode(errors="ignore").encode()


def _ms(time: datetime) -> int:
    return int(time.timestamp() * 1000)
