"""What lint says of names and comments in Protobuf schemas."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from registry.domain.formats.protobuf.lint_parts import (
    LOWER_SNAKE,
    PASCAL,
    UPPER_SNAKE,
    comments,
    enums,
    fields,
    messages,
    name_of,
    own_file,
    path,
    upper_snake,
)
from registry.domain.formats.protobuf.nodes import Enum, EnumValue, Method, Service
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.lint import Around, Check, Remark
from registry.domain.rules import Spot

ZERO_SUFFIX: Final = "_UNSPECIFIED"
SERVICE_SUFFIX: Final = "Service"
_IGNORE: Final = re.compile(r"^\s*(wirepact|buf:lint):ignore\b.*$", re.MULTILINE)

Element = tuple[Spot, str, str]
"""Where an element is, its full name, and the name that is written there."""

Elements = Callable[[ProtobufSchema], Iterable[Element]]


def message_elements(schema: ProtobufSchema) -> Iterator[Element]:
    for each in messages(schema):
        yield each.spot, each.local_name, each.name


def enum_elements(schema: ProtobufSchema) -> Iterator[Element]:
    for each in enums(schema):
        yield each.spot, each.local_name, each.name


def values(schema: ProtobufSchema) -> Iterator[tuple[Enum, EnumValue, str]]:
    for enum in enums(schema):
        for value in enum.values:
            yield enum, value, f"{enum.local_name}.{value.name}"


def value_elements(schema: ProtobufSchema) -> Iterator[Element]:
    for _, value, element in values(schema):
        yield value.spot, element, value.name


def field_elements(schema: ProtobufSchema) -> Iterator[Element]:
    for field, element in fields(schema):
        yield field.spot, element, field.name


def oneof_elements(schema: ProtobufSchema) -> Iterator[Element]:
    for message in messages(schema):
        for each in message.oneofs.values():
            yield each.spot, f"{message.local_name}.{each.name}", each.name


def service_elements(schema: ProtobufSchema) -> Iterator[Element]:
    for each in own_file(schema).services.values():
        yield each.spot, each.name, each.name


def methods(schema: ProtobufSchema) -> Iterator[tuple[Service, Method, str]]:
    for service in own_file(schema).services.values():
        for method in service.methods.values():
            yield service, method, f"{service.name}.{method.name}"


def method_elements(schema: ProtobufSchema) -> Iterator[Element]:
    for _, method, element in methods(schema):
        yield method.spot, element, method.name


def named(elements: Elements, pattern: re.Pattern[str], kind: str, case: str) -> Check:
    """Return the check that the names of elements are written in a case."""

    def check(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
        for spot, element, name in elements(schema):
            if not pattern.fullmatch(name):
                message = f"the {kind} '{name}' is not written in {case}"
                yield Remark(name_of(spot), element, message)

    return check


def commented(elements: Elements, kind: str) -> Check:
    """Return the check that a comment stands before each of some elements."""

    def check(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
        if not schema.locations:
            return  # A descriptor has lost its comments.
        found = comments(schema)
        for spot, element, name in elements(schema):
            said = _IGNORE.sub("", found.get(path(spot), ""))
            if not said.strip():
                message = f"no comment stands before the {kind} '{name}'"
                yield Remark(spot, element, message)

    return check


MESSAGE_CASE: Final = named(message_elements, PASCAL, "message", "PascalCase")
ENUM_CASE: Final = named(enum_elements, PASCAL, "enum", "PascalCase")
VALUE_CASE: Final = named(value_elements, UPPER_SNAKE, "value", "UPPER_SNAKE_CASE")
FIELD_CASE: Final = named(field_elements, LOWER_SNAKE, "field", "lower_snake_case")
ONEOF_CASE: Final = named(oneof_elements, LOWER_SNAKE, "oneof", "lower_snake_case")
SERVICE_CASE: Final = named(service_elements, PASCAL, "service", "PascalCase")
METHOD_CASE: Final = named(method_elements, PASCAL, "rpc", "PascalCase")


def value_prefix(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for enum, value, element in values(schema):
        prefix = f"{upper_snake(enum.name)}_"
        if not value.name.startswith(prefix):
            message = f"the value '{value.name}' does not begin with '{prefix}'"
            yield Remark(name_of(value.spot), element, message)


def zero_suffix(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for _, value, element in values(schema):
        if value.number == 0 and not value.name.endswith(ZERO_SUFFIX):
            message = f"the zero value '{value.name}' does not end in '{ZERO_SUFFIX}'"
            yield Remark(name_of(value.spot), element, message)


def service_suffix(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for spot, element, name in service_elements(schema):
        if not name.endswith(SERVICE_SUFFIX):
            message = f"the service '{name}' does not end in '{SERVICE_SUFFIX}'"
            yield Remark(name_of(spot), element, message)


def request_name(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for service, method, element in methods(schema):
        yield from _standard(service, method, element, "Request")


def response_name(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for service, method, element in methods(schema):
        yield from _standard(service, method, element, "Response")


def _standard(
    service: Service, method: Method, element: str, role: str
) -> Iterator[Remark]:
    proto = method.proto
    used = proto.input_type if role == "Request" else proto.output_type
    simple = used.rpartition(".")[2]
    expected = (f"{method.name}{role}", f"{service.name}{method.name}{role}")
    if simple not in expected:
        message = (
            f"the {role.lower()} of the rpc '{method.name}' is '{simple}', neither"
            f" '{expected[0]}' nor '{expected[1]}'"
        )
        yield Remark(method.spot, element, message)


def unique_types(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    users: dict[str, list[str]] = {}
    for _, method, element in methods(schema):
        for used in (method.proto.input_type, method.proto.output_type):
            users.setdefault(used, []).append(element)
    for _, method, element in methods(schema):
        for used in dict.fromkeys((method.proto.input_type, method.proto.output_type)):
            if len(users[used]) > 1:
                simple = used.rpartition(".")[2]
                message = f"'{simple}' is used as a request or response more than once"
                yield Remark(method.spot, f"{element}.{simple}", message)


def client_streaming(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for _, method, element in methods(schema):
        if method.proto.client_streaming:
            message = f"the rpc '{method.name}' takes a stream"
            yield Remark(method.spot, element, message)


def server_streaming(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for _, method, element in methods(schema):
        if method.proto.server_streaming:
            message = f"the rpc '{method.name}' returns a stream"
            yield Remark(method.spot, element, message)
