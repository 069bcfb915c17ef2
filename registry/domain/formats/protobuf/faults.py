"""What protoc complains of, as the registry says it."""

from collections.abc import Sequence
from itertools import islice
from typing import Final

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.compiling import ROOT, Fault
from registry.domain.places import Place

_MOST: Final = 5
"""Complaints that are told of; what protoc says after those seldom helps."""

_LONGEST: Final = 400
"""Characters of one complaint."""


def refusal(faults: Sequence[Fault], text: str | None) -> InvalidSchemaError:
    """Return the error for some complaints: the first one decides the place.

    Args:
        text: What was compiled, if it is what was handed in; None for another text, of
            which no place would be found again.

    """
    first, *others = faults
    place = _place(first, text)
    also = [_told(each, text) for each in islice(others, _MOST - 1)]
    if len(others) > len(also):
        also.append(f"{len(others) - len(also)} more")
    more = f" (and: {'; '.join(also)})" if also else ""
    return InvalidSchemaError(_reason(first) + more, place)


def _told(fault: Fault, text: str | None) -> str:
    place = _place(fault, text)
    return _reason(fault) if place is None else f"line {place.line}: {_reason(fault)}"


def _reason(fault: Fault) -> str:
    message = fault.message.strip().removesuffix(".")
    if len(message) > _LONGEST:
        message = f"{message[:_LONGEST]}…"
    if fault.file in {"", ROOT}:
        return message
    at = f", line {fault.line}" if fault.line else ""
    return f"in the reference '{fault.file}'{at}: {message}"


def _place(fault: Fault, text: str | None) -> Place | None:
    if text is None or fault.file != ROOT or not fault.line:
        return None
    column = max(fault.column, 1)
    return Place(fault.line, column, fault.line, column + 1)
