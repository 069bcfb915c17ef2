"""Two versions of a Protobuf file, the later one made of the earlier by some changes.

They are descriptors, as protoc would make them of a text: nothing is parsed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from google.protobuf.descriptor_pb2 import (
    EDITION_2023,
    DescriptorProto,
    FeatureSet,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from hypothesis import strategies as st

Draw = Callable[[st.SearchStrategy[Any]], Any]

SCALARS: Final = (
    *("int32", "int64", "uint32", "uint64", "sint32", "sint64", "fixed32", "fixed64"),
    *("sfixed32", "sfixed64", "bool", "float", "double", "string", "bytes"),
)
KINDS: Final = (*SCALARS, "Color", "Shade", "Item", "Part", "map")
_NAMES: Final = ("a", "b", "c", "d", "e", "f")
_CONSTANTS: Final = ("NONE", "RED", "BLUE", "DARK")


@dataclass(frozen=True)
class FieldSpec:
    number: int
    name: str
    kind: str
    label: str = ""
    oneof: str = ""


@dataclass(frozen=True)
class FileSpec:
    """A file with message Order, which uses messages Item and Part and two enums."""

    syntax: str
    package: str
    fields: tuple[FieldSpec, ...]
    item: tuple[FieldSpec, ...] = ()
    enums: dict[str, tuple[str, ...]] = field(
        default_factory=lambda: {"Color": _CONSTANTS, "Shade": _CONSTANTS}
    )

    def descriptor(self) -> FileDescriptorProto:
        file = FileDescriptorProto(name="order.proto", package=self.package)
        if self.syntax == "2023":
            file.syntax, file.edition = "editions", EDITION_2023
        else:
            file.syntax = self.syntax
        self._fill(file.message_type.add(name="Order"), self.fields)
        for name in ("Item", "Part"):
            self._fill(file.message_type.add(name=name), self.item)
        for name, constants in self.enums.items():
            enum = file.enum_type.add(name=name)
            for constant in constants:
                # Names of constants are the scope's: each enum has its own.
                value = _CONSTANTS.index(constant)
                enum.value.add(name=f"{name.upper()}_{constant}", number=value)
        return file

    def _fill(self, message: DescriptorProto, fields: Sequence[FieldSpec]) -> None:
        oneofs = list(dict.fromkeys(each.oneof for each in fields if each.oneof))
        for name in oneofs:
            message.oneof_decl.add(name=name)
        for each in fields:
            made = message.field.add(name=each.name, number=each.number)
            self._set_type(message, made, each)
            self._set_label(message, made, each, oneofs)

    def _set_type(
        self, message: DescriptorProto, made: FieldDescriptorProto, spec: FieldSpec
    ) -> None:
        scope = f".{self.package}" if self.package else ""
        if spec.kind == "map":
            entry = message.nested_type.add(name=f"{spec.name.upper()}Entry")
            entry.options.map_entry = True
            for number, name in enumerate(("key", "value"), 1):
                part = entry.field.add(name=name, number=number)
                part.type = FieldDescriptorProto.TYPE_STRING
                part.label = FieldDescriptorProto.LABEL_OPTIONAL
            made.type = FieldDescriptorProto.TYPE_MESSAGE
            made.type_name = f"{scope}.{message.name}.{entry.name}"
        elif spec.kind in SCALARS:
            made.type = getattr(FieldDescriptorProto, f"TYPE_{spec.kind.upper()}")
        else:
            is_enum = spec.kind in self.enums
            made.type = (
                FieldDescriptorProto.TYPE_ENUM
                if is_enum
                else FieldDescriptorProto.TYPE_MESSAGE
            )
            made.type_name = f"{scope}.{spec.kind}"

    def _set_label(
        self,
        message: DescriptorProto,
        made: FieldDescriptorProto,
        spec: FieldSpec,
        oneofs: Sequence[str],
    ) -> None:
        made.label = FieldDescriptorProto.LABEL_OPTIONAL
        if spec.kind == "map" or (spec.label == "repeated" and not spec.oneof):
            made.label = FieldDescriptorProto.LABEL_REPEATED
        elif spec.oneof:
            made.oneof_index = oneofs.index(spec.oneof)
        elif spec.label == "required" and self.syntax == "proto2":
            made.label = FieldDescriptorProto.LABEL_REQUIRED
        elif spec.label == "required" and self.syntax == "2023":
            made.options.features.field_presence = FeatureSet.LEGACY_REQUIRED
        elif spec.label == "optional" and self.syntax == "proto3":
            made.proto3_optional = True
            made.oneof_index = len(message.oneof_decl)
            message.oneof_decl.add(name=f"_{spec.name}")


def _field(draw: Draw, number: int, kinds: Sequence[str] = KINDS) -> FieldSpec:
    return FieldSpec(
        number,
        _NAMES[number - 1],
        draw(st.sampled_from(kinds)),
        draw(st.sampled_from(("", "optional", "required", "repeated"))),
    )


@st.composite
def specs(draw: Draw) -> FileSpec:
    numbers = draw(st.lists(st.integers(1, 6), unique=True, min_size=1))
    fields = tuple(
        _valid(replace(_field(draw, each), oneof=draw(_ONEOFS))) for each in numbers
    )
    items = draw(st.lists(st.integers(1, 2), unique=True))
    return FileSpec(
        draw(st.sampled_from(("proto2", "proto3", "2023"))),
        draw(st.sampled_from(("", "shop.v1"))),
        fields,
        tuple(_field(draw, each, SCALARS) for each in items),
    )


_ONEOFS: Final = st.sampled_from(("", "", "", "one", "two"))


def _valid(spec: FieldSpec) -> FieldSpec:
    """Maps cannot be in a oneof."""
    return replace(spec, oneof="") if spec.kind == "map" else spec


def _retyped(draw: Draw, spec: FieldSpec) -> FieldSpec:
    return replace(spec, kind=draw(st.sampled_from(KINDS)))


def _relabelled(draw: Draw, spec: FieldSpec) -> FieldSpec:
    label = draw(st.sampled_from(("", "optional", "required", "repeated")))
    return replace(spec, label=label)


def _moved(draw: Draw, spec: FieldSpec) -> FieldSpec:
    return replace(spec, oneof=draw(st.sampled_from(("", "one", "two", "three"))))


def _renamed(draw: Draw, spec: FieldSpec) -> FieldSpec:
    return replace(spec, name=f"{spec.name}2")


_CHANGES: Final = (_retyped, _relabelled, _moved, _renamed)


def _changed(draw: Draw, spec: FileSpec) -> FileSpec:
    match draw(st.integers(0, 7)):
        case 0:
            constants = spec.enums["Color"][: draw(st.integers(1, 4))]
            return replace(spec, enums={**spec.enums, "Color": constants})
        case 1:
            return replace(spec, package=draw(st.sampled_from(("", "shop.v2"))))
        case 2:
            kept = draw(st.integers(0, len(spec.fields)))
            return replace(spec, fields=spec.fields[:kept])
        case 3:
            numbers = {each.number for each in spec.fields}
            added = [_field(draw, each) for each in range(1, 7) if each not in numbers]
            return replace(spec, fields=(*spec.fields, *added[:1]))
        case 4:
            item = tuple(_field(draw, each, SCALARS) for each in (1, 2))
            return replace(spec, item=item)
        case _ if spec.fields:
            at = draw(st.integers(0, len(spec.fields) - 1))
            change = draw(st.sampled_from(_CHANGES))
            fields = [*spec.fields]
            fields[at] = _valid(change(draw, fields[at]))
            return replace(spec, fields=tuple(fields))
        case _:
            return spec


@st.composite
def evolutions(draw: Draw) -> tuple[FileSpec, FileSpec]:
    """An earlier and a later version."""
    earlier = later = draw(specs())
    for _ in range(draw(st.integers(1, 4))):
        later = _changed(draw, later)
    return earlier, later


_VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "bool": st.booleans(),
    "float": st.floats(width=32, allow_nan=False),
    "double": st.floats(allow_nan=False),
    "string": st.text(max_size=3),
    "bytes": st.binary(max_size=3),
    **{
        kind: st.integers(0, (1 << int(kind[-2:])) - 1)
        for kind in SCALARS
        if kind[-2:] in ("32", "64") and kind.startswith(("u", "f")) and kind != "float"
    },
    **{
        kind: st.integers(-(1 << int(kind[-2:]) - 1), (1 << int(kind[-2:]) - 1) - 1)
        for kind in SCALARS
        if kind[-2:] in ("32", "64") and kind.startswith(("i", "s"))
    },
}


def fill(draw: Draw, message: Any, fields: Sequence[FieldSpec], spec: FileSpec) -> None:
    """Set some fields of a message, and all that are required."""
    for each in fields:
        descriptor = message.DESCRIPTOR.fields_by_number[each.number]
        if not descriptor.is_required and draw(st.booleans()):
            continue
        for value in _values(draw, descriptor, each, spec):
            _set(draw, message, each, value, spec, is_list=descriptor.is_repeated)


def _values(
    draw: Draw, descriptor: Any, spec: FieldSpec, file: FileSpec
) -> Iterator[Any]:
    for _ in range(draw(st.integers(0, 3)) if descriptor.is_repeated else 1):
        if spec.kind in file.enums:
            yield _CONSTANTS.index(draw(st.sampled_from(file.enums[spec.kind])))
        else:
            yield draw(_VALUES[spec.kind]) if spec.kind in _VALUES else None


def _set(
    draw: Draw,
    message: Any,
    spec: FieldSpec,
    value: Any,
    file: FileSpec,
    *,
    is_list: bool,
) -> None:
    if spec.kind == "map":
        getattr(message, spec.name)[draw(st.text(max_size=2))] = "x"
    elif value is None:
        inner = getattr(message, spec.name)
        made = inner.add() if is_list else inner
        made.SetInParent()
        fill(draw, made, file.item, file)
    elif is_list:
        getattr(message, spec.name).append(value)
    else:
        setattr(message, spec.name, value)
