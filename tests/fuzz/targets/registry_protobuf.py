"""Any text, and any descriptor, as a Protobuf schema of the registry."""

import base64

import atheris

from registry.compiler.in_place import InPlaceCompiler
from registry.domain.formats.protobuf.format import ProtobufFormat
from registry.domain.limits import Limits
from tests.fuzz.laws import hold, one_of

# All of it: a module that were not would hold to the classes of before.
INSTRUMENTED = ("registry", "tests.fuzz.laws")

_FORMAT = ProtobufFormat(Limits(max_depth=24, max_nodes=500), InPlaceCompiler())
_HEADS = (
    'syntax = "proto3";',
    'syntax = "proto2";',
    'edition = "2023";',
    'syntax = "proto3"; package a.b; option java_package = "x";',
    'syntax = "proto3"; import "google/protobuf/any.proto";',
    'syntax = "proto2"; import "google/protobuf/descriptor.proto";'
    " extend google.protobuf.FieldOptions { optional string o = 50000; }",
)
_PARTS = (
    "message M { %s }",
    "message N { message M { %s } %s }",
    "enum E { Z = 0; A = %d; }",
    "service S { rpc R (M) returns (stream M); }",
    "extend M { optional int32 x = %d; }",
    "message G { optional group H = %d { %s } }",
)
_FIELDS = (
    *(
        "int32 a = %d;",
        "repeated string b = %d;",
        "M c = %d;",
        "map<string, M> d = %d;",
    ),
    *("optional sint64 e = %d;", "oneof f { bytes g = %d; double h = %d; }"),
    *("reserved %d, 9 to 12; reserved 'z';", "E i = %d;", "required bool j = %d;"),
    *("extensions 100 to %d;", "string k = %d [deprecated = true, json_name = 'q'];"),
    *("optional int32 l = %d [default = %d];", "google.protobuf.Any m = %d;"),
    *(
        "optional string n = %d [(o) = 'x'];",
        "M.N o = %d;",
        "option deprecated = true;",
    ),
)


def seeds():
    return [b"\0" * 8, bytes(range(64)), bytes(range(200, 100, -1)), b"\x03" * 60]


def one(data):
    provider = atheris.FuzzedDataProvider(data)
    hold(_FORMAT, _text(provider), _text(provider))


def _text(provider):
    way = provider.ConsumeIntInRange(0, 9)
    if way == 0:
        return provider.ConsumeUnicode(provider.ConsumeIntInRange(0, 300))
    if way == 1:
        raw = provider.ConsumeBytes(provider.ConsumeIntInRange(0, 200))
        return base64.b64encode(raw).decode()
    parts = (_filled(provider, _PARTS) for _ in range(provider.ConsumeIntInRange(1, 3)))
    return " ".join((one_of(provider, _HEADS), *parts))


def _filled(provider, parts):
    part = one_of(provider, parts)
    for _ in range(part.count("%d")):
        number = provider.ConsumeIntInRange(-1, 30)
        part = part.replace("%d", str(number), 1)
    for _ in range(part.count("%s")):
        count = provider.ConsumeIntInRange(0, 3)
        body = " ".join(_filled(provider, _FIELDS) for _ in range(count))
        part = part.replace("%s", body, 1)
    return part
