"""Avro through the SDK's codec, with all of its guards."""

from typing import Any

from registry.application.parsing import Parsing, Source
from registry.domain.errors import InvalidSchemaError
from registry.gate.misfits import MisfitError, Try
from registry.gate.payloads import avro_values
from registry.gate.payloads.resolved import resolved
from wirepact.codecs.avro import AvroLanguage
from wirepact.codecs.language import Limits
from wirepact.errors import CodecError


def trial(parsing: Parsing, source: Source, _message: str | None) -> Try:
    """See `payloads.trial`."""
    schema: Any = parsing.parse(source)
    language, needed = AvroLanguage(Limits()), resolved(parsing, source)
    try:
        write = language.writer(needed, None, dict).encode
        read = language.reader(needed, None, None).decode
    except CodecError as error:
        raise InvalidSchemaError(f"cannot be written or read: {error}") from error

    def tried(value: Any) -> Any:
        plain = avro_values.plain(schema.root, value)
        try:
            payload = write(plain)
            found = read(payload, 0, ())
            again = write(found)
        except CodecError as error:
            raise MisfitError("", str(error)) from error
        if again != payload:
            raise MisfitError("", "expected the same bytes after decode and encode")
        return found

    return tried
