"""From what was handed in to a schema: protoc reads it, and says what is wrong."""

from collections.abc import Sequence

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf.canonical import canonical_text
from registry.domain.formats.protobuf.compiling import Compile, CompileError
from registry.domain.formats.protobuf.linking import linked
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.limits import Limits, check_text
from registry.domain.schema import ResolvedReference


def parse(
    text: str,
    references: Sequence[ResolvedReference],
    compiler: Compile,
    limits: Limits,
) -> ProtobufSchema:
    """Understand a text, or a descriptor in base64.

    Raises:
        InvalidSchemaError: With protoc's reason, and the place.
        SchemaTooLargeError: It is over the limit for one schema.

    """
    check_text(text, limits)
    texts = {each.name: each.text for each in references}
    try:
        found = linked(compiler(text, texts))
    except CompileError as error:
        raise InvalidSchemaError(error.faults[0].message) from error
    canonical = canonical_text(found.file, found.imports)
    return ProtobufSchema(text, found.file, found.imports, canonical, found.locations)
