"""What a test says of what was published."""

from collections.abc import Callable, Iterator
from typing import Any, Final

from wirepact.dead_letter import PREFIX, RETRY_PREFIX
from wirepact.errors import WirepactError
from wirepact.messages import Received
from wirepact.registry import Registry
from wirepact.testing.kit import Kit, current
from wirepact.transports.port import Delivery

_MOST_TOLD: Final = 20


def published(*events: type, topic: str | None = None) -> list[Received]:
    """Return the messages of a test's broker, those of each topic in their order.

    One that was sent again with the same id, as after a crash, counts once. Dead
    letters and what waits to be tried again are left out, unless their topic is named.

    Args:
        events: The classes that are wanted; None of them means plain values, too.
        topic: None for all.

    """
    around = current()
    found: dict[tuple[str, str, str, int], Received] = {}
    with Registry(around.registry.client(), events=events) as registry:
        for number, delivery in enumerate(_deliveries(around, topic)):
            message = _read(registry, delivery)
            if message is None or (events and not isinstance(message.event, events)):
                continue
            envelope = message.envelope
            # Without an id each is one of its own.
            place = (message.topic, envelope.source, envelope.id)
            found.setdefault((*place, 0 if envelope.id else number), message)
    return list(found.values())


def assert_published(
    event: type,
    *,
    where: Callable[[Any], bool] | None = None,
    caused_by: Any = None,
    times: int | None = None,
    topic: str | None = None,
) -> list[Received]:
    """Assert that an event was published; see `published`.

    Args:
        event: Its class.
        where: Of these events; None for all.
        caused_by: The message that was being handled: its id, what this function has
            returned for it, or an event that is equal to its own.
        times: How many messages there are; None for one or more.
        topic: Where; None for anywhere.

    Returns:
        The messages.

    Raises:
        AssertionError: They are not there, or too many; it tells what is.
        NoKitError: No test with a broker is running.

    """
    __tracebackhide__ = True
    causes = None if caused_by is None else _causes(caused_by)
    found = [
        each
        for each in published(event, topic=topic)
        if (where is None or where(each.event))
        and (causes is None or each.envelope.causationid in causes)
    ]
    wanted = "at least once" if times is None else f"{times} times"
    if (len(found) == times) if times is not None else found:
        return found
    conditions = [
        *(["as `where` says"] if where is not None else []),
        *([f"caused by {caused_by!r}"] if caused_by is not None else []),
        *([f"on {topic}"] if topic is not None else []),
    ]
    what = ", ".join([event.__name__, *conditions])
    raise AssertionError(
        f"expected {wanted}: {what}\nfound {len(found)}; published was:\n{_told()}"
    )


def _deliveries(around: Kit, topic: str | None) -> Iterator[Delivery]:
    topics = around.broker.topics if topic is None else [topic]
    for name in topics:
        for delivery in around.broker.records(name):
            if topic is not None or not _is_put_aside(delivery):
                yield delivery


def _is_put_aside(delivery: Delivery) -> bool:
    return any(name.startswith((PREFIX, RETRY_PREFIX)) for name, _ in delivery.headers)


def _read(registry: Registry, delivery: Delivery) -> Received | None:
    try:
        return registry.decode(
            delivery.topic, delivery.key, delivery.value, delivery.headers
        )
    except WirepactError:
        return None


def _causes(caused_by: Any) -> set[str]:
    if isinstance(caused_by, str):
        return {caused_by}
    if isinstance(caused_by, Received):
        return {caused_by.envelope.id}
    if isinstance(caused_by, list):
        return {cause for each in caused_by for cause in _causes(each)}
    same = (each for each in published(type(caused_by)) if each.event == caused_by)
    return {each.envelope.id for each in same}


def _told() -> str:
    those = published()
    lines = [
        f"  {each.topic}: {each.envelope.type or 'no type'} {each.envelope.id}"
        f" caused by {each.envelope.causationid or 'nothing'}: {each.event!r:.200}"
        for each in those[:_MOST_TOLD]
    ]
    if len(those) > _MOST_TOLD:
        lines.append(f"  and {len(those) - _MOST_TOLD} more")
    return "\n".join(lines) or "  nothing"
