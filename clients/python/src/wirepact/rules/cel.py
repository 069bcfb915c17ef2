"""CEL expressions: compiled once, with Python's values going in and coming out.

Avro's and JSON's values are bound as CEL knows them: dates as days since 1970, UUIDs
and times of day as texts, decimals as doubles. What a transformation leaves as it was
bound gets its former value back, so that no decimal is rounded for being looked at.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from typing import Any, Final
from uuid import UUID

from cel_expr_python import cel
from cel_expr_python.ext import ext_strings

from wirepact.rules.functions import FUNCTIONS

MESSAGE: Final = "message"
NOW: Final = "now"
VARIABLES: Final[Mapping[str, cel.Type]] = {
    MESSAGE: cel.Type.DYN,
    NOW: cel.Type.TIMESTAMP,
    "value": cel.Type.DYN,
    "name": cel.Type.STRING,
    "fullName": cel.Type.STRING,
    "typeName": cel.Type.STRING,
    "tags": cel.Type.List(cel.Type.STRING),
}
"""All that an expression may name; which of it is bound depends on the rule's type."""
_LEAST_INT: Final = -(2**63)
_MOST_INT: Final = 2**64 - 1
_EPOCH: Final = date(1970, 1, 1).toordinal()
_BOUND_AS_THEY_ARE: Final = frozenset({bool, type(None), float})
# The library takes texts and bytes for what C has, which ends there.
_END: Final = "\0"
_TOLD_CHARACTERS: Final = 300


class ExpressionError(ValueError):
    """An expression is none, or has no value; it says why."""


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled expression, with the condition that may stand before it.

    Attributes:
        names: Whether a variable is asked for, by its name: what nobody asks for need
            not be made ready.

    """

    guard: cel.Expression | None
    body: cel.Expression
    names: frozenset[str]

    def applies(self, variables: dict[str, Any]) -> bool:
        """Say whether what stands before the expression lets it be evaluated."""
        return self.guard is None or bool(_evaluated(self.guard, variables))

    def value(self, variables: dict[str, Any]) -> Any:
        """Return what the expression comes to.

        Raises:
            ExpressionError: It comes to nothing.

        """
        return _evaluated(self.body, variables)


def compiled(expression: str, pool: Any | None = None, container: str = "") -> Program:
    """Compile `expression`, or `guard; expression`.

    Args:
        pool: The descriptor pool of the messages that are bound.
        container: The package that names of messages are relative to.

    Raises:
        ExpressionError: One of the two is no expression.

    """
    environment = _environment(pool, container)
    guard, body = parts(expression)
    names = frozenset(name for name in VARIABLES if name in expression)
    first = _compiled(environment, guard) if guard.strip() else None
    return Program(first, _compiled(environment, body), names)


def parts(expression: str) -> tuple[str, str]:
    """Return what stands before the semicolon, empty if there is none, and the rest."""
    guard, semicolon, body = expression.partition(";")
    return (guard, body) if semicolon else ("", expression)


@cache
def _plain_environment() -> cel.Env:
    return environment(None)


def _environment(pool: Any | None, container: str) -> cel.Env:
    return _plain_environment() if pool is None else environment(pool, container)


def environment(
    pool: Any | None,
    container: str = "",
    variables: Mapping[str, cel.Type] = VARIABLES,
) -> cel.Env:
    """Return what rules are compiled in: variables, with the functions of rules.

    Args:
        pool: See `compiled`, as `container`.
        variables: Their types; stricter ones have more mistakes found, and change
            nothing else.

    """
    return cel.NewEnv(
        descriptor_pool=pool,
        variables=dict(variables),
        container=container,
        extensions=[ext_strings.ExtStrings()],
        functions=list(_declarations()),
    )


@cache
def _declarations() -> tuple[cel.FunctionDecl, ...]:
    return tuple(_declared(name, test) for name, test in FUNCTIONS.items())


def _declared(name: str, test: Callable[[Any], bool]) -> cel.FunctionDecl:
    """Declare a test of texts and bytes, as a function and as a method."""
    overloads = [
        cel.Overload(
            f"{name}_{kind.name()}_{'method' if is_member else 'function'}",
            cel.Type.BOOL,
            [kind],
            is_member,
            test,
        )
        for kind in (cel.Type.STRING, cel.Type.BYTES)
        for is_member in (True, False)
    ]
    return cel.FunctionDecl(name, overloads)


def _compiled(environment: cel.Env, expression: str) -> cel.Expression:
    try:
        return environment.compile(expression)
    except TypeError as error:
        # What cannot be handed over to the library has no error of its own.
        raise ExpressionError("no CEL expression: it is no Unicode") from error
    # The errors of the C++ library have no class of their own.
    except (RuntimeError, ValueError) as error:
        if _is_about_types(error):
            return _unchecked(environment, expression)
        raise ExpressionError(f"no CEL expression: {_told(error)}") from error


def _is_about_types(error: Exception) -> bool:
    """Say whether all that is wrong are types, such as `value == null ? null : 'x'`.

    Clients in Python take such expressions, as what is of a wrong type may never be
    evaluated; if it is, that is an error.
    """
    faults = [line for line in str(error).splitlines() if "ERROR: <input>" in line]
    return bool(faults) and all("no matching overload" in fault for fault in faults)


def _unchecked(environment: cel.Env, expression: str) -> cel.Expression:
    try:
        return environment.compile(expression, disable_check=True)
    except (RuntimeError, ValueError) as error:
        raise ExpressionError(f"no CEL expression: {_told(error)}") from error


def _evaluated(expression: cel.Expression, variables: dict[str, Any]) -> Any:
    try:
        value = expression.eval(data=variables)
        if value.type() not in (cel.Type.ERROR, cel.Type.UNKNOWN):
            return _plain(value)
        reason = value.plain_value()
    except (RuntimeError, ValueError, TypeError, OverflowError) as error:
        raise ExpressionError(_told(error)) from error
    raise ExpressionError(_told(reason))


def _plain(value: cel.Value) -> Any:
    """Return a result in Python's types.

    The library itself gives each null away without taking a reference to None. Until
    Python 3.12, which does not count them, some thousands of nulls end the process.
    """
    if value.type() == cel.Type.NULL:
        return None
    found = value.value()
    if isinstance(found, dict):
        return {key: _plain(each) for key, each in found.items()}
    if isinstance(found, list):
        return [_plain(each) for each in found]
    return found


def _told(reason: object) -> str:
    return " ".join(str(reason).split())[:_TOLD_CHARACTERS]


def now() -> datetime:
    """Return what `now` is bound to."""
    return datetime.now(UTC)


def bound(value: Any) -> Any:
    """Return a value of Avro or JSON as CEL takes it.

    Raises:
        ExpressionError: CEL has no type for it, or no number as large.

    """
    kind = type(value)
    if kind in _BOUND_AS_THEY_ARE:
        return value
    if kind is str:
        return value if _END not in value else _ended(value)
    if isinstance(value, Mapping):
        return {_bound_name(str(key)): bound(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return bound(value[1]) if _is_branch(value) else [bound(each) for each in value]
    if kind is int:
        if _LEAST_INT <= value <= _MOST_INT:
            return value
        raise ExpressionError("CEL has no integers beyond 64 bits")
    convert = _CONVERSIONS.get(kind)
    if convert is None:
        raise ExpressionError(f"CEL has no type for {kind.__name__}")
    return convert(value)


def _bound_name(name: str) -> str:
    if _END in name:
        raise ExpressionError("a name has a zero character, which no rule can see")
    return name


def given_back(result: Any, original: Any) -> Any:
    """Return what a transformation has made, as the codec takes it.

    What is as it was bound becomes what it was; members keep their order.
    """
    if isinstance(result, bytearray):
        return bytes(result)
    if _is_branch(original) and isinstance(result, dict):
        return original[0], given_back(result, original[1])
    if isinstance(result, dict):
        return _members_back(result, original if isinstance(original, dict) else {})
    if isinstance(result, list):
        return _items_back(result, original)
    if type(original) in _CONVERSIONS and result == _comparable(original):
        return original
    return result


def _members_back(result: dict[Any, Any], original: Mapping[Any, Any]) -> Any:
    names = [name for name in original if name in result]
    names += [name for name in result if name not in original]
    return {name: given_back(result[name], original.get(name)) for name in names}


def _items_back(result: list[Any], original: Any) -> list[Any]:
    is_alike = isinstance(original, list) and len(original) == len(result)
    originals = original if is_alike else [None] * len(result)
    return [given_back(*pair) for pair in zip(result, originals, strict=True)]


def _is_branch(value: Any) -> bool:
    """Say whether it is a record of a union: its name and its fields."""
    return (
        isinstance(value, tuple)
        and len(value) == 2
        and isinstance(value[0], str)
        and isinstance(value[1], dict)
    )


def _comparable(original: Any) -> Any:
    """Return what comes back from CEL for a value that was bound and left alone."""
    if isinstance(original, datetime):
        return _aware(original)
    return original if isinstance(original, timedelta) else bound(original)


def _aware(value: datetime) -> datetime:
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def _ended(value: str) -> Any:
    from google.protobuf.wrappers_pb2 import StringValue

    return StringValue(value=value)


def _timestamp(value: datetime) -> Any:
    # Only those who have such values need the library for them.
    from google.protobuf.timestamp_pb2 import Timestamp

    timestamp = Timestamp()
    timestamp.FromDatetime(_aware(value))
    return timestamp


def _duration(value: timedelta) -> Any:
    from google.protobuf.duration_pb2 import Duration

    duration = Duration()
    duration.FromTimedelta(value)
    return duration


_CONVERSIONS: Final[Mapping[type, Callable[[Any], Any]]] = {
    # Whatever they hold: bytes would end at the first zero.
    bytes: bytearray,
    Decimal: float,
    date: lambda value: value.toordinal() - _EPOCH,
    datetime: _timestamp,
    time: str,
    timedelta: _duration,
    UUID: str,
}
