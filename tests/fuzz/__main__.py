"""`python -m tests.fuzz SECONDS [TARGET...]`: fuzz each target so long, two at once."""

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.fuzz.runner import Outcome, all_targets, run

FOLDER = Path(".fuzz")
AT_ONCE = 2


def main(arguments: list[str]) -> int:
    """Fuzz the targets named, or all, and return the exit code."""
    seconds, *wanted = arguments
    names = {module.rpartition(".")[2]: module for module in all_targets()}
    if unknown := set(wanted) - names.keys():
        sys.stderr.write(f"no such target: {', '.join(sorted(unknown))}\n")
        return 2
    chosen = {name: names[name] for name in wanted or names}
    failed = 0
    for name, outcome in _outcomes(chosen, int(seconds)):
        sys.stdout.write(f"{name}: {'clean' if outcome.is_clean else 'FOUND'}\n")
        if not outcome.is_clean:
            failed += 1
            sys.stdout.write(f"{outcome}\n")
        sys.stdout.flush()
    return min(failed, 1)


def _outcomes(chosen: dict[str, str], seconds: int) -> Iterator[tuple[str, Outcome]]:
    """Yield how each target ended, in their order."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        running = {
            name: threads.submit(run, module, seconds, FOLDER / name)
            for name, module in chosen.items()
        }
        for name, future in running.items():
            yield name, future.result()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
