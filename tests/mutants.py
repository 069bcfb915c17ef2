"""`python -m tests.mutants`: how many mutants were noticed; fails below nine in ten."""

import json
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

MUTANTS: Final = Path("mutants")
LEAST: Final = 0.9

# Of mutmut: exit codes of the process that tried a mutant, and signals that ended it.
_KILLED: Final = frozenset({1, 3})
_TIMED_OUT: Final = frozenset({-24, 24, 36, 152, 255})


def main() -> int:
    """Print the share of each module and of all, and return the exit code."""
    total: Counter[str] = Counter()
    for module, counted in _counted():
        total += counted
        _print(module, counted)
    _print("all", total)
    return 0 if total["noticed"] >= LEAST * total["tried"] > 0 else 1


def _counted() -> Iterator[tuple[str, Counter[str]]]:
    """Yield modules with how many of their mutants were tried, and noticed."""
    for file in sorted(MUTANTS.rglob("*.py.meta")):
        codes = json.loads(file.read_bytes())["exit_code_by_key"].values()
        if codes:
            noticed = sum(code in _KILLED | _TIMED_OUT for code in codes)
            module = str(file.relative_to(MUTANTS)).removesuffix(".meta")
            yield module, Counter(noticed=noticed, tried=len(codes))


def _print(name: str, counted: Counter[str]) -> None:
    noticed, tried = counted["noticed"], counted["tried"]
    share = noticed / tried if tried else 0
    sys.stdout.write(f"{name:42} {noticed:5} of {tried:5} noticed: {share:6.1%}\n")


if __name__ == "__main__":
    sys.exit(main())
