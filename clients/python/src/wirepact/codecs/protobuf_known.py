"""The Protobuf files that every schema may import without a reference.

Nobody registers them: registries and clients of all makers bring them along. Google's
come with their Python packages; Confluent's are a few messages, written down from their
published names and numbers.
"""

import re
from importlib import import_module
from typing import Final

from google.protobuf.descriptor_pb2 import FileDescriptorProto
from google.protobuf.text_format import Parse

_PREFIXES: Final = ("google/protobuf/", "google/type/", "confluent/")

_OF_GOOGLE: Final = re.compile(
    r"google/(protobuf|protobuf/compiler|type)/[a-z_]+\.proto"
)

META_NUMBER: Final = 1088
"""The options by which Confluent's schemas carry docs, tags and rules."""

META: Final = "confluent/meta.proto"

_META_MESSAGES: Final = """
name: "confluent/meta.proto" package: "confluent" syntax: "proto3"
dependency: "google/protobuf/descriptor.proto"
message_type {
  name: "Meta"
  field { name: "doc" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "params" number: 2 label: LABEL_REPEATED type: TYPE_MESSAGE
          type_name: ".confluent.Meta.ParamsEntry" }
  field { name: "tags" number: 3 label: LABEL_REPEATED type: TYPE_STRING }
  field { name: "rules" number: 4 label: LABEL_REPEATED type: TYPE_MESSAGE
          type_name: ".confluent.Rule" }
  nested_type {
    name: "ParamsEntry" options { map_entry: true }
    field { name: "key" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
    field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_STRING }
  }
}
message_type {
  name: "Rule"
  field { name: "name" number: 1 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "doc" number: 2 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "expr" number: 3 label: LABEL_OPTIONAL type: TYPE_STRING }
  field { name: "sql" number: 4 label: LABEL_OPTIONAL type: TYPE_STRING }
}
"""
_META_OPTION: Final = """
extension {{ name: "{name}" extendee: ".google.protobuf.{options}" number: {number}
  label: LABEL_OPTIONAL type: TYPE_MESSAGE type_name: ".confluent.Meta" }}
"""
_META_OPTIONS: Final = {
    "file_meta": "FileOptions",
    "message_meta": "MessageOptions",
    "field_meta": "FieldOptions",
    "enum_meta": "EnumOptions",
    "enum_value_meta": "EnumValueOptions",
}
_DECIMAL: Final = """
name: "confluent/type/decimal.proto" package: "confluent.type" syntax: "proto3"
message_type {
  name: "Decimal"
  field { name: "value" number: 1 label: LABEL_OPTIONAL type: TYPE_BYTES }
  field { name: "precision" number: 2 label: LABEL_OPTIONAL type: TYPE_UINT32 }
  field { name: "scale" number: 3 label: LABEL_OPTIONAL type: TYPE_INT32 }
}
"""
# Where Decimal was before; a file that imports it there means the same message.
_FORMER_DECIMAL: Final = """
name: "confluent/types/decimal.proto" package: "confluent.types" syntax: "proto3"
dependency: "confluent/type/decimal.proto" public_dependency: 0
"""
_VARIANT: Final = """
name: "confluent/type/variant.proto" package: "confluent.type" syntax: "proto3"
message_type {
  name: "Variant"
  field { name: "metadata" number: 1 label: LABEL_OPTIONAL type: TYPE_BYTES }
  field { name: "value" number: 2 label: LABEL_OPTIONAL type: TYPE_BYTES }
}
"""


def is_well_known(name: str) -> bool:
    """Say whether an import needs no reference.

    Source: confluent-kafka-python 2.16, schema_registry/common/protobuf.py.
    """
    return name.startswith(_PREFIXES)


def find_known_file(name: str) -> FileDescriptorProto | None:
    """Return the descriptor of a well-known file; None if nothing installed has it."""
    written = _WRITTEN_DOWN.get(name)
    if written is not None:
        return Parse(written, FileDescriptorProto())
    # What is imported is chosen by a schema, which may say anything.
    if not _OF_GOOGLE.fullmatch(name):
        return None
    module = name.removesuffix(".proto").replace("/", ".") + "_pb2"
    try:
        descriptor = import_module(module).DESCRIPTOR
    except ImportError:
        return None
    file = FileDescriptorProto()
    descriptor.CopyToProto(file)
    return file


def _meta() -> str:
    options = (
        _META_OPTION.format(name=name, options=target, number=META_NUMBER)
        for name, target in _META_OPTIONS.items()
    )
    return _META_MESSAGES + "".join(options)


_WRITTEN_DOWN: Final = {
    META: _meta(),
    "confluent/type/decimal.proto": _DECIMAL,
    "confluent/types/decimal.proto": _FORMER_DECIMAL,
    "confluent/type/variant.proto": _VARIANT,
}
