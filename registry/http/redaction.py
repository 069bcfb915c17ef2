"""What is taken out of log lines: credentials, wherever they come from.

Nobody logs them on purpose. They come along: in an error of a driver that quotes its
URL, in header fields that somebody prints, in a path where a client has put them.
"""

import re
from collections.abc import Callable
from typing import Final

_STARS: Final = "***"

# Looked for first: nearly no line has one of them, and looking costs next to nothing.
_SIGNS: Final = ("://", "auth", "cookie", "passw", "basic ", "bearer ", "wpt_", "eyj")
_SCHEME: Final = "://"
_LONGEST_USER: Final = 1_024


def _without_users(found: re.Match[str]) -> str:
    """Return addresses without all that is between scheme and host.

    A password may hold the same signs as a path. No pattern that looks for an `@`: of
    many schemes without one, it would begin at each, and take a tenth of a second.
    """
    run = found[0]
    kept, at, done = [], 0, 0
    while (at := run.find(_SCHEME, at)) >= 0:
        at += len(_SCHEME)
        end = -1
        if run[at : at + 1] not in "/@":
            end = run.rfind("@", at + 1, at + _LONGEST_USER + 2)
        if end >= 0:
            kept.append(run[done:at] + _STARS)
            at = done = end
    return "".join([*kept, run[done:]])


_Replacement = str | Callable[[re.Match[str]], str]
_RULES: Final[tuple[tuple[re.Pattern[str], _Replacement], ...]] = (
    (re.compile(r"://[^\s\"'\\]+"), _without_users),
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
    # A token of an identity provider: what is signed, and the signature.
    (re.compile(r"(?<![\w-])eyJ[\w-]{8,}\.[\w-]+\.[\w-]*", re.ASCII), _STARS),
)


def may_hold_credentials(text: str) -> bool:
    """Say whether a text has to be looked at closely: quickly, and rather too often."""
    lowered = text.lower()
    return any(sign in lowered for sign in _SIGNS)


def redacted(line: str) -> str:
    """Return a line of the log with `***` in the place of credentials.

    What only looks like one is taken out as well; what is JSON stays JSON.
    """
    if not may_hold_credentials(line):
        return line
    for pattern, replacement in _RULES:
        line = pattern.sub(replacement, line)
    return line
