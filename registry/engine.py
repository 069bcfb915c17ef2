"""The pure engine: the schema languages spoken here, each imported when it is asked.

It knows neither storage nor HTTP; a command that checks files needs nothing else.
"""

from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from typing import Final

from registry.application.parsing import Parsing
from registry.domain.formats.protobuf.compiling import Compile
from registry.domain.limits import Limits
from registry.domain.model import SchemaType
from registry.domain.schema import AnyFormat

_PARSED_BYTES: Final = 64 * 1024 * 1024
_FORMATS: Final = {
    SchemaType.AVRO: ("registry.domain.formats.avro.format", "AvroFormat"),
    SchemaType.JSON: ("registry.domain.formats.jsonschema.format", "JsonFormat"),
    SchemaType.PROTOBUF: ("registry.domain.formats.protobuf.format", "ProtobufFormat"),
}


class Spoken(Mapping[SchemaType, AnyFormat]):
    """The formats within some limits; one that nobody asks for costs nothing.

    Args:
        compiler: Makes what runs protoc, once a format needs it.

    """

    def __init__(self, limits: Limits, compiler: Callable[[], Compile]) -> None:
        self._limits = limits
        self._compiler = compiler
        self._made: dict[SchemaType, AnyFormat] = {}

    def __getitem__(self, schema_type: SchemaType) -> AnyFormat:
        made = self._made.get(schema_type)
        if made is None:
            module, name = _FORMATS[schema_type]
            make = getattr(import_module(module), name)
            needs_compiler = schema_type is SchemaType.PROTOBUF
            more = (self._compiler(),) if needs_compiler else ()
            made = self._made.setdefault(schema_type, make(self._limits, *more))
        return made

    def __iter__(self) -> Iterator[SchemaType]:
        return iter(_FORMATS)

    def __len__(self) -> int:
        return len(_FORMATS)


def engine(compiler: Callable[[], Compile]) -> Parsing:
    """Build the engine of a command: formats are imported when they are asked for.

    Its limits are those of a server of which nothing else was said.
    """
    limits = Limits()
    return Parsing(Spoken(limits, compiler), limits, _PARSED_BYTES)
