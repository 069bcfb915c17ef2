"""Examples of Avro: JSON as people write it, turned into what the codec takes.

A value of a union is written bare, or as Avro's own JSON has it: `{"string": "a"}`.
Decimals are texts of their digits, times are texts by ISO 8601 or the number that Avro
stores, bytes are texts of which each character is one byte.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal, InvalidOperation
from typing import Any, Final
from uuid import UUID

from registry.domain.formats.avro.logical_types import logical_type
from registry.domain.formats.avro.nodes import (
    Array,
    Enum,
    Fixed,
    Map,
    Named,
    Node,
    Primitive,
    Record,
    Union,
)
from registry.domain.json_text import escaped
from registry.gate.misfits import MisfitError, told

_INT: Final = 2**31
_LONG: Final = 2**63
_DIGITS: Final = re.compile(r"-?[0-9]{1,100}(\.[0-9]{1,100})?")


def plain(node: Node, value: Any, pointer: str = "") -> Any:
    """Return a value of JSON as the codec takes it.

    Args:
        value: Not deeper than `limits.check_json` lets pass.

    Raises:
        MisfitError: It does not fit, at its place.

    """
    if isinstance(node, Union):
        return _of_union(node, value, pointer)
    if (logical := logical_type(node)) in _LOGICAL:
        return _LOGICAL[logical](node, value, pointer)
    return _KINDS[node.kind](node, value, pointer)


def _of_record(node: Any, value: Any, pointer: str) -> Any:
    if not isinstance(value, dict):
        raise _misfit(node, value, pointer)
    known = {field.name: field for field in node.fields}
    for name in value:
        if name not in known:
            reason = f"{node.full_name} has no field {told(name)}"
            raise MisfitError(f"{pointer}/{escaped(name)}", reason)
    for name, field in known.items():
        if name not in value and not field.has_default:
            reason = f"expected the field '{name}' of {node.full_name}"
            raise MisfitError(pointer, reason)
    return {
        name: plain(known[name].type, each, f"{pointer}/{escaped(name)}")
        for name, each in value.items()
    }


def _of_array(node: Any, value: Any, pointer: str) -> Any:
    if not isinstance(value, list):
        raise _misfit(node, value, pointer)
    return [plain(node.items, each, f"{pointer}/{at}") for at, each in enumerate(value)]


def _of_map(node: Any, value: Any, pointer: str) -> Any:
    if not isinstance(value, dict):
        raise _misfit(node, value, pointer)
    return {
        name: plain(node.values, each, f"{pointer}/{escaped(name)}")
        for name, each in value.items()
    }


def _of_enum(node: Any, value: Any, pointer: str) -> Any:
    if value not in node.symbols:
        known = ", ".join(node.symbols[:20])
        reason = f"expected a symbol of {node.full_name}: {known}; found {told(value)}"
        raise MisfitError(pointer, reason)
    return value


def _of_bytes(node: Any, value: Any, pointer: str) -> Any:
    try:
        found = value.encode("latin-1") if isinstance(value, str) else None
    except UnicodeEncodeError:
        found = None
    if found is None or (isinstance(node, Fixed) and len(found) != node.size):
        raise _misfit(node, value, pointer)
    return found


def _of_number(most: int) -> Callable[[Any, Any, str], Any]:
    def made(node: Any, value: Any, pointer: str) -> Any:
        if type(value) is not int or not -most <= value < most:
            raise _misfit(node, value, pointer)
        return value

    return made


def _of_double(node: Any, value: Any, pointer: str) -> Any:
    if type(value) not in (int, float):
        raise _misfit(node, value, pointer)
    return value


def _of_kind(kind: type) -> Callable[[Any, Any, str], Any]:
    def made(node: Any, value: Any, pointer: str) -> Any:
        if not isinstance(value, kind):
            raise _misfit(node, value, pointer)
        return value

    return made


_KINDS: Final[Mapping[str, Callable[[Any, Any, str], Any]]] = {
    "null": _of_kind(type(None)),
    "boolean": _of_kind(bool),
    "string": _of_kind(str),
    "int": _of_number(_INT),
    "long": _of_number(_LONG),
    "float": _of_double,
    "double": _of_double,
    "bytes": _of_bytes,
    "fixed": _of_bytes,
    "enum": _of_enum,
    "array": _of_array,
    "map": _of_map,
    "record": _of_record,
    "error": _of_record,
}


def _of_union(node: Union, value: Any, pointer: str) -> Any:
    """Take the first branch that fits; records are told apart for the codec."""
    several = sum(isinstance(each, Record) for each in node.branches) > 1
    first: MisfitError | None = None
    for branch, inner, at in _readings(node, value, pointer):
        try:
            made = plain(branch, inner, at)
        except MisfitError as error:
            # The reason that leads deepest is of the branch that was meant.
            if first is None or len(error.pointer) > len(first.pointer):
                first = error
        else:
            is_told_apart = several and isinstance(branch, Record)
            return (_name(branch), made) if is_told_apart else made
    if first is not None and first.pointer != pointer:
        raise first
    kinds = ", ".join(_name(each) for each in node.branches)
    reason = f"expected one of {kinds}; found {told(value)}"
    raise MisfitError(pointer, reason)


def _readings(node: Union, value: Any, pointer: str) -> Iterator[tuple[Node, Any, str]]:
    if isinstance(value, dict) and len(value) == 1:
        ((name, inner),) = value.items()
        for branch in node.branches:
            if _name(branch) == name:
                yield branch, inner, f"{pointer}/{escaped(name)}"
    for branch in node.branches:
        yield branch, value, pointer


def _name(node: Node) -> str:
    return node.full_name if isinstance(node, Named) else node.kind


def _of_decimal(node: Any, value: Any, pointer: str) -> Any:
    precision, scale = node.props["precision"], node.props.get("scale", 0)
    told_form = (
        f"a decimal in a text, with {precision} digits and {scale} of them after the"
        " point at most"
    )
    if not isinstance(value, str) or not _DIGITS.fullmatch(value):
        raise MisfitError(pointer, f"expected {told_form}; found {told(value)}")
    try:
        made = Decimal(value)
    except InvalidOperation as error:
        raise MisfitError(pointer, f"expected {told_form}") from error
    _, digits, exponent = made.as_tuple()
    after = -int(exponent)
    if after > scale or len(digits) - after + scale > precision:
        raise MisfitError(pointer, f"expected {told_form}; found {told(value)}")
    return made


def _of_time(
    expected: str, read: Callable[[str], Any], number: int
) -> Callable[[Any, Any, str], Any]:
    def made(node: Any, value: Any, pointer: str) -> Any:
        if type(value) is int and -number <= value < number:
            return value
        try:
            if isinstance(value, str):
                return read(value)
        except ValueError:
            pass
        raise MisfitError(pointer, f"expected {expected}; found {told(value)}")

    return made


def _moment(text: str) -> datetime:
    made = datetime.fromisoformat(text)
    if made.tzinfo is None:
        raise ValueError("no offset")
    return made.astimezone(UTC)


def _local_moment(text: str) -> datetime:
    made = datetime.fromisoformat(text)
    if made.tzinfo is not None:
        raise ValueError("an offset")
    return made


def _of_uuid(node: Any, value: Any, pointer: str) -> Any:
    if isinstance(node, Fixed):
        return _of_bytes(node, value, pointer)
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError) as error:
        raise MisfitError(pointer, f"expected a UUID; found {told(value)}") from error


_MOMENT: Final = _of_time("a time such as 2027-01-31T09:00:00Z", _moment, _LONG)
_LOCAL: Final = _of_time(
    "a time without an offset such as 2027-01-31T09:00:00", _local_moment, _LONG
)
_LOGICAL: Final[Mapping[str | None, Callable[[Any, Any, str], Any]]] = {
    "decimal": _of_decimal,
    "date": _of_time("a day such as 2027-01-31", date.fromisoformat, _INT),
    "time-millis": _of_time("a time such as 09:00:00", time.fromisoformat, _INT),
    "time-micros": _of_time("a time such as 09:00:00", time.fromisoformat, _LONG),
    "timestamp-millis": _MOMENT,
    "timestamp-micros": _MOMENT,
    "local-timestamp-millis": _LOCAL,
    "local-timestamp-micros": _LOCAL,
    "uuid": _of_uuid,
}


def _misfit(node: Node, value: Any, pointer: str) -> MisfitError:
    return MisfitError(pointer, f"expected {_expected(node)}; found {told(value)}")


def _expected(node: Node) -> str:
    match node:
        case Record():
            return f"an object with the fields of {node.full_name}"
        case Array():
            return "an array"
        case Map():
            return "an object"
        case Fixed():
            return f"a text of {node.size} characters, each a byte"
        case Enum():
            return f"a symbol of {node.full_name}"
        case Primitive():
            return _PRIMITIVES[node.kind]
        case Union():
            return "one of a union"


_PRIMITIVES: Final = {
    "null": "null",
    "boolean": "true or false",
    "int": "a whole number of 32 bits",
    "long": "a whole number of 64 bits",
    "float": "a number",
    "double": "a number",
    "bytes": "a text, each character a byte",
    "string": "a text",
}
