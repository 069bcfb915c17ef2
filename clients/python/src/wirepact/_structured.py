"""Events that hold their attributes themselves: the JSON format of CloudEvents.

Source: CloudEvents 1.0.2, JSON event format, sections 2 and 3.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, NoReturn

from wirepact._attributes import is_name

_FAMILY: Final = "application/cloudevents"
_JSON: Final = "application/cloudevents+json"
_DATA: Final = "data"
_BASE64: Final = "data_base64"
_MOST_BYTES: Final = 16 * 1024 * 1024
_MOST_INTEGER: Final = 2**31
# JSON can name half of a surrogate pair, which no header can hold.
_HALF_PAIR: Final = re.compile("[\ud800-\udfff]")


class Event(NamedTuple):
    """What an event holds, attributes not checked yet.

    Attributes:
        faults: Names, and what is wrong with them.

    """

    attributes: dict[str, str]
    data: bytes | None
    faults: list[tuple[str, str]]


def is_structured(media_type: str) -> bool:
    """Say whether a message of this type holds an event with its attributes."""
    return media_type[: len(_FAMILY)].lower() == _FAMILY


def parsed(media_type: str, data: bytes | None) -> Event:
    """Read an event.

    Raises:
        ValueError: It cannot be read at all; the message says why.

    """
    kind = media_type.partition(";")[0].strip().lower()
    if kind != _JSON:
        raise ValueError(f"{kind[:60]!a} is not read, only {_JSON}")
    try:
        return _event(_object(data))
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def _event(said: Mapping[str, Any]) -> Event:
    faults: list[tuple[str, str]] = []
    attributes: dict[str, str] = {}
    for name, value in said.items():
        if name in (_DATA, _BASE64) or value is None:
            continue
        text = _text(value)
        if text is None or not is_name(name):
            faults.append((ascii(name[:60]), "is no attribute"))
        else:
            attributes[name] = text
    content_type = attributes.get("datacontenttype", "application/json")
    return Event(attributes, _data(said, content_type, faults), faults)


def _object(data: bytes | None) -> dict[str, Any]:
    if data is None:
        raise ValueError("there is none")
    if len(data) > _MOST_BYTES:
        raise ValueError(f"is longer than {_MOST_BYTES} bytes")
    try:
        said = json.loads(data, parse_constant=_refuse)
    except ValueError as error:
        raise ValueError(f"is no JSON: {error}") from error
    if isinstance(said, dict):
        return said
    raise ValueError("is no JSON object")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _text(value: object) -> str | None:
    """Return the canonical text of an attribute; None if this cannot be one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value) if -_MOST_INTEGER <= value < _MOST_INTEGER else None
    if isinstance(value, str) and not _HALF_PAIR.search(value):
        return value
    return None


def _data(
    said: Mapping[str, Any], content_type: str, faults: list[tuple[str, str]]
) -> bytes | None:
    if said.get(_BASE64) is not None:
        if said.get(_DATA) is not None:
            faults.append((_DATA, f"is there beside {_BASE64}, and left out"))
        return _bytes(said[_BASE64], faults)
    value = said.get(_DATA)
    if value is None:
        return None
    if isinstance(value, str) and not _is_json(content_type):
        return value.encode(errors="replace")
    if not _is_json(content_type):
        faults.append((_DATA, f"is JSON, but said to be {content_type[:60]}"))
    return json.dumps(value, separators=(",", ":")).encode()


def _bytes(text: object, faults: list[tuple[str, str]]) -> bytes | None:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        faults.append((_BASE64, f"is no Base64: {error}"))
        return None


def _is_json(media_type: str) -> bool:
    kind = media_type.partition(";")[0].strip().lower()
    _, _, subtype = kind.partition("/")
    return subtype == "json" or subtype.endswith("+json")
