"""`python -m tests.mutants`: how many mutants were noticed; fails below nine in ten."""

import json
import sys
from pathlib import Path

STATISTICS = Path("mutants/mutmut-cicd-stats.json")
LEAST = 0.9


def main() -> int:
    """Print the share, and return the exit code."""
    counted = json.loads(STATISTICS.read_bytes())
    total = counted["total"] - counted["skipped"]
    noticed = counted["killed"] + counted["timeout"]
    share = noticed / total
    sys.stdout.write(f"{noticed} of {total} mutants were noticed: {share:.1%}\n")
    return 0 if share >= LEAST else 1


if __name__ == "__main__":
    sys.exit(main())
