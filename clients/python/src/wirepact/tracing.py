"""Spans and measures of OpenTelemetry, by its conventions for messaging.

    app = App("billing", registry=..., broker=kafka, observer=Tracing(kafka.system))

A message carries the trace of the span that has made it in its headers `traceparent`
and `tracestate`, whatever envelope it has; what handles it goes on from there. Where
no provider is set, nothing is done.

Source: OpenTelemetry semantic conventions 1.36, messaging (in development).
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, Final

from wirepact import context
from wirepact.context import Handling
from wirepact.envelope import Header
from wirepact.errors import MissingExtraError
from wirepact.metadata import Metadata
from wirepact.observing import NOTHING, Outcome, Unobserved
from wirepact.transports.port import Delivery, Record

try:
    from opentelemetry import metrics, trace
    from opentelemetry.context import Context
    from opentelemetry.metrics import MeterProvider
    from opentelemetry.trace import Link, SpanKind, Tracer, TracerProvider
    from opentelemetry.trace.propagation.tracecontext import (
        TraceContextTextMapPropagator,
    )
except ModuleNotFoundError as error:
    raise MissingExtraError(__name__, "metrics") from error

_SCOPE: Final = "wirepact"
_W3C: Final = TraceContextTextMapPropagator()
_NOT_SET: Final = (trace.ProxyTracerProvider, trace.NoOpTracerProvider)
_MOST_LINKS: Final = 128
_MOST_KEY_CHARS: Final = 200
_BUCKETS_S: Final = (
    *(0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75),
    *(1.0, 2.5, 5.0, 7.5, 10.0),
)

Attributes = dict[str, str | int | bool]


class Tracing(Unobserved):
    """An observer that makes spans. Several apps may share one."""

    def __init__(
        self,
        system: str,
        *,
        tracers: TracerProvider | None = None,
        meters: MeterProvider | None = None,
    ) -> None:
        """Note down where spans go; the process's providers may be set later.

        Args:
            system: The broker, as transports name it in their `system`.
            tracers: None for the process's own.
            meters: None for the process's own.

        """
        self._system = system
        self._tracers = tracers
        self._asked: TracerProvider | None = None
        self._made: Tracer | None = None
        meter = (meters or metrics.get_meter_provider()).get_meter(_SCOPE)
        self._operation_s = meter.create_histogram(
            "messaging.client.operation.duration",
            "s",
            "How long an operation with the broker took.",
            explicit_bucket_boundaries_advisory=_BUCKETS_S,
        )
        self._process_s = meter.create_histogram(
            "messaging.process.duration",
            "s",
            "How long handling a message took.",
            explicit_bucket_boundaries_advisory=_BUCKETS_S,
        )
        self._sent = meter.create_counter(
            "messaging.client.sent.messages", "{message}", "Messages that were sent."
        )
        self._consumed = meter.create_counter(
            "messaging.client.consumed.messages",
            "{message}",
            "Messages that have come.",
        )

    def published(self, records: Sequence[Record], seconds: float) -> None:
        """See `Observer`."""
        for topic, count in _counted([each.topic for each in records]).items():
            labels = self._labels("send", topic)
            self._sent.add(count, labels)
            self._operation_s.record(
                seconds, {**labels, "messaging.operation.type": "send"}
            )

    def fetched(self, group: str, count: int) -> None:
        """See `Observer`."""
        labels = self._labels("poll")
        self._consumed.add(count, {**labels, "messaging.consumer.group.name": group})

    def handled(
        self, message: Metadata, handler: str, outcome: Outcome, seconds: float
    ) -> None:
        """See `Observer`."""
        if outcome not in (Outcome.OK, Outcome.RETRIED):
            return
        labels = self._labels("process", message.topic)
        labels["messaging.consumer.group.name"] = message.group
        if outcome is Outcome.RETRIED:
            labels["error.type"] = "_OTHER"
        self._process_s.record(seconds, labels)

    def creating(self, topic: str) -> AbstractContextManager[Sequence[Header] | None]:
        """See `Observer`. The headers name the span."""
        tracer = self._tracer()
        return NOTHING if tracer is None else self._create(tracer, topic)

    def sending(self, records: Sequence[Record]) -> AbstractContextManager[object]:
        """See `Observer`. The span is linked with those that have made the messages."""
        tracer = self._tracer()
        if tracer is None or not records:
            return NOTHING
        topics = _counted([each.topic for each in records])
        links = _links([_context_of(each.headers) for each in records])
        labels = self._labels("send", _only(topics))
        labels["messaging.operation.type"] = "send"
        if len(records) == 1:
            labels |= _of_record(records[0])
        else:
            labels["messaging.batch.message_count"] = len(records)
        # What has made a message is its producer where there is such a span.
        kind = SpanKind.CLIENT if links else SpanKind.PRODUCER
        return self._span(tracer, "send", _only(topics), kind, labels, links=links)

    def handling(
        self, messages: Sequence[Metadata], handler: str
    ) -> AbstractContextManager[object]:
        """See `Observer`. One message's trace goes on; those of many are linked."""
        tracer = self._tracer()
        if tracer is None or not messages:
            return NOTHING
        first = messages[0]
        labels = self._labels("process", first.topic)
        labels["messaging.operation.type"] = "process"
        labels["messaging.consumer.group.name"] = first.group
        labels["wirepact.handler"] = handler
        contexts = [_context_of_message(each) for each in messages]
        if len(messages) == 1:
            labels |= self._of_message(first)
            return self._span(
                tracer,
                "process",
                first.topic,
                SpanKind.CONSUMER,
                labels,
                parent=contexts[0],
            )
        labels["messaging.batch.message_count"] = len(messages)
        return self._span(
            tracer,
            "process",
            first.topic,
            SpanKind.CONSUMER,
            labels,
            links=_links(contexts),
        )

    def settling(
        self, group: str, deliveries: Sequence[Delivery]
    ) -> AbstractContextManager[object]:
        """See `Observer`. The span is linked with those that have made the messages."""
        tracer = self._tracer()
        if tracer is None or not deliveries:
            return NOTHING
        topic = _only(_counted([each.topic for each in deliveries]))
        labels = self._labels("ack", topic)
        labels["messaging.operation.type"] = "settle"
        labels["messaging.consumer.group.name"] = group
        labels["messaging.batch.message_count"] = len(deliveries)
        links = _links([_context_of(each.headers) for each in deliveries[:_MOST_LINKS]])
        return self._span(
            tracer,
            "ack",
            topic,
            SpanKind.CLIENT,
            labels,
            links=links,
            parent=Context(),
        )

    @contextmanager
    def _create(self, tracer: Tracer, topic: str) -> Iterator[Sequence[Header]]:
        labels = self._labels("create", topic)
        labels["messaging.operation.type"] = "create"
        begun = self._span(tracer, "create", topic, SpanKind.PRODUCER, labels)
        with begun as span:
            handled = context.current()
            if span.is_recording() and handled is not None:
                correlation = handled.links.correlationid
                if correlation:
                    span.set_attribute("messaging.message.conversation_id", correlation)
            carrier: dict[str, str] = {}
            _W3C.inject(carrier)
            yield [(name, value.encode()) for name, value in carrier.items()]

    @contextmanager
    def _span(
        self,
        tracer: Tracer,
        operation: str,
        topic: str,
        kind: SpanKind,
        labels: Attributes,
        *,
        links: Sequence[Link] = (),
        parent: Context | None = None,
    ) -> Iterator[trace.Span]:
        name = f"{operation} {topic}" if topic else operation
        with tracer.start_as_current_span(
            name, context=parent, kind=kind, attributes=labels, links=links
        ) as span:
            try:
                yield span
            except Exception as error:
                span.set_attribute("error.type", _kind_of(error))
                raise

    def _tracer(self) -> Tracer | None:
        """Return what makes spans; None while nobody has said where they go."""
        provider = self._tracers or trace.get_tracer_provider()
        if provider is not self._asked:
            # The process's own may be set later. Making a tracer takes as long as much
            # of a span does.
            is_set = not isinstance(provider, _NOT_SET)
            self._made = provider.get_tracer(_SCOPE) if is_set else None
            self._asked = provider
        return self._made

    def _labels(self, operation: str, topic: str = "") -> Attributes:
        labels: Attributes = {
            "messaging.system": self._system,
            "messaging.operation.name": operation,
        }
        if topic:
            labels["messaging.destination.name"] = topic
        return labels

    def _of_message(self, message: Metadata) -> Attributes:
        delivery = message.delivery
        facts: Attributes = {
            "messaging.destination.partition.id": str(delivery.partition),
            "messaging.message.id": message.id,
            "messaging.message.conversation_id": message.correlation_id or "",
        }
        if delivery.value is not None:
            facts["messaging.message.body.size"] = len(delivery.value)
        if self._system == "kafka":
            facts["messaging.kafka.message.key"] = _text(delivery.key)
            facts["messaging.kafka.offset"] = delivery.position
            if delivery.value is None:
                facts["messaging.kafka.message.tombstone"] = True
        return {name: fact for name, fact in facts.items() if fact != ""}


def _of_record(record: Record) -> Attributes:
    facts: Attributes = {}
    if record.id is not None:
        facts["messaging.message.id"] = record.id
    if record.value is not None:
        facts["messaging.message.body.size"] = len(record.value)
    return facts


def _context_of_message(message: Metadata) -> Context:
    """Return the trace that a message goes on with: as what is sent for it would."""
    links = Handling(message).links
    if links.traceparent is None:
        return Context()
    carrier = {"traceparent": links.traceparent}
    if links.tracestate is not None:
        carrier["tracestate"] = links.tracestate
    return _W3C.extract(carrier, Context())


def _context_of(headers: Sequence[Header]) -> Context:
    carrier: Mapping[str, str] = {
        name: value.decode(errors="replace")
        for name, value in headers
        if value is not None and name in _W3C.fields
    }
    return _W3C.extract(carrier, Context())


def _links(contexts: Sequence[Context]) -> list[Link]:
    """Return a link for each trace, at most as many as a span usually keeps."""
    found = [
        trace.get_current_span(each).get_span_context()
        for each in contexts[:_MOST_LINKS]
    ]
    return [Link(each) for each in found if each.is_valid]


def _counted(topics: Sequence[str]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for topic in topics:
        counts[topic] = counts.get(topic, 0) + 1
    return counts


def _only(topics: Mapping[str, Any]) -> str:
    """Return the topic if there is only one; a span of several names none."""
    return next(iter(topics)) if len(topics) == 1 else ""


def _text(key: bytes | None) -> str:
    return "" if key is None else key.decode(errors="replace")[:_MOST_KEY_CHARS]


def _kind_of(error: Exception) -> str:
    kind = type(error)
    name = kind.__qualname__
    return name if kind.__module__ == "builtins" else f"{kind.__module__}.{name}"
