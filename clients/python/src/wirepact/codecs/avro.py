"""Avro: fastavro, held to what a schema says, and guarded against what bytes can do.

The payload is Avro's binary encoding without a container. A top-level `bytes` is
written bare, without its length, as Confluent's serializers do.
"""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any, ClassVar, Final

from fastavro import schemaless_reader, schemaless_writer

from wirepact.codecs import avro_defaults, avro_resolution
from wirepact.codecs.avro_model import (
    AvroSchemaError,
    Model,
    kind_of,
    model_of,
)
from wirepact.codecs.avro_scan import ScanError, Scanner
from wirepact.codecs.avro_values import (
    Explainer,
    check_of,
    has_rival_records,
    is_deeper,
)
from wirepact.codecs.language import Adapter, Limits, Reader, ResolvedSchema, Writer
from wirepact.errors import DecodeError, EncodeError
from wirepact.schemas import AVRO

_MOST_KEPT: Final = 512
_MOST_WORDS: Final = 300
# Below, the longest decimal that fits is made in a few milliseconds.
_SMALL_BYTES: Final = 4096
# Unions in unions are tried again for each one above; so deep, that is soon done.
_FEW_LEVELS: Final = 8

_Key = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class _Known:
    model: Model
    has_mutable_defaults: bool


class AvroLanguage:
    """Avro, by fastavro."""

    schema_type: ClassVar[str] = AVRO
    form: ClassVar[str] = ""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._known: dict[_Key, _Known] = {}

    def record_name(self, resolved: ResolvedSchema) -> str | None:
        """Return the full name of a record, enum or fixed type.

        Raises:
            DecodeError: It is no schema.

        """
        root = self._read(resolved).model.root
        return str(root["name"]) if isinstance(root, dict) and "name" in root else None

    def misfit(self, values: ResolvedSchema, target: ResolvedSchema) -> str:
        """Say why values of one schema cannot be written with another.

        Raises:
            EncodeError: One of the two is no schema.

        """
        mine, theirs = self._written(values), self._written(target)
        return avro_resolution.misfit(mine.model, theirs.model)

    def writer(
        self, resolved: ResolvedSchema, adapter: Adapter | None, _value_type: type
    ) -> Writer:
        """Compile a schema to write with.

        Raises:
            EncodeError: It is no schema.

        """
        model = self._written(resolved).model
        encode = _Encoding(model, self._limits)
        if adapter is None:
            return Writer(encode)
        return Writer(_adapted(adapter.to_plain, encode))

    def reader(
        self,
        writer: ResolvedSchema,
        reader: ResolvedSchema | None,
        adapter: Adapter | None,
    ) -> Reader:
        """Compile a schema to read with.

        Raises:
            DecodeError: One of the two is no schema, or nothing can be read with them.

        """
        written = self._read(writer)
        read = None if reader is None else self._read(reader)
        if read is written:
            read = None
        if read is not None:
            reason = avro_resolution.unreadable(written.model, read.model)
            if reason:
                raise DecodeError(f"the reader's schema does not fit: {reason}")
        decode = _Decoding(written.model, read, self._limits, is_plain=adapter is None)
        if adapter is None:
            return Reader(decode)
        return Reader(_typed(adapter.from_plain, decode))

    def _written(self, resolved: ResolvedSchema) -> _Known:
        try:
            return self._model(resolved)
        except AvroSchemaError as error:
            raise EncodeError(f"the schema cannot be used: {error}") from error

    def _read(self, resolved: ResolvedSchema) -> _Known:
        try:
            return self._model(resolved)
        except AvroSchemaError as error:
            raise DecodeError(f"the schema cannot be used: {error}") from error

    def _model(self, resolved: ResolvedSchema) -> _Known:
        references = resolved.references.items()
        key = resolved.schema.text, tuple((name, ref.text) for name, ref in references)
        known = self._known.get(key)
        if known is None:
            model = model_of(resolved)
            known = _Known(model, avro_defaults.settle(model))
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[key] = known
        return known


class _Encoding:
    """Writes values of one schema. Called for each of them."""

    def __init__(self, model: Model, limits: Limits) -> None:
        self._schema = model.root
        self._check = check_of(model)
        self._explainer = Explainer(model)
        self._most_bytes = limits.max_payload_bytes
        self._max_depth = limits.max_depth
        self._is_bare = kind_of(model.root) == "bytes"
        is_deep = model.depth is None or model.depth > limits.max_depth
        self._most_depth = limits.max_depth if is_deep else None
        self._is_choosing = has_rival_records(model) and (
            model.depth is None or model.depth > _FEW_LEVELS
        )

    def __call__(self, value: Any) -> bytes:
        payload = self._checked(value)
        if len(payload) > self._most_bytes:
            raise EncodeError(f"{len(payload)} bytes; {self._most_bytes} at most")
        return payload

    def _checked(self, value: Any) -> bytes:
        if self._most_depth is not None and is_deeper(value, self._most_depth):
            raise EncodeError(f"it is deeper than {self._most_depth} levels")
        try:
            if self._check is None or self._check(value):
                return self._written(value)
        except Exception as error:
            raise EncodeError(self._reason(value, _short(error))) from error
        raise EncodeError(self._reason(value, "it does not fit"))

    def _written(self, value: Any) -> bytes:
        if self._is_choosing:
            value = self._explainer.chosen(value)
        out = BytesIO()
        schemaless_writer(out, self._schema, value, strict_allow_default=True)
        return _bared(out.getvalue()) if self._is_bare else out.getvalue()

    def _reason(self, value: Any, otherwise: str) -> str:
        try:
            return self._explainer.reason(value) or otherwise
        except Exception:  # noqa: BLE001 - an odd value must not hide the first error
            return otherwise


class _Decoding:
    """Reads messages of one schema. Called for each of them."""

    def __init__(
        self, model: Model, reader: _Known | None, limits: Limits, *, is_plain: bool
    ) -> None:
        self._schema = model.root
        self._reader = None if reader is None else reader.model.root
        self._scanner = Scanner(model, limits.max_depth, limits.max_items)
        self._most_bytes = limits.max_payload_bytes
        self._is_bare = kind_of(model.root) == "bytes"
        self._unscanned_bytes = _unscanned_bytes(model, limits)
        # Else all messages would share one list.
        self._is_copied = (
            is_plain and reader is not None and reader.has_mutable_defaults
        )
        models = (model, *([] if reader is None else [reader.model]))
        self._names = any(map(has_rival_records, models))

    def __call__(self, data: bytes, start: int, _indexes: tuple[int, ...]) -> Any:
        if self._is_bare:
            data, start = _lengthened(data[start:]), 0
        size = len(data) - start
        if size > self._unscanned_bytes:
            self._scan(data, start, size)
        source = BytesIO(data)
        source.seek(start)
        try:
            value = schemaless_reader(
                source, self._schema, self._reader, self._names, self._names
            )
        except Exception as error:
            raise DecodeError(self._reason(data, start, error)) from error
        if source.tell() != len(data):
            left = len(data) - source.tell()
            raise DecodeError(f"{left} bytes are left after the payload")
        return copy.deepcopy(value) if self._is_copied else value

    def _scan(self, data: bytes, start: int, size: int) -> None:
        if size > self._most_bytes:
            raise DecodeError(f"{size} bytes; {self._most_bytes} at most")
        try:
            self._scanner.end_of(data, start)
        except ScanError as error:
            raise DecodeError(str(error)) from error

    def _reason(self, data: bytes, start: int, error: Exception) -> str:
        """Find the place, which fastavro does not tell; else say what it says."""
        try:
            self._scanner.end_of(data, start)
        except ScanError as found:
            return str(found)
        return _short(error)


def _unscanned_bytes(model: Model, limits: Limits) -> int:
    """Return up to which size messages can be read without having been scanned."""
    is_deep = model.depth is None or model.depth > limits.max_depth
    if is_deep or model.is_swelling:
        return -1
    # No item is without a byte, so that there are no more items than bytes.
    most = min(limits.max_items, limits.max_payload_bytes)
    return min(most, _SMALL_BYTES) if model.has_decimals else most


def _lengthened(payload: bytes) -> bytes:
    """Put the length before bare bytes, as Avro has it."""
    out = BytesIO()
    schemaless_writer(out, "bytes", payload)
    return out.getvalue()


def _bared(payload: bytes) -> bytes:
    """Take the length off: all bytes of a number but its last have the highest bit."""
    at = 0
    while payload[at] & 0x80:
        at += 1
    return payload[at + 1 :]


def _adapted(
    to_plain: Callable[[Any], Any], encode: _Encoding
) -> Callable[[Any], bytes]:
    def adapted(value: Any) -> bytes:
        try:
            plain = to_plain(value)
        except EncodeError:
            raise
        except Exception as error:
            raise EncodeError(_short(error)) from error
        return encode(plain)

    return adapted


def _typed(
    from_plain: Callable[[Any], Any], decode: _Decoding
) -> Callable[[bytes, int, tuple[int, ...]], Any]:
    def typed(data: bytes, start: int, indexes: tuple[int, ...]) -> Any:
        plain = decode(data, start, indexes)
        try:
            return from_plain(plain)
        except DecodeError:
            raise
        except Exception as error:
            raise DecodeError(_short(error)) from error

    return typed


def _short(error: Exception) -> str:
    text = f"{type(error).__name__}: {error}"
    return text if len(text) <= _MOST_WORDS else f"{text[:_MOST_WORDS]}..."
