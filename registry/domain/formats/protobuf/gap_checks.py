"""What may hurt though the check passes: whether a warning applies to a pair.

Most of it is about fields; the checks of `TYPE_GAPS` are also for what is inside maps.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from google.protobuf.descriptor_pb2 import FeatureSet

from registry.domain.formats.protobuf import rules
from registry.domain.formats.protobuf.breaches import Details
from registry.domain.formats.protobuf.checks import both_types
from registry.domain.formats.protobuf.nodes import Enum, EnumValue, Field, Kind, Method
from registry.domain.formats.protobuf.wording import (
    default_of,
    default_word,
    listed_briefly,
    type_word,
)
from registry.domain.rules import Rule


@dataclass(frozen=True, slots=True)
class Check:
    """A rule that a pair of fields is held against.

    Attributes:
        find: Given the reader's and the writer's field, what fills the rule's
            templates; None if the rule holds.

    """

    rule: Rule
    find: Callable[[Field, Field], Details | None]


_AS_NUMBERS: Final = {"false": "0", "true": "1"}
"""A bool may be read as a number."""


def _signed(bits: int) -> tuple[int, int]:
    return -(1 << bits - 1), (1 << bits - 1) - 1


def _unsigned(bits: int) -> tuple[int, int]:
    return 0, (1 << bits) - 1


_RANGES: Final[Mapping[Kind, tuple[int, int]]] = {
    Kind.BOOL: _unsigned(1),
    Kind.INT32: _signed(32),
    Kind.SINT32: _signed(32),
    Kind.SFIXED32: _signed(32),
    Kind.UINT32: _unsigned(32),
    Kind.FIXED32: _unsigned(32),
    Kind.INT64: _signed(64),
    Kind.SINT64: _signed(64),
    Kind.SFIXED64: _signed(64),
    Kind.UINT64: _unsigned(64),
    Kind.FIXED64: _unsigned(64),
}
"""The least and the greatest value of each whole number."""

_LOSSES: Final[Mapping[Kind, str]] = {
    Kind.STRING: "all but the last are dropped",
    Kind.BYTES: "all but the last are dropped",
    Kind.MESSAGE: "all are merged into one",
    Kind.GROUP: "all are merged into one",
}
"""What becomes of several values where one is read."""


def _number_narrowed(reader: Field, writer: Field) -> Details | None:
    if reader.kind is writer.kind or not {reader.kind, writer.kind} <= _RANGES.keys():
        return None
    least, greatest = _RANGES[reader.kind]
    least_written, greatest_written = _RANGES[writer.kind]
    if least <= least_written and greatest_written <= greatest:
        return None
    return both_types(reader, writer)


def _enum_exchanged(reader: Field, writer: Field) -> Details | None:
    if (reader.kind is Kind.ENUM) is (writer.kind is Kind.ENUM):
        return None
    return both_types(reader, writer)


def _enum_replaced(reader: Field, writer: Field) -> Details | None:
    if not reader.kind is writer.kind is Kind.ENUM:
        return None
    if type_word(reader) == type_word(writer):
        return None
    return both_types(reader, writer)


def _bytes_read_as_string(reader: Field, writer: Field) -> Details | None:
    return {} if (reader.kind, writer.kind) == (Kind.STRING, Kind.BYTES) else None


def _json_form_changed(reader: Field, writer: Field) -> Details | None:
    if writer.kind is Kind.STRING:
        is_changed = reader.kind is Kind.BYTES
    else:
        is_changed = writer.kind is Kind.BOOL and reader.kind in _RANGES
        is_changed = is_changed and reader.kind is not Kind.BOOL
    return both_types(reader, writer) if is_changed else None


def _utf8_verified(reader: Field, writer: Field) -> Details | None:
    if not reader.kind is writer.kind is Kind.STRING:
        return None
    verifies = (
        each.features.utf8_validation == FeatureSet.VERIFY for each in (reader, writer)
    )
    return {} if [*verifies] == [True, False] else None


def _repeated_read_as_singular(reader: Field, writer: Field) -> Details | None:
    if reader.is_repeated or not writer.is_repeated:
        return None
    loss = _LOSSES.get(writer.kind)
    if loss is None:
        loss = "all are skipped" if writer.is_packed else "all but the last are dropped"
    return {**both_types(reader, writer), "loss": loss}


def _singular_read_as_repeated(reader: Field, writer: Field) -> Details | None:
    if writer.is_repeated or not reader.is_repeated:
        return None
    return both_types(reader, writer)


def _required_may_be_absent(reader: Field, writer: Field) -> Details | None:
    return {} if reader.is_required and not writer.is_required else None


def _default_changed(reader: Field, writer: Field) -> Details | None:
    if reader.is_repeated or writer.is_repeated or writer.is_required:
        return None
    if reader.type_name != writer.type_name and Kind.ENUM in (reader.kind, writer.kind):
        return None  # Told as what it is: another type.
    defaults = [
        _AS_NUMBERS.get(each, each) for each in map(default_of, (reader, writer))
    ]
    if defaults[0] == defaults[1]:
        return None
    return {
        "reader_default": default_word(reader),
        "writer_default": default_word(writer),
    }


def _presence_changed(reader: Field, writer: Field) -> Details | None:
    if reader.is_repeated or writer.is_repeated:
        return None
    if reader.has_presence is writer.has_presence:
        return None
    with_or_without = {True: "with", False: "without"}
    return {
        "reader_presence": with_or_without[reader.has_presence],
        "writer_presence": with_or_without[writer.has_presence],
    }


def _packed_changed(reader: Field, writer: Field) -> Details | None:
    if not (reader.is_repeated and writer.is_repeated):
        return None
    if reader.is_packed is writer.is_packed:
        return None
    forms = {True: "packed", False: "not packed"}
    return {
        "reader_form": forms[reader.is_packed],
        "writer_form": forms[writer.is_packed],
    }


def _json_name_changed(reader: Field, writer: Field) -> Details | None:
    # Where the field itself has another name, that is told instead.
    if reader.name != writer.name or reader.json_name == writer.json_name:
        return None
    return {"reader_name": reader.json_name, "writer_name": writer.json_name}


TYPE_GAPS: Final = (
    Check(rules.NUMBER_NARROWED, _number_narrowed),
    Check(rules.ENUM_EXCHANGED_FOR_NUMBER, _enum_exchanged),
    Check(rules.ENUM_REPLACED, _enum_replaced),
    Check(rules.BYTES_READ_AS_STRING, _bytes_read_as_string),
    Check(rules.JSON_FORM_CHANGED, _json_form_changed),
    Check(rules.UTF8_VERIFIED, _utf8_verified),
)
FIELD_GAPS: Final = (
    Check(rules.REPEATED_READ_AS_SINGULAR, _repeated_read_as_singular),
    Check(rules.SINGULAR_READ_AS_REPEATED, _singular_read_as_repeated),
    Check(rules.REQUIRED_FIELD_MAY_BE_ABSENT, _required_may_be_absent),
    Check(rules.DEFAULT_CHANGED, _default_changed),
    Check(rules.PRESENCE_CHANGED, _presence_changed),
    Check(rules.PACKED_CHANGED, _packed_changed),
    Check(rules.JSON_NAME_CHANGED, _json_name_changed),
)


def _enum_type_changed(reader: Enum, writer: Enum) -> Details | None:
    if reader.is_closed is writer.is_closed:
        return None
    forms = {True: "closed", False: "open"}
    return {
        "enum": reader.local_name,
        "reader_form": forms[reader.is_closed],
        "writer_form": forms[writer.is_closed],
    }


def _enum_constants_missing(reader: Enum, writer: Enum) -> Details | None:
    missing = [
        each.name
        for number, each in writer.numbers.items()
        if number not in reader.numbers
    ]
    if not missing:
        return None
    return {"enum": reader.local_name, "constants": listed_briefly(missing)}


ENUM_GAPS: Final[tuple[tuple[Rule, Callable[[Enum, Enum], Details | None]], ...]] = (
    (rules.ENUM_TYPE_CHANGED, _enum_type_changed),
    (rules.ENUM_CONSTANT_MISSING, _enum_constants_missing),
)


def constants_renamed(
    reader: Enum, writer: Enum
) -> Iterator[tuple[EnumValue, EnumValue, Details]]:
    """Yield the numbers of two enums that have no name in common, and what to tell."""
    names = {(each.number, each.name) for each in reader.values}
    for number, written in writer.numbers.items():
        value = reader.numbers.get(number)
        if value is None or (number, written.name) in names:
            continue
        yield (
            value,
            written,
            {
                "enum": reader.local_name,
                "number": str(number),
                "reader_name": value.name,
                "writer_name": written.name,
            },
        )


def rpc_changed(reader: Method, writer: Method) -> Details | None:
    forms = method_form(reader), method_form(writer)
    if forms[0] == forms[1]:
        return None
    return {"reader_form": forms[0], "writer_form": forms[1]}


def method_form(method: Method) -> str:
    """What goes in and out of a method, as it is written in a text."""
    proto = method.proto
    request, response = (
        ("stream " if is_stream else "") + name.removeprefix(".")
        for name, is_stream in (
            (proto.input_type, proto.client_streaming),
            (proto.output_type, proto.server_streaming),
        )
    )
    return f"({request}) returns ({response})"
