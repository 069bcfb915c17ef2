"""The forms of a schema: stored, normalised, and without what extends others."""

from collections.abc import Mapping

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from registry.domain.formats.protobuf.names import ShortNames
from registry.domain.formats.protobuf.options import resolved
from registry.domain.formats.protobuf.printing import Printer, joined


def canonical_text(
    file: FileDescriptorProto, imports: Mapping[str, FileDescriptorProto]
) -> str:
    """Return the text that is stored and hashed.

    Raises:
        InvalidSchemaError: The descriptor has something that no text can say.

    """
    names = ShortNames(file, imports.values())
    return joined(Printer(resolved(file, imports), names).file())
