"""Lengths of time as people write them: `500ms`, `2s`, `1m`, `1.5h`."""

import re
from typing import Final

_DURATION: Final = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)\s*")
_UNITS: Final = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def seconds(text: str | float) -> float:
    """Return a length of time in seconds; numbers are seconds already.

    Raises:
        ValueError: It is no length of time.

    """
    if isinstance(text, int | float) and not isinstance(text, bool):
        if 0 <= text < float("inf"):
            return float(text)
        raise ValueError(f"{text!r} is no length of time")
    found = _DURATION.fullmatch(text) if isinstance(text, str) else None
    if found is None:
        raise ValueError(
            f"{text!r} is no length of time: write it like 500ms, 2s, 1m or 1.5h"
        )
    return float(found[1]) * _UNITS[found[2]]


def written(duration_s: float) -> str:
    """Return a length of time as a name may carry it: `500ms`, `90s`, `2m`."""
    whole_ms = round(duration_s * 1000)
    for unit, size_ms in (("h", 3_600_000), ("m", 60_000), ("s", 1000)):
        if whole_ms and whole_ms % size_ms == 0:
            return f"{whole_ms // size_ms}{unit}"
    return f"{whole_ms}ms"
