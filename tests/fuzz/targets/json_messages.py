"""JSON: any bytes as a message of known schemas, and any text as a schema."""

import json

import atheris

from wirepact.codecs.json import JsonLanguage
from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.errors import DecodeError
from wirepact.schemas import JSON, Schema

INSTRUMENTED = ("wirepact.codecs",)

_LANGUAGE = JsonLanguage(Limits(max_depth=16))
_KNOWN = [
    {},
    {"type": "array", "items": {"$ref": "#"}},
    {
        "type": "object",
        "properties": {"id": {"type": "string", "pattern": "^(a|b)+$"}},
        "additionalProperties": {"anyOf": [{"$ref": "#"}, {"type": "number"}]},
    },
]
_SCHEMAS = [ResolvedSchema(Schema(json.dumps(each), JSON)) for each in _KNOWN]
_READERS = [_LANGUAGE.reader(each, None, None) for each in _SCHEMAS]
_WRITERS = [_LANGUAGE.writer(each, None, object) for each in _SCHEMAS]
_KEYWORDS = (
    '"type":"object"',
    '"$ref":"#"',
    '"$ref":"#/definitions/a"',
    '"$ref":"other.json"',
    '"$id":"http://x/y"',
    '"$schema":"http://json-schema.org/draft-04/schema#"',
    '"pattern":"(a+)+$"',
    '"enum":[1,"a",null]',
    '"properties":{"a":%s}',
    '"items":%s',
    '"not":%s',
    '"allOf":[%s,%s]',
    '"definitions":{"a":%s}',
    '"additionalProperties":%s',
)
_SIMPLE = 8


def seeds():
    return [
        b'\x00\x00{"id":"ab","x":{"id":"a","x":1.5e3}}',
        b"\x00\x01[[],[[]]]",
        b'\x00\x02{"a":1,"a":"\\u003a"}',
        b"\x01\x02\x03\x04\x05\x06\x07\x08{}",
        b'\x02{"$ref":"#"}',
    ]


def one(data):
    provider = atheris.FuzzedDataProvider(data)
    way = provider.ConsumeIntInRange(0, 2)
    if way:
        _any_schema(provider, is_drawn=way == 1)
        return
    number = provider.ConsumeIntInRange(0, len(_READERS) - 1)
    payload = provider.ConsumeBytes(atheris.ALL_REMAINING)
    try:
        value = _READERS[number].decode(payload, 0, ())
    except DecodeError:
        return
    again = _WRITERS[number].encode(value)
    assert _READERS[number].decode(again, 0, ()) == value


def _any_schema(provider, *, is_drawn):
    payload = provider.ConsumeBytes(provider.ConsumeIntInRange(0, 60))
    if is_drawn:
        text = _drawn(provider, 5)
    else:
        text = provider.ConsumeUnicode(atheris.ALL_REMAINING)
    schema = ResolvedSchema(Schema(text, JSON))
    try:
        _LANGUAGE.record_name(schema)
        _LANGUAGE.reader(schema, None, None).decode(payload, 0, ())
    except DecodeError:
        return


def _drawn(provider, depth):
    most = _SIMPLE if depth == 0 else len(_KEYWORDS)
    parts = []
    for _ in range(provider.ConsumeIntInRange(0, 3)):
        part = _KEYWORDS[provider.ConsumeIntInRange(0, most - 1)]
        inner = tuple(_drawn(provider, depth - 1) for _ in range(part.count("%s")))
        parts.append(part % inner)
    return "{" + ",".join(parts) + "}"
