"""Kill consumers on each broker: `python -m tests.crash --rounds 13 --messages 100`."""

import argparse
import asyncio
import sys
from random import Random

from tests.crash.playing import Played, kills_of, plan, play
from tests.services.kafka import kafka
from tests.services.postgres import Postgres, postgres
from tests.services.rabbitmq import rabbitmq


def main() -> int:
    """Print what was found; 1 if an invariant does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("--rounds", type=int, default=13, help="kills at each point")
    parser.add_argument("--messages", type=int, default=100, help="for each kill")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--broker", choices=["kafka", "rabbitmq"])
    given = parser.parse_args()
    failed = 0
    with postgres() as database:
        for broker in ("kafka", "rabbitmq"):
            if given.broker not in (None, broker):
                continue
            played = _played(broker, database, given)
            failed += bool(played.wrong)
            sys.stdout.write(f"{played}; seed {given.seed}\n")
            sys.stdout.flush()
    return min(failed, 1)


def _played(broker: str, database: Postgres, given: argparse.Namespace) -> Played:
    kills = kills_of(broker, given.rounds, given.messages, Random(given.seed))
    if broker == "kafka":
        with kafka() as server, plan(broker, server.address, database) as told:
            return asyncio.run(play(told, kills, given.messages, given.seed))
    with rabbitmq() as other, plan(broker, other.url, database) as told:
        return asyncio.run(play(told, kills, given.messages, given.seed))


if __name__ == "__main__":
    sys.exit(main())
