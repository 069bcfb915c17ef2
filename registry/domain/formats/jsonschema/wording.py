"""What this format says of references that lead nowhere, and of other values."""

import difflib
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Any, Final

_LONGEST: Final = 80
"""Characters of a text that a message quotes."""

_LISTED: Final = 5
_COMPARED: Final = 500
_COMPARED_LENGTH: Final = 128
"""What an unknown name is compared with: a bound on the work of a message."""

_REMOTE: Final = ("http:", "https:", "ftp:", "file:", "//")


def shown(value: Any) -> str:
    """Return a JSON value as a message names it: short texts quoted, others by kind."""
    match value:
        case str():
            return f"'{_cut(value)}'"
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case int() | float():
            return f"the number {_cut(str(value))}"
        case dict():
            return "an object"
        case _:
            return "a list"


def unknown_address(address: str, names: Sequence[str]) -> str:
    """Say that a `$ref` leads to no text that is known, and what to do.

    Args:
        names: Of the references given.

    """
    is_remote = address.startswith(_REMOTE)
    advice = "nothing is ever fetched: register" if is_remote else "register"
    meant = _did_you_mean(address, names)
    return (
        f"expected $ref to lead to a known schema, found {shown(address)}{meant};"
        f" {advice} that schema and give a reference of this name to it;"
        f" {_known(names)}"
    )


def unknown_part(reference: str, resource: Any, anchors: Sequence[str]) -> str:
    """Say that a `$ref` names a part that its text does not have."""
    part = reference.partition("#")[2]
    around = f"#{part.rpartition('/')[0]}"
    known = [f"{around}/{each}" for each in _siblings(resource, part)]
    known += [f"#{each}" for each in anchors]
    meant = _did_you_mean(f"#{part}", known)
    return (
        f"expected $ref to lead to a schema, found nothing at {shown(reference)}{meant}"
    )


def no_schema(reference: str, value: Any) -> str:
    """Say that a `$ref` leads to something that is no schema."""
    return (
        f"expected $ref to lead to a schema: an object or a boolean, found"
        f" {shown(value)} at {shown(reference)}"
    )


def _siblings(resource: Any, part: str) -> Iterable[str]:
    at = resource
    for token in part.split("/")[1:-1]:
        at = at.get(token) if isinstance(at, dict) else None
    return list(islice(at, _COMPARED)) if isinstance(at, dict) else []


def _did_you_mean(name: str, known: Sequence[str]) -> str:
    if len(name) > _COMPARED_LENGTH:
        return ""
    short = (each for each in known if len(each) <= _COMPARED_LENGTH)
    compared = list(islice(short, _COMPARED))
    near = next(iter(difflib.get_close_matches(name, compared, 1, 0.7)), None)
    return "" if near is None else f"; did you mean '{near}'?"


def _known(names: Sequence[str]) -> str:
    if not names:
        return "no references are given"
    listed = ", ".join(shown(each) for each in names[:_LISTED])
    more = len(names) - _LISTED
    return f"given are {listed}" + (f" and {more} more" if more > 0 else "")


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
