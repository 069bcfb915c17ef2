"""Two versions of a Protobuf file, the later one made of the earlier by some changes.

They are descriptors, as protoc would make them of a text: nothing is parsed.
"""

from collections.abc import Callable, Sequence
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
_MAPS: Final = tuple(
    f"map {key} {value}"
    for key in ("string", "int32", "sint64")
    for value in ("string", "bytes", "int32", "int64", "bool", "Color")
)
KINDS: Final = (*SCALARS, "Color", "Shade", "Item", "Part", *_MAPS)
_NAMES: Final = ("a", "b", "c", "d", "e", "f")
_CONSTANTS: Final = ("NONE", "RED", "BLUE", "DARK")


@dataclass(frozen=True)
class FieldSpec:
    number: int
    name: str
    kind: str
    label: str = ""
    oneof: str = ""

    @property
    def is_map(self) -> bool:
        return self.kind.startswith("map ")


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
        if not spec.is_map:
            self._name_type(made, spec.kind)
            return
        # As protoc calls it.
        entry = message.nested_type.add(name=f"{spec.name.capitalize()}Entry")
        entry.options.map_entry = True
        _, *kinds = spec.kind.split()
        for number, (name, kind) in enumerate(
            zip(("key", "value"), kinds, strict=True)
        ):
            part = entry.field.add(name=name, number=number + 1)
            part.label = FieldDescriptorProto.LABEL_OPTIONAL
            self._name_type(part, kind)
        self._name_type(made, f"{message.name}.{entry.name}")

    def _name_type(self, made: FieldDescriptorProto, kind: str) -> None:
        if kind in SCALARS:
            made.type = getattr(FieldDescriptorProto, f"TYPE_{kind.upper()}")
            return
        is_enum = kind in self.enums
        made.type = (
            FieldDescriptorProto.TYPE_ENUM
            if is_enum
            else FieldDescriptorProto.TYPE_MESSAGE
        )
        made.type_name = f".{self.package}.{kind}" if self.package else f".{kind}"

    def _set_label(
        self,
        message: DescriptorProto,
        made: FieldDescriptorProto,
        spec: FieldSpec,
        oneofs: Sequence[str],
    ) -> None:
        made.label = FieldDescriptorProto.LABEL_OPTIONAL
        if spec.is_map or (spec.label == "repeated" and not spec.oneof):
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
    return replace(spec, oneof="") if spec.is_map else spec


_ALIKE: Final = (
    ("int32", "int64", "uint32", "uint64", "bool", "Color", "Shade"),
    ("sint32", "sint64"),
    ("fixed32", "sfixed32"),
    ("fixed64", "sfixed64"),
    ("string", "bytes"),
    *(
        tuple(each for each in _MAPS if each.startswith(key))
        for key in ("map s", "map i")
    ),
)
"""Kinds that are written in much the same way, so that the change may pass."""


def _retyped(draw: Draw, spec: FieldSpec) -> FieldSpec:
    alike = next((each for each in _ALIKE if spec.kind in each), KINDS)
    return replace(
        spec, kind=draw(st.sampled_from(draw(st.sampled_from((alike, alike, KINDS)))))
    )


def _relabelled(draw: Draw, spec: FieldSpec) -> FieldSpec:
    label = draw(st.sampled_from(("", "optional", "required", "repeated")))
    return replace(spec, label=label)


def _moved(draw: Draw, spec: FieldSpec) -> FieldSpec:
    return replace(spec, oneof=draw(st.sampled_from(("", "one", "two", "three"))))


def _renamed(draw: Draw, spec: FieldSpec) -> FieldSpec:
    return replace(spec, name=f"{spec.name}2")


_CHANGES: Final = (_retyped, _retyped, _relabelled, _relabelled, _moved, _renamed)


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
    for _ in range(draw(st.sampled_from((1, 1, 1, 2, 4)))):
        later = _changed(draw, later)
    return earlier, later


def _whole(least: int, greatest: int) -> st.SearchStrategy[int]:
    return st.sampled_from((0, 1, least, greatest)) | st.integers(least, greatest)


_VALUES: Final[dict[str, st.SearchStrategy[Any]]] = {
    "bool": st.booleans(),
    "float": st.floats(width=32, allow_nan=False),
    "double": st.floats(allow_nan=False),
    "string": st.text(max_size=3),
    "bytes": st.binary(max_size=3),
    **{
        kind: _whole(0, (1 << int(kind[-2:])) - 1)
        for kind in SCALARS
        if kind[-2:] in ("32", "64") and kind.startswith(("u", "f")) and kind != "float"
    },
    **{
        kind: _whole(-(1 << int(kind[-2:]) - 1), (1 << int(kind[-2:]) - 1) - 1)
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
        for _ in range(draw(st.integers(0, 3)) if descriptor.is_repeated else 1):
            _set(draw, message, each, spec, is_list=descriptor.is_repeated)


def _set(
    draw: Draw, message: Any, field: FieldSpec, spec: FileSpec, *, is_list: bool
) -> None:
    here = getattr(message, field.name)
    if field.is_map:
        _, *kinds = field.kind.split()
        key, value = (draw(_values(kind, spec)) for kind in kinds)
        here[key] = value
    elif field.kind in ("Item", "Part"):
        made = here.add() if is_list else here
        made.SetInParent()
        fill(draw, made, spec.item, spec)
    elif is_list:
        here.append(draw(_values(field.kind, spec)))
    else:
        setattr(message, field.name, draw(_values(field.kind, spec)))


def _values(kind: str, spec: FileSpec) -> st.SearchStrategy[Any]:
    if kind in spec.enums:
        return st.sampled_from([_CONSTANTS.index(each) for each in spec.enums[kind]])
    return _VALUES[kind]
