"""Pairs of Protobuf texts, the second made from the first by redrawing parts of it.

Names and numbers come from small pools, so that parts meet, come back and clash. What
does not fit where it is used, such as a type that is gone, is printed as something
that does.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from hypothesis import strategies as st

Draw = Any

_SCALARS = (
    *("int32", "int64", "uint32", "uint64", "sint32", "sint64", "bool"),
    *("fixed32", "sfixed32", "fixed64", "sfixed64", "float", "double"),
    *("string", "bytes"),
)
_WIDE = ("int64", "uint64", "sint64", "fixed64", "sfixed64")
_MESSAGES = ("A", "B")
_ENUMS = ("E", "F")
_MAP_KEYS = ("string", "int32")
_ONEOFS = ("choice", "pick")
_SYNTAXES = ("proto2", "proto3", "2023", "2024")
_NUMBERS = (1, 2, 3, 4, 5)
_DEFAULTS = {"string": '"x"', "bytes": '"x"', "bool": "true", "float": "1.5"}
_FILE_OPTIONS = {
    "go_package": ('"a/b"', '"c/d"'),
    "java_package": ('"a.b"',),
    "optimize_for": ("SPEED", "CODE_SIZE"),
    "swift_prefix": ('"X"',),
}


@dataclass(frozen=True)
class Field:
    """A field; what the syntax or the type does not allow is left out."""

    name: str
    type: str
    label: str
    oneof: str = ""
    map_key: str = ""
    has_default: bool = False
    options: tuple[str, ...] = ()


@dataclass(frozen=True)
class Enum:
    names: Mapping[int, Sequence[str]]
    reserved: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Message:
    fields: Mapping[int, Field]
    reserved: frozenset[int] = frozenset()
    reserved_names: frozenset[str] = frozenset()
    inner: Enum | None = None


@dataclass(frozen=True)
class File:
    syntax: str
    package: str
    options: Mapping[str, str] = field(default_factory=dict)
    messages: Mapping[str, Message] = field(default_factory=dict)
    enums: Mapping[str, Enum] = field(default_factory=dict)
    methods: Mapping[str, str] = field(default_factory=dict)


def _mostly(value: Any, *others: Any) -> st.SearchStrategy[Any]:
    return st.sampled_from((*[value] * 4, *others))


_fields = st.builds(
    Field,
    name=_mostly("f", "g"),
    type=st.sampled_from((*_SCALARS, *_MESSAGES, *_ENUMS)),
    label=st.sampled_from(("", "", "optional", "repeated", "required")),
    oneof=_mostly("", *_ONEOFS),
    map_key=_mostly("", *_MAP_KEYS),
    has_default=st.booleans(),
    options=_mostly((), ("jstype",), ("json_name",), ("ctype",), ("presence",)),
)
_enums = st.builds(
    Enum,
    names=st.dictionaries(
        st.integers(1, 3),
        st.lists(st.sampled_from("VW"), min_size=1, max_size=2, unique=True),
        max_size=3,
    ),
    reserved=st.frozensets(st.integers(1, 4), max_size=2),
)
_messages = st.builds(
    Message,
    fields=st.dictionaries(st.sampled_from(_NUMBERS), _fields, max_size=4),
    reserved=st.frozensets(st.sampled_from(_NUMBERS), max_size=2),
    reserved_names=st.frozensets(st.sampled_from(("f1", "f2", "g1")), max_size=2),
    inner=_mostly(None) | _enums,
)
_files = st.builds(
    File,
    syntax=st.sampled_from(_SYNTAXES),
    package=_mostly("shop.v1", "shop.v2"),
    options=st.fixed_dictionaries(
        {}, optional={k: st.sampled_from(v) for k, v in _FILE_OPTIONS.items()}
    ),
    messages=st.dictionaries(st.sampled_from(_MESSAGES), _messages, min_size=1),
    enums=st.dictionaries(st.sampled_from(_ENUMS), _enums),
    methods=st.dictionaries(
        st.sampled_from(("Get", "Put")),
        st.sampled_from(("(A) returns (A)", "(stream A) returns (A)")),
    ),
)


@st.composite
def versions(draw: Draw) -> tuple[str, str]:
    """A text and an earlier one of the same file."""
    earlier = draw(_files)
    other = draw(_files)
    changed = draw(
        st.sets(st.sampled_from(("syntax", "package", "options", "methods")))
    )
    # Most often all of it stays: one change alone must be seen as well.
    kept = changed if draw(st.booleans()) else set()
    new = replace(
        earlier,
        messages=_mixed(draw, earlier.messages, other.messages, _message),
        enums=_mixed(draw, earlier.enums, other.enums, lambda _draw, _old, new: new),
        **{name: getattr(other, name) for name in kept},
    )
    return printed(new), printed(earlier)


def _message(draw: Draw, old: Message, new: Message) -> Message:
    return replace(
        old,
        fields=_mixed(draw, old.fields, new.fields, lambda _draw, _old, new: new),
        reserved=new.reserved if draw(st.booleans()) else old.reserved | new.reserved,
        reserved_names=old.reserved_names | new.reserved_names,
        inner=new.inner if draw(st.booleans()) else old.inner,
    )


def _mixed(draw: Draw, old: Mapping[Any, Any], new: Mapping[Any, Any], mix: Any) -> Any:
    """Of each part: the old, none, or a mixture with the new one."""
    mixed = dict(old)
    for key in sorted({*old, *new}):
        what = draw(st.sampled_from(("keep", "keep", "drop", "mix")))
        if what == "drop":
            mixed.pop(key, None)
        elif what == "mix" and key in new:
            mixed[key] = mix(draw, old[key], new[key]) if key in old else new[key]
    return mixed


def printed(file: File) -> str:
    is_edition = file.syntax.isdigit()
    lines = [
        f'{"edition" if is_edition else "syntax"} = "{file.syntax}";',
        f"package {file.package};",
        *(f"option {name} = {value};" for name, value in sorted(file.options.items())),
    ]
    for name, enum in file.enums.items():
        lines += _enum_lines(name, enum)
    for name, message in file.messages.items():
        lines += _message_lines(file, name, message)
    if "A" in file.messages:
        methods = [f"  rpc {name}{body};" for name, body in file.methods.items()]
        lines += ["service S {", *methods, "}"]
    return "\n".join(lines) + "\n"


def _enum_lines(name: str, enum: Enum) -> list[str]:
    values = [
        f"  {name}_{spelled}{number} = {number};"
        for number, names in enum.names.items()
        for spelled in names
    ]
    reserved = sorted(enum.reserved - enum.names.keys())
    return [
        f"enum {name} {{",
        *["  option allow_alias = true;"]
        * any(len(n) > 1 for n in enum.names.values()),
        *(f"  reserved {number};" for number in reserved),
        f"  {name}_ZERO = 0;",
        *values,
        "}",
    ]


def _message_lines(file: File, name: str, message: Message) -> list[str]:
    used = {f"{each.name}{number}" for number, each in message.fields.items()}
    unused = sorted(message.reserved_names - used)
    is_edition = file.syntax.isdigit()
    lines = [f"message {name} {{"]
    if message.inner is not None:
        lines += _enum_lines("E", message.inner)
    lines += [
        f"  reserved {n};" for n in sorted(message.reserved - message.fields.keys())
    ]
    lines += [
        f"  reserved {n};" if is_edition else f'  reserved "{n}";' for n in unused
    ]
    members: dict[str, list[str]] = {}
    for number, each in message.fields.items():
        kind = _known_type(file, message, each)
        is_member = bool(each.oneof) and not each.map_key
        line = _field_line(file, replace(each, type=kind), number, is_member=is_member)
        members.setdefault(each.oneof if is_member else "", []).append(line)
    lines += members.pop("", [])
    for oneof, inside in members.items():
        lines += [f"  oneof {oneof} {{", *inside, "  }"]
    return [*lines, "}"]


def _known_type(file: File, message: Message, each: Field) -> str:
    is_inner = each.type == "E" and message.inner is not None
    is_known = each.type in (*_SCALARS, *file.messages, *file.enums) or is_inner
    return each.type if is_known else "string"


def _field_line(file: File, each: Field, number: int, *, is_member: bool) -> str:
    label = "" if is_member or each.map_key else _label(file.syntax, each.label)
    kind = f"map<{each.map_key}, {each.type}>" if each.map_key else each.type
    options = ", ".join(_options(file, each, number, is_member=is_member))
    tail = f" [{options}]" if options else ""
    return f"  {label} {kind} {each.name}{number} = {number}{tail};"


def _label(syntax: str, label: str) -> str:
    if syntax == "proto2":
        return label or "optional"
    if syntax == "proto3":
        return label.replace("required", "")
    return label if label == "repeated" else ""


def _options(file: File, each: Field, number: int, *, is_member: bool) -> list[str]:
    is_one = not each.map_key and each.label != "repeated"
    options = []
    is_implicit = (
        "presence" in each.options
        and file.syntax.isdigit()
        and is_one
        and not is_member
        and each.type in _SCALARS
    )
    if is_implicit:
        options.append("features.field_presence = IMPLICIT")
    can_have_default = each.has_default and is_one and not is_implicit
    if can_have_default and each.type in _SCALARS and file.syntax != "proto3":
        options.append(f"default = {_DEFAULTS.get(each.type, '7')}")
    if "jstype" in each.options and each.type in _WIDE and not each.map_key:
        options.append("jstype = JS_STRING")
    if "json_name" in each.options:
        options.append(f'json_name = "j{number}"')
    is_text = each.type in ("string", "bytes") and not each.map_key
    if "ctype" in each.options and is_text and not file.syntax.isdigit():
        options.append("ctype = STRING_PIECE")
    return options
