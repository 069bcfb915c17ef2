"""One element of a file as text, found by its descriptor path."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import Any, Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FileDescriptorProto,
    FileOptions,
)

from registry.domain.formats.protobuf import ranges
from registry.domain.formats.protobuf.members import Owner, within
from registry.domain.formats.protobuf.names import ShortNames
from registry.domain.formats.protobuf.options import resolved
from registry.domain.formats.protobuf.printing import Lines, Printer

_LONGEST: Final = 10 * 1024
"""Characters of one element that a finding quotes."""

_MESSAGE: Final = DescriptorProto.DESCRIPTOR.full_name
_ENUM: Final = EnumDescriptorProto.DESCRIPTOR.full_name


class Fragments:
    """Prints elements of one file."""

    def __init__(
        self, file: FileDescriptorProto, imports: Mapping[str, FileDescriptorProto]
    ) -> None:
        self._file = resolved(file, imports)
        self._printer = Printer(self._file, ShortNames(file, imports.values()))

    def find(self, pointer: str) -> str | None:
        """Return what stands at a descriptor path, cut where it is very long.

        A path that leads to a part of an element leads to the element.
        """
        found: Lines | None = None
        for lines in self._along([int(part) for part in pointer.split("/") if part]):
            found = lines
        return None if found is None else _cut(found)

    def _along(self, path: list[int]) -> Iterator[Lines]:
        """Yield what is on the way, from the outermost element to the innermost."""
        element: Any = self._file
        owner = Owner.of_file(self._file)
        for number, index in zip(path[::2], (*path[1::2], 0), strict=False):
            field = element.DESCRIPTOR.fields_by_number.get(number)
            parts = _OF_FILE if element is self._file else _PARTS
            printed = None if field is None else parts.get(field.name)
            if printed is None:
                return
            inner = getattr(element, field.name)
            if field.is_repeated and index >= len(inner):
                return
            yield printed(self._printer, element, index, owner)
            if not field.is_repeated or field.message_type is None:
                return
            element = inner[index]
            if element.DESCRIPTOR.full_name == _MESSAGE:
                owner = Owner.of_message(element, owner.name, self._file.syntax)


def _cut(lines: Iterable[str]) -> str:
    """Return lines as a text; those that would be cut are not even printed."""
    parts: list[str] = []
    left = _LONGEST
    for line in lines:
        parts.append(line)
        left -= len(line) + 1
        if left < 0:
            return "\n".join(parts)[:_LONGEST] + "…"
    return "\n".join(parts)


def _line(lines: Lines, index: int) -> Lines:
    return islice(lines, index, index + 1)


def _reserved_range(printer: Printer, element: Any, index: int, owner: Owner) -> Lines:
    is_enum = element.DESCRIPTOR.full_name == _ENUM
    texts = ranges.reserved_constants if is_enum else ranges.reserved_fields
    return printer.reserved(texts(element)[index : index + 1], ())


_PARTS: Final[Mapping[str, Callable[[Printer, Any, int, Owner], Lines]]] = {
    "syntax": lambda printer, *_: printer.syntax(),
    "edition": lambda printer, *_: printer.syntax(),
    "package": lambda printer, *_: printer.package(),
    "dependency": lambda printer, _, index, __: _line(printer.imports(), index),
    "option_dependency": lambda printer, file, index, _: _line(
        printer.imports(), len(file.dependency) + index
    ),
    "message_type": lambda printer, file, index, owner: printer.message(
        file.message_type[index], owner.name
    ),
    "nested_type": lambda printer, message, index, owner: printer.message(
        message.nested_type[index], owner.name
    ),
    "field": lambda printer, message, index, owner: printer.field(
        message.field[index], owner
    ),
    "oneof_decl": lambda printer, _, index, owner: printer.oneof(
        owner.oneof(index), owner
    ),
    "extension_range": lambda printer, message, index, owner: _line(
        printer.extension_ranges(message, owner.name), index
    ),
    "extension": lambda printer, element, index, owner: printer.extensions(
        [element.extension[index]], owner
    ),
    "reserved_range": _reserved_range,
    "reserved_name": lambda printer, element, index, _: printer.reserved(
        (), [element.reserved_name[index]]
    ),
    "enum_type": lambda printer, element, index, owner: printer.enum(
        element.enum_type[index], owner.name
    ),
    "value": lambda printer, enum, index, owner: printer.constant(
        enum.value[index], owner.name
    ),
    "service": lambda printer, file, index, owner: printer.service(
        file.service[index], owner.name
    ),
    "method": lambda printer, service, index, owner: printer.method(
        service.method[index], within(owner.name, service.name)
    ),
}
"""How one item of a list of an element is printed; the owner is the file or message
that the list is in or, for constants and methods, around."""


def _file_option(
    printer: Printer, file: FileDescriptorProto, number: int, owner: Owner
) -> Lines:
    """The statement of one option, found by its number; none if it is not set."""
    alone = FileOptions()
    for field, value in file.options.ListFields():
        if field.number == number and not field.is_extension and not field.is_repeated:
            setattr(alone, field.name, value)
    return printer.options(alone, owner.name)


_OF_FILE: Final = {**_PARTS, "options": _file_option}
"""Of a file, its options as well; those of anything else are printed with it."""
