"""The texts of the imports that need no reference.

Those of Google come with the packages that this registry needs; Confluent's are a few
messages, written down from their published names and numbers.
"""

from importlib.resources import files
from pathlib import Path
from typing import Final

from registry.domain.formats.protobuf.well_known import WELL_KNOWN

_META: Final = """\
syntax = "proto3";
package confluent;
import "google/protobuf/descriptor.proto";
option go_package = "../confluent";
message Meta {
  string doc = 1;
  map<string, string> params = 2;
  repeated string tags = 3;
  repeated Rule rules = 4;
}
message Rule {
  string name = 1;
  string doc = 2;
  string expr = 3;
  string sql = 4;
}
extend google.protobuf.FileOptions { Meta file_meta = 1088; }
extend google.protobuf.MessageOptions { Meta message_meta = 1088; }
extend google.protobuf.FieldOptions { Meta field_meta = 1088; }
extend google.protobuf.EnumOptions { Meta enum_meta = 1088; }
extend google.protobuf.EnumValueOptions { Meta enum_value_meta = 1088; }
"""

_DECIMAL: Final = """\
syntax = "proto3";
package confluent.type;
option go_package = "../type";
message Decimal {
  bytes value = 1;
  uint32 precision = 2;
  int32 scale = 3;
}
"""

_VARIANT: Final = """\
syntax = "proto3";
package confluent.type;
option go_package = "../type";
message Variant {
  bytes metadata = 1;
  bytes value = 2;
}
"""

_WRITTEN_DOWN: Final = {
    "confluent/meta.proto": _META,
    "confluent/type/decimal.proto": _DECIMAL,
    "confluent/type/variant.proto": _VARIANT,
}


def text(name: str) -> str:
    """Return the text of a well-known import."""
    if name in _WRITTEN_DOWN:
        return _WRITTEN_DOWN[name]
    if name.startswith("google/type/"):
        source = files("google.type").joinpath(name.removeprefix("google/type/"))
    else:
        source = files("grpc_tools").joinpath("_proto", name)
    return source.read_text(encoding="utf-8")


def write_all(folder: Path) -> None:
    """Write every well-known import below a folder, under its import name."""
    for name in WELL_KNOWN:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text(name), encoding="utf-8")
