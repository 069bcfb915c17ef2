"""What services do, counted for Prometheus.

    metrics = Metrics()
    app = App("billing", registry=..., broker=..., observer=metrics)
    prometheus_client.start_http_server(9464)

No label is an id or a key. Topics and types come from outside, so of each label only
the first values have series of their own, and all later ones are `other`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from wirepact.errors import (
    CodecError,
    EncodeError,
    FramingError,
    IncompatibleSchemaError,
    MissingExtraError,
    NotFoundError,
    RegistryResponseError,
    RegistryUnavailableError,
    RuleError,
    SchemaNotRegisteredError,
)
from wirepact.metadata import Metadata
from wirepact.observing import Direction, Outcome, Unobserved
from wirepact.transports.port import Lag, Lane, Record

try:
    from prometheus_client import (
        REGISTRY,
        CollectorRegistry,
        Counter,
        Gauge,
        Histogram,
    )
except ModuleNotFoundError as error:
    raise MissingExtraError(__name__, "metrics") from error

OTHER: Final = "other"
MOST_VALUES: Final = 200
_MOST_VALUE_CHARS: Final = 200

_SHORT_S: Final = (5e-5, 1e-4, 2.5e-4, 5e-4, 1e-3, 2.5e-3, 5e-3, 1e-2, 5e-2, 0.25, 1.0)
_USUAL_S: Final = (
    1e-3,
    5e-3,
    1e-2,
    2.5e-2,
    5e-2,
    0.1,
    0.25,
    0.5,
    1,
    2.5,
    5,
    10,
    30,
    60,
)
_LONG_S: Final = (0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 1800, 3600)


class Kind(Enum):
    """What a metric is to Prometheus."""

    COUNTER = Counter
    GAUGE = Gauge
    HISTOGRAM = Histogram


# Told apart by what they are: looked up for each message, none is compared.
@dataclass(frozen=True, slots=True, eq=False)
class Family:
    """A metric.

    Attributes:
        name: As it is asked for; a counter ends in `_total`.
        buckets: Upper bounds in seconds; of histograms only.

    """

    name: str
    kind: Kind
    labels: tuple[str, ...]
    purpose: str
    buckets: tuple[float, ...] = ()

    def made(self, registry: CollectorRegistry) -> Any:
        """Make it in a registry.

        Raises:
            ValueError: The registry has one of that name.

        """
        given: dict[str, Any] = {"buckets": self.buckets} if self.buckets else {}
        return self.kind.value(
            self.name, self.purpose, self.labels, registry=registry, **given
        )


CONSUMED: Final = Family(
    "wirepact_messages_consumed_total",
    Kind.COUNTER,
    ("topic", "group", "type", "result"),
    "Calls of handlers, by what became of the message.",
)
HANDLER_SECONDS: Final = Family(
    "wirepact_handler_seconds",
    Kind.HISTOGRAM,
    ("topic", "group", "handler"),
    "How long handlers took, their transaction included.",
    _USUAL_S,
)
END_TO_END_SECONDS: Final = Family(
    "wirepact_end_to_end_seconds",
    Kind.HISTOGRAM,
    ("topic", "group"),
    "From the time of the event to the end of its handler.",
    _LONG_S,
)
LAG: Final = Family(
    "wirepact_consumer_lag",
    Kind.GAUGE,
    ("topic", "partition", "group"),
    "Messages that wait, including those in hand.",
)
LAG_SECONDS: Final = Family(
    "wirepact_consumer_lag_seconds",
    Kind.GAUGE,
    ("topic", "partition", "group"),
    "Age of the oldest message that waits; absent while it is not known.",
)
PUBLISHED: Final = Family(
    "wirepact_published_total",
    Kind.COUNTER,
    ("topic",),
    "Messages that the broker has confirmed, dead letters included.",
)
PUBLISH_SECONDS: Final = Family(
    "wirepact_publish_seconds",
    Kind.HISTOGRAM,
    ("topic",),
    "From sending to the broker's confirmation, of messages sent together.",
    _USUAL_S,
)
CACHE_HITS: Final = Family(
    "wirepact_schema_cache_hits_total",
    Kind.COUNTER,
    (),
    "Payloads whose schema was known.",
)
CACHE_MISSES: Final = Family(
    "wirepact_schema_cache_misses_total",
    Kind.COUNTER,
    (),
    "Payloads for whose schema the registry's client was asked.",
)
SERDE_SECONDS: Final = Family(
    "wirepact_serde_seconds",
    Kind.HISTOGRAM,
    ("format", "direction"),
    "How long payloads of known schemas took to be written or read.",
    _SHORT_S,
)
SCHEMA_ERRORS: Final = Family(
    "wirepact_schema_errors_total",
    Kind.COUNTER,
    ("reason",),
    "Payloads that could not be written or read.",
)
DEAD: Final = Family(
    "wirepact_dlq_total",
    Kind.COUNTER,
    ("reason",),
    "Dead letters that the broker has confirmed.",
)
DUPLICATES: Final = Family(
    "wirepact_inbox_duplicates_total",
    Kind.COUNTER,
    ("topic", "group", "handler"),
    "Messages that a handler had handled before.",
)
RETRIES: Final = Family(
    "wirepact_retries_total",
    Kind.COUNTER,
    ("topic", "group", "handler"),
    "Failures after which a message is tried again.",
)

FAMILIES: Final = (
    CONSUMED,
    HANDLER_SECONDS,
    END_TO_END_SECONDS,
    LAG,
    LAG_SECONDS,
    PUBLISHED,
    PUBLISH_SECONDS,
    CACHE_HITS,
    CACHE_MISSES,
    SERDE_SECONDS,
    SCHEMA_ERRORS,
    DEAD,
    DUPLICATES,
    RETRIES,
)

REASONS: Final[Sequence[tuple[type[Exception], str]]] = (
    (SchemaNotRegisteredError, "not_registered"),
    (NotFoundError, "not_found"),
    (IncompatibleSchemaError, "incompatible"),
    (RuleError, "rule"),
    (FramingError, "framing"),
    (EncodeError, "encode"),
    (CodecError, "decode"),
    (RegistryUnavailableError, "unavailable"),
    (RegistryResponseError, "refused"),
)
"""Of schema errors, the first row that fits counts; else `other`."""

_TIMED: Final = frozenset({Outcome.OK, Outcome.RETRIED})
"""Of those a handler was called for."""


class _Bounded:
    """Lets the first values of a label pass, and calls all later ones by one name."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._known: set[str] = set()

    def value(self, text: str) -> str:
        if text in self._known:
            return text
        if len(self._known) >= self._most or len(text) > _MOST_VALUE_CHARS:
            return OTHER
        self._known.add(text)
        return text


class _Series(dict[tuple[str, ...], Any]):
    """The series of a metric, by their labels; one that is missing is made.

    The library finds them as well, and takes a lock and checks them each time.
    """

    def __init__(self, metric: Any) -> None:
        super().__init__()
        self._metric = metric

    def __missing__(self, labels: tuple[str, ...]) -> Any:
        made = self._metric.labels(*labels) if labels else self._metric
        self[labels] = made
        return made

    def forget(self, labels: tuple[str, ...]) -> None:
        """Let one be told no longer, if there is one."""
        if self.pop(labels, None) is not None:
            self._metric.remove(*labels)


class Metrics(Unobserved):
    """An observer that counts; one for all apps of a process."""

    times_payloads = True

    def __init__(
        self,
        registry: CollectorRegistry | None = None,
        *,
        most_values: int = MOST_VALUES,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Make the metrics.

        Args:
            registry: Whose metrics they are; None for the process's usual one.
            most_values: How many topics, and how many types, have series of their own.
            wall_clock: What the time of events is compared with.

        Raises:
            ValueError: The registry has metrics of these names already.

        """
        home = REGISTRY if registry is None else registry
        self._series = {family: _Series(family.made(home)) for family in FAMILIES}
        self._topics = _Bounded(most_values)
        self._types = _Bounded(most_values)
        self._wall_clock = wall_clock
        self._lanes: dict[str, set[tuple[str, str]]] = {}

    def published(self, records: Sequence[Record], seconds: float) -> None:
        """See `Observer`."""
        counts: dict[str, int] = {}
        for record in records:
            topic = self._topics.value(record.topic)
            counts[topic] = counts.get(topic, 0) + 1
        for topic, count in counts.items():
            self._series[PUBLISHED][(topic,)].inc(count)
            self._series[PUBLISH_SECONDS][(topic,)].observe(seconds)

    def handled(
        self, message: Metadata, handler: str, outcome: Outcome, seconds: float
    ) -> None:
        """See `Observer`."""
        envelope = message.envelope
        topic = self._topics.value(message.topic)
        kind = self._types.value(envelope.type)
        self._series[CONSUMED][topic, message.group, kind, outcome].inc()
        if outcome in _TIMED:
            place = (topic, message.group, handler)
            self._series[HANDLER_SECONDS][place].observe(seconds)
        happened = envelope.time if outcome is Outcome.OK else None
        if happened is not None:
            age_s = (self._wall_clock() - happened).total_seconds()
            # Clocks differ: an event of the future has just happened.
            self._series[END_TO_END_SECONDS][topic, message.group].observe(
                max(age_s, 0.0)
            )

    def retried(self, message: Metadata, handler: str, delay_s: float) -> None:
        """See `Observer`."""
        self._series[RETRIES][self._place(message, handler)].inc()

    def dead_lettered(self, message: Metadata, handler: str, reason: str) -> None:
        """See `Observer`."""
        self._series[DEAD][(reason,)].inc()

    def duplicate(self, message: Metadata, handler: str) -> None:
        """See `Observer`."""
        self._series[DUPLICATES][self._place(message, handler)].inc()

    def lag(self, group: str, lags: Mapping[Lane, Lag]) -> None:
        """See `Observer`. Lanes that went to other members are told by those."""
        told: set[tuple[str, str]] = set()
        by_place: dict[tuple[str, str], list[Lag]] = {}
        for lane, lag in lags.items():
            place = (self._topics.value(lane.topic), str(lane.partition))
            by_place.setdefault(place, []).append(lag)
        for place, found in by_place.items():
            told.add(place)
            self._tell_lag((*place, group), found)
        for place in self._lanes.get(group, set()) - told:
            for family in (LAG, LAG_SECONDS):
                self._series[family].forget((*place, group))
        self._lanes[group] = told

    def left(self, group: str) -> None:
        """See `Observer`."""
        self.lag(group, {})

    def payload(
        self, direction: Direction, schema_type: str, seconds: float, *, was_known: bool
    ) -> None:
        """See `Observer`."""
        if not schema_type:
            return
        self._series[CACHE_HITS if was_known else CACHE_MISSES][()].inc()
        if was_known:
            labels = (schema_type.lower(), direction)
            self._series[SERDE_SECONDS][labels].observe(seconds)

    def payload_failed(self, direction: Direction, error: Exception) -> None:
        """See `Observer`."""
        self._series[SCHEMA_ERRORS][(reason_of(error),)].inc()

    def _place(self, message: Metadata, handler: str) -> tuple[str, str, str]:
        return self._topics.value(message.topic), message.group, handler

    def _tell_lag(self, labels: tuple[str, str, str], found: Sequence[Lag]) -> None:
        # Topics that have no series of their own share one.
        self._series[LAG][labels].set(sum(each.messages for each in found))
        ages = [each.seconds for each in found if each.seconds is not None]
        if ages:
            self._series[LAG_SECONDS][labels].set(max(ages))
        else:
            self._series[LAG_SECONDS].forget(labels)


def reason_of(error: Exception) -> str:
    """Return why a payload could not be written or read, as one of few words."""
    for kind, reason in REASONS:
        if isinstance(error, kind):
            return reason
    return OTHER
