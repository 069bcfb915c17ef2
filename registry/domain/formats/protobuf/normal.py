"""Everything whose order means nothing, in one order.

What means something stays where it is: messages, whose places payloads name; services
and methods; the first constant of an enum, which is its default, and the order of the
names of one number, of which JSON writes the first.

Source: Confluent's normalisation of Protobuf schemas, which orders constants by number
and name whatever that changes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from registry.domain.formats.protobuf.elements import copied
from registry.domain.formats.protobuf.members import (
    Owner,
    is_in_oneof,
    nested_order,
    owners,
)


def ordered(file: FileDescriptorProto) -> FileDescriptorProto:
    """Return a copy of a file in order."""
    file = copied(file)
    _order_imports(file)
    for element, owner in owners(file):
        for enum in element.enum_type:
            _order_constants(enum)
        if element is not file:
            _order_message(element, owner)
        _order_extensions(element, owner)
    return file


def _order_imports(file: FileDescriptorProto) -> None:
    names = list(file.dependency)
    kinds = (file.public_dependency, file.weak_dependency)
    marked = [[names[index] for index in kind] for kind in kinds]
    names.sort()
    file.dependency[:] = names
    file.option_dependency[:] = sorted(file.option_dependency)
    for kind, chosen in zip(kinds, marked, strict=True):
        kind[:] = sorted(names.index(name) for name in chosen)


def _order_message(message: DescriptorProto, owner: Owner) -> None:
    message.reserved_range.sort(key=_start)
    message.extension_range.sort(key=_start)
    message.reserved_name[:] = sorted(message.reserved_name)
    fields = _by_number(message.field)
    _reorder(message.field, fields, owner, replace(owner, fields=fields))


def _order_extensions(element: Any, owner: Owner) -> None:
    """Order the fields of each block that extends a message; blocks stay in place."""
    blocks = groupby(owner.extensions, key=lambda field: field.extendee)
    extensions = [field for _, block in blocks for field in _by_number(list(block))]
    after = replace(owner, extensions=extensions)
    _reorder(element.extension, extensions, owner, after)


def _order_constants(enum: EnumDescriptorProto) -> None:
    first, *others = enum.value
    _fill(enum.value, [first, *sorted(others, key=lambda constant: constant.number)])
    enum.reserved_range.sort(key=_start)
    enum.reserved_name[:] = sorted(enum.reserved_name)


def _by_number(fields: Iterable[FieldDescriptorProto]) -> list[FieldDescriptorProto]:
    """Return fields by number, those of a oneof together, where its first one is."""
    fields = list(fields)
    firsts: dict[int, int] = {}
    for field in filter(is_in_oneof, fields):
        first = firsts.get(field.oneof_index, field.number)
        firsts[field.oneof_index] = min(first, field.number)

    def place(field: FieldDescriptorProto) -> tuple[int, int]:
        is_member = is_in_oneof(field)
        first = firsts[field.oneof_index] if is_member else field.number
        return first, field.number

    return sorted(fields, key=place)


def _reorder(
    target: Any, fields: Sequence[FieldDescriptorProto], before: Owner, after: Owner
) -> None:
    """Put fields in order, if each nested message keeps its index all the same.

    Map entries have indexes too, for clients that count them.
    """
    is_ordered = [each.number for each in target] == [each.number for each in fields]
    if not is_ordered and (not before.nested or _places(before) == _places(after)):
        _fill(target, fields)


def _places(owner: Owner) -> list[str]:
    order = nested_order(owner)
    return ["" if each.options.map_entry else each.name for each in order]


def _start(element: Any) -> tuple[int, int]:
    return element.start, element.end


def _fill(target: Any, elements: Iterable[Any]) -> None:
    """Replace what a list has by some of it in another order."""
    kept = [copied(each) for each in elements]
    del target[:]
    target.extend(kept)
