"""What there is to mend of one violation, and the elements that it is about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from registry.domain.formats.protobuf.layout import Layout
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.rules import Spot, Violation
from registry.domain.schema import Edit, Proposal

TypeProto = DescriptorProto | EnumDescriptorProto


@dataclass(frozen=True, slots=True)
class Repair:
    """What there is to mend.

    Whatever looks for something that is not in the text, or was not in the earlier
    version, raises `LookupError`: there is no such proposal then.

    Attributes:
        layout: Of the candidate's text.

    """

    candidate: ProtobufSchema
    earlier: ProtobufSchema
    violation: Violation
    layout: Layout

    @property
    def at(self) -> Spot:
        """The part in the candidate; what would hold it, if it is not there."""
        return self.violation.reader_spot

    @property
    def element(self) -> str:
        return self.violation.element

    @property
    def new(self) -> Any:
        return _descriptor(self.candidate.file, self.at)

    @property
    def new_home(self) -> Any:
        """What holds the part in the candidate."""
        return _descriptor(self.candidate.file, home(self.at))

    @property
    def old_file(self) -> FileDescriptorProto:
        source = self.violation.writer_spot.source
        return self.earlier.imports[source] if source else self.earlier.file

    @property
    def old(self) -> Any:
        return _descriptor(self.old_file, self.violation.writer_spot)

    @property
    def old_home(self) -> Any:
        """What held the part in the earlier version."""
        return _descriptor(self.old_file, home(self.violation.writer_spot))

    @property
    def old_text(self) -> str:
        """The part as the earlier version has it."""
        text = self.earlier.fragment(self.violation.writer_spot)
        if text is None:
            raise LookupError(self.violation.writer_spot.pointer)
        return text

    def inside(self, statements: Sequence[str], spot: Spot | None = None) -> Edit:
        """Add statements at the end of a block; that of the part, if no other."""
        if not statements:
            raise LookupError(self.at.pointer)
        block = self.layout.extent(spot or self.at)
        return self.layout.with_last(block, "\n".join(statements))

    def replaced(self, below: str, text: str) -> Edit:
        """Replace a part of the part."""
        return self.layout.replaced(self.at, below, text)


def proposal(title: str, *edits: Edit) -> Iterator[Proposal]:
    yield Proposal(title, edits)


def home(spot: Spot) -> Spot:
    """Return where the element is that a part belongs to."""
    return Spot(spot.pointer.rsplit("/", 2)[0], spot.source)


def members(owner: TypeProto) -> Sequence[Any]:
    """Return the fields of a message, or the values of an enum."""
    return owner.field if isinstance(owner, DescriptorProto) else owner.value


def is_member(field: FieldDescriptorProto) -> bool:
    """Whether a field stands in a oneof that was written."""
    return field.HasField("oneof_index") and not field.proto3_optional


def _descriptor(file: FileDescriptorProto, spot: Spot) -> Any:
    found: Any = file
    steps = [int(step) for step in spot.pointer.split("/") if step]
    for number, index in zip(steps[::2], steps[1::2], strict=True):
        found = getattr(found, found.DESCRIPTOR.fields_by_number[number].name)[index]
    return found
