"""Protobuf as the registry speaks it, with protoc in this process."""

from registry.compiler.in_place import InPlaceCompiler
from registry.domain.formats.protobuf.format import ProtobufFormat
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.limits import Limits
from registry.domain.schema import ResolvedReference

PROTOBUF = ProtobufFormat(Limits(), InPlaceCompiler())


def parsed(text: str, **references: str) -> ProtobufSchema:
    """Parse a text; `a__b="..."` is the file that it imports as `a/b.proto`."""
    given = [
        ResolvedReference(f"{name.replace('__', '/')}.proto", each)
        for name, each in references.items()
    ]
    return PROTOBUF.parse(text, given)
