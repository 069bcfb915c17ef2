"""Elements and types as they are said to a person."""

from collections.abc import Sequence
from typing import Final

from registry.domain.formats.protobuf.nodes import Enum, Field, File, Kind, Message


def element_of(message: Message, field: Field) -> str:
    return f"{message.local_name}.{field.name}"


def described(field: Field) -> str:
    """A field's type in a few words: `repeated int32`, `message 'Item'`."""
    if field.is_map:
        return described_map(field)
    word = field.kind.value
    if field.type_name:
        word = f"{word} '{type_word(field)}'"
    return f"repeated {word}" if field.is_repeated else word


def package_word(file: File) -> str:
    return f"package '{file.package}'" if file.package else "no package"


def described_map(field: Field) -> str:
    entry = field.message
    if entry is None:
        return "map"
    key, value = entry.fields[1], entry.fields[2]
    return f"map<{key.kind}, {type_word(value)}>"


def type_word(field: Field) -> str:
    """The name of a field's type, without its package."""
    if not field.type_name:
        return field.kind.value
    found: Message | Enum | None
    found = field.enum if field.kind is Kind.ENUM else field.message
    return field.type_name if found is None else found.local_name


def label_word(field: Field) -> str:
    return field.label.value or "singular"


def listed(names: Sequence[str]) -> str:
    return ", ".join(names[:-1]) + f" and {names[-1]}" if len(names) > 1 else names[0]


def listed_briefly(names: Sequence[str], most: int = 8) -> str:
    """At most so many names, and how many there are beside them."""
    if len(names) <= most:
        return listed(names)
    return f"{', '.join(names[:most])} and {len(names) - most} more"


def default_of(field: Field) -> str:
    """What a field is taken for where it is absent; empty for a message."""
    if field.kind in (Kind.MESSAGE, Kind.GROUP):
        return ""
    if field.default is not None:
        return field.default
    if field.kind is Kind.ENUM:
        enum = field.enum
        return enum.values[0].name if enum is not None and enum.values else ""
    return _ZEROS.get(field.kind, "0")


def default_word(field: Field) -> str:
    default = default_of(field)
    if field.kind not in (Kind.STRING, Kind.BYTES):
        return default
    if len(default) <= _LONGEST_DEFAULT:
        return f'"{default}"'
    return f'"{default[:_LONGEST_DEFAULT]}…"'


_ZEROS: Final = {Kind.BOOL: "false", Kind.STRING: "", Kind.BYTES: ""}

_LONGEST_DEFAULT: Final = 80
"""Characters of a default that a message quotes."""
