"""Descriptors as text: one layout, nothing lost but comments.

Whatever the descriptor has in an order of its own keeps that order. Within a message
come reserved numbers, options, fields (a oneof where its first member is), extension
ranges, extensions, nested messages and nested enums; at the top come messages, enums,
extensions and services.

All functions yield lines. They call themselves only for messages within messages, and
how deep those are is checked before.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, groupby
from typing import Final

from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    Edition,
    EnumDescriptorProto,
    EnumValueDescriptorProto,
    FieldDescriptorProto,
    FileDescriptorProto,
    MethodDescriptorProto,
    ServiceDescriptorProto,
    SymbolVisibility,
)
from google.protobuf.message import Message

from registry.domain.errors import InvalidSchemaError, SchemaTooLargeError
from registry.domain.formats.protobuf import ranges
from registry.domain.formats.protobuf.defaults import default_literal
from registry.domain.formats.protobuf.literals import string_literal
from registry.domain.formats.protobuf.members import (
    EDITIONS,
    Extension,
    Field,
    Member,
    Members,
    Nested,
    Oneof,
    Owner,
    is_in_oneof,
    within,
)
from registry.domain.formats.protobuf.names import Names
from registry.domain.formats.protobuf.options import Statement, statements
from registry.domain.limits import Limits, check_protobuf

Lines = Iterator[str]

_PROTO2: Final = "proto2"

_VISIBILITY: Final = {
    SymbolVisibility.VISIBILITY_UNSET: "",
    SymbolVisibility.VISIBILITY_LOCAL: "local ",
    SymbolVisibility.VISIBILITY_EXPORT: "export ",
}
_LABELS: Final = {
    FieldDescriptorProto.LABEL_OPTIONAL: "optional ",
    FieldDescriptorProto.LABEL_REQUIRED: "required ",
    FieldDescriptorProto.LABEL_REPEATED: "repeated ",
}


@dataclass(frozen=True, slots=True)
class Form:
    """How to print.

    Attributes:
        is_normal: Whether each reserved number or range has a statement of its own, and
            `proto2`, which is what a file without a syntax is, goes without saying.

    """

    is_normal: bool = False


STORED: Final = Form()
NORMALIZED: Final = Form(is_normal=True)


def joined(lines: Iterable[str], limits: Limits) -> str:
    """Return a text of lines, the last one ended too.

    Raises:
        InvalidSchemaError, SchemaTooLargeError: It would not be taken as a text itself:
            a schema can mean more than it seems to.

    """
    parts: list[str] = []
    left = limits.max_schema_bytes
    for line in lines:
        parts.append(f"{line}\n")
        left -= len(parts[-1])
        if left < 0:
            raise SchemaTooLargeError(
                limits.max_schema_bytes - left, limits.max_schema_bytes
            )
    text = "".join(parts)
    try:
        check_protobuf(text, limits)
    except InvalidSchemaError as error:
        # The place is none of the text that was handed in.
        raise InvalidSchemaError(f"written out in full: {error.reason}") from error
    return text


class Printer:
    """Prints what is in a file.

    A `scope` is the full name of the package, message or service around an element.
    """

    def __init__(
        self, file: FileDescriptorProto, names: Names, form: Form = STORED
    ) -> None:
        self._file = file
        self._names = names
        self._form = form
        self._syntax = file.syntax or _PROTO2

    def file(self) -> Lines:
        """Yield the whole text, an empty line between what stands by itself."""
        first = True
        for section in self._sections():
            for index, line in enumerate(section):
                if index == 0 and not first:
                    yield ""
                yield line
                first = False

    def head(self) -> Lines:
        yield from self.syntax()
        yield from self.package()

    def syntax(self) -> Lines:
        if self._syntax == EDITIONS:
            name = Edition.Name(self._file.edition).removeprefix("EDITION_")
            yield f'edition = "{name}";'
        elif self._syntax != _PROTO2 or not self._form.is_normal:
            yield f"syntax = {string_literal(self._syntax)};"

    def package(self) -> Lines:
        if self._file.package:
            yield f"package {self._file.package};"

    def imports(self) -> Lines:
        file = self._file
        kinds = {
            **dict.fromkeys(file.weak_dependency, "weak "),
            **dict.fromkeys(file.public_dependency, "public "),
        }
        for index, name in enumerate(file.dependency):
            yield f"import {kinds.get(index, '')}{string_literal(name)};"
        for name in file.option_dependency:
            yield f"import option {string_literal(name)};"

    def options(self, options: Message, scope: str) -> Lines:
        for name, value in statements(options, self._names, scope):
            yield f"option {name} = {value};"

    def message(self, message: DescriptorProto, scope: str) -> Lines:
        head = f"{_VISIBILITY[message.visibility]}message {message.name}"
        return _block(head, self._body(message, scope))

    def enum(self, enum: EnumDescriptorProto, scope: str) -> Lines:
        head = f"{_VISIBILITY[enum.visibility]}enum {enum.name}"
        constants = (self.constant(each, scope) for each in enum.value)
        body = chain(
            self.reserved(ranges.reserved_constants(enum), enum.reserved_name),
            self.options(enum.options, scope),
            chain.from_iterable(constants),
        )
        return _block(head, body)

    def constant(self, constant: EnumValueDescriptorProto, scope: str) -> Lines:
        head = f"{constant.name} = {constant.number}"
        return self._line(head, constant.options, scope)

    def service(self, service: ServiceDescriptorProto, scope: str) -> Lines:
        inside = within(scope, service.name)
        methods = (self.method(each, inside) for each in service.method)
        options = self.options(service.options, scope)
        return _block(
            f"service {service.name}", chain(options, chain.from_iterable(methods))
        )

    def method(self, method: MethodDescriptorProto, scope: str) -> Lines:
        takes = self._names.of_message(method.input_type, scope)
        gives = self._names.of_message(method.output_type, scope)
        takes = f"stream {takes}" if method.client_streaming else takes
        gives = f"stream {gives}" if method.server_streaming else gives
        head = f"rpc {method.name} ({takes}) returns ({gives})"
        if method.HasField("options"):
            return _block(head, self.options(method.options, scope))
        return iter((f"{head};",))

    def field(self, field: FieldDescriptorProto, owner: Owner) -> Lines:
        """Yield a field; with all that is in it, if it is a group."""
        implied = owner.implied(field)
        if implied is not None and not implied.options.map_entry:
            yield from self._group(field, implied, owner)
            return
        kind = self._label(field) + self._type(field, owner.name)
        if implied is not None:
            key, value = (self._type(each, owner.name) for each in implied.field)
            kind = f"map<{key}, {value}>"
        head = f"{kind} {field.name} = {field.number}"
        yield from self._line(head, field.options, owner.name, _own_options(field))

    def oneof(self, oneof: Oneof, owner: Owner) -> Lines:
        fields = (self.field(each, owner) for each in oneof.fields)
        options = self.options(oneof.declared.options, owner.name)
        return _block(
            f"oneof {oneof.declared.name}", chain(options, chain.from_iterable(fields))
        )

    def extensions(self, fields: Iterable[FieldDescriptorProto], owner: Owner) -> Lines:
        """Yield fields of other messages, those of one message in one block."""
        for extended, group in groupby(fields, key=lambda field: field.extendee):
            head = f"extend {self._names.of_message(extended, owner.name)}"
            body = (self.field(each, owner) for each in group)
            yield from _block(head, chain.from_iterable(body))

    def extension_ranges(self, message: DescriptorProto, scope: str) -> Lines:
        texts = ranges.of_extensions(message)
        for text, each in zip(texts, message.extension_range, strict=True):
            yield from self._line(f"extensions {text}", each.options, scope)

    def reserved(self, numbers: Iterable[str], names: Iterable[str]) -> Lines:
        # Since editions, a reserved name is a name, not a string.
        is_name = self._syntax == EDITIONS
        called = [name if is_name else string_literal(name) for name in names]
        for texts in (list(numbers), called):
            if self._form.is_normal:
                yield from (f"reserved {text};" for text in texts)
            elif texts:
                yield f"reserved {', '.join(texts)};"

    def _sections(self) -> Iterator[Lines]:
        file, scope = self._file, self._file.package
        owner = Owner.of_file(file)
        members = Members(owner)
        yield self.head()
        yield self.imports()
        yield self.options(file.options, scope)
        yield from self._members(members.messages(), owner)
        yield from (self.enum(each, scope) for each in file.enum_type)
        yield from self._members(members.extensions(), owner)
        yield from (self.service(each, scope) for each in file.service)

    def _body(self, message: DescriptorProto, scope: str) -> Lines:
        owner = Owner.of_message(message, scope, self._syntax)
        members = Members(owner)
        yield from self.reserved(ranges.reserved_fields(message), message.reserved_name)
        yield from self.options(message.options, scope)
        yield from self._flat(members.fields(), owner)
        yield from self.extension_ranges(message, scope)
        yield from self._flat(members.extensions(), owner)
        yield from self._flat(members.messages(), owner)
        for enum in message.enum_type:
            yield from self.enum(enum, owner.name)

    def _flat(self, members: Iterator[Member], owner: Owner) -> Lines:
        return chain.from_iterable(self._members(members, owner))

    def _members(self, members: Iterator[Member], owner: Owner) -> Iterator[Lines]:
        for is_extension, group in groupby(
            members, key=lambda member: isinstance(member, Extension)
        ):
            if is_extension:
                found = [each for each in group if isinstance(each, Extension)]
                yield self.extensions((each.field for each in found), owner)
            else:
                yield from (self._member(each, owner) for each in group)

    def _member(self, member: Member, owner: Owner) -> Lines:
        match member:
            case Nested(message):
                return self.message(message, owner.name)
            case Oneof():
                return self.oneof(member, owner)
            case Field(field) | Extension(field):
                return self.field(field, owner)

    def _group(
        self, field: FieldDescriptorProto, implied: DescriptorProto, owner: Owner
    ) -> Lines:
        own = _own_options(field)
        found = [*own, *statements(field.options, self._names, owner.name)]
        options = f" [{', '.join(_assignments(found))}]" if found else ""
        head = f"{self._label(field)}group {implied.name} = {field.number}{options}"
        return _block(head, self._body(implied, owner.name))

    def _label(self, field: FieldDescriptorProto) -> str:
        if is_in_oneof(field):
            return ""
        is_silent = self._syntax != _PROTO2 and not field.proto3_optional
        is_optional = field.label == FieldDescriptorProto.LABEL_OPTIONAL
        return "" if is_silent and is_optional else _LABELS[field.label]

    def _type(self, field: FieldDescriptorProto, scope: str) -> str:
        if field.type_name:
            self._hold_expressible(field)
            return self._names.of_type(field.type_name, scope)
        kind = FieldDescriptorProto.Type.Name(field.type)
        return kind.removeprefix("TYPE_").lower()

    def _hold_expressible(self, field: FieldDescriptorProto) -> None:
        is_group = field.type == FieldDescriptorProto.TYPE_GROUP
        if is_group and self._syntax != EDITIONS:
            reason = f"expected the type of group '{field.name}' beside it"
            raise InvalidSchemaError(f"{reason}, found '{field.type_name[:80]}'")

    def _line(
        self, head: str, options: Message, scope: str, own: Iterable[Statement] = ()
    ) -> Lines:
        """Yield a statement; several options have a line each."""
        found = [*own, *statements(options, self._names, scope)]
        *others, last = _assignments(found) or [""]
        if not others:
            yield f"{head} [{last}];" if last else f"{head};"
            return
        yield f"{head} ["
        yield from (f"  {each}," for each in others)
        yield f"  {last}"
        yield "];"


def _assignments(options: Iterable[Statement]) -> list[str]:
    return [f"{name} = {value}" for name, value in options]


def _own_options(field: FieldDescriptorProto) -> Iterator[Statement]:
    """Yield what a text has among the options, and a descriptor beside them."""
    if field.HasField("default_value"):
        yield "default", default_literal(field)
    has_own = field.HasField("json_name") and not field.extendee
    if has_own and field.json_name != _json_name(field.name):
        yield "json_name", string_literal(field.json_name)


def _json_name(name: str) -> str:
    """Return what JSON calls a field that says nothing about it."""
    first, *others = name.split("_")
    return first + "".join(part[:1].upper() + part[1:] for part in others)


def _block(head: str, body: Iterable[str]) -> Lines:
    is_empty = True
    for line in body:
        if is_empty:
            yield f"{head} {{"
            is_empty = False
        yield f"  {line}"
    yield f"{head} {{}}" if is_empty else "}"
