"""What features say, in words; also those of single languages, which only policies ask.

The latter are extensions that are known only where their generated code is
imported. Reading them as what they are on the wire asks for no more than their numbers.

Source: Protobuf, Feature Settings for Editions; `cpp_features.proto`,
`java_features.proto`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from google.protobuf import descriptor_pool, message_factory
from google.protobuf.descriptor_pb2 import (
    EDITION_2024,
    FeatureSet,
    FieldDescriptorProto,
    FieldOptions,
    FileDescriptorProto,
)

from registry.domain.formats.protobuf.features import Features, edition_of
from registry.domain.formats.protobuf.nodes import Field, File

_UTF8: Final[Mapping[int, str]] = {
    number: name for name, number in FeatureSet.Utf8Validation.items()
}
_JSON: Final[Mapping[int, str]] = {
    number: name for name, number in FeatureSet.JsonFormat.items()
}
_CPP: Final = {1: "VIEW", 2: "CORD", 3: "STRING"}
_JAVA_VERIFIES: Final = 2


def json_format(features: Features) -> str:
    return _JSON[features.json_format]


def utf8_validation(features: Features) -> str:
    return _UTF8[features.utf8_validation]


def cpp_string_type(field: Field, file: File) -> str:
    """Return which class a text or bytes field of this file has in C++."""
    options = field.proto.options
    if options.HasField("ctype"):
        return FieldOptions.CType.Name(options.ctype)
    for said in _said(field, file):
        if said.cpp.value in _CPP:
            return _CPP[said.cpp.value]
    is_newer = edition_of(file.proto) >= EDITION_2024
    return "VIEW" if is_newer else "STRING"


def java_utf8_validation(field: Field, file: File) -> str:
    """Return whether Java verifies that a text field of this file is UTF-8."""
    if file.proto.options.java_string_check_utf8 or _is_java_verifying(field, file):
        return "VERIFY"
    return utf8_validation(field.features)


def _is_java_verifying(field: Field, file: File) -> bool:
    for said in _said(field, file):
        if said.java.HasField("value"):
            return bool(said.java.value == _JAVA_VERIFIES)
    return False


def _said(field: Field, file: File) -> Iterator[Any]:
    """Yield what is said of single languages: by the field, then by its file."""
    for options in (field.proto.options, file.proto.options):
        if options.HasField("features"):
            yield _Languages.FromString(options.features.SerializeToString())


def _languages() -> Any:
    """Return a message that reads from a feature set what it says of C++ and Java."""
    file = FileDescriptorProto(name="languages.proto", syntax="proto2")
    optional = FieldDescriptorProto.LABEL_OPTIONAL
    of_language = file.message_type.add(name="OfLanguage")
    of_language.field.add(
        name="value", number=2, label=optional, type=FieldDescriptorProto.TYPE_INT32
    )
    languages = file.message_type.add(name="Languages")
    for name, number in (("cpp", 1000), ("java", 1001)):
        languages.field.add(
            name=name,
            number=number,
            label=optional,
            type=FieldDescriptorProto.TYPE_MESSAGE,
            type_name=".OfLanguage",
        )
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("Languages"))


_Languages: Final = _languages()
