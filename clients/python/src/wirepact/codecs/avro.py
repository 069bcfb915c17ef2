"""Avro: schemas parsed by fastavro, compiled into functions that guard themselves.

The payload is Avro's binary encoding without a container. A top-level `bytes` is
written bare, without its length, as Confluent's serializers do.
"""

from collections.abc import Callable
from typing import Any, ClassVar, Final

from wirepact.codecs import avro_defaults, avro_resolution
from wirepact.codecs.avro_model import (
    AvroSchemaError,
    Model,
    kind_of,
    model_of,
)
from wirepact.codecs.avro_readers import DamagedError, Read, reader_of
from wirepact.codecs.avro_resolvers import UnreadableError, resolver_of
from wirepact.codecs.avro_scan import FREE_ITEMS, ITEMS_PER_BYTE, ScanError, Scanner
from wirepact.codecs.avro_values import (
    Explainer,
    is_deeper,
)
from wirepact.codecs.avro_writers import write_number, writer_of
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
from wirepact.schemas import AVRO

_MOST_KEPT: Final = 512

_Decode = Callable[[bytes, int, tuple[int, ...]], Any]
_Key = tuple[str, tuple[tuple[str, str], ...]]


class AvroLanguage:
    """Avro, by fastavro."""

    schema_type: ClassVar[str] = AVRO
    form: ClassVar[str] = ""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._known: dict[_Key, Model] = {}

    def record_name(self, resolved: ResolvedSchema) -> str | None:
        """Return the full name of a record, enum or fixed type.

        Raises:
            DecodeError: It is no schema.

        """
        root = self._read(resolved).root
        return str(root["name"]) if isinstance(root, dict) and "name" in root else None

    def misfit(self, values: ResolvedSchema, target: ResolvedSchema) -> str:
        """Say why values of one schema cannot be written with another.

        Raises:
            EncodeError: One of the two is no schema.

        """
        mine, theirs = self._written(values), self._written(target)
        return avro_resolution.misfit(mine, theirs)

    def writer(
        self, resolved: ResolvedSchema, adapter: Adapter | None, _value_type: type
    ) -> Writer:
        """Compile a schema to write with.

        Raises:
            EncodeError: It is no schema.

        """
        model = self._written(resolved)
        try:
            encode = _Encoding(model, self._limits)
        except Exception as error:
            reason = f"the schema cannot be compiled: {reason_of(error)}"
            raise EncodeError(reason) from error
        if adapter is None:
            return Writer(encode)
        return Writer(adapted(adapter.to_plain, encode))

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
            reason = avro_resolution.unreadable(written, read)
            if reason:
                raise DecodeError(f"the reader's schema does not fit: {reason}")
        from_plain = None if adapter is None else adapter.from_plain
        return Reader(_decoding(written, read, self._limits, from_plain))

    def _written(self, resolved: ResolvedSchema) -> Model:
        try:
            return self._model(resolved)
        except AvroSchemaError as error:
            raise EncodeError(f"the schema cannot be used: {error}") from error

    def _read(self, resolved: ResolvedSchema) -> Model:
        try:
            return self._model(resolved)
        except AvroSchemaError as error:
            raise DecodeError(f"the schema cannot be used: {error}") from error

    def _model(self, resolved: ResolvedSchema) -> Model:
        references = resolved.references.items()
        key = resolved.schema.text, tuple((name, ref.text) for name, ref in references)
        known = self._known.get(key)
        if known is None:
            known = model_of(resolved)
            avro_defaults.settle(known)
            if len(self._known) >= _MOST_KEPT:
                self._known.clear()
            self._known[key] = known
        return known


class _Encoding:
    """Writes values of one schema. Called for each of them."""

    def __init__(self, model: Model, limits: Limits) -> None:
        self._explainer = Explainer(model)
        self._write = writer_of(model, self._explainer)
        self._limits = limits
        self._is_bare = kind_of(model.root) == "bytes"
        is_deep = model.depth is None or model.depth > limits.max_depth
        self._most_depth = limits.max_depth if is_deep else None
        # What could not be read again is not written.
        self._scanner = Scanner(model, limits) if model.is_swelling else None

    def __call__(self, value: Any) -> bytes:
        if self._most_depth is not None and is_deeper(value, self._most_depth):
            raise EncodeError(self._limits.refused_depth())
        out = bytearray()
        try:
            self._write(value, out)
        except Exception as error:
            raise EncodeError(self._reason(value, error)) from error
        if len(out) > self._limits.max_payload_bytes:
            raise EncodeError(self._limits.refused_bytes(len(out)))
        payload = bytes(out)
        if self._scanner is not None:
            self._scan(self._scanner, payload)
        return _bared(payload) if self._is_bare else payload

    def _scan(self, scanner: Scanner, payload: bytes) -> None:
        try:
            scanner.end_of(payload, 0)
        except ScanError as error:
            raise EncodeError(str(error)) from error

    def _reason(self, value: Any, error: Exception) -> str:
        try:
            reason = self._explainer.reason(value)
        except Exception:  # noqa: BLE001 - an odd value must not hide the first error
            reason = ""
        return reason or reason_of(error)


def _decoding(
    model: Model,
    reader: Model | None,
    limits: Limits,
    from_plain: Callable[[Any], Any] | None,
) -> _Decode:
    """Return what reads messages of one schema, as another one has them if there is."""
    read = _read_function(model, reader, limits)
    scanner = Scanner(model, limits)
    is_bare = kind_of(model.root) == "bytes"
    most_bytes, most_items = limits.max_payload_bytes, limits.max_items

    def decode(data: bytes, start: int, _indexes: tuple[int, ...]) -> Any:
        if is_bare:
            data, start = _lengthened(data[start:]), 0
        size = len(data)
        left = ITEMS_PER_BYTE * (size - start) + FREE_ITEMS
        if left > most_items:
            left = most_items
        if size - start > most_bytes:
            raise DecodeError(limits.refused_bytes(size - start))
        try:
            value, end = read(data, start, 1, [left])
        except Exception as error:
            raise DecodeError(_reason(scanner, data, start, error)) from error
        if end != size:
            raise DecodeError(_misplaced(scanner, data, start, end))
        if from_plain is None:
            return value
        try:
            return from_plain(value)
        except DecodeError:
            raise
        except Exception as error:
            raise DecodeError(reason_of(error)) from error

    return decode


def _read_function(model: Model, reader: Model | None, limits: Limits) -> Read:
    try:
        if reader is None:
            return reader_of(model, limits)
        return resolver_of(model, reader, limits)
    except Exception as error:
        reason = f"the schema cannot be compiled: {reason_of(error)}"
        raise DecodeError(reason) from error


def _misplaced(scanner: Scanner, data: bytes, start: int, end: int) -> str:
    if end < len(data):
        return f"{len(data) - end} bytes are left after the payload"
    return _reason(scanner, data, start, DamagedError("it ends too early"))


def _reason(scanner: Scanner, data: bytes, start: int, error: Exception) -> str:
    """Find the place, which those who only read do not know; else say what they say."""
    try:
        scanner.end_of(data, start)
    except ScanError as found:
        return str(found)
    return str(error) if isinstance(error, UnreadableError) else reason_of(error)


def _lengthened(payload: bytes) -> bytes:
    """Put the length before bare bytes, as Avro has it."""
    out = bytearray()
    write_number(out, len(payload))
    return bytes(out + payload)


def _bared(payload: bytes) -> bytes:
    """Take the length off: all bytes of a number but its last have the highest bit."""
    at = 0
    while payload[at] & 0x80:
        at += 1
    return payload[at + 1 :]
