"""The forms of a schema: stored, normalised, and without what extends others."""

from collections.abc import Mapping
from typing import Any, Final

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from registry.domain.formats.protobuf.elements import copied, elements
from registry.domain.formats.protobuf.members import Owner, owners
from registry.domain.formats.protobuf.names import NormalNames, ShortNames
from registry.domain.formats.protobuf.normal import ordered
from registry.domain.formats.protobuf.options import resolved
from registry.domain.formats.protobuf.printing import NORMALIZED, Printer, joined
from registry.domain.limits import Limits

Imports = Mapping[str, FileDescriptorProto]

_KEPT: Final = "confluent."
"""The package of the custom options that a registry itself understands."""


def canonical_text(file: FileDescriptorProto, imports: Imports, limits: Limits) -> str:
    """Return the text that is stored and hashed.

    Raises:
        InvalidSchemaError: The descriptor has something that no text can say.
        SchemaTooLargeError: The text is over the limit for one schema.

    """
    return printed(resolved(file, imports), file, imports, limits)


def printed(
    read: FileDescriptorProto,
    file: FileDescriptorProto,
    imports: Imports,
    limits: Limits,
) -> str:
    """Return the text of a file, in the form that is stored.

    Args:
        read: The file, or a change of it, read by the classes of its imports.

    """
    names = ShortNames(file, imports.values())
    return joined(Printer(read, names).file(), limits)


def normalized_text(file: FileDescriptorProto, imports: Imports, limits: Limits) -> str:
    """Return the text with everything whose order means nothing in one order."""
    names = NormalNames(ShortNames(file, imports.values()))
    read = ordered(resolved(file, imports))
    return joined(Printer(read, names, NORMALIZED).file(), limits)


def unextended_text(file: FileDescriptorProto, imports: Imports, limits: Limits) -> str:
    """Return the text without extensions, room for them, and custom options."""
    names = ShortNames(file, imports.values())
    read = copied(resolved(file, imports))
    for element, owner in owners(read):
        _drop_extensions(element, owner)
    for element in elements(read):
        if "options" in element.DESCRIPTOR.fields_by_name:
            _drop_custom_options(element)
    return joined(Printer(read, names).file(), limits)


def _drop_extensions(element: Any, owner: Owner) -> None:
    brought = {
        implied.name
        for implied in map(owner.implied, owner.extensions)
        if implied is not None
    }
    del element.extension[:]
    nested: Any = owner.nested
    for index in reversed(range(len(nested))):
        if nested[index].name in brought:
            del nested[index]
    if element.DESCRIPTOR.name == "DescriptorProto":
        del element.extension_range[:]


def _drop_custom_options(element: Any) -> None:
    for field, _ in element.options.ListFields():
        if field.is_extension and not field.full_name.startswith(_KEPT):
            element.options.ClearExtension(field)
    if not element.options.ListFields():
        element.ClearField("options")
