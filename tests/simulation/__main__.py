"""Play one seed, or many: `python -m tests.simulation 17`, `... --seeds 200000`."""

import argparse
import logging
import sys
import time
from collections import Counter

from tests.simulation.playing import Played, play


def main() -> int:
    """Print what was found; 1 if an invariant does not hold."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation")
    parser.add_argument("seed", nargs="?", type=int, help="play this one, with its log")
    parser.add_argument("--seeds", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    if given.seed is not None:
        logging.basicConfig(level=logging.DEBUG, format="%(levelname)s %(message)s")
        return _told(play(given.seed))
    return _many(range(given.first, given.first + given.seeds))


def _many(seeds: range) -> int:
    logging.disable(logging.CRITICAL)
    begun, struck, failed = time.monotonic(), Counter[str](), 0
    for seed in seeds:
        played = play(seed)
        struck.update(played.struck)
        if played.wrong:
            failed += _told(played)
    took_s = time.monotonic() - begun
    sys.stdout.write(
        f"{len(seeds)} seeds from {seeds.start} in {took_s:.0f} s, {failed} failed;"
        f" faults: {dict(sorted(struck.items()))}\n"
    )
    return min(failed, 1)


def _told(played: Played) -> int:
    for wrong in played.wrong or ("all holds",):
        sys.stdout.write(f"seed {played.seed}: {wrong}\n")
    return min(len(played.wrong), 1)


if __name__ == "__main__":
    sys.exit(main())
