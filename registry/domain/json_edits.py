"""Edits of a JSON text that leave the rest of it as it was written.

What is added takes the white space that its neighbours have around them, and the
spacing of the text inside.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from registry.domain.json_text import Extent, escaped, find
from registry.domain.schema import Edit

_BLANK: Final = " \t\r\n"


def replaced(text: str, pointer: str, value: Any) -> Edit:
    """Put another value where a pointer leads.

    Raises:
        LookupError: There is nothing at the pointer.

    """
    old = _found(text, pointer)
    return Edit(old.start, old.end, _written(text, value))


def with_member(text: str, pointer: str, name: str, value: Any) -> Edit:
    """Add a member at the end of an object, or replace the one of that name.

    Raises:
        LookupError: There is no object at the pointer.

    """
    names = list(_value(text, pointer, dict))
    if name in names:
        return replaced(text, f"{pointer}/{escaped(name)}", value)
    colon = ": " if _is_spaced(text) else ":"
    member = f"{_written(text, name)}{colon}{_written(text, value)}"
    extents = [_found(text, f"{pointer}/{escaped(each)}") for each in names]
    return _appended(text, _found(text, pointer), extents, member)


def with_elements(text: str, pointer: str, values: Sequence[Any]) -> Edit:
    """Add elements at the end of an array.

    Raises:
        LookupError: There is no array at the pointer.

    """
    length = len(_value(text, pointer, list))
    # The last two show how elements are set apart.
    shown = range(max(0, length - 2), length)
    extents = [_found(text, f"{pointer}/{index}") for index in shown]
    new = [_written(text, each) for each in values]
    return _appended(text, _found(text, pointer), extents, *new)


def without(text: str, pointer: str) -> Edit:
    """Take a member or an element away, with the comma that it no longer needs.

    Raises:
        LookupError: There is nothing at the pointer.

    """
    gone = _found(text, pointer)
    start, end = gone.member_start, gone.end
    before = len(text[:start].rstrip(_BLANK))
    if text[before - 1] == ",":
        return Edit(before - 1, end, "")
    after = end + len(text[end:]) - len(text[end:].lstrip(_BLANK))
    if text.startswith(",", after):
        rest = text[after + 1 :]
        return Edit(start, after + 1 + len(rest) - len(rest.lstrip(_BLANK)), "")
    return Edit(before, after, "")


def _appended(text: str, around: Extent, inside: list[Extent], *new: str) -> Edit:
    if not inside:
        separator = ", " if _is_spaced(text) else ","
        return Edit(around.start + 1, around.end - 1, separator.join(new))
    last = inside[-1]
    edge = inside[-2].end if len(inside) > 1 else around.start + 1
    gap = text[edge : last.member_start].replace(",", "", 1)
    if len(inside) == 1 and not gap and _is_spaced(text):
        gap = " "
    return Edit(last.end, last.end, "".join(f",{gap}{each}" for each in new))


def _written(text: str, value: Any) -> str:
    separators = (", ", ": ") if _is_spaced(text) else (",", ":")
    return json.dumps(value, ensure_ascii=False, separators=separators)


def _is_spaced(text: str) -> bool:
    return '": ' in text


def _found(text: str, pointer: str) -> Extent:
    extent = find(text, pointer)
    if extent is None:
        raise LookupError(pointer)
    return extent


def _value(text: str, pointer: str, kind: type[Any]) -> Any:
    extent = _found(text, pointer)
    value = json.loads(text[extent.start : extent.end])
    if type(value) is kind:
        return value
    raise LookupError(pointer)
