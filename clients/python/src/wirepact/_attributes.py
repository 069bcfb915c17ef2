"""The attributes of CloudEvents: which there are, and what each may hold.

Source: CloudEvents 1.0.2, sections 2 to 4; its extensions for correlation, distributed
tracing, partitioning, recorded time and sequence.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple

from wirepact._trace import is_traceparent

SPEC_VERSION: Final = "1.0"
MOST_NAME_CHARS: Final = 20
MOST_VALUE_BYTES: Final = 8192
MOST_ENVELOPE_BYTES: Final = 65536
"""Larger events need not be forwarded by those between producer and consumer."""

_NAME: Final = re.compile(r"[a-z0-9]+")
_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_MEDIA_TYPE: Final = re.compile(
    rf'{_WORD}/{_WORD}(?:\s*;\s*{_WORD}=(?:{_WORD}|"[^"\\]*"))*\s*;?'
)
_URI_PART: Final = r"(?:[A-Za-z0-9._~:/?\[\]@!$&'()*+,;=-]++|%[0-9A-Fa-f]{2})*+"
_URI_REFERENCE: Final = re.compile(rf"{_URI_PART}(?:#{_URI_PART})?")
_URI: Final = re.compile(rf"[A-Za-z][A-Za-z0-9+.-]*:{_URI_PART}(?:#{_URI_PART})?")
_TRACESTATE: Final = re.compile(r"[\x20-\x7e]+")
_TIMESTAMP: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})",
    re.ASCII,
)
_NO_TIME: Final = "is no time as in RFC 3339"
# Control characters, halves of surrogate pairs, and what Unicode keeps for itself.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(
        f"{chr(plane << 16 | 0xFFFE)}{chr(plane << 16 | 0xFFFF)}" for plane in range(17)
    )
    + "]"
)


class Rule(NamedTuple):
    """What one attribute may hold.

    Attributes:
        parse: From a text to what Python holds. Raises `ValueError` with what is
            wrong, as the end of a sentence.
        is_kept: A text that is wrong is worth more to a reader than none.

    """

    parse: Callable[[str], Any]
    is_kept: bool = True


def is_name(text: str) -> bool:
    """Say whether an attribute could be called so: lower-case letters and digits."""
    return _NAME.fullmatch(text) is not None


def time_text(value: object) -> str:
    """Return the canonical text of a time.

    Raises:
        ValueError: It is none, or has no time zone.

    """
    if not isinstance(value, datetime):
        raise ValueError(f"is a {type(value).__name__}")  # noqa: TRY004 - one kind
    if value.tzinfo is None:
        raise ValueError("has no time zone")
    try:
        return f"{value.astimezone(UTC).isoformat()[: -len('+00:00')]}Z"
    except OverflowError as error:
        raise ValueError(_NO_TIME) from error


def text(given: str) -> str:
    """Return a text that an attribute may hold.

    Raises:
        ValueError: It may not.

    """
    if not given:
        raise ValueError("is empty")
    if given.isascii() and given.isprintable():
        size, found = len(given), None
    else:
        size, found = len(given.encode(errors="replace")), _FORBIDDEN.search(given)
    if size > MOST_VALUE_BYTES:
        raise ValueError(f"is longer than {MOST_VALUE_BYTES} bytes")
    if found is not None:
        raise ValueError(f"holds the character U+{ord(found[0]):04X}")
    return given


def _matching(pattern: re.Pattern[str], reason: str) -> Callable[[str], str]:
    def parse(given: str) -> str:
        if pattern.fullmatch(text(given)) is None:
            raise ValueError(reason)
        return given

    return parse


def _spec_version(given: str) -> str:
    if given != SPEC_VERSION:
        raise ValueError(f"is not {SPEC_VERSION}")
    return given


def _traceparent(given: str) -> str:
    if not is_traceparent(given):
        raise ValueError("names no trace")
    return given


def _time(given: str) -> datetime:
    """Read a time; what is finer than a microsecond is left out."""
    if _TIMESTAMP.fullmatch(given) is None:
        raise ValueError(_NO_TIME)
    try:
        moment = datetime.fromisoformat(given.upper())
        return moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(_NO_TIME) from error


_uri_reference: Final = _matching(_URI_REFERENCE, "is no URI reference")
_uri: Final = _matching(_URI, "is no URI with a scheme")
_media_type: Final = _matching(_MEDIA_TYPE, "is no media type")
_tracestate: Final = _matching(_TRACESTATE, "is no state of a trace")

RULES: Final[Mapping[str, Rule]] = {
    "specversion": Rule(_spec_version),
    "id": Rule(text),
    "source": Rule(_uri_reference),
    "type": Rule(text),
    "time": Rule(_time, is_kept=False),
    "subject": Rule(text),
    "dataschema": Rule(_uri),
    "datacontenttype": Rule(_media_type),
    "correlationid": Rule(text),
    "causationid": Rule(text),
    "traceparent": Rule(_traceparent, is_kept=False),
    "tracestate": Rule(_tracestate, is_kept=False),
    "partitionkey": Rule(text),
    "sequence": Rule(text),
    "recordedtime": Rule(_time, is_kept=False),
}
"""What `Envelope` has a field for, in the order in which it is written."""

EXTENSION: Final = Rule(text)
"""For all other attributes."""

TIMES: Final = frozenset({"time", "recordedtime"})
REQUIRED: Final = ("specversion", "id", "source", "type")
# Names of the JSON format, which no attribute may have.
RESERVED: Final = frozenset({"data"})
