"""The table for people and the file for machines."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.rows import Row

RESULTS = Path(__file__).with_name("results.json")

_HEAD = ("suite", "claim", "ours", "peer", "limit", "unit", "ratio", "goal", "holds")
_WORDS = {None: "-", True: "yes", False: "NO"}


def table(rows: Sequence[Row]) -> str:
    """Return the rows as Markdown, which also reads well in a terminal."""
    lines = [_HEAD, *map(_cells, rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    rule = tuple("-" * width for width in widths)
    return "\n".join(
        "| " + " | ".join(map(str.ljust, line, widths)) + " |"
        for line in (lines[0], rule, *lines[1:])
    )


def write(rows: Sequence[Row], machine: Mapping[str, object]) -> None:
    """Write the results, keeping those of suites that were not run."""
    suites = {row.claim.suite for row in rows}
    kept = [each for each in _written() if each["suite"] not in suites]
    found = [*kept, *(_fields(row, machine) for row in rows)]
    found.sort(key=lambda each: str(each["suite"]))
    RESULTS.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def _written() -> list[dict[str, Any]]:
    return list(json.loads(RESULTS.read_text())) if RESULTS.exists() else []


def _cells(row: Row) -> tuple[str, ...]:
    low, high = row.spread
    return (
        row.claim.suite,
        row.claim.name,
        *(_number(each) for each in (row.ours, row.peer, row.limit)),
        row.claim.unit,
        f"{row.ratio:.2f} ({low:.2f}-{high:.2f})",
        row.claim.goal or "",
        _WORDS[row.holds],
    )


def _fields(row: Row, machine: Mapping[str, object]) -> dict[str, object]:
    return {
        "suite": row.claim.suite,
        "name": row.claim.name,
        "ours": _rounded(row.ours),
        "peer": _rounded(row.peer),
        "limit": _rounded(row.limit),
        "unit": row.claim.unit,
        "ratio": _rounded(row.ratio),
        "goal": row.claim.goal,
        "holds": row.holds,
        "runs": row.runs,
        "machine": machine,
    }


def _rounded(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.4g}")


def _number(number: float | None) -> str:
    if number is None:
        return ""
    return f"{number:,.0f}" if abs(number) >= 100 else f"{number:.3g}"
