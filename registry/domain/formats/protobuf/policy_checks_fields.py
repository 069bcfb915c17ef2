"""Whether the rules hold for fields, and for extensions."""

from collections.abc import Collection, Mapping, Sequence
from typing import Final

from google.protobuf.descriptor_pb2 import FieldOptions

from registry.domain.formats.protobuf import policy_rules as rules
from registry.domain.formats.protobuf.nodes import Kind
from registry.domain.formats.protobuf.policy_checks import (
    Gained,
    Kept,
    Lost,
    always,
    changed,
)
from registry.domain.formats.protobuf.policy_defaults import (
    are_defaults_equal,
    can_have_default,
    told_default,
)
from registry.domain.formats.protobuf.policy_features import (
    cpp_string_type,
    java_utf8_validation,
    utf8_validation,
)
from registry.domain.formats.protobuf.policy_parts import (
    EXPLICIT,
    IMPLICIT,
    MAP,
    REPEATED,
    REQUIRED,
    Details,
    Field,
    Message,
)

_Kinds = Sequence[Collection[Kind]]
_Cardinalities = Mapping[str, int]

_WIRE_GROUPS: Final = (
    {Kind.INT32, Kind.INT64, Kind.UINT32, Kind.UINT64, Kind.BOOL},
    {Kind.SINT32, Kind.SINT64},
    {Kind.FIXED32, Kind.SFIXED32},
    {Kind.FIXED64, Kind.SFIXED64},
)
"""Types that are encoded alike in bytes; every other type is alone."""

_JSON_GROUPS: Final = (
    {Kind.INT32, Kind.UINT32},
    {Kind.INT64, Kind.UINT64},
    {Kind.FIXED32, Kind.SFIXED32},
    {Kind.FIXED64, Kind.SFIXED64},
)
"""Types that are encoded alike in bytes and in JSON; every other type is alone."""

_WIRE_CARDINALITIES: Final[_Cardinalities] = {
    EXPLICIT: 0,
    IMPLICIT: 0,
    REQUIRED: 1,
    REPEATED: 2,
    # An entry of a map is a message of a repeated field.
    MAP: 2,
}
_JSON_CARDINALITIES: Final[_Cardinalities] = {**_WIRE_CARDINALITIES, MAP: 3}
_CARDINALITIES: Final[_Cardinalities] = {**_JSON_CARDINALITIES, IMPLICIT: 4}


def _types(new: Field, earlier: Field) -> Details:
    return {"type": new.type, "earlier_type": earlier.type}


def _same_type(new: Field, earlier: Field) -> Details | None:
    is_same = new.kind is earlier.kind and new.node.type_name == earlier.node.type_name
    return None if is_same else _types(new, earlier)


def _wire_type(new: Field, earlier: Field) -> Details | None:
    # Every string is bytes; bytes need not be a string.
    if (earlier.kind, new.kind) == (Kind.STRING, Kind.BYTES):
        return None
    return _grouped_type(new, earlier, _WIRE_GROUPS)


def _wire_json_type(new: Field, earlier: Field) -> Details | None:
    return _grouped_type(new, earlier, _JSON_GROUPS)


def _grouped_type(new: Field, earlier: Field, groups: _Kinds) -> Details | None:
    if not _are_alike(new.kind, earlier.kind, groups):
        return _types(new, earlier)
    is_same = new.node.type_name == earlier.node.type_name
    is_moved = new.kind is Kind.ENUM and _is_enum_grown(new, earlier)
    return None if is_same or is_moved else _types(new, earlier)


def _are_alike(new: Kind, earlier: Kind, groups: _Kinds) -> bool:
    return new is earlier or any(new in each and earlier in each for each in groups)


def _is_enum_grown(new: Field, earlier: Field) -> bool:
    """Whether the enum has moved, and may have gained values, but is the same."""
    enum, old = (
        new.enums.get(new.node.type_name),
        earlier.enums.get(earlier.node.type_name),
    )
    if enum is None or old is None or enum.simple_name != old.simple_name:
        return False
    return enum.has_all_of(old)


def _same_cardinality(new: Field, earlier: Field) -> Details | None:
    # What the fields of a map's entry inherit means nothing.
    if new.is_in_map_entry and earlier.is_in_map_entry:
        return None
    return _grouped_cardinality(new, earlier, _CARDINALITIES)


def _wire_cardinality(new: Field, earlier: Field) -> Details | None:
    return _grouped_cardinality(new, earlier, _WIRE_CARDINALITIES)


def _wire_json_cardinality(new: Field, earlier: Field) -> Details | None:
    return _grouped_cardinality(new, earlier, _JSON_CARDINALITIES)


def _grouped_cardinality(
    new: Field, earlier: Field, groups: _Cardinalities
) -> Details | None:
    if groups[new.cardinality] == groups[earlier.cardinality]:
        return None
    return {"cardinality": new.cardinality, "earlier_cardinality": earlier.cardinality}


def _same_name(new: Field, earlier: Field) -> Details | None:
    name, old = new.written_name, earlier.written_name
    if name == old:
        return None
    return {"field": new.numbered, "name": name, "earlier_name": old}


def _same_json_name(new: Field, earlier: Field) -> Details | None:
    name, old = new.node.json_name, earlier.node.json_name
    # JSON has the full name of an extension, whatever else it may be called.
    if new.extendee or name == old:
        return None
    return {"json_name": name, "earlier_json_name": old}


def _same_oneof(new: Field, earlier: Field) -> Details | None:
    if new.node.oneof == earlier.node.oneof:
        return None
    return {"oneof": _in_oneof(new), "earlier_oneof": _in_oneof(earlier)}


def _in_oneof(field: Field) -> str:
    oneof = field.node.oneof
    return f"in oneof '{oneof}'" if oneof else "outside of oneofs"


def _same_default(new: Field, earlier: Field) -> Details | None:
    if not (can_have_default(new) and can_have_default(earlier)):
        return None
    if are_defaults_equal(new, earlier):
        return None
    return {"default": told_default(new), "earlier_default": told_default(earlier)}


_WIDE_INTEGERS: Final = frozenset(
    {Kind.INT64, Kind.UINT64, Kind.SINT64, Kind.FIXED64, Kind.SFIXED64}
)
_TEXTS: Final = frozenset({Kind.STRING, Kind.BYTES})


def _js_type(new: Field, earlier: Field) -> Details | None:
    if not {new.kind, earlier.kind} <= _WIDE_INTEGERS:
        return None
    name = FieldOptions.JSType.Name
    return changed(
        name(new.node.proto.options.jstype), name(earlier.node.proto.options.jstype)
    )


def _cpp_string_type(new: Field, earlier: Field) -> Details | None:
    is_in_entry = new.is_in_map_entry and earlier.is_in_map_entry
    if is_in_entry or not {new.kind, earlier.kind} <= _TEXTS:
        return None
    value, old = (cpp_string_type(each.node, each.file) for each in (new, earlier))
    # Generated code has had the same accessors for both.
    if (value, old) == ("STRING", "STRING_PIECE"):
        return None
    return changed(value, old)


def _utf8(new: Field, earlier: Field) -> Details | None:
    if {new.kind, earlier.kind} != {Kind.STRING}:
        return None
    return changed(
        utf8_validation(new.node.features), utf8_validation(earlier.node.features)
    )


def _java_utf8(new: Field, earlier: Field) -> Details | None:
    if {new.kind, earlier.kind} != {Kind.STRING}:
        return None
    return changed(
        java_utf8_validation(new.node, new.file),
        java_utf8_validation(earlier.node, earlier.file),
    )


def _requirement_changed(new: Field, earlier: Field) -> Details | None:
    if new.node.is_required == earlier.node.is_required:
        return None
    return _REQUIREMENT[new.node.is_required]


def _requirement_lost(_home: Message, lost: Field) -> Details | None:
    if not lost.node.is_required:
        return None
    return {"requirement": "has no", "earlier_requirement": "requires it"}


def _requirement_gained(new: Field) -> Details | None:
    if not new.node.is_required:
        return None
    return {"requirement": "requires", "earlier_requirement": "has no such field"}


_REQUIREMENT: Final[Mapping[bool, Details]] = {
    True: {"requirement": "requires", "earlier_requirement": "does not"},
    False: {"requirement": "does not require", "earlier_requirement": "does"},
}
"""What is said of a field that both have, by whether the new version requires it."""


def _number_free(home: Message, lost: Field) -> Details | None:
    return None if lost.number in home.reserved else {}


def _name_free(home: Message, lost: Field) -> Details | None:
    return None if lost.simple_name in home.reserved_names else {}


TYPE_KEPT: Final[tuple[Kept[Field], ...]] = (
    Kept(rules.FIELD_SAME_TYPE, _same_type),
    Kept(rules.FIELD_WIRE_COMPATIBLE_TYPE, _wire_type),
    Kept(rules.FIELD_WIRE_JSON_COMPATIBLE_TYPE, _wire_json_type),
)
FIELD_KEPT: Final[tuple[Kept[Field], ...]] = (
    *TYPE_KEPT,
    Kept(rules.MESSAGE_SAME_REQUIRED_FIELDS, _requirement_changed),
    Kept(rules.FIELD_SAME_CARDINALITY, _same_cardinality),
    Kept(rules.FIELD_WIRE_COMPATIBLE_CARDINALITY, _wire_cardinality),
    Kept(rules.FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY, _wire_json_cardinality),
    Kept(rules.FIELD_SAME_NAME, _same_name),
    Kept(rules.FIELD_SAME_JSON_NAME, _same_json_name),
    Kept(rules.FIELD_SAME_ONEOF, _same_oneof),
    Kept(rules.FIELD_SAME_DEFAULT, _same_default),
    Kept(rules.FIELD_SAME_JSTYPE, _js_type),
    Kept(rules.FIELD_SAME_CPP_STRING_TYPE, _cpp_string_type),
    Kept(rules.FIELD_SAME_UTF8_VALIDATION, _utf8),
    Kept(rules.FIELD_SAME_JAVA_UTF8_VALIDATION, _java_utf8),
)
FIELD_LOST: Final[tuple[Lost[Message, Field], ...]] = (
    Lost(rules.FIELD_NO_DELETE, always),
    Lost(rules.FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED, _number_free),
    Lost(rules.FIELD_NO_DELETE_UNLESS_NAME_RESERVED, _name_free),
    Lost(rules.MESSAGE_SAME_REQUIRED_FIELDS, _requirement_lost),
)
FIELD_GAINED: Final = (Gained(rules.MESSAGE_SAME_REQUIRED_FIELDS, _requirement_gained),)
