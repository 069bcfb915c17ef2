"""Whether the rules hold for files, and for services and their methods."""

from collections.abc import Callable
from typing import Final

from google.protobuf.descriptor_pb2 import FileOptions

from registry.domain.formats.protobuf import policy_rules as rules
from registry.domain.formats.protobuf.policy_checks import (
    Kept,
    Lost,
    always,
    changed,
)
from registry.domain.formats.protobuf.policy_parts import Details, File, Method
from registry.domain.formats.protobuf.well_known import WELL_KNOWN


def _package(new: File, earlier: File) -> Details | None:
    return changed(new.node.package, earlier.node.package)


def _syntax(new: File, earlier: File) -> Details | None:
    return changed(_written_syntax(new), _written_syntax(earlier))


def _written_syntax(file: File) -> str:
    # All editions count as one: what differs between them are features.
    return file.node.proto.syntax or "proto2"


def _option(name: str) -> Callable[[File, File], Details | None]:
    def find(new: File, earlier: File) -> Details | None:
        return changed(_file_option(new, name), _file_option(earlier, name))

    return find


def _file_option(file: File, name: str) -> str:
    value = getattr(file.node.proto.options, name)
    enum = file.node.proto.options.DESCRIPTOR.fields_by_name[name].enum_type
    if enum is not None:
        return str(enum.values_by_number[value].name)
    return str(value).lower() if isinstance(value, bool) else str(value)


def _number(option: str) -> int:
    return FileOptions.DESCRIPTOR.fields_by_name[option].number


def _import_lost(_home: File, lost: File) -> Details | None:
    # What every schema may import is there for all, whoever names it.
    return None if lost.source in WELL_KNOWN else {}


FILE_KEPT: Final[tuple[Kept[File], ...]] = (
    Kept(rules.FILE_SAME_SYNTAX, _syntax, "/12"),
    Kept(rules.FILE_SAME_PACKAGE, _package, "/2"),
    *(
        Kept(rule, _option(name), f"/8/{_number(name)}")
        for name, rule in rules.FILE_OPTIONS.items()
    ),
)
FILE_LOST: Final = (Lost(rules.FILE_NO_DELETE, _import_lost),)
MESSAGE_LOST: Final = (Lost(rules.MESSAGE_NO_DELETE, always),)
ENUM_LOST: Final = (Lost(rules.ENUM_NO_DELETE, always),)
EXTENSION_LOST: Final = (Lost(rules.EXTENSION_NO_DELETE, always),)
SERVICE_LOST: Final = (Lost(rules.SERVICE_NO_DELETE, always),)


def _request(new: Method, earlier: Method) -> Details | None:
    return changed(
        _named(new.node.proto.input_type), _named(earlier.node.proto.input_type)
    )


def _response(new: Method, earlier: Method) -> Details | None:
    return changed(
        _named(new.node.proto.output_type), _named(earlier.node.proto.output_type)
    )


def _named(type_name: str) -> str:
    return type_name.removeprefix(".")


def _client_streaming(new: Method, earlier: Method) -> Details | None:
    is_on, was_on = new.node.proto.client_streaming, earlier.node.proto.client_streaming
    return changed(_SWITCH[is_on], _SWITCH[was_on])


def _server_streaming(new: Method, earlier: Method) -> Details | None:
    is_on, was_on = new.node.proto.server_streaming, earlier.node.proto.server_streaming
    return changed(_SWITCH[is_on], _SWITCH[was_on])


_SWITCH: Final = {True: "on", False: "off"}


def _idempotency(new: Method, earlier: Method) -> Details | None:
    return changed(_idempotency_level(new), _idempotency_level(earlier))


def _idempotency_level(method: Method) -> str:
    options = method.node.proto.options
    return options.IdempotencyLevel.Name(options.idempotency_level)


METHOD_KEPT: Final[tuple[Kept[Method], ...]] = (
    Kept(rules.RPC_SAME_REQUEST_TYPE, _request),
    Kept(rules.RPC_SAME_RESPONSE_TYPE, _response),
    Kept(rules.RPC_SAME_CLIENT_STREAMING, _client_streaming),
    Kept(rules.RPC_SAME_SERVER_STREAMING, _server_streaming),
    Kept(rules.RPC_SAME_IDEMPOTENCY_LEVEL, _idempotency),
)
METHOD_LOST: Final = (Lost(rules.RPC_NO_DELETE, always),)
