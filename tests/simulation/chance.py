"""What goes wrong in a simulation, and how often: all of it drawn from one seed."""

import asyncio
from dataclasses import dataclass, field
from random import Random


@dataclass
class Chance:
    """Draws faults and pauses.

    Attributes:
        rates: How often each kind of fault strikes when it could.
        is_calm: Nothing goes wrong any more.
        struck: How often each has.

    """

    random: Random
    rates: dict[str, float]
    is_calm: bool = False
    struck: dict[str, int] = field(default_factory=dict)

    def strikes(self, kind: str) -> bool:
        if self.is_calm or self.random.random() >= self.rates.get(kind, 0.0):
            return False
        self.struck[kind] = self.struck.get(kind, 0) + 1
        return True

    async def pause(self) -> None:
        """Take some time, often none, at times long."""
        drawn = self.random.random()
        if drawn < 0.5:
            return
        await asyncio.sleep(0 if drawn < 0.8 else self.random.expovariate(20))


def drawn(random: Random) -> Chance:
    """Return the faults of one simulation: each kind is there in some of them."""
    most = {
        "crash": 0.004,
        "fetch": 0.1,
        "send before": 0.15,
        "send after": 0.15,
        "ack before": 0.2,
        "ack after": 0.2,
        "database": 0.1,
        "commit": 0.1,
        "handler": 0.3,
        "handler after": 0.2,
        "restart": 0.001,
    }
    return Chance(
        random,
        {
            kind: random.random() * rate if random.random() < 0.5 else 0.0
            for kind, rate in most.items()
        },
    )
