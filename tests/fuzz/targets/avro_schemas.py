"""Any text as an Avro schema, and any bytes as a message of it."""

import atheris

from wirepact.codecs.avro import AvroLanguage
from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.errors import DecodeError
from wirepact.schemas import Schema

INSTRUMENTED = ("wirepact.codecs",)

_LIMITS = Limits(max_depth=16, max_items=10_000)
_PARTS = (
    *('"null"', '"int"', '"string"', '"bytes"', '"R0"', '"R1"', '"E"', '"double"'),
    '{"type":"array","items":%s}',
    '{"type":"map","values":%s}',
    "[%s,%s]",
    '{"type":"record","name":"R0","fields":[{"name":"a","type":%s}]}',
    '{"type":"record","name":"R1","fields":[{"name":"a","type":%s},'
    '{"name":"b","type":%s,"default":null}]}',
    '{"type":"enum","name":"E","symbols":["A","B"]}',
    '{"type":"fixed","name":"F","size":0}',
    '{"type":"bytes","logicalType":"decimal","precision":%s}',
)


def seeds():
    return [b"\0" * 8, bytes(range(64)), bytes(range(64, 0, -1)), b"\x0b" * 40]


def one(data):
    provider = atheris.FuzzedDataProvider(data)
    if provider.ConsumeBool():
        text = _drawn(provider, 8)
    else:
        text = provider.ConsumeUnicode(provider.ConsumeIntInRange(0, 500))
    message = provider.ConsumeBytes(atheris.ALL_REMAINING)
    language = AvroLanguage(_LIMITS)
    resolved = ResolvedSchema(Schema(text))
    try:
        language.record_name(resolved)
        language.reader(resolved, None, None).decode(message, 0, ())
    except DecodeError:
        pass


def _drawn(provider, depth):
    at = provider.ConsumeIntInRange(0, (7 if depth == 0 else len(_PARTS)) - 1)
    part = _PARTS[at]
    inner = tuple(_drawn(provider, depth - 1) for _ in range(part.count("%s")))
    return part % inner
