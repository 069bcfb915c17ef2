"""A consumer that is frozen or killed by the tests: kafka_process.py LIBRARY ADDRESS
TOPIC (hold | half).

It says what it has in hand and what it has acknowledged, one line each.
"""

import asyncio
import sys

from wirepact.transports.kafka import Kafka, KafkaOptions
from wirepact.transports.kafka_sync import ConfluentKafka
from wirepact.transports.port import Delivery, Subscription

LIBRARIES: dict[str, type[Kafka] | type[ConfluentKafka]] = {
    "Kafka": Kafka,
    "ConfluentKafka": ConfluentKafka,
}
OPTIONS = KafkaOptions(session_timeout_s=2, send_timeout_s=8)


async def main(library: str, address: str, topic: str, what: str) -> None:
    broker = LIBRARIES[library](address, options=OPTIONS)
    member = await broker.subscribe([topic], f"g-{topic}")
    await PLANS[what](member)
    await member.close()
    await broker.close()


async def hold(member: Subscription) -> None:
    got = await _come(member, 30)
    _say(f"have {len(got)}")
    await asyncio.to_thread(sys.stdin.readline)
    await member.ack(got)
    _say("acked")


async def half(member: Subscription) -> None:
    got = await _come(member, 40)
    await member.ack(got[:20])
    _say("acked 20")
    while True:
        await member.fetch(1, 1)


PLANS = {"hold": hold, "half": half}


async def _come(member: Subscription, count: int) -> list[Delivery]:
    got: list[Delivery] = []
    while len(got) < count:
        got += await member.fetch(count - len(got), 1)
    return got


def _say(line: str) -> None:
    print(line, flush=True)  # noqa: T201 - it is read by the test


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
