"""The languages by their types; one that nobody asks for is never imported."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, Final

from registry.domain.model import SchemaType
from registry.gate.languages.language import Language

_MODULES: Final = {
    SchemaType.AVRO: "avro",
    SchemaType.PROTOBUF: "protobuf",
    SchemaType.JSON: "jsonschema",
}


class _Board(Mapping[SchemaType, Language]):
    def __getitem__(self, schema_type: SchemaType) -> Language:
        name = _MODULES[schema_type]
        module: Any = import_module(f"registry.gate.languages.{name}")
        language: Language = module
        return language

    def __iter__(self) -> Iterator[SchemaType]:
        return iter(_MODULES)

    def __len__(self) -> int:
        return len(_MODULES)


LANGUAGES: Final = _Board()
