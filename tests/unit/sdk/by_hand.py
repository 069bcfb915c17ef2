"""Runs the SDK's core by hand: no socket, no thread, and a clock that is told the time.

A registry is a function from a request to what becomes of it.
"""

import json
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from wirepact._core import ClientOptions, Core
from wirepact._steps import Answer, Aside, Failure, Pause, Send, Steps, Work
from wirepact.retry import Surroundings

REFUSED = Failure("ConnectError: connection refused", was_sent=False)
LOST = Failure("ReadTimeout", was_sent=True)
URL = "http://registry"

Registry = Callable[[Send], Answer | Failure]


def answer(body: Any, status: int = 200, **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Answer(status, {"content-type": "application/json", **named}, content)


def error(code: int, message: str = "no", **more: Any) -> Answer:
    status = int(str(code)[:3])
    return answer({"error_code": code, "message": message, **more}, status)


@dataclass
class World:
    """A client's core, its registry and its time.

    Attributes:
        sent: All requests, in their order.
        pauses: All pauses, in seconds.
        asides: Steps that were begun and not yet done.

    """

    registry: Registry
    now: float = 1000.0
    sent: list[Send] = field(default_factory=list)
    pauses: list[float] = field(default_factory=list)
    asides: list[Callable[[], Steps[object]]] = field(default_factory=list)
    draws: Callable[[], float] = field(default_factory=lambda: random.Random(1).random)

    def core(self, urls: Any = URL, **options: Any) -> Core:
        around = Surroundings(lambda: self.now, lambda: self.now, self.draws)
        given = cast(ClientOptions, {"surroundings": around, **options})
        return Core.of(urls, given)

    def run(self, steps: Steps[Any]) -> Any:
        outcome: Any = None
        act: Callable[[Any], Any] = steps.send
        while True:
            try:
                step = act(outcome)
            except StopIteration as end:
                return end.value
            try:
                outcome, act = self._done(step), steps.send
            except Exception as error:  # noqa: BLE001 - raised again, inside the steps
                outcome, act = error, steps.throw

    def refresh(self) -> None:
        """Do what was begun aside."""
        while self.asides:
            self.run(self.asides.pop(0)())

    def _done(self, step: Any) -> Any:
        match step:
            case Send():
                self.sent.append(step)
                return self.registry(step)
            case Pause(seconds):
                self.pauses.append(seconds)
                self.now += seconds
            case Work(function):
                return function()
            case Aside(steps):
                self.asides.append(steps)
            case _:
                raise AssertionError(f"nobody else is there: {step}")
        return None


def scripted(*replies: Answer | Failure) -> Registry:
    """Answer in this order; the last one stays."""
    left = list(replies)
    return lambda _send: left.pop(0) if len(left) > 1 else left[0]


AVRO_TEXT = '{"type":"record","name":"A","fields":[]}'


def by_id(text: str = AVRO_TEXT, **more: Any) -> Answer:
    return answer({"schema": text, "schemaType": "AVRO", **more})


def version(number: int = 1, schema_id: int = 7, text: str = AVRO_TEXT) -> Answer:
    said = {"subject": "orders-value", "version": number, "id": schema_id}
    return answer({**said, "schema": text, "schemaType": "AVRO"})
