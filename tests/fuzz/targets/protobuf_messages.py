"""Protobuf: any bytes at any indexes of known schemas, and any bytes as a schema."""

import base64

import atheris

from tests.suites.protobuf_schemas import resolved
from wirepact.codecs.language import Limits, ResolvedSchema
from wirepact.codecs.protobuf import ProtobufLanguage
from wirepact.errors import DecodeError, EncodeError
from wirepact.schemas import PROTOBUF, Schema

INSTRUMENTED = ("wirepact.codecs",)

_LANGUAGE = ProtobufLanguage(Limits())
_KNOWN = [
    resolved(
        """syntax = "proto3"; import "google/protobuf/struct.proto";
        message Tree {
          message Leaf { string s = 1; bytes b = 2; map<string, Tree> m = 3; }
          Tree left = 1; repeated Tree more = 2; Leaf leaf = 3; repeated sint32 n = 4;
          oneof one { double d = 5; google.protobuf.Struct any = 6; } }
        message Empty {}"""
    ),
    resolved(
        """syntax = "proto2"; message Old {
          required int32 a = 1; optional group G = 2 { optional Old old = 1; }
          extensions 100 to 200; enum E { X = 1; } optional E e = 3; }"""
    ),
]
_READERS = [_LANGUAGE.reader(each, None, None) for each in _KNOWN]
_PATHS = ((0,), (0, 0), (0, 0, 0), (1,))


def seeds():
    texts = [base64.b64decode(each.schema.text) for each in _KNOWN]
    return [
        b"\x00\x00\x0a\x02\x0a\x00",
        b"\x00\x01\x0a\x03abc\x12\x01\xff",
        b"\x01\x00\x08\x05\x13\x0a\x00\x14",
        *(b"\x02" + text for text in texts),
        *(text + b"\x02" for text in texts),
    ]


def one(data):
    provider = atheris.FuzzedDataProvider(data)
    way = provider.ConsumeIntInRange(0, 3)
    if way == 3:
        _any_schema(provider)
        return
    indexes = _PATHS[provider.ConsumeIntInRange(0, len(_PATHS) - 1)]
    if way == 2:
        count = provider.ConsumeIntInRange(0, 5)
        indexes = tuple(provider.ConsumeIntListInRange(count, 0, 2**31 - 1))
    reader = _READERS[provider.ConsumeIntInRange(0, 1)]
    try:
        value = reader.decode(provider.ConsumeBytes(atheris.ALL_REMAINING), 0, indexes)
    except DecodeError:
        return
    try:
        schema = _KNOWN[_READERS.index(reader)]
        _LANGUAGE.writer(schema, None, type(value)).encode(value)
    except EncodeError:
        # What is read without a required field is not written without it.
        return


def _any_schema(provider):
    message = provider.ConsumeBytes(provider.ConsumeIntInRange(0, 40))
    text = base64.b64encode(provider.ConsumeBytes(atheris.ALL_REMAINING)).decode()
    schema = ResolvedSchema(Schema(text, PROTOBUF), {}, "serialized")
    try:
        _LANGUAGE.reader(schema, None, None).decode(message, 0, (0,))
    except DecodeError:
        return
    try:
        _LANGUAGE.writer(schema, None, dict).encode({"a": {"b": 1}})
    except EncodeError:
        return
