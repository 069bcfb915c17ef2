"""Changes to a candidate's text that may mend what a policy refuses.

What is gone is put back or reserved, what has changed is changed back; nobody has
checked the proposals yet.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf import text_encoding
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    EnumDescriptorProto,
    EnumValueDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    FileOptions,
)

from registry.domain.formats.protobuf import policy_rules as rules
from registry.domain.formats.protobuf.policy_edits import Editor
from registry.domain.formats.protobuf.policy_parts import quoted
from registry.domain.formats.protobuf.policy_ranges import Numbers, told
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.rules import Rule, Violation
from registry.domain.schema import Edit, Proposal

# The numbers of fields in descriptor.proto that lead to a part of an element.
_NAME: Final = "/1"
_NUMBER_OF_FIELD, _NUMBER_OF_VALUE = "/3", "/2"
_LABEL, _SCALAR_TYPE, _NAMED_TYPE, _OPTIONS_OF_FIELD = "/4", "/5", "/6", "/8"
_JSON_NAME: Final = "/10"
_ONEOF: Final = 8
_SYNTAX, _PACKAGE, _IMPORT, _OPTION = "/12", "/2", "/3", "/8"
_ACCESSOR: Final = "/7/2"

_LAST_FIELD, _LAST_VALUE = 2**29 - 1, 2**31 - 1
_FIRST_OF_PROTOBUF, _LAST_OF_PROTOBUF = 19_000, 19_999
"""Numbers that no field may have."""


def proposals(
    candidate: ProtobufSchema, earlier: ProtobufSchema, violation: Violation
) -> Sequence[Proposal]:
    """Return edits that may mend a violation of a policy, best first."""
    # What is wrong in an imported text cannot be mended in this one.
    if violation.reader_spot.source or not candidate.locations:
        return ()
    repairs = _REPAIRS.get(violation.rule, ())
    repair = _Repair(candidate, earlier, violation, Editor(candidate))
    return tuple(each for some in repairs for each in some(repair))


@dataclass(frozen=True, slots=True)
class _Repair:
    """What there is to mend.

    Attributes:
        editor: Of the candidate's text.

    """

    candidate: ProtobufSchema
    earlier: ProtobufSchema
    violation: Violation
    editor: Editor

    @property
    def at(self) -> str:
        """The part in the candidate; what would hold it, if it is not there."""
        return self.violation.reader_spot.pointer

    @property
    def new(self) -> Any:
        return _element(self.candidate.file, self.at)

    @property
    def old_file(self) -> FileDescriptorProto:
        source = self.violation.writer_spot.source
        return self.earlier.imports[source] if source else self.earlier.file

    @property
    def old(self) -> Any:
        return _element(self.old_file, self.violation.writer_spot.pointer)

    @property
    def old_text(self) -> str | None:
        return self.earlier.fragment(self.violation.writer_spot)

    @property
    def old_home(self) -> Any:
        """What held the part in the earlier version."""
        return _element(self.old_file, _home(self.violation.writer_spot.pointer))

    @property
    def quotes_names(self) -> bool:
        """Whether reserved names are written as text: only editions have them bare."""
        return self.candidate.file.syntax != "editions"


def _element(file: FileDescriptorProto, pointer: str) -> Any:
    """Return the descriptor at a path; it must be there."""
    element: Any = file
    steps = [int(step) for step in pointer.split("/") if step]
    for number, index in zip(steps[::2], steps[1::2], strict=True):
        name = element.DESCRIPTOR.fields_by_number[number].name
        element = getattr(element, name)[index]
    return element


def _home(pointer: str) -> str:
    """Return the path of what holds a part."""
    return pointer.rsplit("/", 2)[0]


def _proposal(title: str, *edits: Edit | None) -> Iterator[Proposal]:
    """Yield a proposal, unless there was no place for one of its edits."""
    made = tuple(edit for edit in edits if edit is not None)
    if made and len(made) == len(edits):
        yield Proposal(title, made)


# What is gone.


def _reserve_field(repair: _Repair) -> Iterator[Proposal]:
    yield from _reserve(repair, [repair.old.number], [repair.old.name])


def _reserve_value(repair: _Repair) -> Iterator[Proposal]:
    number = repair.old.number
    values = repair.old_home.value
    yield from _reserve(
        repair, [number], [each.name for each in values if each.number == number]
    )


def _reserve(
    repair: _Repair, numbers: Sequence[int], names: Sequence[str]
) -> Iterator[Proposal]:
    home = repair.new
    taken = {each.name for each in _members(home)} | {*home.reserved_name}
    free_names = [name for name in names if name not in taken]
    reserved = _reserved(home)
    free = [number for number in numbers if number not in reserved]
    statements = [f"reserved {number};" for number in free]
    if free_names:
        statements.append(_reserved_names(repair, free_names))
    what = [f"number {number}" for number in free]
    what += [f"name {quoted([name])}" for name in free_names]
    edit = repair.editor.added_inside(repair.at, statements) if statements else None
    yield from _proposal(f"Reserve {' and '.join(what)}", edit)


def _members(home: DescriptorProto | EnumDescriptorProto) -> Sequence[Any]:
    return home.field if isinstance(home, DescriptorProto) else home.value


def _reserved(home: DescriptorProto | EnumDescriptorProto) -> Numbers:
    # In enums alone, the end of a range belongs to it.
    more = 0 if isinstance(home, DescriptorProto) else 1
    return Numbers(range(each.start, each.end + more) for each in home.reserved_range)


def _reserved_names(repair: _Repair, names: Sequence[str]) -> str:
    quote = '"' if repair.quotes_names else ""
    return f"reserved {', '.join(f'{quote}{name}{quote}' for name in names)};"


def _reserve_again(repair: _Repair) -> Iterator[Proposal]:
    new, old = repair.new, repair.old
    ranges = [told(each) for each in _reserved(old).minus(_reserved(new))]
    kept = {*new.reserved_name}
    names = [name for name in old.reserved_name if name not in kept]
    statements = [f"reserved {', '.join(ranges)};"] if ranges else []
    if names:
        statements.append(_reserved_names(repair, names))
    edit = repair.editor.added_inside(repair.at, statements)
    yield from _proposal(f"Reserve {repair.violation.details['missing']} again", edit)


def _extend_again(repair: _Repair) -> Iterator[Proposal]:
    missing = repair.violation.details["missing"]
    statement = f"extensions {missing};"
    edit = repair.editor.added_inside(repair.at, [statement])
    yield from _proposal(f"Leave {missing} to extensions again", edit)


def _put_back(repair: _Repair) -> Iterator[Proposal]:
    text, old = repair.old_text, repair.old
    is_map_entry = isinstance(old, DescriptorProto) and old.options.map_entry
    # The entry of a map comes back with its field.
    if text is None or is_map_entry or _is_taken(repair.new, old):
        return
    title = f"Put back '{repair.violation.element}'"
    if not repair.at:
        yield from _proposal(title, repair.editor.added_at_end(text))
    else:
        home, text = _home_of(repair, text)
        yield from _proposal(title, repair.editor.added_inside(home, [text]))


def _is_taken(home: Any, part: Any) -> bool:
    """Whether there is no room for a field or a value, but is for all others."""
    if not isinstance(home, DescriptorProto | EnumDescriptorProto) or not isinstance(
        part, FieldDescriptorProto | EnumValueDescriptorProto
    ):
        return False
    names = {each.name for each in _members(home)} | {*home.reserved_name}
    return part.name in names or part.number in _reserved(home)


def _home_of(repair: _Repair, text: str) -> tuple[str, str]:
    """Return the block that a part goes to, and its text there: fields have oneofs."""
    old, home = repair.old, repair.at
    if not (isinstance(old, FieldDescriptorProto) and _is_member(old)):
        return home, text
    oneof = repair.old_home.oneof_decl[old.oneof_index].name
    for index, each in enumerate(repair.new.oneof_decl):
        if each.name == oneof:
            return f"{home}/{_ONEOF}/{index}", text
    return home, f"oneof {oneof} {{\n  {text}\n}}"


def _import_again(repair: _Repair) -> Iterator[Proposal]:
    name = repair.violation.details["name"]
    imports = range(len(repair.candidate.file.dependency))
    after = (_SYNTAX, _PACKAGE, *(f"{_IMPORT}/{index}" for index in imports))
    edit = repair.editor.added_on_top(f'import "{name}";', after)
    yield from _proposal(f"Import '{name}' again", edit)


# What has changed.


def _change_back(repair: _Repair) -> Iterator[Proposal]:
    """Replace a part as a whole by what it was."""
    # Of an extension, the text has the block that it stands in.
    is_extension = bool(getattr(repair.old, "extendee", ""))
    if (text := repair.old_text) is not None and not is_extension:
        title = f"Put '{repair.violation.element}' back as it was"
        yield from _proposal(title, repair.editor.replaced(repair.at, text))


def _rename_back(repair: _Repair) -> Iterator[Proposal]:
    name, old = repair.new.name, repair.old.name
    if name != old:
        edit = repair.editor.replaced(repair.at + _NAME, old)
        yield from _proposal(f"Rename '{name}' back to '{old}'", edit)


def _name_in_json_again(repair: _Repair) -> Iterator[Proposal]:
    name, editor, at = repair.old.json_name, repair.editor, repair.at
    option = f'json_name = "{name}"'
    edit = editor.replaced(at + _JSON_NAME, option)
    if edit is None:
        edit = _option_added(editor, at, option)
    yield from _proposal(f"Call it '{name}' in JSON", edit)


def _option_added(editor: Editor, at: str, option: str) -> Edit | None:
    field, options = editor.span(at), editor.span(at + _OPTIONS_OF_FIELD)
    if options is not None:
        return Edit(options[1] - 1, options[1] - 1, f", {option}")
    # A group ends with a brace, and has its options elsewhere.
    if field is None or not (editor.written(at) or "").endswith(";"):
        return None
    return Edit(field[1] - 1, field[1] - 1, f" [{option}]")


def _retype(repair: _Repair) -> Iterator[Proposal]:
    old, new, at = repair.old, repair.new, repair.at
    # A group is written with all that is in it, and a map has no name of its own.
    is_plain = not (_is_block(new) or _is_block(old) or _is_map(repair))
    if is_plain and (old.type, old.type_name) != (new.type, new.type_name):
        part = _NAMED_TYPE if new.type_name else _SCALAR_TYPE
        edit = repair.editor.replaced(at + part, old.type_name or _scalar(old))
        yield from _proposal(f"Give '{repair.violation.element}' its type back", edit)


def _is_map(repair: _Repair) -> bool:
    return (repair.old_text or "").startswith("map<")


def _is_block(field: FieldDescriptorProto) -> bool:
    return field.type == FieldDescriptorProto.TYPE_GROUP


def _scalar(field: FieldDescriptorProto) -> str:
    return FieldDescriptorProto.Type.Name(field.type).removeprefix("TYPE_").lower()


def _relabel(repair: _Repair) -> Iterator[Proposal]:
    label = _written_label(repair.old_file, repair.old)
    if label == _written_label(repair.candidate.file, repair.new):
        return
    title = f"Make '{repair.violation.element}' {label or 'singular'} again"
    yield from _proposal(title, _label_edit(repair, label))


def _require_as_before(repair: _Repair) -> Iterator[Proposal]:
    if repair.violation.writer_lacks:
        label = repair.editor.replaced(repair.at + _LABEL, "optional")
        yield from _proposal(f"Make '{repair.violation.element}' optional", label)
    elif isinstance(repair.new, FieldDescriptorProto):
        yield from _relabel(repair)
    else:
        yield from _put_back(repair)


def _label_edit(repair: _Repair, label: str) -> Edit | None:
    editor, at = repair.editor, repair.at
    written = editor.span(at + _LABEL)
    if written is None:
        before = editor.before(at + _SCALAR_TYPE, f"{label} ")
        return before or editor.before(at + _NAMED_TYPE, f"{label} ")
    # Without a label, the blank behind it goes as well.
    return Edit(written[0], written[1] + (not label), label)


def _written_label(file: FileDescriptorProto, field: FieldDescriptorProto) -> str:
    if field.label == FieldDescriptorProto.LABEL_REPEATED:
        return "repeated"
    if field.label == FieldDescriptorProto.LABEL_REQUIRED:
        return "required"
    is_written = field.proto3_optional or file.syntax in ("", "proto2")
    return "optional" if is_written and not _is_member(field) else ""


def _is_member(field: FieldDescriptorProto) -> bool:
    """Whether a field stands in a oneof that was written."""
    return field.HasField("oneof_index") and not field.proto3_optional


def _rename_oneof(repair: _Repair) -> Iterator[Proposal]:
    """Give the oneof of a field the name that it had, if that is free."""
    new, old, at = repair.new, repair.old, repair.at
    if not (_is_member(new) and _is_member(old)):
        return
    home = _home(at)
    name = repair.old_home.oneof_decl[old.oneof_index].name
    oneofs = _element(repair.candidate.file, home).oneof_decl
    if name not in {each.name for each in oneofs}:
        path = f"{home}/{_ONEOF}/{new.oneof_index}{_NAME}"
        title = f"Rename oneof '{oneofs[new.oneof_index].name}' back to '{name}'"
        yield from _proposal(title, repair.editor.replaced(path, name))


def _keep_as_alias(repair: _Repair) -> Iterator[Proposal]:
    number, at = repair.new.number, _home(repair.at)
    enum = _element(repair.candidate.file, at)
    taken = {each.name for each in enum.value}
    lost = [
        each.name
        for each in repair.old_home.value
        if each.number == number and each.name not in taken
    ]
    statements = [f"{name} = {number};" for name in lost]
    if not enum.options.allow_alias:
        statements.insert(0, "option allow_alias = true;")
    edit = repair.editor.added_inside(at, statements)
    yield from _proposal(f"Keep {quoted(lost)} as well", edit)


def _keep_accessor(repair: _Repair) -> Iterator[Proposal]:
    title = "Drop no_standard_descriptor_accessor"
    yield from _proposal(title, repair.editor.dropped(repair.at + _ACCESSOR))


# Files.


def _package_back(repair: _Repair) -> Iterator[Proposal]:
    package = repair.earlier.file.package
    statement = f"package {package};" if package else ""
    edit = _statement_back(repair, _PACKAGE, statement, (_SYNTAX,))
    yield from _proposal(f"Put package '{package}' back", edit)


def _file_option_back(repair: _Repair) -> Iterator[Proposal]:
    name = _OPTIONS[repair.violation.rule]
    field = FileOptions.DESCRIPTOR.fields_by_name[name]
    options: Any = repair.earlier.file.options
    is_set = options.HasField(name)
    statement = f"option {name} = {_literal(options, name)};" if is_set else ""
    path = f"{_OPTION}/{field.number}"
    edit = _statement_back(repair, path, statement, (_SYNTAX, _PACKAGE))
    yield from _proposal(f"Put option '{name}' back as it was", edit)


def _statement_back(
    repair: _Repair, path: str, statement: str, after: Sequence[str]
) -> Edit | None:
    if not statement:
        return repair.editor.dropped(path)
    replaced = repair.editor.replaced(path, statement)
    return replaced or repair.editor.added_on_top(statement, after)


def _literal(options: Any, name: str) -> str:
    value = getattr(options, name)
    enum = FileOptions.DESCRIPTOR.fields_by_name[name].enum_type
    if enum is not None:
        return str(enum.values_by_number[value].name)
    if isinstance(value, bool):
        return str(value).lower()
    return f'"{text_encoding.CEscape(value, as_utf8=True)}"'


_OPTIONS: Final[Mapping[Rule, str]] = {
    rule: option for option, rule in rules.FILE_OPTIONS.items()
}


# What comes back.


def _renumber_field(repair: _Repair) -> Iterator[Proposal]:
    if not repair.new.extendee:
        yield from _renumber(repair, _NUMBER_OF_FIELD, _LAST_FIELD)


def _renumber_value(repair: _Repair) -> Iterator[Proposal]:
    yield from _renumber(repair, _NUMBER_OF_VALUE, _LAST_VALUE)


def _renumber_any(repair: _Repair) -> Iterator[Proposal]:
    is_field = isinstance(repair.new, FieldDescriptorProto)
    yield from (_renumber_field if is_field else _renumber_value)(repair)


def _renumber(repair: _Repair, part: str, last: int) -> Iterator[Proposal]:
    old = repair.old
    # What was reserved is told of the type that reserved it.
    is_type = isinstance(old, DescriptorProto | EnumDescriptorProto)
    before = old if is_type else repair.old_home
    now = _element(repair.candidate.file, _home(repair.at))
    number = 1 + max(_largest(now), _largest(before))
    if _FIRST_OF_PROTOBUF <= number <= _LAST_OF_PROTOBUF:
        number = _LAST_OF_PROTOBUF + 1
    if number <= last:
        edit = repair.editor.replaced(repair.at + part, str(number))
        yield from _proposal(f"Give '{repair.violation.element}' number {number}", edit)


def _largest(home: DescriptorProto | EnumDescriptorProto) -> int:
    """Return the largest number that is used or reserved."""
    numbers = [each.number for each in _members(home)]
    if isinstance(home, DescriptorProto):
        ranges = (*home.reserved_range, *home.extension_range)
        numbers += [each.end - 1 for each in ranges]
    else:
        # In enums alone, the end of a range belongs to it.
        numbers += [each.end for each in home.reserved_range]
    return max(numbers, default=0)


_Repairs = tuple[Callable[[_Repair], Iterator[Proposal]], ...]

_REPAIRS: Final[Mapping[Rule, _Repairs]] = {
    rules.FIELD_NO_DELETE_UNLESS_NUMBER_RESERVED: (_reserve_field, _put_back),
    rules.FIELD_NO_DELETE_UNLESS_NAME_RESERVED: (_reserve_field, _put_back),
    rules.FIELD_NO_DELETE: (_put_back,),
    rules.ENUM_VALUE_NO_DELETE_UNLESS_NUMBER_RESERVED: (_reserve_value, _put_back),
    rules.ENUM_VALUE_NO_DELETE_UNLESS_NAME_RESERVED: (_reserve_value, _put_back),
    rules.ENUM_VALUE_NO_DELETE: (_put_back,),
    rules.MESSAGE_NO_DELETE: (_put_back,),
    rules.ENUM_NO_DELETE: (_put_back,),
    rules.SERVICE_NO_DELETE: (_put_back,),
    rules.EXTENSION_NO_DELETE: (_put_back,),
    rules.RPC_NO_DELETE: (_put_back,),
    rules.FILE_NO_DELETE: (_import_again,),
    rules.RESERVED_MESSAGE_NO_DELETE: (_reserve_again,),
    rules.RESERVED_ENUM_NO_DELETE: (_reserve_again,),
    rules.EXTENSION_MESSAGE_NO_DELETE: (_extend_again,),
    rules.FIELD_SAME_NAME: (_rename_back,),
    rules.FIELD_SAME_JSON_NAME: (_rename_back, _name_in_json_again),
    rules.FIELD_SAME_TYPE: (_retype, _change_back),
    rules.FIELD_WIRE_COMPATIBLE_TYPE: (_retype, _change_back),
    rules.FIELD_WIRE_JSON_COMPATIBLE_TYPE: (_retype, _change_back),
    rules.FIELD_SAME_CARDINALITY: (_relabel, _change_back),
    rules.FIELD_WIRE_COMPATIBLE_CARDINALITY: (_relabel, _change_back),
    rules.FIELD_WIRE_JSON_COMPATIBLE_CARDINALITY: (_relabel, _change_back),
    rules.FIELD_SAME_ONEOF: (_rename_oneof,),
    rules.FIELD_SAME_DEFAULT: (_change_back,),
    rules.FIELD_SAME_JSTYPE: (_change_back,),
    rules.FIELD_SAME_CPP_STRING_TYPE: (_change_back,),
    rules.FIELD_SAME_UTF8_VALIDATION: (_change_back,),
    rules.MESSAGE_SAME_REQUIRED_FIELDS: (_require_as_before,),
    rules.MESSAGE_NO_REMOVE_STANDARD_DESCRIPTOR_ACCESSOR: (_keep_accessor,),
    rules.ENUM_VALUE_SAME_NAME: (_rename_back, _keep_as_alias),
    rules.RPC_SAME_REQUEST_TYPE: (_change_back,),
    rules.RPC_SAME_RESPONSE_TYPE: (_change_back,),
    rules.RPC_SAME_CLIENT_STREAMING: (_change_back,),
    rules.RPC_SAME_SERVER_STREAMING: (_change_back,),
    rules.RPC_SAME_IDEMPOTENCY_LEVEL: (_change_back,),
    rules.FILE_SAME_PACKAGE: (_package_back,),
    **dict.fromkeys(rules.FILE_OPTIONS.values(), (_file_option_back,)),
    rules.FIELD_NUMBER_REUSED: (_renumber_field,),
    rules.ENUM_VALUE_NUMBER_REUSED: (_renumber_value,),
    rules.RESERVED_NUMBER_REUSED: (_renumber_any,),
}
"""What may mend a violation, best first. Of the other rules nothing plain is known."""

FIXABLE: Final = frozenset(rule.id for rule in _REPAIRS)
"""The ids of the rules that proposals are made for."""
