"""Which languages there are, and what each needs to be installed."""

from collections.abc import Mapping
from importlib import import_module
from typing import Final, NamedTuple, cast

from wirepact.codecs.language import Language, Limits
from wirepact.errors import MissingExtraError, WirepactError
from wirepact.schemas import AVRO, JSON, PROTOBUF


class _Plug(NamedTuple):
    module: str
    name: str
    extra: str


_PLUGS: Final[Mapping[str, _Plug]] = {
    AVRO: _Plug("wirepact.codecs.avro", "AvroLanguage", "avro"),
    JSON: _Plug("wirepact.codecs.json", "JsonLanguage", "json"),
    PROTOBUF: _Plug("wirepact.codecs.protobuf", "ProtobufLanguage", "protobuf"),
}


class UnknownLanguageError(WirepactError):
    """A schema is of a type that this version of the package cannot read or write."""

    def __init__(self, schema_type: str) -> None:
        self.schema_type = schema_type
        super().__init__(schema_type)

    def __str__(self) -> str:
        known = ", ".join(_PLUGS)
        return f"no codec for schemas of type {self.schema_type!r}; there are: {known}"


def language_of(schema_type: str, limits: Limits) -> Language:
    """Make the codec of a language; its libraries are imported now.

    Raises:
        UnknownLanguageError: There is no such language.
        MissingExtraError: What it needs is not installed.

    """
    plug = _PLUGS.get(schema_type)
    if plug is None:
        raise UnknownLanguageError(schema_type)
    try:
        module = import_module(plug.module)
    except ModuleNotFoundError as error:
        if error.name is None or error.name.partition(".")[0] == "wirepact":
            raise
        purpose = f"{schema_type} (module {error.name})"
        raise MissingExtraError(purpose, plug.extra) from error
    return cast(Language, getattr(module, plug.name)(limits))
