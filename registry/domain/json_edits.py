"""Edits of a JSON text that leave the rest of it as it was written.

What is added takes the white space that its neighbours have around them, and the
spacing of the text inside.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

from registry.domain.json_text import Extent, Layout, escaped
from registry.domain.schema import Edit

_BLANK: Final = " \t\r\n"


def replaced(layout: Layout, pointer: str, value: Any) -> Edit:
    """Put another value where a pointer leads.

    Raises:
        LookupError: There is nothing at the pointer.

    """
    old = _found(layout, pointer)
    return Edit(old.start, old.end, _written(layout.text, value))


def with_member(layout: Layout, pointer: str, name: str, value: Any) -> Edit:
    """Add a member at the end of an object, or replace the one of that name.

    Raises:
        LookupError: There is no object at the pointer.

    """
    names = list(_value(layout, pointer, dict))
    if name in names:
        return replaced(layout, f"{pointer}/{escaped(name)}", value)
    colon = ": " if _is_spaced(layout.text) else ":"
    member = f"{_written(layout.text, name)}{colon}{_written(layout.text, value)}"
    extents = [_found(layout, f"{pointer}/{escaped(each)}") for each in names]
    return _appended(layout.text, _found(layout, pointer), extents, member)


def with_elements(layout: Layout, pointer: str, values: Sequence[Any]) -> Edit:
    """Add elements at the end of an array.

    Raises:
        LookupError: There is no array at the pointer.

    """
    length = len(_value(layout, pointer, list))
    # The last two show how elements are set apart.
    shown = range(max(0, length - 2), length)
    extents = [_found(layout, f"{pointer}/{index}") for index in shown]
    new = [_written(layout.text, each) for each in values]
    return _appended(layout.text, _found(layout, pointer), extents, *new)


def without(layout: Layout, pointer: str) -> Edit:
    """Take a member or an element away, with the comma that it no longer needs.

    Raises:
        LookupError: There is nothing at the pointer.

    """
    text, gone = layout.text, _found(layout, pointer)
    start, end = gone.member_start, gone.end
    before = _before_blank(text, start)
    if text[before - 1] == ",":
        return Edit(before - 1, end, "")
    after = _after_blank(text, end)
    if text.startswith(",", after):
        return Edit(start, _after_blank(text, after + 1), "")
    return Edit(before, after, "")


def _before_blank(text: str, at: int) -> int:
    while at and text[at - 1] in _BLANK:
        at -= 1
    return at


def _after_blank(text: str, at: int) -> int:
    while at < len(text) and text[at] in _BLANK:
        at += 1
    return at


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


def _found(layout: Layout, pointer: str) -> Extent:
    extent = layout.find(pointer)
    if extent is None:
        raise LookupError(pointer)
    return extent


def _value(layout: Layout, pointer: str, kind: type[Any]) -> Any:
    extent = _found(layout, pointer)
    value = json.loads(layout.text[extent.start : extent.end])
    if type(value) is kind:
        return value
    raise LookupError(pointer)
