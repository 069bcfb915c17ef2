"""Whether a service grows: a million messages through it, in a process of its own.

`python -m benchmarks.pipeline_memory` is that process: it prints what it holds of the
machine's memory after each hundred thousand messages, in MiB.
"""

import asyncio
import gc
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import linear_regression
from typing import Final

from benchmarks.rows import Claim, Row, row
from wirepact import App, AppOptions, CodecOptions, Metadata, Registration, event
from wirepact.inbox.memory import MemoryInbox
from wirepact.testing import FakeRegistry
from wirepact.transports.memory import Memory, MemoryBroker

MESSAGES: Final = 1_000_000
STRETCH: Final = 100_000
# By then the inbox is full, its table was made anew, and the broker forgets as much as
# it takes.
WARM_STRETCHES: Final = 2
ALLOWED_MIB: Final = 1.0

_GROUP: Final = 500
_KEPT: Final = 1_000
# Forgets as many messages in each stretch as ten times its room. Python makes the table
# of a full one anew after two and a half times its room, which takes twice the memory
# for a moment, and more than that until the allocator has a hole for it. With the usual
# room of 100,000 these are steps of up to 10 MiB, the last one at almost a million
# messages: all that the run would show is how long it takes them to end.
_REMEMBERED: Final = 10_000
_TIMEOUT_S: Final = 1_800


@event("growth.OrderPlaced", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderPlaced:
    order_id: str
    total: int


@event("growth.OrderBilled", key="order_id")
@dataclass(frozen=True, slots=True)
class OrderBilled:
    order_id: str


def rows() -> list[Row]:
    """Hold a process against how much it may grow."""
    running = subprocess.run(
        [sys.executable, "-m", "benchmarks.pipeline_memory"],
        check=True,
        capture_output=True,
        text=True,
        timeout=_TIMEOUT_S,
    )
    held = [float(line) for line in running.stdout.split()]
    assert len(held) == MESSAGES // STRETCH, "all messages were handled"
    claim = Claim(
        "pipeline",
        "growth over 1,000,000 messages in memory, with an inbox, against 1 MiB",
        "MiB/100,000",
        "limit",
        at_most=1.0,
    )
    return [row(claim, [growth(held[WARM_STRETCHES:])], limit=[ALLOWED_MIB])]


def growth(held: Sequence[float]) -> float:
    """Return by how much it grows from stretch to stretch, by the line through all."""
    return linear_regression(range(len(held)), held).slope


async def serve() -> None:
    """Publish, handle, publish from the handler, and handle that as well."""
    broker = MemoryBroker(keep=_KEPT)
    app = App(
        "bench",
        registry=FakeRegistry().async_client(),
        broker=Memory(broker),
        inbox=MemoryInbox(_REMEMBERED),
        options=AppOptions(codecs=CodecOptions(registration=Registration.REGISTER)),
    )
    counts = {OrderPlaced: 0, OrderBilled: 0}

    @app.on(OrderPlaced, topic="orders")
    async def bill(order: OrderPlaced, message: Metadata) -> None:
        counts[OrderPlaced] += 1
        await app.publish(OrderBilled(order.order_id), "bills")

    @app.on(OrderBilled, topic="bills")
    async def note(bill: OrderBilled, message: Metadata) -> None:
        counts[OrderBilled] += 1

    async with app.running(check=False):
        # Each is handled twice: as an order, and as its bill.
        for first in range(0, MESSAGES // 2, _GROUP):
            orders = [
                OrderPlaced(f"o-{number}", number)
                for number in range(first, first + _GROUP)
            ]
            await app.publish_all(orders, "orders")
            await broker.run_until_idle()
            handled = sum(counts.values())
            if handled % STRETCH == 0:
                gc.collect()
                print(f"{resident_mib():.3f}", flush=True)


def resident_mib() -> float:
    """Return what this process holds of the machine's memory; Linux."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise LookupError("the kernel does not tell")


if __name__ == "__main__":
    asyncio.run(serve())
