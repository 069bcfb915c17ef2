"""Protobuf payloads that ask for much: counted before the runtime reads them."""

import pytest
from google.protobuf.message import DecodeError as ProtobufDecodeError
from google.protobuf.message_factory import GetMessageClass
from hypothesis import given
from hypothesis import strategies as st

from tests.suites.protobuf_schemas import resolved
from wirepact.codecs.language import Limits
from wirepact.codecs.protobuf import ProtobufLanguage
from wirepact.codecs.protobuf_files import find_message, opened
from wirepact.codecs.protobuf_scan import MOST_NESTED, ScanError, Scanner
from wirepact.errors import DecodeError, EncodeError

MANY = """\
syntax = "proto2";
message M {
  optional M one = 1;
  repeated M more = 2;
  repeated int32 packed = 3 [packed = true];
  repeated int64 apart = 4;
  repeated fixed32 words = 5 [packed = true];
  repeated double doubles = 6;
  repeated string texts = 7;
  map<int64, M> named = 8;
  repeated group G = 9 { optional M m = 1; repeated bool flags = 2; }
  optional string text = 10;
  optional int32 number = 11;
  map<int32, int32> numbers = 12;
  extensions 100 to 200;
}
extend M { repeated M also = 100; }
"""
FLAT = 'syntax = "proto3"; message F { string text = 1; int64 number = 2; }'
SPACIOUS = 10**9
ROOT = (0,)


@pytest.fixture(scope="module")
def many():
    return resolved(MANY)


@pytest.fixture(scope="module")
def message_class(many):
    return GetMessageClass(find_message(opened(many), "M"))


def wide(fields):
    lines = "".join(f" int64 f{at} = {at};" for at in range(2, fields + 1))
    return resolved(f'syntax = "proto3"; message W {{ repeated W w = 1;{lines} }}')


def read(schema, payload, **limits):
    language = ProtobufLanguage(Limits(**limits))
    return language.reader(schema, None, None).decode(payload, 0, ROOT)


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))


def sized(tag, inside):
    return varint(tag << 3 | 2) + varint(len(inside)) + inside


def is_over(schema, payload, most):
    scanner = Scanner(find_message(opened(schema), "M"), Limits(max_items=most))
    try:
        scanner.check(payload)
    except ScanError as error:
        return str(error) == f"it has more than {most} items (Limits.max_items)"
    return False


CASES = [
    pytest.param(b"\x12\0" * 50, id="messages"),
    pytest.param(sized(3, bytes(200)), id="packed integers"),
    pytest.param(sized(3, b"\xff\xff\xff\xff\x0f" * 200), id="packed long integers"),
    pytest.param(b"\x18\x01" * 200, id="integers that should be packed"),
    pytest.param(b"\x20\x80\x01" * 200, id="integers one by one"),
    pytest.param(sized(4, bytes(200)), id="integers that should not be packed"),
    pytest.param(b"\x3a\0" * 50, id="texts"),
    pytest.param(b"\x62\0" * 50, id="entries of a map"),
    pytest.param(b"\x42\0" * 25, id="entries of a map, and the messages they lack"),
    pytest.param(b"\x42\x02\x12\0" * 25, id="entries of a map, and their messages"),
    pytest.param(b"\x42\x04\x12\0\x12\0" * 25, id="entries with one message twice"),
    pytest.param(b"\x4b\x4c" * 50, id="groups"),
    pytest.param(b"\x0a\0" * 50, id="one message again and again"),
    pytest.param(b"\xa2\x06\0" * 50, id="messages of an extension"),
    pytest.param(b"\x92\x80\0\0" * 50, id="messages under a long tag"),
    pytest.param(b"\x12\x80\x80\0" * 50, id="messages of a long length"),
    pytest.param(sized(1, b"\x12\0" * 49), id="messages in a message"),
    pytest.param(b"\x4b\x0a\x02\x12\0\x4c" * 16 + b"\x12\0" * 2, id="in groups"),
    pytest.param(b"\x4b\x12\x02\x00\x01\x4c" * 32 + b"\x12\0" * 2, id="flags"),
]


@pytest.mark.parametrize("payload", CASES)
def test_given_items_of_any_kind_then_each_is_counted_once_and_integers_by_four(
    many, payload
):
    assert read(many, payload)
    assert not is_over(many, payload, 50)
    assert is_over(many, payload, 49)


def test_given_what_is_no_item_then_it_is_not_counted(many):
    text = sized(10, b"\x12\0" * 500)
    unknown = b"\xb8\x01\x00" * 500 + sized(20, bytes(500)) + b"\xa3\x01\xa4\x01" * 500
    words = sized(5, bytes(2000)) + (b"\x2d" + bytes(4)) * 500
    doubles = sized(6, bytes(4000)) + (b"\x31" + bytes(8)) * 500
    payload = text + b"\x58\x01" * 500 + unknown + words + doubles + b"\x12\0"

    assert not is_over(many, payload, 1)


def test_given_too_many_items_when_written_then_they_are_refused(many, message_class):
    language = ProtobufLanguage(Limits(max_items=3))
    writer = language.writer(many, None, message_class)

    assert writer.encode(message_class(texts=["1", "2", "3"]))
    with pytest.raises(EncodeError, match=r"M: it has more than 3 items"):
        writer.encode(message_class(texts=["1", "2", "3"], more=[message_class()]))


@pytest.mark.parametrize("kind", ["float", "double", "fixed32", "sfixed64"])
def test_given_numbers_that_take_no_more_than_their_bytes_then_none_is_counted(kind):
    schema = resolved(f'syntax = "proto3"; message N {{ repeated {kind} n = 1; }}')
    size = 4 if kind in {"float", "fixed32"} else 8
    payload = sized(1, bytes(1_000_001 * size))

    assert len(read(schema, payload).n) == 1_000_001
    assert len(read(schema, payload, max_items=1).n) == 1_000_001


def test_given_millions_of_integers_then_four_are_an_item_on_both_ways():
    schema = resolved('syntax = "proto3"; message N { repeated int64 n = 1; }')
    writer = ProtobufLanguage().writer(schema, None, dict)

    payload = sized(1, bytes(4_000_000))
    assert writer.encode({"n": bytes(4_000_000)}) == payload
    assert len(read(schema, payload).n) == 4_000_000
    with pytest.raises(DecodeError, match="more than 1000000 items"):
        read(schema, sized(1, bytes(4_000_001)))
    with pytest.raises(EncodeError, match="N: it has more than 1000000 items"):
        writer.encode({"n": bytes(4_000_001)})


def test_given_entries_without_values_when_wide_then_their_messages_are_counted():
    lines = "".join(f" string f{at} = {at};" for at in range(1, 161))
    entries = "message M { map<int32, W> m = 1; }"
    schema = resolved(f'syntax = "proto3"; {entries} message W {{{lines} }}')
    payload = b"".join(sized(1, b"\x08" + varint(at)) for at in range(10))

    assert len(read(schema, payload, max_items=120).m) == 10
    with pytest.raises(DecodeError, match="more than 119 items"):
        read(schema, payload, max_items=119)


def test_given_a_message_set_then_it_is_neither_read_nor_written():
    schema = resolved(
        'syntax = "proto2"; message M { optional S s = 1; } message S {'
        " option message_set_wire_format = true; extensions 4 to max; }"
        " message X { repeated X x = 1; extend S { optional X x_of = 100; } }"
    )

    with pytest.raises(DecodeError, match="S is a message set, and what is in one"):
        read(schema, b"")
    message = GetMessageClass(find_message(opened(schema), "M"))
    with pytest.raises(EncodeError, match="S is a message set"):
        ProtobufLanguage().writer(schema, None, message)


def test_given_messages_of_many_fields_then_they_count_as_several():
    schema = wide(160)

    assert read(schema, b"\x0a\0" * 10, max_items=110)
    with pytest.raises(DecodeError, match=r"more than 109 items \(Limits.max_items\)"):
        read(schema, b"\x0a\0" * 10, max_items=109)


def test_given_a_class_with_more_fields_than_the_schema_then_its_own_are_counted():
    registered, larger = wide(2), wide(160)
    reading = GetMessageClass(find_message(opened(larger), "W"))
    language = ProtobufLanguage(Limits(max_items=20))

    for target, is_read in ((None, True), (reading, False)):
        reader = language.reader(registered, None, None, {"W": target}.get)
        if is_read:
            assert len(reader.decode(b"\x0a\0" * 10, 0, ROOT).w) == 10
        else:
            with pytest.raises(DecodeError, match="more than 20 items"):
                reader.decode(b"\x0a\0" * 10, 0, ROOT)


def test_given_a_message_without_items_then_its_size_is_all_that_counts():
    payload = b"\x10\x01" * 1000

    assert read(resolved(FLAT), payload, max_items=1, max_depth=1).number == 1


def deep(levels):
    payload = b""
    for _ in range(levels):
        payload = sized(1, payload)
    return payload


@pytest.mark.parametrize("most", [1, 2, 10, MOST_NESTED])
def test_given_a_lower_limit_of_depth_then_it_holds(many, most):
    assert read(many, deep(most - 1), max_depth=most)
    with pytest.raises(DecodeError, match=rf"deeper than {most} levels \(Limits"):
        read(many, deep(most) + sized(10, b"x"), max_depth=most)


@pytest.mark.parametrize("text", [b"", bytes(3_000_000)], ids=["small", "large"])
def test_given_more_levels_than_a_runtime_reads_then_that_is_said(many, text):
    behind = sized(10, text)

    assert read(many, deep(MOST_NESTED) + behind)
    with pytest.raises(DecodeError, match="nested deeper than 100 messages, which no"):
        read(many, deep(MOST_NESTED + 1) + behind)


@given(st.data())
def test_given_any_bytes_that_are_read_then_all_that_is_in_them_was_counted(data):
    schema = resolved(MANY)
    payload = data.draw(payloads)
    message = GetMessageClass(find_message(opened(schema), "M"))()

    try:
        message.ParseFromString(payload)
    except ProtobufDecodeError:
        is_over(schema, payload, 3)
        return

    count = integers_in(message)
    assert count == 0 or is_over(schema, payload, (count - 1) // 4)


FIXED = {"words", "doubles"}


def integers_in(message):
    """Count what was made: of messages, texts and entries each is four integers."""
    found = 0
    for field, value in message.ListFields():
        if field.name == "numbers":
            found += 4 * len(value)
        elif field.name == "named":
            found += sum(8 + integers_in(each) for each in value.values())
        elif field.message_type:
            several = value if field.is_repeated else [value]
            found += sum(4 + integers_in(each) for each in several)
        elif field.is_repeated and field.name not in FIXED:
            found += len(value) * (4 if field.name == "texts" else 1)
    return found


def _fields(inner):
    numbers = st.sampled_from([*range(1, 13), 100, 150])
    wires = st.sampled_from([0, 1, 2, 2, 2, 3, 4, 5])
    values = st.integers(0, 2**35).map(varint) | st.binary(max_size=9)
    padded = st.sampled_from([b"", b"\x80\x00", b"\x80\x80\x00"])

    @st.composite
    def field(draw):
        tag = varint(draw(numbers) << 3 | draw(wires))
        pad = draw(padded)
        tag = tag[:-1] + bytes((tag[-1] | 0x80,)) + pad[1:] if pad else tag
        body = draw(inner)
        return tag + (varint(len(body)) + body if tag[0] & 7 == 2 else draw(values))

    groups = inner.map(lambda body: b"\x4b" + body + b"\x4c")
    messages = st.builds(sized, st.sampled_from([1, 2, 8, 100]), inner)
    return st.lists(field() | groups | messages, max_size=5).map(b"".join)


payloads = st.recursive(st.binary(max_size=6), _fields, max_leaves=12)
