"""How a service behaves that is one app."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from wirepact._wrapping import now
from wirepact.codec_options import DEFAULT, CodecOptions
from wirepact.inbox.sweeping import RETENTION


@dataclass(frozen=True, slots=True)
class AppOptions:
    """What holds for all handlers and publishers of an app.

    Attributes:
        codecs: How payloads are written and read.
        in_hand: How many messages of a group are fetched and not settled, at most.
        threads: How many plain functions run at once, at most.
        drain_s: How long the end waits for what is being handled.
        retention: For how long handled messages are remembered; longer than any
            message can come back.
        outages: Exceptions of yours that mean that something is out which all messages
            need: all wait then, and nothing becomes a dead letter.
        lag_every_s: How often the lag is told.
        random: Draws evenly from 0 to 1.
        wall_clock: For the time of events and of failures.

    """

    codecs: CodecOptions = DEFAULT
    in_hand: int = 1000
    threads: int = 8
    drain_s: float = 30.0
    retention: timedelta = RETENTION
    outages: tuple[type[BaseException], ...] = ()
    lag_every_s: float = 15.0
    random: Callable[[], float] = random.random
    wall_clock: Callable[[], datetime] = now

    def __post_init__(self) -> None:
        for name in ("in_hand", "threads"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} is 1 or more")
