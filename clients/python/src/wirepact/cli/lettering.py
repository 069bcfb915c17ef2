"""Dead letters as people and programs read them. No credentials are shown."""

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Final

from wirepact.letters import Letter
from wirepact.redriving import Verdict

_SECRET: Final = re.compile(
    r"authoriz|cookie|token|secret|passw|credential|api.?key|session|signature", re.I
)
_MOST_DUMPED: Final = 4096
_ROW: Final = 16
_MOST_VALUE_CHARS: Final = 2000


def line(letter: Letter) -> str:
    """Return what a list shows of a letter."""
    failed = letter.failed_at
    facts = [
        "-" if failed is None else failed.isoformat(timespec="seconds"),
        letter.reason or "no reason",
        letter.exception.rpartition(".")[2] or "-",
        letter.handler or "-",
        f"key={_key(letter)}",
        f"id={letter.id or '-'}",
        f"at={letter.place}",
    ]
    if letter.redrives:
        facts.append(f"redriven={letter.redrives}")
    return printable("  ".join(facts))


def sheet(letter: Letter, event: Any, fault: str) -> Iterator[str]:
    """Yield the lines that show all of a letter.

    Args:
        event: What it holds, if it could be read.
        fault: Why it could not be read; empty if it could.

    """
    yield f"--- {printable(letter.place)}"
    yield f"key: {_key(letter)}"
    for name, value in letter.delivery.headers:
        yield printable(f"{name}: {_header(name, value)}")
    yield ""
    value = letter.delivery.value
    if value is None:
        yield "a tombstone: it has no value"
    elif fault:
        yield printable(f"not decoded: {fault}")
        yield from hexdump(value)
    else:
        text = json.dumps(event, indent=2, ensure_ascii=False, default=_plain)
        yield from map(printable, text.splitlines())
    yield ""


def hexdump(value: bytes) -> Iterator[str]:
    """Yield lines of bytes in hexadecimal and as text; the first 4 KiB."""
    for at in range(0, min(len(value), _MOST_DUMPED), _ROW):
        row = value[at : at + _ROW]
        text = "".join(chr(each) if 32 <= each < 127 else "." for each in row)
        yield f"{at:08x}  {row.hex(' '):<{3 * _ROW}} |{text}|"
    if len(value) > _MOST_DUMPED:
        yield f"... and {len(value) - _MOST_DUMPED} bytes more"


def facts(letter: Letter) -> dict[str, Any]:
    """Return what programs are told of a letter, without its headers and its value."""
    delivery = letter.delivery
    return {
        "topic": delivery.topic,
        "partition": delivery.partition,
        "position": delivery.position,
        "id": letter.id or None,
        "key": _text(letter.key),
        "reason": letter.reason or None,
        "exceptionType": letter.exception or None,
        "exceptionMessage": letter.fact("dlq-exception-message") or None,
        "handler": letter.handler or None,
        "group": letter.fact("dlq-consumer-group") or None,
        "attempts": letter.fact("dlq-attempts") or None,
        "schemaId": letter.schema_id or None,
        "originalTopic": letter.topic or None,
        "publishedAt": _time(letter.published_at),
        "failedAt": _time(letter.failed_at),
        "redriveCount": letter.redrives,
    }


def all_facts(letter: Letter, event: Any, fault: str) -> dict[str, Any]:
    """Return all that programs are shown of a letter."""
    value = letter.delivery.value
    shown = [[name, _header(name, raw)] for name, raw in letter.delivery.headers]
    told = {**facts(letter), "headers": shown, "value": _base64(value)}
    if fault:
        return {**told, "fault": fault}
    return {**told, "event": event}


def saved(letter: Letter) -> str:
    """Return a line of a file in which a letter is kept whole, credentials included."""
    delivery = letter.delivery
    return as_json(
        {
            **facts(letter),
            "key": _base64(delivery.key),
            "value": _base64(delivery.value),
            "headers": [[name, _base64(value)] for name, value in delivery.headers],
        }
    )


def verdict_line(verdict: Verdict) -> str:
    """Return what is said of a letter that was to be redriven."""
    where = f" to {verdict.topic}" if verdict.topic and not verdict.why else ""
    why = f" ({verdict.why})" if verdict.why else ""
    return printable(f"{verdict.ruling}{where}: {line(verdict.letter)}{why}")


def verdict_facts(verdict: Verdict) -> dict[str, Any]:
    """Return what programs are told of a verdict."""
    return {
        **facts(verdict.letter),
        "verdict": verdict.ruling.name.lower(),
        "to": verdict.topic or None,
        "why": verdict.why or None,
        "olderThanInbox": verdict.is_forgotten,
    }


def as_json(told: Mapping[str, Any]) -> str:
    return json.dumps(told, default=_plain)


def printable(text: str) -> str:
    """Return a text that does nothing to a terminal but stand there."""
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode()
        for sign in text
    )


def _header(name: str, value: bytes | None) -> str | None:
    if value is None:
        return None
    if _SECRET.search(name):
        return f"(hidden, {len(value)} bytes)"
    text = _text(value) or ""
    if len(text) > _MOST_VALUE_CHARS:
        return f"{text[:_MOST_VALUE_CHARS]}... ({len(value)} bytes)"
    return text


def _key(letter: Letter) -> str:
    text = _text(letter.key)
    return "-" if text is None else printable(text)


def _text(raw: bytes | None) -> str | None:
    """Return bytes as text, or as `0x...` if they are none."""
    if raw is None:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return f"0x{raw.hex()}"


def _time(time: datetime | None) -> str | None:
    return None if time is None else time.isoformat()


def _base64(raw: bytes | None) -> str | None:
    return None if raw is None else b64encode(raw).decode()


def _plain(value: object) -> Any:
    """Return a value of no type of JSON's as one that is."""
    if isinstance(value, bytes):
        return _text(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if hasattr(value, "DESCRIPTOR"):
        # Whoever has decoded a Protobuf message has its library.
        from google.protobuf.json_format import MessageToDict

        return MessageToDict(value)  # type: ignore[arg-type]  # known by its DESCRIPTOR
    return str(value)
