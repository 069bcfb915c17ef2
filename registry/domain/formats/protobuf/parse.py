"""From what was handed in to a schema: protoc reads it, and says what is wrong."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from google.protobuf.descriptor_pb2 import FileDescriptorProto

from registry.domain.errors import InvalidSchemaError
from registry.domain.formats.protobuf import encoded
from registry.domain.formats.protobuf.canonical import canonical_text
from registry.domain.formats.protobuf.compiling import ROOT, Compile, CompileError
from registry.domain.formats.protobuf.faults import refusal
from registry.domain.formats.protobuf.imports import imports_of
from registry.domain.formats.protobuf.linking import Linked, linked
from registry.domain.formats.protobuf.names import AbsoluteNames
from registry.domain.formats.protobuf.options import resolved
from registry.domain.formats.protobuf.printing import Printer, joined
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.formats.protobuf.stated import hold_meant
from registry.domain.formats.protobuf.well_known import WELL_KNOWN
from registry.domain.limits import Limits, check_closure, check_protobuf, check_text
from registry.domain.places import Place
from registry.domain.schema import ResolvedReference

_LONGEST: Final = 512
"""Characters of an import that a message quotes."""


def parse(
    text: str,
    references: Sequence[ResolvedReference],
    compiler: Compile,
    limits: Limits,
) -> ProtobufSchema:
    """Understand a text, or a descriptor in base64.

    Raises:
        InvalidSchemaError: With the reason, and the place in a text.
        SchemaTooLargeError: It is over the limit for one schema.

    """
    check_text(text, limits)
    # What every schema may import cannot be given another meaning.
    texts = {each.name: each.text for each in references if each.name not in WELL_KNOWN}
    check_closure([*texts.values()], limits)
    reader = _Reader(compiler, texts, limits)
    if encoded.is_encoded(text):
        found, locations = reader.of_descriptor(encoded.decoded(text, limits)), b""
    else:
        found = reader.of_text(text)
        locations = found.locations
    canonical = canonical_text(found.file, found.imports, limits)
    return ProtobufSchema(text, found.file, found.imports, canonical, locations)


def external_names(text: str, limits: Limits) -> frozenset[str]:
    """Return the imports of a text that need a reference.

    Raises:
        InvalidSchemaError: The text cannot be read at all.

    """
    check_text(text, limits)
    if encoded.is_encoded(text):
        file = encoded.decoded(text, limits)
        names: Iterable[str] = (*file.dependency, *file.option_dependency)
    else:
        names = (each.name for each in imports_of(text))
    return frozenset(names) - WELL_KNOWN


class _Reader:
    """Compiles, with the texts that may be imported."""

    def __init__(
        self, compiler: Compile, texts: Mapping[str, str], limits: Limits
    ) -> None:
        self._compiler = compiler
        self._texts = texts
        self._limits = limits

    def of_text(self, text: str) -> Linked:
        check_protobuf(text, self._limits)
        for each in imports_of(text):
            self._hold_given(each.name, Place.of(text, each.start, each.end))
        return self._linked(text, text)

    def of_descriptor(self, file: FileDescriptorProto) -> Linked:
        for name in (*file.dependency, *file.option_dependency):
            self._hold_given(name, None)
        found = self._printed(encoded.without_custom_options(file))
        if encoded.has_custom_options(file):
            # Their names are known only by what has just been compiled.
            found = self._printed(resolved(file, found.imports))
        hold_meant(file, found.file)
        return found

    def _printed(self, file: FileDescriptorProto) -> Linked:
        text = joined(Printer(file, AbsoluteNames()).file(), self._limits)
        return self._linked(text, None)

    def _linked(self, text: str, submitted: str | None) -> Linked:
        try:
            return linked(self._compiler(text, self._texts))
        except CompileError as error:
            raise refusal(error.faults, submitted) from error

    def _hold_given(self, name: str, place: Place | None) -> None:
        if name == ROOT:
            reason = f"expected an import that is not called '{ROOT}'"
            raise InvalidSchemaError(f"{reason}, as the schema itself is", place)
        if name not in self._texts and name not in WELL_KNOWN:
            shown = name if len(name) <= _LONGEST else f"{name[:_LONGEST]}…"
            reason = f"expected a reference with the name '{shown}', which is imported"
            raise InvalidSchemaError(f"{reason}, found none", place)
