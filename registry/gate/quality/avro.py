"""The values of an Avro schema, as the SDK binds them for rules."""

from collections.abc import Mapping
from typing import Any, Final

from registry.application.parsing import Parsing, Source
from registry.domain.formats.avro.logical_types import logical_type
from registry.domain.formats.avro.nodes import Array, Map, Node, Record, Union
from registry.gate.quality.shapes import (
    Declared,
    Listed,
    Scalar,
    Shape,
    Struct,
    declared,
)

_KINDS: Final[Mapping[str, Scalar]] = {
    "boolean": Scalar.BOOL,
    "int": Scalar.INT,
    "long": Scalar.INT,
    "float": Scalar.DOUBLE,
    "double": Scalar.DOUBLE,
    "string": Scalar.STRING,
    "enum": Scalar.STRING,
    "bytes": Scalar.BYTES,
    "fixed": Scalar.BYTES,
}
_LOGICAL: Final[Mapping[str, Scalar]] = {
    "decimal": Scalar.DOUBLE,
    "date": Scalar.INT,
    "time-millis": Scalar.STRING,
    "time-micros": Scalar.STRING,
    "timestamp-millis": Scalar.TIMESTAMP,
    "timestamp-micros": Scalar.TIMESTAMP,
    "local-timestamp-millis": Scalar.TIMESTAMP,
    "local-timestamp-micros": Scalar.TIMESTAMP,
    "uuid": Scalar.STRING,
}


def values(parsing: Parsing, source: Source, _message: str | None) -> Declared:
    """See `types.of`."""
    schema: Any = parsing.parse(source)
    return declared(_Shapes().of(schema.root))


class _Shapes:
    def __init__(self) -> None:
        self._records: dict[int, Struct] = {}

    def of(self, node: Node) -> Shape:
        if isinstance(node, Union):
            # What may be null is compared with it before it is used.
            left = [each for each in node.branches if each.kind != "null"]
            return self.of(left[0]) if len(left) == 1 else Scalar.ANY
        if (logical := logical_type(node)) is not None:
            return _LOGICAL.get(logical, Scalar.ANY)
        match node:
            case Record():
                return self._record(node)
            case Array():
                return Listed(self.of(node.items))
            case Map():
                return Scalar.MAP
        return _KINDS.get(node.kind, Scalar.ANY)

    def _record(self, node: Record) -> Struct:
        known = self._records.get(id(node))
        if known is None:
            known = self._records[id(node)] = Struct(node.name)
            for each in node.fields:
                known.fields[each.name] = self.of(each.type)
        return known
