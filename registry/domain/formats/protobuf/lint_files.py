"""What lint says of files, packages and imports of Protobuf schemas."""

from collections.abc import Iterator
from typing import Any, Final

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileOptions

from registry.domain.formats.protobuf import encoded
from registry.domain.formats.protobuf.lint_parts import (
    LOWER_SNAKE,
    VERSION,
    import_spot,
    imported,
    is_stable,
    is_versioned,
    own_file,
    package_of,
    written,
)
from registry.domain.formats.protobuf.nodes import File
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.formats.protobuf.well_known import WELL_KNOWN
from registry.domain.lint import Around, Check, Remark
from registry.domain.rules import Spot

_SYNTAX: Final = (FileDescriptorProto.SYNTAX_FIELD_NUMBER,)
_EDITION: Final = (FileDescriptorProto.EDITION_FIELD_NUMBER,)
_WHOLE: Final = Spot("")


def syntax_specified(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    if schema.locations and not written(schema).intersection((_SYNTAX, _EDITION)):
        yield Remark(_WHOLE, "syntax", "the file does not say its syntax")


def package_defined(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    if not package_of(schema):
        yield Remark(_WHOLE, "package", "the file has no package")


def package_case(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    package = package_of(schema)
    if package and not all(map(LOWER_SNAKE.fullmatch, package.split("."))):
        message = f"the package '{package}' is not written in lower_snake.case"
        yield Remark(own_file(schema).package_spot, "package", message)


def version_suffix(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    package = package_of(schema)
    if package and not is_versioned(package):
        message = f"the package '{package}' does not end in a version such as '.v1'"
        yield Remark(own_file(schema).package_spot, "package", message)


def directory_match(schema: ProtobufSchema, around: Around[Any]) -> Iterator[Remark]:
    """By the folder that others import the file from, else by the domain."""
    package = package_of(schema)
    if not package:
        return
    folder = around.file.rpartition("/")[0]
    parts = package.split(".")
    if folder or not around.domain:
        expected, found = folder.replace("/", "."), package
    else:
        expected = around.domain.replace("/", ".").replace("-", "_")
        found = ".".join(parts[:-1] if VERSION.fullmatch(parts[-1]) else parts)
    if found != expected:
        place = f"folder '{folder}'" if folder else f"domain '{around.domain}'"
        message = f"the package '{package}' does not match the {place}"
        yield Remark(own_file(schema).package_spot, "package", message)


def same_package(schema: ProtobufSchema, around: Around[Any]) -> Iterator[Remark]:
    """Files of one folder that are of different packages."""
    folder = around.file.rpartition("/")[0]
    for index, file in imported(schema):
        is_beside = file.name.rpartition("/")[0] == folder
        if is_beside and file.package != package_of(schema):
            message = (
                f"'{file.name}' lies in the same folder and is of the package"
                f" '{file.package}'"
            )
            yield Remark(import_spot(index), file.name, message)


def same_directory(schema: ProtobufSchema, around: Around[Any]) -> Iterator[Remark]:
    """Files of one package that lie in different folders."""
    folder = around.file.rpartition("/")[0]
    for index, file in imported(schema):
        is_same = bool(file.package) and file.package == package_of(schema)
        if is_same and file.name.rpartition("/")[0] != folder:
            message = f"'{file.name}' is of the same package and lies in another folder"
            yield Remark(import_spot(index), file.name, message)


def import_cycle(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    own = package_of(schema)
    needs: dict[str, set[str]] = {}
    for file in (schema.file, *schema.imports.values()):
        used = (schema.imports.get(name) for name in file.dependency)
        packages = {each.package for each in used if each is not None}
        needs.setdefault(file.package, set()).update(packages - {file.package, ""})
    for index, file in imported(schema):
        if file.package != own and own and own in _reached(file.package, needs):
            message = (
                f"'{file.name}' is of the package '{file.package}', which imports the"
                f" package '{own}' in its turn"
            )
            yield Remark(import_spot(index), file.name, message)


def _reached(start: str, needs: dict[str, set[str]]) -> set[str]:
    reached: set[str] = set()
    ahead = [start]
    while ahead:
        for each in needs.get(ahead.pop(), set()) - reached:
            reached.add(each)
            ahead.append(each)
    return reached


def same_option(name: str) -> Check:
    """Return the check that the files of a package agree on an option."""
    number = FileOptions.DESCRIPTOR.fields_by_name[name].number
    spot = Spot(f"/{FileDescriptorProto.OPTIONS_FIELD_NUMBER}/{number}")

    def check(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
        own = _option(schema.file, name)
        for index, file in imported(schema):
            if not file.package or file.package != package_of(schema):
                continue
            if (other := _option(file, name)) != own:
                message = (
                    f"the option {name} is {_shown(own)} here and {_shown(other)} in"
                    f" '{file.name}'"
                )
                where = import_spot(index) if own is None else spot
                yield Remark(where, f"{name} of {file.name}", message)

    return check


def _option(file: FileDescriptorProto, name: str) -> object | None:
    set_ones = {field.name: value for field, value in file.options.ListFields()}
    return set_ones.get(name)


def _shown(value: object | None) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    return "not set" if value is None else f"'{value}'"


def file_case(schema: ProtobufSchema, around: Around[Any]) -> Iterator[Remark]:
    name = around.file.rpartition("/")[2]
    if not LOWER_SNAKE.fullmatch(name.removesuffix(".proto")):
        message = f"the file's name '{name}' is not written in lower_snake_case"
        yield Remark(_WHOLE, "file", message)


def no_public(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for index in schema.file.public_dependency:
        name = schema.file.dependency[index]
        yield Remark(import_spot(index), name, f"the import of '{name}' is public")


def no_weak(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    for index in schema.file.weak_dependency:
        name = schema.file.dependency[index]
        yield Remark(import_spot(index), name, f"the import of '{name}' is weak")


def import_used(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    # Whoever sets an option of its own needs the file that declares it; which of them
    # is not told apart.
    has_options = encoded.has_custom_options(schema.file)
    used = set(_used_types(schema.file))
    public = frozenset(schema.file.public_dependency)
    for index, file in imported(schema):
        offered = [file, *_public(file, schema)]
        is_option_file = has_options and any(each.extension for each in offered)
        names = {f".{name}" for each in offered for name in _names(each)}
        if index not in public and not is_option_file and not names & used:
            message = f"nothing of the import '{file.name}' is used"
            yield Remark(import_spot(index), file.name, message)


def _public(
    file: FileDescriptorProto, schema: ProtobufSchema
) -> Iterator[FileDescriptorProto]:
    """Yield the files that stand for themselves in whoever imports this one."""
    for index in file.public_dependency:
        if (inner := schema.imports.get(file.dependency[index])) is not None:
            yield inner
            yield from _public(inner, schema)


def _names(file: FileDescriptorProto) -> Iterator[str]:
    prefix = f"{file.package}." if file.package else ""
    ahead = [(prefix, each) for each in file.message_type]
    yield from (f"{prefix}{each.name}" for each in file.enum_type)
    while ahead:
        around, message = ahead.pop()
        name = f"{around}{message.name}"
        yield name
        yield from (f"{name}.{each.name}" for each in message.enum_type)
        ahead += ((f"{name}.", each) for each in message.nested_type)


def _used_types(descriptor: Any) -> Iterator[str]:
    for field, value in descriptor.ListFields():
        if field.name in ("type_name", "extendee", "input_type", "output_type"):
            yield value
        elif field.message_type is not None and field.is_repeated:
            for each in value:
                yield from _used_types(each)


def stable_imports(schema: ProtobufSchema, _around: Around[Any]) -> Iterator[Remark]:
    if not is_stable(package_of(schema)):
        return
    for index, file in imported(schema):
        if is_versioned(file.package) and not is_stable(file.package):
            message = (
                f"the stable package '{package_of(schema)}' imports the unstable"
                f" '{file.package}'"
            )
            yield Remark(import_spot(index), file.name, message)


def first_message(schema: ProtobufSchema, around: Around[Any]) -> Iterator[Remark]:
    """A first message that is only a part of another one of the file."""
    file: File = own_file(schema)
    own = list(file.messages.values())
    if len(own) < 2 or around.file in WELL_KNOWN:
        return
    first = own[0]
    for other in own[1:]:
        if any(each.type_name == first.full_name for each in other.fields.values()):
            message = (
                f"the first message '{first.name}' is a part of '{other.name}';"
                " Confluent's serializers take the first one for the event"
            )
            yield Remark(first.spot, first.name, message)
            return
