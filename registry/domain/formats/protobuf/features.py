"""Protobuf's features: how the elements of a file of any syntax or edition behave.

The older syntaxes are read as editions that spell some features differently: a label
`required`, a group, an option `packed`.

Source: Protobuf Editions, "Feature Settings for Editions" and "Edition defaults".
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from google.protobuf.descriptor_pb2 import (
    EDITION_PROTO2,
    EDITION_PROTO3,
    FeatureSet,
    FileDescriptorProto,
)


@dataclass(frozen=True, slots=True)
class Features:
    """What holds for an element, inherited from what it stands in.

    The values are the numbers of the enums in `google.protobuf.FeatureSet`.
    """

    field_presence: int
    enum_type: int
    repeated_field_encoding: int
    utf8_validation: int
    message_encoding: int
    json_format: int

    def within(self, options: Any) -> "Features":
        """The features of an element that stands in this one and has such options."""
        if not options.HasField("features"):
            return self
        written = {
            field.name: value
            for field, value in options.features.ListFields()
            if field.name in self.__slots__
        }
        return replace(self, **written)


_PROTO2: Final = Features(
    field_presence=FeatureSet.EXPLICIT,
    enum_type=FeatureSet.CLOSED,
    repeated_field_encoding=FeatureSet.EXPANDED,
    utf8_validation=FeatureSet.NONE,
    message_encoding=FeatureSet.LENGTH_PREFIXED,
    json_format=FeatureSet.LEGACY_BEST_EFFORT,
)
_PROTO3: Final = Features(
    field_presence=FeatureSet.IMPLICIT,
    enum_type=FeatureSet.OPEN,
    repeated_field_encoding=FeatureSet.PACKED,
    utf8_validation=FeatureSet.VERIFY,
    message_encoding=FeatureSet.LENGTH_PREFIXED,
    json_format=FeatureSet.ALLOW,
)
_EDITIONS: Final = replace(_PROTO3, field_presence=FeatureSet.EXPLICIT)
"""Of 2023 and 2024 alike."""

_DEFAULTS: Final[Mapping[int, Features]] = {
    EDITION_PROTO2: _PROTO2,
    EDITION_PROTO3: _PROTO3,
}
_SYNTAXES: Final[Mapping[str, int]] = {
    "": EDITION_PROTO2,
    "proto2": EDITION_PROTO2,
    "proto3": EDITION_PROTO3,
}


def edition_of(file: FileDescriptorProto) -> int:
    """The edition as a number of `google.protobuf.Edition`, the older syntaxes too."""
    return _SYNTAXES.get(file.syntax, file.edition)


def file_features(file: FileDescriptorProto) -> Features:
    defaults = _DEFAULTS.get(edition_of(file), _EDITIONS)
    return defaults.within(file.options)
