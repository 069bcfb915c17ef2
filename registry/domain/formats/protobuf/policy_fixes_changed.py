"""What may mend the change of a part: it is changed back."""

import textwrap
from collections.abc import Iterator
from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
)

from registry.domain.formats.protobuf.policy_fixes_lost import put_back
from registry.domain.formats.protobuf.policy_parts import quoted
from registry.domain.formats.protobuf.policy_repairs import (
    Repair,
    TypeProto,
    home,
    is_member,
    members,
    proposal,
)
from registry.domain.rules import Spot
from registry.domain.schema import Edit, Proposal

# The numbers of fields in descriptor.proto that lead to a part of an element.
_NAME: Final = "/1"
_NUMBER_OF_FIELD, _NUMBER_OF_VALUE = "/3", "/2"
_LABEL, _SCALAR_TYPE, _NAMED_TYPE, _OPTIONS = "/4", "/5", "/6", "/8"
_JSON_NAME: Final = "/10"
_ONEOF: Final = "/8"
_ACCESSOR: Final = "/7/2"

_LAST_FIELD, _LAST_VALUE = 2**29 - 1, 2**31 - 1
_FIRST_OF_PROTOBUF, _LAST_OF_PROTOBUF = 19_000, 19_999
"""Numbers that no field may have."""


def change_back(repair: Repair) -> Iterator[Proposal]:
    """Replace a part as a whole by what it was."""
    # Of an extension, the text has the block that it stands in.
    if not getattr(repair.old, "extendee", ""):
        start = repair.layout.extent(repair.at).start
        line = repair.layout.text[:start].rpartition("\n")[2]
        margin = "" if line.strip() else line
        text = textwrap.indent(repair.old_text, margin).removeprefix(margin)
        title = f"Put '{repair.element}' back as it was"
        yield from proposal(title, repair.replaced("", text))


def rename_back(repair: Repair) -> Iterator[Proposal]:
    name, old = repair.new.name, repair.old.name
    if name != old:
        title = f"Rename '{name}' back to '{old}'"
        yield from proposal(title, repair.replaced(_NAME, old))


def name_in_json_again(repair: Repair) -> Iterator[Proposal]:
    name = repair.old.json_name
    option = f'json_name = "{name}"'
    try:
        edit = repair.replaced(_JSON_NAME, option)
    except LookupError:
        edit = _option_added(repair, option)
    yield from proposal(f"Call it '{name}' in JSON", edit)


def _option_added(repair: Repair, option: str) -> Edit:
    try:
        end = repair.layout.extent(repair.at, _OPTIONS).end - 1
    except LookupError:
        # A map or a plain field ends with a semicolon; a group has its options inside.
        end = repair.layout.extent(repair.at).end - 1
        return Edit(end, end, f" [{option}]")
    return Edit(end, end, f", {option}")


def retype(repair: Repair) -> Iterator[Proposal]:
    old, new = repair.old, repair.new
    # A group is written with all that is in it, and a map has no name of its own.
    is_plain = not (_is_group(new) or _is_group(old) or _is_map(repair))
    if is_plain and (old.type, old.type_name) != (new.type, new.type_name):
        part = _NAMED_TYPE if new.type_name else _SCALAR_TYPE
        edit = repair.replaced(part, old.type_name or _scalar(old))
        yield from proposal(f"Give '{repair.element}' its type back", edit)


def _is_map(repair: Repair) -> bool:
    return repair.old_text.startswith("map<")


def _is_group(field: FieldDescriptorProto) -> bool:
    return field.type == FieldDescriptorProto.TYPE_GROUP


def _scalar(field: FieldDescriptorProto) -> str:
    return FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


def relabel(repair: Repair) -> Iterator[Proposal]:
    label = _written_label(repair.old_file, repair.old)
    present = _written_label(repair.candidate.file, repair.new)
    if label != present:
        title = f"Make '{repair.element}' {label or 'singular'} again"
        yield from proposal(title, _labelled(repair, present, label))


def _labelled(repair: Repair, present: str, label: str) -> Edit:
    if not present:
        part = _NAMED_TYPE if repair.new.type_name else _SCALAR_TYPE
        start = repair.layout.extent(repair.at, part).start
        return Edit(start, start, f"{label} ")
    start, end = repair.layout.extent(repair.at, _LABEL)
    # Without a label, the blank behind it goes as well.
    return Edit(start, end + (not label), label)


def _written_label(file: FileDescriptorProto, field: FieldDescriptorProto) -> str:
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        return "repeated"
    if field.label == FieldDescriptorProto.LABEL_REQUIRED:
        return "required"
    is_written = field.proto3_optional or file.syntax in ("", "proto2")
    return "optional" if is_written and not is_member(field) else ""


def require_as_before(repair: Repair) -> Iterator[Proposal]:
    if repair.violation.writer_lacks:
        edit = repair.replaced(_LABEL, "optional")
        yield from proposal(f"Make '{repair.element}' optional", edit)
    elif isinstance(repair.new, FieldDescriptorProto):
        yield from relabel(repair)
    else:
        yield from put_back(repair)


def rename_oneof(repair: Repair) -> Iterator[Proposal]:
    """Give the oneof of a field the name that it had, if that is free."""
    new, old = repair.new, repair.old
    if not (is_member(new) and is_member(old)):
        return
    name = repair.old_home.oneof_decl[old.oneof_index].name
    oneofs = repair.new_home.oneof_decl
    if name not in {each.name for each in oneofs}:
        spot = Spot(f"{home(repair.at).pointer}{_ONEOF}/{new.oneof_index}")
        title = f"Rename oneof '{oneofs[new.oneof_index].name}' back to '{name}'"
        yield from proposal(title, repair.layout.replaced(spot, _NAME, name))


def keep_as_alias(repair: Repair) -> Iterator[Proposal]:
    number, enum = repair.new.number, repair.new_home
    taken = {each.name for each in enum.value}
    lost = [
        each.name
        for each in repair.old_home.value
        if each.number == number and each.name not in taken
    ]
    statements = ["option allow_alias = true;"] * (not enum.options.allow_alias)
    statements += [f"{name} = {number};" for name in lost]
    edit = repair.inside(statements, home(repair.at))
    yield from proposal(f"Keep {quoted(lost)} as well", edit)


def keep_accessor(repair: Repair) -> Iterator[Proposal]:
    edit = repair.layout.without(repair.layout.extent(repair.at, _ACCESSOR))
    yield from proposal("Drop no_standard_descriptor_accessor", edit)


def renumber(repair: Repair) -> Iterator[Proposal]:
    """Give a field or a value a number that neither version has used."""
    new, old = repair.new, repair.old
    # What was reserved is told of the type that reserved it.
    before = old if isinstance(old, TypeProto) else repair.old_home
    owner = repair.new_home
    if not (isinstance(before, TypeProto) and isinstance(owner, TypeProto)):
        return  # An extension: others may use any number.
    number = 1 + max(_largest(owner), _largest(before))
    is_field = isinstance(new, FieldDescriptorProto)
    if is_field and _FIRST_OF_PROTOBUF <= number <= _LAST_OF_PROTOBUF:
        number = _LAST_OF_PROTOBUF + 1
    if number <= (_LAST_FIELD if is_field else _LAST_VALUE):
        part = _NUMBER_OF_FIELD if is_field else _NUMBER_OF_VALUE
        edit = repair.replaced(part, str(number))
        yield from proposal(f"Give '{repair.element}' number {number}", edit)


def _largest(owner: TypeProto) -> int:
    """Return the largest number that is used or reserved."""
    numbers = [each.number for each in members(owner)]
    if isinstance(owner, DescriptorProto):
        numbers += [each.end - 1 for each in owner.reserved_range]
        numbers += [each.end - 1 for each in owner.extension_range]
    elif isinstance(owner, EnumDescriptorProto):
        # In enums alone, the end of a range belongs to it.
        numbers += [each.end for each in owner.reserved_range]
    return max(numbers, default=0)
