"""The service that dies: `python -m tests.crash.service PLAN`, which is JSON.

It stops itself at the point that it is told, and says so; whoever reads that kills it.
"""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from wirepact import App, AppOptions, CodecOptions, Metadata, Registration, Retry, event
from wirepact._points import Point, watched
from wirepact.database import Sql
from wirepact.observing import Unobserved
from wirepact.transports.kafka import Kafka, KafkaOptions
from wirepact.transports.port import Lag, Lane, Transport
from wirepact.transports.rabbitmq import RabbitMq

REGISTERING: Final = CodecOptions(registration=Registration.REGISTER)
TABLE: Final = "CREATE TABLE effect (message_id text NOT NULL, process int NOT NULL)"

FAILS_ONCE: Final = "fails once"
FAILS_ALWAYS: Final = "fails always"

_EFFECT: Final = text("INSERT INTO effect VALUES (:message_id, :process)")
# The least that the tests' broker allows is half a second.
_KAFKA: Final = KafkaOptions(session_timeout_s=1.5)

BROKERS: Final[Mapping[str, Callable[[str], Transport]]] = {
    "kafka": lambda address: Kafka(address, options=_KAFKA),
    "rabbitmq": lambda address: RabbitMq(address, prefetch=50),
}


@event("crash.OrderCreated", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderCreated:
    order_id: str
    fate: str = ""


@event("crash.OrderBilled", key="message_id")
@dataclass(frozen=True, slots=True)
class OrderBilled:
    message_id: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What a process is told.

    Attributes:
        point: Where it stops; None to go on until it is told to end.
        times: How often it gets there until then.

    """

    broker: str
    address: str
    registry: str
    database: str
    topic: str
    bills: str
    group: str
    point: str | None = None
    times: int = 1

    def text(self) -> str:
        return json.dumps(asdict(self))


class Stopping:
    """Stops the process at a point."""

    def __init__(self, plan: Plan) -> None:
        self._point = plan.point
        self._left = plan.times

    def __call__(self, point: Point) -> None:
        if point.value != self._point:
            return
        self._left -= 1
        if self._left == 0:
            _say(f"at {point.value}")
            os.kill(os.getpid(), signal.SIGSTOP)


class Saying(Unobserved):
    """Tells that the process is a member, and what waits for it."""

    def __init__(self) -> None:
        self._has_joined = False

    def fetched(self, group: str, count: int) -> None:
        if not self._has_joined:
            self._has_joined = True
            _say("joined")

    def lag(self, group: str, lags: Mapping[Lane, Lag]) -> None:
        waiting = sum(each.messages for each in lags.values())
        _say(f"lag {waiting} in {len(lags)}")


def app_of(plan: Plan) -> App:
    """Return the service: each message has one row, and causes one event."""
    app = App(
        "crash",
        registry=plan.registry,
        broker=BROKERS[plan.broker](plan.address),
        db=Sql(plan.database),
        observer=Saying(),
        options=AppOptions(codecs=REGISTERING, in_hand=50, lag_every_s=0.3),
    )

    @app.on(
        OrderCreated,
        topic=plan.topic,
        group=plan.group,
        retry=Retry(3, "30ms"),
        concurrency=4,
    )
    async def bill(
        order: OrderCreated, message: Metadata, session: AsyncSession
    ) -> None:
        row = {"message_id": message.id, "process": os.getpid()}
        await session.execute(_EFFECT, row)
        await app.publish(OrderBilled(message.id), topic=plan.bills)
        if order.fate == FAILS_ALWAYS or (
            order.fate == FAILS_ONCE and message.attempt == 1
        ):
            raise ValueError(order.fate)

    return app


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - it is read by the test


def main(plan: Plan) -> None:
    with watched(Stopping(plan)):
        asyncio.run(app_of(plan).serve(check=False))


if __name__ == "__main__":
    main(Plan(**json.loads(sys.argv[1])))
