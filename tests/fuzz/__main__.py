"""`python -m tests.fuzz SECONDS [TARGET...]`: fuzz each target for so long."""

import sys
from pathlib import Path

from tests.fuzz.runner import all_targets, run

FOLDER = Path(".fuzz")


def main(arguments: list[str]) -> int:
    """Fuzz the targets named, or all, and return the exit code."""
    seconds, *wanted = arguments
    failed = 0
    for module in all_targets():
        name = module.rpartition(".")[2]
        if wanted and name not in wanted:
            continue
        outcome = run(module, int(seconds), FOLDER / name)
        sys.stdout.write(f"{name}: {'clean' if outcome.is_clean else 'FOUND'}\n")
        if not outcome.is_clean:
            failed += 1
            sys.stdout.write(f"{outcome}\n")
        sys.stdout.flush()
    return min(failed, 1)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
