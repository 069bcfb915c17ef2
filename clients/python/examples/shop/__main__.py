"""The whole shop in one process, and what happens in it: `python -m shop`."""

import asyncio
import logging
import os
import tempfile
from contextlib import AsyncExitStack
from pathlib import Path

from wirepact import Metadata
from wirepact.observing import Outcome, Unobserved
from wirepact.transports.port import Record

_PATIENCE_S = 60


class Seen(Unobserved):
    """Tells what no handler sees, and lets others wait for what has happened."""

    def __init__(self) -> None:
        self._happened: set[str] = set()
        self._changed = asyncio.Condition()
        self._tasks: set[asyncio.Task[None]] = set()

    def handled(
        self, message: Metadata, handler: str, outcome: Outcome, seconds: float
    ) -> None:
        self._note(f"{handler} {outcome} {(message.key or b'').decode()}")

    def duplicate(self, message: Metadata, handler: str) -> None:
        print(f"billing   message {message.id} again: skipped", flush=True)

    def dead_lettered(self, message: Metadata, handler: str, reason: str) -> None:
        print(
            f"billing   a message that cannot be read is a dead letter: {reason}",
            flush=True,
        )
        self._note("dead")

    def _note(self, what: str) -> None:
        task = asyncio.ensure_future(self._noted(what))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _noted(self, what: str) -> None:
        async with self._changed:
            self._happened.add(what)
            self._changed.notify_all()

    async def of(self, what: str) -> None:
        """Return when it has happened."""
        async with asyncio.timeout(_PATIENCE_S), self._changed:
            await self._changed.wait_for(lambda: what in self._happened)


async def main() -> None:
    # The database is named before the services are imported, which connect to it.
    from shop import billing, orders, shipping
    from shop.surroundings import ORDERS, broker

    seen = Seen()
    billing.prepare()
    async with AsyncExitStack() as stack:
        for app in (billing.app, shipping.app, orders.app):
            app.observe(seen)
            await stack.enter_async_context(app.running())

        await orders.place("o-1", "ann", "19.90", "m-1")
        await seen.of("orders.note_departure ok o-1")

        print("--        the same message is sent once more", flush=True)
        await orders.place("o-1", "ann", "19.90", "m-1")
        await seen.of("billing.bill duplicate o-1")

        print("--        somebody sends what is no event", flush=True)
        line = broker()
        await line.open()
        await line.send([Record(ORDERS, b"not an event", b"o-2")])
        await line.close()
        await seen.of("dead")

        await orders.place("o-2", "bob", "5.00", "m-2")
        await seen.of("orders.note_departure ok o-2")

    for order_id, euro in billing.invoices():
        print(f"invoice   {order_id}: {euro} euro", flush=True)


if __name__ == "__main__":
    logging.basicConfig(level=logging.CRITICAL)
    with tempfile.TemporaryDirectory() as folder:
        os.environ.setdefault("SHOP_DATABASE", f"sqlite:///{Path(folder) / 'shop.db'}")
        asyncio.run(main())
