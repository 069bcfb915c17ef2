"""What crashes in tests of real brokers: a member's process, and the server itself."""

import asyncio
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from tests.suites.transport import Server, numbers
from wirepact import BrokerUnavailableError
from wirepact.transports.port import Record, Subscription, Transport

RETRY_S = 0.05
_MEMBER = """
import asyncio, sys
from wirepact.transports.{module} import {name}

async def take(url, topic, group, count):
    broker = {name}(url, {options})
    await broker.open()
    member = await broker.subscribe([topic], group)
    taken = 0
    while taken < int(count):
        taken += len(await member.fetch(int(count) - taken, 1.0))
    print("taken", flush=True)
    await asyncio.Event().wait()

asyncio.run(take(*sys.argv[1:]))
"""


@contextmanager
def member_process(
    kind: type, url: str, topic: str, group: str, count: int, options: str = ""
) -> Iterator[subprocess.Popen[str]]:
    """Start a member in a process of its own, and yield it when it has so many.

    It never acknowledges any; it is killed in the end, if it was not before.
    """
    module = kind.__module__.rpartition(".")[2]
    code = _MEMBER.format(module=module, name=kind.__name__, options=options)
    words = [sys.executable, "-c", code, url, topic, group, str(count)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout.readline() == "taken\n"
            yield process
        finally:
            process.kill()


async def send_through_a_crash(
    broker: Transport, topic: str, count: int, server: Server
) -> None:
    """Send records one batch after another, and restart the server in between.

    A batch that was not confirmed is sent again: some of it may have arrived.
    """
    crashing: asyncio.Task[None] | None = None
    for number, batch in enumerate(_batches(numbers(count), 20)):
        if number == count // 40:
            crashing = asyncio.create_task(asyncio.to_thread(_restart, server))
        await _sent(broker, [Record(topic, value, b"k" + value) for value in batch])
    await crashing


def _restart(server: Server) -> None:
    server.kill()
    server.start()


async def take_through_a_crash(member: Subscription, count: int) -> set[bytes | None]:
    """Return what came, acknowledged at once, when so many different ones have come."""
    seen: set[bytes | None] = set()
    while len(seen) < count:
        try:
            got = await member.fetch(10, 0.2)
            seen |= {each.value for each in got}
            await member.ack(got)
        except BrokerUnavailableError:
            await asyncio.sleep(RETRY_S)
    return seen


async def _sent(broker: Transport, batch: Sequence[Record]) -> None:
    while True:
        try:
            await broker.send(batch)
        except BrokerUnavailableError:
            await asyncio.sleep(RETRY_S)
        else:
            return


def _batches(values: Sequence[bytes], size: int) -> Iterator[Sequence[bytes]]:
    for first in range(0, len(values), size):
        yield values[first : first + size]
