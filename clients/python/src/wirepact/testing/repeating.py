"""Whether a handler may get a message more than once."""

import asyncio
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any, Final

from wirepact._points import Point, watched
from wirepact.app import App
from wirepact.handlers import Function, Handler
from wirepact.inbox.port import Inbox
from wirepact.metadata import Metadata
from wirepact.observing import Unobserved
from wirepact.testing.asserting import published
from wirepact.testing.crashing import crash_at
from wirepact.testing.kit import Kit, Service, current, kit, serving
from wirepact.transports.memory import Memory, MemoryBroker
from wirepact.transports.port import Record

_CRASHES: Final = (
    Point.MID_HANDLER,
    Point.AFTER_PUBLISH,
    Point.AFTER_COMMIT,
    Point.BEFORE_ACK,
)


@dataclass(frozen=True, slots=True)
class Scenario:
    """How a message comes more than once.

    Attributes:
        told: For people.
        copies: How many of it lie in the broker, each in a partition of its own.
        is_at_once: Whether they are handled at the same time, or one after the other.
        crash: Where the service dies with the first one.

    """

    told: str
    copies: int = 1
    is_at_once: bool = False
    crash: Point | None = None


_ONCE: Final = Scenario("delivered once")
SCENARIOS: Final = (
    Scenario("delivered twice", copies=2),
    Scenario("delivered twice at once", copies=2, is_at_once=True),
    *(
        Scenario(f"delivered again after a crash ({point.value})", crash=point)
        for point in _CRASHES
    ),
)


@dataclass(slots=True)
class Applied(Unobserved):
    """Counts how often a handler was called to the end and committed."""

    count: int = 0
    failures: list[str] = field(default_factory=list)
    _begun: set[Any] = field(default_factory=set)

    def reached(self, point: Point) -> None:
        task = asyncio.current_task()
        if point is Point.MID_HANDLER:
            self._begun.add(task)
        elif point is Point.AFTER_COMMIT and task in self._begun:
            self._begun.discard(task)
            self.count += 1
        elif point is Point.BEFORE_HANDLER:
            # What was begun before in this task has failed.
            self._begun.discard(task)

    def dead_lettered(self, message: Metadata, handler: str, reason: str) -> None:
        """See `Observer`."""
        self.failures.append(f"{message!r}: {reason}")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a handler has done."""

    applied: int
    effects: Any
    published: int


def assert_idempotent(
    handler: Function,
    event: Any,
    *,
    app: App | None = None,
    topic: str | None = None,
    effects: Callable[[], Any] | None = None,
    reset: Callable[[], object] | None = None,
    **parts: Any,
) -> None:
    """Assert that a message which comes again changes nothing.

    It is delivered once; then twice, twice at the same time, and again after crashes
    between the effects and the acknowledgement: in the middle of the handler, after it
    has published, after the commit and before the acknowledgement. Each time in a
    broker of its own, with an inbox that has forgotten all, and with another id.

    Compared is what `effects` returns; without it, how often the handler ran to its end
    and was committed, which must be once. And what was published, by ids.

    Args:
        handler: A function that `app.on` has declared.
        event: An event, or a function that makes one.
        app: None for the one that the handler was declared for.
        topic: None for the handler's own.
        effects: Returns what the handler has done, such as the rows of a table.
        reset: Takes it back; called before each delivery, and needed with `effects`.
        parts: As `serving` takes them: `db=`, `inbox=`.

    Raises:
        AssertionError: A second delivery has changed something; or the first one has
            changed nothing, as the handler has failed.
        NoKitError: No test with a broker is running.
        ValueError: The function is no handler, or `reset` is missing.

    """
    __tracebackhide__ = True
    if (effects is None) != (reset is None):
        raise ValueError("effects= needs reset=, which takes them back, and vice versa")
    home, declared = _declared(handler, app)
    trial = _Trial(current(), home, declared, topic or declared.topic, parts)

    def played(scenario: Scenario) -> Seen:
        if reset is not None:
            reset()
        made = event() if callable(event) else event
        return trial.play(scenario, made, effects or (lambda: None))

    once = played(_ONCE)
    if not once.applied:
        why = "; ".join(trial.failures) or "no message got to it"
        raise AssertionError(f"{declared.name} has not handled the event: {why}")
    for scenario in SCENARIOS:
        if scenario.crash is Point.AFTER_PUBLISH and not once.published:
            continue
        _compare(declared, scenario, once, played(scenario), has_effects=bool(effects))


def _declared(function: Function, app: App | None) -> tuple[App, Handler]:
    home = app or App.of(function)
    name = getattr(function, "__qualname__", repr(function))
    if home is None:
        raise ValueError(f"{name} is no handler of an app; if it is one, say app=...")
    for each in home.handlers:
        if each.function is function:
            return home, each
    raise ValueError(f"{name} is no handler of {home!r}")


def _compare(
    handler: Handler, scenario: Scenario, once: Seen, seen: Seen, *, has_effects: bool
) -> None:
    said = f"{handler.name} is not idempotent: {scenario.told}, it"
    if has_effects and seen.effects != once.effects:
        raise AssertionError(
            f"{said} has had other effects than delivered once:\n"
            f"  once: {once.effects!r}\n  now:  {seen.effects!r}"
        )
    if not has_effects and seen.applied != once.applied:
        raise AssertionError(f"{said} was applied {seen.applied} times")
    if not handler.batch and seen.published != once.published:
        raise AssertionError(
            f"{said} has published {seen.published} messages instead of"
            f" {once.published}, by their ids"
        )


@dataclass(slots=True)
class _Trial:
    around: Kit
    app: App
    handler: Handler
    topic: str
    parts: dict[str, Any]
    failures: list[str] = field(default_factory=list)
    count: int = 0

    def play(self, scenario: Scenario, event: Any, effects: Callable[[], Any]) -> Seen:
        self.count += 1
        seen = Applied()
        around = self.around
        broker = MemoryBroker(partitions=2, clock=around.clock.now)
        with ExitStack() as stack:
            stack.enter_context(
                kit(
                    broker=broker,
                    registry=around.registry,
                    clock=around.clock,
                    has_contracts=around.has_contracts,
                )
            )
            stack.enter_context(_crashing(scenario.crash))
            # Told first, before one that strikes.
            stack.enter_context(watched(seen.reached))
            around.clock.run(self._story(scenario, event, seen))
            self.failures = seen.failures
            sent = {each.envelope.id for each in published() if self._is_sent(each)}
        return Seen(seen.count, effects(), len(sent))

    async def _story(self, scenario: Scenario, event: Any, seen: Applied) -> None:
        copy = replace(
            self.handler,
            topic=self.topic,
            concurrency=scenario.copies if scenario.is_at_once else 1,
        )
        async with serving(
            self.app, handlers=[copy], observer=seen, **self.parts
        ) as service:
            await _forget(service)
            await self.app.publish(event, self.topic, id=f"repeated-{self.count}")
            if scenario.copies > 1:
                await self._again(service, scenario)
            await service.settled()

    async def _again(self, service: Service, scenario: Scenario) -> None:
        """Put the message into the other partition as well."""
        broker = current().broker
        if not scenario.is_at_once:
            await service.settled()
        (first,) = broker.records(self.topic)
        again = Record(
            self.topic,
            first.value,
            first.key,
            first.headers,
            partition=1 - first.partition,
        )
        await Memory(broker).send([again])

    def _is_sent(self, message: Any) -> bool:
        return not str(message.envelope.id).startswith("repeated-")


def _crashing(point: Point | None) -> AbstractContextManager[object]:
    return nullcontext() if point is None else crash_at(point.value)


async def _forget(service: Service) -> None:
    inbox: Inbox | None = service.app.inbox
    if inbox is not None:
        await inbox.forget(timedelta(0))
