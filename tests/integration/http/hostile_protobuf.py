"""Protobuf schemas that nobody writes, by what they are after."""

import base64
from collections.abc import Callable
from typing import Final

from google.protobuf.descriptor_pb2 import FieldDescriptorProto, FileDescriptorProto

KIB: Final = 1024
_PROTO3: Final = 'syntax = "proto3";'
_RECURSIVE_OPTION: Final = (
    'syntax = "proto2"; import "google/protobuf/descriptor.proto";'
    " message R { optional R a = 1; }"
    " extend google.protobuf.FileOptions { optional R r = 50000; }"
)
_MESSAGE: Final = FieldDescriptorProto.TYPE_MESSAGE
_OPTIONAL: Final = FieldDescriptorProto.LABEL_OPTIONAL


def fields(count: int) -> str:
    """Return the fields of a message, none of them with a reserved number."""
    return "".join(f"bytes f{n} = {n};" for n in range(20_000, 20_000 + count))


def _message(body: str) -> str:
    return f"{_PROTO3} message M {{ {body} }}"


def _ranges(count: int) -> str:
    numbers = ", ".join(str(2 * n + 1) for n in range(count))
    return _message(f"reserved {numbers}; int32 f = 1;")


def _nested_names(depth: int, length: int, uses: int) -> str:
    around = "".join(f"message {'N' * length}{n} {{" for n in range(depth))
    body = "".join(f"M f{n} = {n};" for n in range(1, uses + 1))
    return f"{_PROTO3} {around} message M {{ {body} }} {'}' * depth}"


def _encoded(file: FileDescriptorProto) -> str:
    return base64.b64encode(file.SerializeToString()).decode()


def _file(build: Callable[[FileDescriptorProto], object]) -> str:
    file = FileDescriptorProto(name="a.proto", syntax="proto3")
    build(file)
    return _encoded(file)


def _unlinked(file: FileDescriptorProto) -> None:
    message = file.message_type.add(name="M")
    message.field.add(
        name="f", number=1, type=_MESSAGE, label=_OPTIONAL, type_name=".nowhere.Missing"
    )


def _deep(file: FileDescriptorProto) -> None:
    message = file.message_type.add(name="M")
    for _ in range(95):  # the most that the library reads
        message = message.nested_type.add(name="M")


def _smuggled(file: FileDescriptorProto) -> None:
    file.message_type.add(name='M {} import "../../etc/passwd"; message N')


def _twice(file: FileDescriptorProto) -> None:
    file.message_type.add(name="M")
    file.message_type.add(name="M")


def _numbers(file: FileDescriptorProto) -> None:
    message = file.message_type.add(name="M")
    for name, number in (("a", 0), ("b", -1), ("c", 2**31 - 1), ("d", 19_500)):
        message.field.add(name=name, number=number, type=9, label=_OPTIONAL)


SMALL: Final = {
    # What nests, in every way that the language has.
    "messages": "message M {" * 5_000,
    "blocks": "{" * 60_000,
    "lists": f"{_PROTO3} option a = {'[' * 60_000}",
    "option-values": f"{_RECURSIVE_OPTION} option (r) = {'{ a ' * 10_000}",
    "option-values-in-angles": (
        f"{_RECURSIVE_OPTION} option (r) = {{ {'a <' * 10_000}{'>' * 10_000} }};"
    ),
    "groups": f'syntax = "proto2"; {"message M { optional group G = 1 {" * 1_000}',
    "closed-before": "}" * 20_000 + "{" * 20_000,
    "behind-a-broken-string": '"\\\n' + "{" * 60_000,
    # What is long.
    "name": _message(f"string {'x' * 60_000} = 1;"),
    "package": f"{_PROTO3} package {'a.' * 20_000}a;",
    "type-name": _message(f"{'a.' * 20_000}M f = 1;"),
    "names-that-nest": _nested_names(30, 500, 2_000),
    "number": _message(f"string a = {'9' * 60_000};"),
    "minus-signs": f'syntax = "proto2"; message M {{ optional int32 a = 1 [default ='
    f" {'-' * 50_000}1]; }}",
    # What is much.
    "faults": "/*" * 30_000,
    "missing-types": _message("".join(f"X{n} f{n} = {n};" for n in range(1, 3_000))),
    "equal-numbers": _message("".join(f"bytes f{n} = 1;" for n in range(3_000))),
    "equal-names": _message("".join(f"bytes f = {n};" for n in range(1, 3_000))),
    "reserved-ranges": _ranges(9_000),
    "options-set-again": _RECURSIVE_OPTION + "option (r).a.a.a = {};" * 2_000,
    "missing-imports": _PROTO3 + "".join(f'import "a{n}.proto";' for n in range(3_000)),
    # What leads elsewhere.
    "import-of-itself": f'{_PROTO3} import "wirepact.root.proto";',
    "import-above": f'{_PROTO3} import "../../../etc/passwd";',
    "absolute-import": f'{_PROTO3} import "/etc/passwd";',
    "import-with-backslashes": f'{_PROTO3} import "..\\\\..\\\\etc\\\\passwd";',
    "import-of-a-folder": f'{_PROTO3} import "google";',
    "import-of-a-device": f'{_PROTO3} import "/dev/zero";',
    # What is no text.
    "nul": f"{_PROTO3}\0 message M {{}}",
    "escaped-nul": f'{_PROTO3} import "a\\0.proto";',
    "half-a-pair": f"{_PROTO3} // \ud800",
    "control-characters": "\x01\x02\x03" * 10_000,
    "unfinished": _message("string a = 1;")[:-1],
    "unfinished-string": f'{_PROTO3} import "',
    "unfinished-comment": f"{_PROTO3} /* {'*' * 50_000}",
    "unknown-edition": 'edition = "2099"; message M {}',
    # What is no descriptor, or one that cannot be.
    "garbage-in-base64": base64.b64encode(bytes(range(256)) * 100).decode(),
    "truncated-base64": _file(_twice)[:-3],
    "truncated-descriptor": base64.b64encode(
        base64.b64decode(_file(_unlinked))[:-5]
    ).decode(),
    "one-letter": "A" * 60_000,
    "unlinked-descriptor": _file(_unlinked),
    "deep-descriptor": _file(_deep),
    "text-in-a-name": _file(_smuggled),
    "message-twice": _file(_twice),
    "impossible-numbers": _file(_numbers),
    "import-above-of-a-descriptor": _file(lambda file: file.dependency.append("../a")),
}
"""At most 64 KiB each: refused in next to no time."""

LARGE: Final = {
    "many-fields": _message(fields(200_000)),
    "fields-up-to-the-size": _message(fields(44_000)),
    "long-name": f"{_PROTO3} message {'x' * 900 * KIB} {{}}",
    "messages-up-to-the-size": "message M {" * (90 * KIB),
    "faults-up-to-the-size": "/*" * (500 * KIB),
    "quotes-up-to-the-size": "'\"" * (500 * KIB),
    "ranges-up-to-the-limit": _ranges(49_000),
    "words": "x " * (500 * KIB),
    "letters-in-base64": "QUFB" * (250 * KIB),
}
"""Larger ones: answered within the time that compiling may take."""

REFERENCE_NAMES: Final = (
    "../up.proto",
    "/etc/passwd",
    "a//b.proto",
    "a\\b.proto",
    "a\0b.proto",
    "wirepact.root.proto",
    "x" * 600,
)
