"""What is taken out of log lines: credentials, wherever they come from.

Nobody logs them on purpose. They come along: in an error of a driver that quotes its
URL, in header fields that somebody prints, in a path where a client has put them.
"""

import re
from typing import Final

_STARS: Final = "***"

# Looked for first: nearly no line has one of them, and looking costs next to nothing.
_SIGNS: Final = ("://", "auth", "cookie", "passw", "basic ", "bearer ", "wpt_")

_RULES: Final = (
    # All between scheme and host; a password may hold the same signs as a path.
    (re.compile(r"(://)[^\s\"'/@\\][^\s\"'\\]{0,1024}@"), rf"\1{_STARS}@"),
    (
        re.compile(
            r"((?:authorization|cookie)\d?[\"'\\]*\s*[:=,]\s*b?[\"'\\]*)[^\"'\\\n]+",
            re.IGNORECASE,
        ),
        rf"\1{_STARS}",
    ),
    (re.compile(r"\b(basic|bearer) +[\w.~+/=-]+", re.IGNORECASE), rf"\1 {_STARS}"),
    (
        re.compile(
            r"(passw(?:or)?d[\"'\\]*\s*[:=]\s*[\"'\\]*)[^\s\"'\\&]+", re.IGNORECASE
        ),
        rf"\1{_STARS}",
    ),
    (re.compile(r"(wpt_[0-9a-f]{16})_[\w-]+", re.ASCII), rf"\1_{_STARS}"),
)


def redacted(line: str) -> str:
    """Return a line of the log with `***` in the place of credentials.

    What only looks like one is taken out as well; what is JSON stays JSON.
    """
    lowered = line.lower()
    if not any(sign in lowered for sign in _SIGNS):
        return line
    for pattern, replacement in _RULES:
        line = pattern.sub(replacement, line)
    return line
