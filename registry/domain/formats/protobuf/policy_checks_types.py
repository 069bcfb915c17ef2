"""Whether the rules hold for messages, and for enums and their values."""

from typing import Final

from registry.domain.formats.protobuf import policy_rules as rules
from registry.domain.formats.protobuf.policy_checks import (
    Kept,
    Lost,
    always,
    changed,
)
from registry.domain.formats.protobuf.policy_features import json_format
from registry.domain.formats.protobuf.policy_parts import (
    Details,
    Enum,
    EnumNumber,
    Message,
    quoted,
)
from registry.domain.formats.protobuf.policy_ranges import told

MOST_LISTED: Final = 8
"""Ranges or names that one message lists."""


def _extension_ranges(new: Message, earlier: Message) -> Details | None:
    gone = [told(each) for each in earlier.extensible.minus(new.extensible)]
    return {"missing": _listed(gone)} if gone else None


def _unreserved(new: Message | Enum, earlier: Message | Enum) -> Details | None:
    gone = [told(each) for each in earlier.reserved.minus(new.reserved)]
    gone += [
        f"'{name}'" for name in sorted(earlier.reserved_names - new.reserved_names)
    ]
    return {"missing": _listed(gone)} if gone else None


def _listed(items: list[str]) -> str:
    more = ", …" if len(items) > MOST_LISTED else ""
    return ", ".join(items[:MOST_LISTED]) + more


def _accessor(new: Message, earlier: Message) -> Details | None:
    lost = new.node.proto.options.no_standard_descriptor_accessor
    return (
        {}
        if lost > earlier.node.proto.options.no_standard_descriptor_accessor
        else None
    )


def _json_format(new: Message | Enum, earlier: Message | Enum) -> Details | None:
    said, was = json_format(new.node.features), json_format(earlier.node.features)
    # What was never promised cannot be broken.
    return changed(said, was) if was == "ALLOW" else None


MESSAGE_KEPT: Final[tuple[Kept[Message], ...]] = (
    Kept(rules.MESSAGE_SAME_JSON_FORMAT, _json_format),
    Kept(rules.MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR, _accessor),
    Kept(rules.EXTENSION_MESSAGE_NO_DELETE, _extension_ranges),
    Kept(rules.RESERVED_MESSAGE_NO_DELETE, _unreserved),
)
ONEOF_LOST: Final = (Lost(rules.ONEOF_NO_DELETE, always),)


def _enum_type(new: Enum, earlier: Enum) -> Details | None:
    return changed(_openness(new), _openness(earlier))


def _openness(enum: Enum) -> str:
    return "closed" if enum.node.is_closed else "open"


def _value_names(new: EnumNumber, earlier: EnumNumber) -> Details | None:
    if set(new.names) >= set(earlier.names):
        return None
    return {"earlier_names": quoted(earlier.names)}


def _value_number_free(home: Enum, lost: EnumNumber) -> Details | None:
    return None if lost.number in home.reserved else {}


def _value_names_free(home: Enum, lost: EnumNumber) -> Details | None:
    free = [name for name in lost.names if name not in home.reserved_names]
    if not free:
        return None
    word = "name" if len(free) == 1 else "names"
    return {"unreserved": f"{word} {quoted(free)}"}


ENUM_KEPT: Final[tuple[Kept[Enum], ...]] = (
    Kept(rules.ENUM_SAME_TYPE, _enum_type),
    Kept(rules.ENUM_SAME_JSON_FORMAT, _json_format),
    Kept(rules.RESERVED_ENUM_NO_DELETE, _unreserved),
)
VALUE_KEPT: Final = (Kept(rules.ENUM_VALUE_SAME_NAME, _value_names),)
VALUE_LOST: Final[tuple[Lost[Enum, EnumNumber], ...]] = (
    Lost(rules.ENUM_VALUE_NO_DELETE, always),
    Lost(rules.ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED, _value_number_free),
    Lost(rules.ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED, _value_names_free),
)
