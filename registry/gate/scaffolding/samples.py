"""Samples of messages: JSON lines, a list of objects, or one object."""

from typing import Any, Final

from registry.domain import json_text
from registry.domain.errors import InvalidSchemaError
from registry.domain.limits import Limits, check_json
from registry.gate.scaffolding.shapes import SamplesError

MAX_BYTES: Final = 16 * 1024 * 1024
_MOST_SAMPLES: Final = 100_000
_LIMITS: Final = Limits(max_schema_bytes=MAX_BYTES, max_nodes=1_000_000)


def read(content: bytes) -> list[Any]:
    """Return the values in a file of samples.

    Raises:
        SamplesError: It is too large, no UTF-8, or no JSON; with the line.

    """
    if len(content) > MAX_BYTES:
        raise SamplesError(f"expected at most {MAX_BYTES} bytes of samples")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reason = f"expected text in UTF-8, found another byte at offset {error.start}"
        raise SamplesError(reason) from error
    lines = [*_lines(text)]
    if len(lines) > 1 and _is_json(lines[0][1]):
        return _of_lines(lines)
    found = _value(text, 0)
    return found if isinstance(found, list) else [found]


def _lines(text: str) -> list[tuple[int, str]]:
    # JSON strings may hold what `splitlines` takes for the end of one.
    numbered = enumerate(text.replace("\r\n", "\n").split("\n"), start=1)
    return [(number, line) for number, line in numbered if line.strip()]


def _of_lines(lines: list[tuple[int, str]]) -> list[Any]:
    if len(lines) > _MOST_SAMPLES:
        raise SamplesError(f"expected at most {_MOST_SAMPLES} samples")
    return [_value(line, number - 1) for number, line in lines]


def _is_json(text: str) -> bool:
    try:
        _value(text, 0)
    except SamplesError:
        return False
    return True


def _value(text: str, lines_before: int) -> Any:
    try:
        check_json(text, _LIMITS)
        return json_text.read(text)
    except InvalidSchemaError as error:
        place = error.place
        at = f"line {place.line + lines_before}: " if place else ""
        raise SamplesError(f"{at}{error.reason}") from error
