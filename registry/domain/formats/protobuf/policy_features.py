"""What the edition and the features of a file make of its parts.

Source: Protobuf, Feature Settings for Editions; the defaults are those that protoc
writes down for each edition.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import FeatureSet, FileDescriptorProto

PROTO2: Final = "proto2"
PROTO3: Final = "proto3"
EDITIONS: Final = "editions"

_CPP: Final = {1: "VIEW", 2: "CORD", 3: "STRING"}
_JAVA_VERIFIES: Final = 2


@dataclass(frozen=True, slots=True)
class Features:
    """The features of a part that the policies look at, inherited ones included.

    Attributes:
        presence: `EXPLICIT`, `IMPLICIT` or `LEGACY_REQUIRED`.
        enum_type: `OPEN` or `CLOSED`.
        utf8: `VERIFY` or `NONE`.
        encoding: `LENGTH_PREFIXED` or `DELIMITED`.
        json: `ALLOW` or `LEGACY_BEST_EFFORT`.
        cpp_string: `VIEW`, `CORD` or `STRING`.
        java_verifies: Whether Java verifies UTF-8 even where `utf8` is `NONE`.

    """

    presence: str
    enum_type: str
    utf8: str
    encoding: str
    json: str
    cpp_string: str
    java_verifies: bool = False

    @classmethod
    def of_file(cls, file: FileDescriptorProto) -> "Features":
        defaults = _DEFAULTS.get(file.edition, _NEWEST)
        if syntax(file) != EDITIONS:
            defaults = _PROTO3 if file.syntax == PROTO3 else _PROTO2
        features = defaults.overridden(file.options)
        # What the feature says in editions, an option of the file says before them.
        verifies = features.java_verifies or file.options.java_string_check_utf8
        return replace(features, java_verifies=verifies)

    def overridden(self, options: Any) -> "Features":
        """Return the features of a part with these options, inside of this one."""
        if not options.HasField("features"):
            return self
        given = options.features
        named = {
            ours: given.DESCRIPTOR.fields_by_name[theirs]
            .enum_type.values_by_number[getattr(given, theirs)]
            .name
            for ours, theirs in _NAMES.items()
            if given.HasField(theirs)
        }
        return replace(self, **named, **_of_languages(given))


_NAMES: Final[Mapping[str, str]] = {
    "presence": "field_presence",
    "enum_type": "enum_type",
    "utf8": "utf8_validation",
    "encoding": "message_encoding",
    "json": "json_format",
}
"""What Protobuf calls the features that are our attributes."""

_PROTO2: Final = Features(
    "EXPLICIT", "CLOSED", "NONE", "LENGTH_PREFIXED", "LEGACY_BEST_EFFORT", "STRING"
)
_PROTO3: Final = Features(
    "IMPLICIT", "OPEN", "VERIFY", "LENGTH_PREFIXED", "ALLOW", "STRING"
)
_2023: Final = replace(_PROTO3, presence="EXPLICIT")
_NEWEST: Final = replace(_2023, cpp_string="VIEW")
_DEFAULTS: Final[Mapping[int, Features]] = {
    descriptor_pb2.EDITION_2023: _2023,
    descriptor_pb2.EDITION_2024: _NEWEST,
}


def syntax(file: FileDescriptorProto) -> str:
    """Return `proto2`, `proto3` or `editions`; a file that names none is proto2."""
    return file.syntax or PROTO2


def _languages() -> Any:
    """Return a message that reads from a feature set what it says of C++ and Java.

    Both are extensions that are known only where their generated code is imported;
    reading them as what they are on the wire asks for no more than their numbers.
    """
    file = descriptor_pb2.FileDescriptorProto(name="languages.proto", syntax=PROTO2)
    optional = descriptor_pb2.FieldDescriptorProto.LABEL_OPTIONAL
    of_language = file.message_type.add(name="OfLanguage")
    of_language.field.add(
        name="value",
        number=2,
        label=optional,
        type=descriptor_pb2.FieldDescriptorProto.TYPE_INT32,
    )
    languages = file.message_type.add(name="Languages")
    for name, number in (("cpp", 1000), ("java", 1001)):
        languages.field.add(
            name=name,
            number=number,
            label=optional,
            type=descriptor_pb2.FieldDescriptorProto.TYPE_MESSAGE,
            type_name=".OfLanguage",
        )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("Languages"))


_Languages: Final = _languages()


def _of_languages(features: FeatureSet) -> dict[str, Any]:
    said = _Languages.FromString(features.SerializeToString())
    found: dict[str, Any] = {}
    if said.cpp.value in _CPP:
        found["cpp_string"] = _CPP[said.cpp.value]
    if said.HasField("java") and said.java.HasField("value"):
        found["java_verifies"] = said.java.value == _JAVA_VERIFIES
    return found
