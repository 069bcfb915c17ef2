"""What must hold for every schema: printed, it means the same, and is printed again."""

from hypothesis import given

from registry.compiler.in_place import InPlaceCompiler
from registry.domain.formats.protobuf.format import ProtobufFormat
from registry.domain.formats.protobuf.options import resolved
from registry.domain.limits import Limits
from tests.strategies.protobuf import REFERENCES, protobuf_texts

PROTOBUF = ProtobufFormat(Limits(), InPlaceCompiler())


def meant(schema):
    read = resolved(schema.file, schema.imports)
    return read.SerializeToString(deterministic=True)


@given(protobuf_texts())
def test_given_any_text_when_its_canonical_text_is_parsed_then_nothing_is_lost(text):
    schema = PROTOBUF.parse(text, REFERENCES)

    again = PROTOBUF.parse(schema.canonical, REFERENCES)

    assert meant(again) == meant(schema)
    assert again.canonical == schema.canonical
