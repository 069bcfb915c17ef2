"""Taking back that a number and a name are reserved, for a field that comes back."""

from collections.abc import Iterable, Iterator
from typing import Final

from registry.domain.formats.protobuf.layout import Extent, Layout
from registry.domain.formats.protobuf.nodes import Field, Message
from registry.domain.schema import Edit

_RANGES: Final = "/9"
_NAMES: Final = "/10"


def without_reservation(
    layout: Layout, message: Message, field: Field
) -> Iterator[Edit]:
    """Yield the edits of a message after which a field's number and name are free."""
    for index, each in enumerate(message.proto.reserved_range):
        if each.start <= field.number < each.end:
            left = _halves(each.start, each.end - 1, field.number)
            yield _rewritten(layout, message, _RANGES, index, left)
    for index, name in enumerate(message.proto.reserved_name):
        if name == field.name:
            yield _rewritten(layout, message, _NAMES, index, ())


def _halves(first: int, last: int, number: int) -> Iterator[str]:
    for start, end in ((first, number - 1), (number + 1, last)):
        if start == end:
            yield str(start)
        elif start < end:
            yield f"{start} to {end}"


def _rewritten(
    layout: Layout, message: Message, below: str, index: int, instead: Iterable[str]
) -> Edit:
    """Write a statement anew with other items in the place of one."""
    gone = layout.extent(message.spot, f"{below}/{index}")
    statement = next(
        each for each in layout.extents(message.spot, below) if _is_in(gone, each)
    )
    items: list[str] = []
    for each in _items(layout, message, below):
        if each == gone:
            items += instead
        elif _is_in(each, statement):
            items.append(layout.text[each.start : each.end])
    if not items:
        return layout.without(statement)
    return Edit(statement.start, statement.end, f"reserved {', '.join(items)};")


def _items(layout: Layout, message: Message, below: str) -> Iterator[Extent]:
    proto = message.proto
    every = proto.reserved_range if below == _RANGES else proto.reserved_name
    for index in range(len(every)):
        yield layout.extent(message.spot, f"{below}/{index}")


def _is_in(inner: Extent, outer: Extent) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
