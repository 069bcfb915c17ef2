"""JSON payloads that are valid by their schemas, in both directions.

What is validated is what the bytes say, not what was given: the value that readers will
see. What JSON has no words for is refused and never replaced: NaN, lone surrogates.
"""

import json
import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from typing import Any, ClassVar, Final, NoReturn

import msgspec

from wirepact.codecs.json_documents import UnusableSchemaError
from wirepact.codecs.json_items import refused
from wirepact.codecs.json_schemas import Judge, judge, title
from wirepact.codecs.language import (
    Adapter,
    Limits,
    Reader,
    ResolvedSchema,
    Writer,
    adapted,
    reason_of,
)
from wirepact.errors import DecodeError, EncodeError
from wirepact.schemas import JSON
from wirepact.wire import Indexes

# A Decimal is a number, digit by digit, and not the text of one.
_encode: Final = msgspec.json.Encoder(decimal_format="number").encode
_decode: Final = msgspec.json.Decoder().decode
# A proper pair, half of one (the group), or any other escape.
_ESCAPE: Final = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"
    rb"|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)",
    re.DOTALL,
)
_OF_HALVES: Final = re.compile("truncated|surrogate")
_ESCAPED_COLONS: Final = (b"\\u003a", b"\\u003A")


class JsonLanguage:
    """The codec of JSON schemas."""

    schema_type: ClassVar[str] = JSON
    form: ClassVar[str] = ""

    def __init__(self, limits: Limits | None = None) -> None:
        self._limits = limits or Limits()

    def record_name(self, resolved: ResolvedSchema) -> str | None:
        """Return the title of the schema; None if it has none."""
        return title(resolved)

    def misfit(self, values: ResolvedSchema, target: ResolvedSchema) -> str:
        """Return nothing: each value is held to the schema that it is written with."""
        return ""

    def writer(
        self, resolved: ResolvedSchema, adapter: Adapter | None, value_type: type
    ) -> Writer:
        """Compile a schema for values that msgspec can write as JSON.

        Raises:
            EncodeError: The schema cannot be used.

        """
        try:
            by_schema = judge(resolved)
        except UnusableSchemaError as error:
            raise EncodeError(str(error)) from error
        encode = _encoder(by_schema, self._limits)
        if adapter is None:
            return Writer(encode)
        return Writer(adapted(adapter.to_plain, encode))

    def reader(
        self,
        writer: ResolvedSchema,
        reader: ResolvedSchema | None,
        adapter: Adapter | None,
    ) -> Reader:
        """Compile a schema for those who read it.

        Args:
            reader: Not looked at: JSON says itself what it holds.

        Raises:
            DecodeError: The schema cannot be used.

        """
        try:
            by_schema = judge(writer)
        except UnusableSchemaError as error:
            raise DecodeError(str(error)) from error
        return Reader(_decoder(by_schema, self._limits, adapter))


def as_read(value: Any) -> Any:
    """Return a value as those see it who read what is written for it.

    Raises:
        EncodeError: JSON cannot hold it.

    """
    payload = _written(value)
    instance = _read_back(payload, Limits())
    if instance != value:
        _refuse_replaced(payload, instance, value)
    return instance


def _encoder(by_schema: Judge, limits: Limits) -> Callable[[Any], bytes]:
    is_valid = by_schema.is_valid

    def encode(value: Any) -> bytes:
        payload = _written(value)
        instance = _read_back(payload, limits)
        if instance != value:
            _refuse_replaced(payload, instance, value)
        if not is_valid(instance):
            raise EncodeError(f"not valid by its schema: {by_schema.faults(instance)}")
        return payload

    return encode


def _written(value: Any) -> bytes:
    try:
        return _encode(value)
    except RecursionError as error:
        raise EncodeError("the value is nested too deeply, or holds itself") from error
    except UnicodeEncodeError as error:
        raise EncodeError(f"a text is no Unicode: {error.reason}") from error
    # A type that msgspec does not know, or a number that it cannot write.
    except (TypeError, ValueError, OverflowError) as error:
        raise EncodeError(f"JSON cannot hold this: {error}") from error


def _read_back(payload: bytes, limits: Limits) -> Any:
    try:
        return _checked(payload, limits)
    except DecodeError as error:
        raise EncodeError(str(error)) from error


def _refuse_replaced(payload: bytes, instance: Any, value: Any) -> None:
    """Refuse what the bytes do not say as the value does.

    Numbers that are none were written as null, names of two types as one.
    """
    if b"null" in payload:
        _refuse_odd_numbers(msgspec.to_builtins(value))
    if _may_repeat_names(payload, instance):
        _refuse_repeated_names(payload, EncodeError)


def _refuse_odd_numbers(plain: Any) -> None:
    waiting = [plain]
    while waiting:
        each = waiting.pop()
        if isinstance(each, float) and not math.isfinite(each):
            raise EncodeError(f"JSON has no number {each}")
        if isinstance(each, Mapping):
            waiting.extend(each.values())
        elif isinstance(each, list | tuple | set | frozenset):
            waiting.extend(each)


def _decoder(
    by_schema: Judge, limits: Limits, adapter: Adapter | None
) -> Callable[[bytes, int, Indexes], Any]:
    is_valid = by_schema.is_valid
    from_plain = adapter.from_plain if adapter is not None else None

    def decode(data: bytes, start: int, _indexes: Indexes) -> Any:
        payload = data[start:]
        instance = _checked(payload, limits)
        if _may_repeat_names(payload, instance):
            _refuse_repeated_names(payload, DecodeError)
        if not is_valid(instance):
            raise DecodeError(f"not valid by its schema: {by_schema.faults(instance)}")
        if from_plain is None:
            return instance
        try:
            return from_plain(instance)
        except DecodeError:
            raise
        except Exception as error:
            raise DecodeError(reason_of(error)) from error

    return decode


def _checked(payload: bytes, limits: Limits) -> Any:
    """Return what a payload says, before its schema is asked."""
    if len(payload) > limits.max_payload_bytes:
        raise DecodeError(limits.refused_bytes(len(payload)))
    reason = refused(payload, limits)
    if reason is not None:
        raise DecodeError(reason)
    try:
        instance = _decode(payload)
    except RecursionError as error:
        raise DecodeError(limits.refused_depth()) from error
    # No JSON, no UTF-8, or a number that nothing here can hold.
    except ValueError as error:
        raise DecodeError(f"no JSON: {_fault(payload, error)}") from error
    # Each level has two brackets. The validator would follow until the stack ends.
    if len(payload) >= 2 * limits.max_depth and _is_deeper(payload, instance, limits):
        raise DecodeError(limits.refused_depth())
    return instance


def _fault(payload: bytes, error: ValueError) -> str:
    # Half a pair is said to be where the text ends: the decoder looks for the rest.
    halves = (each for each in _ESCAPE.finditer(payload) if each[1])
    if _OF_HALVES.search(str(error)) and (half := next(halves, None)):
        written, at = half[0].decode(), half.start()
        return f"a text has half a surrogate pair, {written} (byte {at})"
    return str(error)


def _is_deeper(payload: bytes, instance: Any, limits: Limits) -> bool:
    brackets = payload.count(b"{") + payload.count(b"[")
    return brackets > limits.max_depth and _depth(instance) > limits.max_depth


def _depth(instance: Any) -> int:
    depth = 0
    level = [instance]
    while level := [each for each in level if isinstance(each, dict | list)]:
        depth += 1
        inside = (each.values() if isinstance(each, dict) else each for each in level)
        level = [inner for each in inside for inner in each]
    return depth


def _may_repeat_names(payload: bytes, instance: Any) -> bool:
    """Say whether an object may have had a name twice: the last one would be left.

    Every member has a colon, and colons in texts are the same in any writing but one.
    So equal numbers of colons in what came and in what was understood of it show that
    nothing went missing; the exact look is many times slower.
    """
    again = _encode(instance)
    if again == payload:
        return False
    if any(each in payload for each in _ESCAPED_COLONS):
        return True
    return again.count(b":") != payload.count(b":")


def _refuse_repeated_names(payload: bytes, error: type[Exception]) -> None:
    def members(pairs: list[tuple[str, Any]]) -> None:
        for name, times in Counter(name for name, _ in pairs).items():
            if times > 1:
                raise error(f"an object has the name '{name[:80]}' {times} times")

    def refuse(word: str) -> NoReturn:
        raise error(f"JSON has no number {word}")

    json.loads(
        payload,
        object_pairs_hook=members,
        parse_int=str,
        parse_float=str,
        parse_constant=refuse,
    )
