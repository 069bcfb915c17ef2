"""`python -m benchmarks [SUITE]`: measure, print, write; fail if a goal is missed."""

import sys
from importlib import import_module
from time import perf_counter

from benchmarks import machine, report
from benchmarks.rows import Row

SUITES = (
    "http",
    "storage",
    "moving",
    "lists",
    "compat",
    "parse",
    "protobuf",
    "jsonschema",
    "startup",
    "cli",
    "sdk",
    "pipeline",
)


def main(arguments: list[str]) -> int:
    """Run one suite or all, and return the exit code."""
    asked = arguments[0] if arguments else "all"
    if asked not in {*SUITES, "all"} or len(arguments) > 1:
        print(f"usage: python -m benchmarks [{'|'.join(SUITES)}|all]", file=sys.stderr)
        return 2
    described = machine.description()
    print(", ".join(f"{name}: {value}" for name, value in described.items()))
    rows: list[Row] = []
    for suite in SUITES if asked == "all" else (asked,):
        started = perf_counter()
        rows += import_module(f"benchmarks.suites.{suite}").rows()
        print(f"{suite}: {perf_counter() - started:.0f} s", flush=True)
    report.write(rows, described)
    print(report.table(rows))
    missed = [row for row in rows if row.holds is False]
    for row in missed:
        print(f"missed: {row.claim.suite}, {row.claim.name}", file=sys.stderr)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
