"""The Protobuf schemas that are compiled, compared and stored; made, not drawn."""

from typing import Final

MONEY_PATH: Final = "common/v1/money.proto"
MONEY: Final = """\
syntax = "proto3";
package common.v1;
message Money {
  string currency = 1;
  int64 units = 2;
  int32 nanos = 3;
}
"""


def payment(mark: str = "") -> str:
    """Return nine fields with an import; the mark makes its text one of a kind."""
    return f"""\
syntax = "proto3";
package orders.v1;
import "{MONEY_PATH}";
message Payment{mark} {{
  string id = 1;
  string order_id = 2;
  common.v1.Money amount = 3;
  Method method = 4;
  repeated string notes = 5;
  map<string, string> tags = 6;
  optional int32 tries = 7;
  bool is_final = 8;
  int64 paid_at = 9;
  enum Method {{
    METHOD_UNSPECIFIED = 0;
    METHOD_CARD = 1;
  }}
}}
"""


def catalogue(messages: int, fields: int, *, drops: int = 0) -> str:
    """Return messages that use each other.

    Args:
        drops: How many fields each message of a later version leaves out.

    """
    parts = ['syntax = "proto3";', "package catalogue.v1;"]
    for at in range(messages):
        lines = [f"  {_kind(at, n)} f{n} = {n};" for n in range(1, fields + 1 - drops)]
        parts += [f"message M{at} {{", *lines, "}"]
    return "\n".join(parts)


def long(messages: int) -> str:
    """Return messages of 10,000 fields: protoc takes a while for each."""
    fields = "".join(f"  string field_{n} = {n};\n" for n in range(1, 10_001))
    parts = (f"message Long{at} {{\n{fields}}}\n" for at in range(messages))
    return 'syntax = "proto3";\n' + "".join(parts)


def _kind(message: int, field: int) -> str:
    kinds = ("string", "int64", "repeated double", "bool", f"M{max(0, message - 1)}")
    return kinds[field % len(kinds)]
