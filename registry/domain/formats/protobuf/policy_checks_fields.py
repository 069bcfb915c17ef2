"""Whether the rules hold for fields, and for extensions."""

from collections.abc import Mapping
from typing import Any, Final

from registry.domain.formats.protobuf import policy_rules as rules
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
from registry.domain.formats.protobuf.policy_parts import (
    ENUM,
    EXPLICIT,
    GROUP,
    IMPLICIT,
    MAP,
    MESSAGE,
    REPEATED,
    REQUIRED,
    Details,
    Field,
    Message,
)

_Groups = Mapping[str, int]

_WIRE_GROUPS: Final[_Groups] = {
    kind: number
    for number, kinds in enumerate(
        (
            ("int32", "int64", "uint32", "uint64", "bool"),
            ("sint32", "sint64"),
            ("fixed32", "sfixed32"),
            ("fixed64", "sfixed64"),
            ("float",),
            ("double",),
            ("string",),
            ("bytes",),
            (ENUM,),
            (MESSAGE,),
            (GROUP,),
        )
    )
    for kind in kinds
}
"""Types of one number are encoded alike in bytes."""

_JSON_GROUPS: Final[_Groups] = {
    kind: number
    for number, kinds in enumerate(
        (
            ("int32", "uint32"),
            ("int64", "uint64"),
            ("fixed32", "sfixed32"),
            ("fixed64", "sfixed64"),
            ("bool",),
            ("sint32",),
            ("sint64",),
            ("float",),
            ("double",),
            ("string",),
            ("bytes",),
            (ENUM,),
            (MESSAGE,),
            (GROUP,),
        )
    )
    for kind in kinds
}
"""Types of one number are encoded alike in bytes and in JSON."""

_WIRE_CARDINALITIES: Final[_Groups] = {
    EXPLICIT: 0,
    IMPLICIT: 0,
    REQUIRED: 1,
    REPEATED: 2,
    # An entry of a map is a message of a repeated field.
    MAP: 2,
}
_JSON_CARDINALITIES: Final[_Groups] = {**_WIRE_CARDINALITIES, MAP: 3}
_CARDINALITIES: Final[_Groups] = {**_JSON_CARDINALITIES, IMPLICIT: 4}


def _types(new: Field, earlier: Field) -> Details:
    return {"type": new.type, "earlier_type": earlier.type}


def _same_type(new: Field, earlier: Field) -> Details | None:
    same = (new.kind, new.type_name) == (earlier.kind, earlier.type_name)
    return None if same else _types(new, earlier)


def _wire_type(new: Field, earlier: Field) -> Details | None:
    # Every string is bytes; bytes need not be a string.
    if (earlier.kind, new.kind) == ("string", "bytes"):
        return None
    return _grouped_type(new, earlier, _WIRE_GROUPS)


def _wire_json_type(new: Field, earlier: Field) -> Details | None:
    return _grouped_type(new, earlier, _JSON_GROUPS)


def _grouped_type(new: Field, earlier: Field, groups: _Groups) -> Details | None:
    if groups[new.kind] != groups[earlier.kind]:
        return _types(new, earlier)
    is_same = new.type_name == earlier.type_name
    is_moved = new.kind == ENUM and _is_enum_grown(new, earlier)
    return None if is_same or is_moved else _types(new, earlier)


def _is_enum_grown(new: Field, earlier: Field) -> bool:
    """Whether the enum has moved, and may have gained values, but is the same."""
    enum, old = new.enums.get(new.type_name), earlier.enums.get(earlier.type_name)
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


def _grouped_cardinality(new: Field, earlier: Field, groups: _Groups) -> Details | None:
    if groups[new.cardinality] == groups[earlier.cardinality]:
        return None
    return {"cardinality": new.cardinality, "earlier_cardinality": earlier.cardinality}


def _same_name(new: Field, earlier: Field) -> Details | None:
    name, old = _written_name(new), _written_name(earlier)
    if name == old:
        return None
    return {"field": new.numbered, "name": name, "earlier_name": old}


def _written_name(field: Field) -> str:
    """Return the name as JSON and text formats write it."""
    return field.full_name if field.extendee else field.simple_name


def _same_json_name(new: Field, earlier: Field) -> Details | None:
    if new.extendee or new.proto.json_name == earlier.proto.json_name:
        return None
    return {
        "json_name": new.proto.json_name,
        "earlier_json_name": earlier.proto.json_name,
    }


def _same_oneof(new: Field, earlier: Field) -> Details | None:
    if new.oneof == earlier.oneof:
        return None
    return {"oneof": _in_oneof(new), "earlier_oneof": _in_oneof(earlier)}


def _in_oneof(field: Field) -> str:
    return "outside of oneofs" if field.oneof is None else f"in oneof '{field.oneof}'"


def _same_default(new: Field, earlier: Field) -> Details | None:
    if not (can_have_default(new) and can_have_default(earlier)):
        return None
    if are_defaults_equal(new, earlier):
        return None
    return {"default": told_default(new), "earlier_default": told_default(earlier)}


_WIDE_INTEGERS: Final = frozenset({"int64", "uint64", "sint64", "fixed64", "sfixed64"})
_TEXTS: Final = frozenset({"string", "bytes"})


def _js_type(new: Field, earlier: Field) -> Details | None:
    if not {new.kind, earlier.kind} <= _WIDE_INTEGERS:
        return None
    return changed(_option_name(new, "jstype"), _option_name(earlier, "jstype"))


def _option_name(field: Field, option: str) -> str:
    options = field.proto.options
    names: Any = options.DESCRIPTOR.fields_by_name[option].enum_type
    return str(names.values_by_number[getattr(options, option)].name)


def _cpp_string_type(new: Field, earlier: Field) -> Details | None:
    is_in_entry = new.is_in_map_entry and earlier.is_in_map_entry
    if is_in_entry or not {new.kind, earlier.kind} <= _TEXTS:
        return None
    value, old = _cpp_string(new), _cpp_string(earlier)
    # Generated code has had the same accessors for both.
    if (value, old) == ("STRING", "STRING_PIECE"):
        return None
    return changed(value, old)


def _cpp_string(field: Field) -> str:
    if field.proto.options.HasField("ctype"):
        return _option_name(field, "ctype")
    return field.features.cpp_string


def _utf8(new: Field, earlier: Field) -> Details | None:
    if {new.kind, earlier.kind} != {"string"}:
        return None
    return changed(new.features.utf8, earlier.features.utf8)


def _java_utf8(new: Field, earlier: Field) -> Details | None:
    if {new.kind, earlier.kind} != {"string"}:
        return None
    return changed(_java_verifies(new), _java_verifies(earlier))


def _java_verifies(field: Field) -> str:
    return "VERIFY" if field.features.java_verifies else field.features.utf8


def _requirement_changed(new: Field, earlier: Field) -> Details | None:
    if new.is_required == earlier.is_required:
        return None
    return _REQUIREMENT[new.is_required]


def _requirement_lost(_home: Message, lost: Field) -> Details | None:
    if not lost.is_required:
        return None
    return {"requirement": "has no", "earlier_requirement": "requires it"}


def _requirement_gained(new: Field) -> Details | None:
    if not new.is_required:
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
