"""Python names for what schemas name, whatever they name it."""

import keyword
import re
from collections.abc import Collection
from typing import Final

from wirepact.events.naming import snake

_NO_WORD: Final = re.compile(r"[^A-Za-z0-9_]+")

IMPORTED: Final = frozenset(
    {
        "Alias",
        "Annotated",
        "Any",
        "BaseModel",
        "ConfigDict",
        "Constant",
        "Decimal",
        "Digits",
        "Doc",
        "Enum",
        "Field",
        "Fixed",
        "Float32",
        "IDENTITY",
        "Int32",
        "Literal",
        "Local",
        "Micros",
        "Millis",
        "Name",
        "Naming",
        "Nanos",
        "Reference",
        "ResolvedSchema",
        "SCHEMA",
        "Schema",
        "SchemaIdentity",
        "Struct",
        "UTC",
        "UUID",
        "Union",
        "annotations",
        "dataclass",
        "date",
        "datetime",
        "event",
        "field",
        "named",
        "time",
        "timedelta",
    }
)
"""What generated modules may import or define besides the classes."""

_BUILTINS: Final = frozenset(
    {"bool", "bytes", "dict", "float", "int", "list", "set", "str", "type", "object"}
)

RESERVED: Final = IMPORTED | _BUILTINS

_OF_ENUM: Final = frozenset({"mro", "name", "value"})

_OF_MODEL: Final = frozenset(
    {
        "construct",
        "copy",
        "dict",
        "from_orm",
        "json",
        "mro",
        "parse_file",
        "parse_obj",
        "parse_raw",
        "register",
        "schema",
        "schema_json",
        "update_forward_refs",
        "validate",
    }
)
"""What pydantic's models have themselves, besides names with `model_`."""


def field_name(name: str, taken: Collection[str]) -> str:
    """Return the attribute for a field: snake case, no keyword, and not taken."""
    bare = _words(snake(name)) or "field"
    if bare in RESERVED | _OF_MODEL or bare.startswith("model_"):
        bare += "_"
    return _free(_legal(bare), taken)


def class_name(name: str, taken: Collection[str]) -> str:
    """Return the class for a type of a simple name."""
    parts = _words(name).split("_")
    bare = "".join(part[:1].upper() + part[1:] for part in parts) or "Type"
    return _free(_legal(f"{bare}_" if bare in RESERVED else bare), taken)


def member_name(symbol: str, taken: Collection[str]) -> str:
    """Return the member of an enum for a symbol."""
    bare = _words(symbol) or "symbol"
    return _free(_legal(f"{bare}_" if bare in _OF_ENUM else bare), taken)


def module_name(name: str) -> str:
    """Return the module, or the package, for a name or a part of a namespace."""
    return _legal(_words(snake(name)) or "schema")


def pascal(*parts: str) -> str:
    """Return one name in PascalCase for a type that has none of its own."""
    words = [word for part in parts for word in _words(snake(part)).split("_")]
    return "".join(word[:1].upper() + word[1:] for word in words)


def _words(name: str) -> str:
    """Return the name without what a Python name has not, and without edges of `_`.

    A name that starts with an underscore is private to its class, or Python's own.
    """
    return _NO_WORD.sub("_", name).strip("_")


def _legal(name: str) -> str:
    if name[0].isdigit():
        name = f"n{name}"
    return f"{name}_" if keyword.iskeyword(name) else name


def _free(name: str, taken: Collection[str]) -> str:
    number, found = 2, name
    while found in taken:
        found = f"{name.rstrip('_')}_{number}"
        number += 1
    return found
