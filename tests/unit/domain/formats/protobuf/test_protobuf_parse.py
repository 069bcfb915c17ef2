"""What is taken as a Protobuf schema, and how what is not is refused."""

import base64
from typing import Any

import pytest
from google.protobuf.descriptor_pb2 import (
    DescriptorProto,
    Edition,
    FeatureSet,
    FieldDescriptorProto,
    FileDescriptorProto,
)
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.compiler.in_place import InPlaceCompiler
from registry.domain.errors import InvalidSchemaError, SchemaTooLargeError
from registry.domain.formats.protobuf.compiling import ROOT
from registry.domain.formats.protobuf.format import ProtobufFormat
from registry.domain.limits import Limits
from registry.domain.places import Place
from registry.domain.schema import ResolvedReference
from tests.unit.domain.formats.protobuf.builders import PROTOBUF, parsed

MONEY = 'syntax = "proto3"; package common; message Money { string currency = 1; }'


def refusal(text: str, **references: str) -> InvalidSchemaError:
    with pytest.raises(InvalidSchemaError) as caught:
        parsed(text, **references)
    return caught.value


def encoded(file: FileDescriptorProto) -> str:
    return base64.b64encode(file.SerializeToString()).decode()


def a_file(**more: Any) -> FileDescriptorProto:
    message = DescriptorProto(name="M")
    field = {"name": "a", "number": 1, "type": 9, "label": 1}
    message.field.add(**{**field, **more.pop("field", {})})
    more.setdefault("message_type", [message])
    return FileDescriptorProto(**{"name": "x.proto", "syntax": "proto3", **more})


def in_a_oneof(label: "FieldDescriptorProto.Label.ValueType") -> FileDescriptorProto:
    file = a_file(field={"label": label, "oneof_index": 0})
    file.message_type[0].oneof_decl.add(name="o")
    return file


def test_given_a_text_when_parsed_then_it_is_linked_and_without_source_info():
    text = 'import "common/money.proto"; message M { optional common.Money m = 1; }'

    schema = parsed(f'syntax = "proto2"; {text}', common__money=MONEY)

    assert schema.file.message_type[0].field[0].type_name == ".common.Money"
    assert not schema.file.HasField("source_code_info")
    assert list(schema.imports) == ["common/money.proto"]


def test_given_imports_of_imports_when_parsed_then_all_are_there_before_their_users():
    one = 'syntax = "proto3"; import public "two.proto";'
    two = 'syntax = "proto3"; import "google/type/money.proto"; message Two {}'

    schema = parsed(
        'syntax = "proto3"; import "one.proto"; message M { Two t = 1; }',
        one=one,
        two=two,
    )

    assert list(schema.imports) == ["google/type/money.proto", "two.proto", "one.proto"]


def test_given_a_well_known_import_when_parsed_twice_then_its_descriptor_is_shared():
    text = 'syntax = "proto3"; import "google/protobuf/any.proto";'

    one, other = parsed(text), parsed(f"{text} message M {{}}")

    name = "google/protobuf/any.proto"
    assert one.imports[name] is other.imports[name]


def test_given_a_reference_that_is_well_known_when_parsed_then_it_is_not_looked_at():
    text = 'import "google/protobuf/any.proto";'

    schema = parsed(text, google__protobuf__any="no Protobuf")

    assert schema.imports["google/protobuf/any.proto"].message_type[0].name == "Any"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("message M {\n  Missing m = 1;\n}", (2, 3)),
        ('syntax = "proto3";\nmessage M {\n\tMissing m = 1;\n}', (3, 2)),
        ('syntax = "proto3"; message M { string é = 1; }', (1, 39)),
        ('syntax = "proto3"; /* é漢 */ message M { Missing m = 1; }', (1, 41)),
    ],
)
def test_given_a_wrong_text_when_refused_then_the_place_is_in_the_text(text, place):
    error = refusal(text)

    assert error.place is not None
    assert (error.place.line, error.place.column) == place


def test_given_one_fault_when_refused_then_the_reason_is_that_of_protoc():
    error = refusal('syntax = "proto3"; message M { Missing m = 1; }')

    assert error.reason == '"Missing" is not defined'


def test_given_several_faults_when_refused_then_some_are_told_and_the_rest_counted():
    fields = "\n".join(
        f"Missing{number} m{number} = {number};" for number in range(1, 9)
    )

    error = refusal(f'syntax = "proto3"; message M {{\n{fields}\n}}')

    assert error.reason == (
        '"Missing1" is not defined (and: line 3: "Missing2" is not defined;'
        ' line 4: "Missing3" is not defined; line 5: "Missing4" is not defined;'
        ' line 6: "Missing5" is not defined; 3 more)'
    )
    assert error.place == Place(2, 1, 2, 2)


def test_given_a_very_long_complaint_when_refused_then_it_is_cut():
    error = refusal(f'syntax = "proto3"; message M {{ {"a." * 200}b c = 1; }}')

    assert len(error.reason) < 500


def test_given_a_fault_in_a_reference_when_refused_then_the_reference_is_named():
    error = refusal(
        'syntax = "proto3"; import "a.proto";', a="message M {\nX x = 1;\n}"
    )

    assert error.reason.startswith("in the reference 'a.proto', line 2: ")
    assert error.place is None


def test_given_an_import_without_a_reference_when_refused_then_it_says_which_to_give():
    error = refusal('syntax = "proto3";\n  import "common/money.proto";')

    assert error.reason == (
        "expected a reference with the name 'common/money.proto', which is imported,"
        " found none"
    )
    assert error.place == Place(2, 3, 2, 31)


def test_given_a_reference_that_lacks_one_when_refused_then_it_says_which_to_give():
    error = refusal('import "a.proto";', a='import "b.proto";')

    assert error.reason.startswith(
        "expected a reference with the name 'b.proto', found none"
    )


def test_given_an_import_called_like_the_schema_itself_when_parsed_then_refused():
    assert "is not called" in refusal(f'import "{ROOT}";').reason


def test_given_a_name_of_this_schema_in_a_complaint_then_it_is_not_told():
    error = refusal(
        'syntax = "proto3"; import "a.proto"; message M { B b = 1; }',
        a='syntax = "proto3"; import "b.proto";',
        b='syntax = "proto3"; message B {}',
    )

    assert ROOT not in error.reason


def test_given_too_deep_a_text_when_refused_then_protoc_is_not_asked():
    def never(text, imports):
        raise AssertionError

    form = ProtobufFormat(Limits(max_depth=3), never)

    with pytest.raises(InvalidSchemaError, match="at most 3 levels"):
        form.parse("message A { message B { message C { message D {} } } }")


def test_given_a_short_text_that_means_a_lot_when_parsed_then_it_is_too_large():
    numbers = ", ".join(str(number) for number in range(1, 400))
    options = ", ".join(
        f'declaration = {{ number: {number} full_name: ".a.b{number}" type: ".c.D" }}'
        for number in range(1, 400)
    )
    form = ProtobufFormat(Limits(max_schema_bytes=64 * 1024), InPlaceCompiler())
    text = f"message M {{ extensions 1 to 399 [{options}]; }}"
    assert form.parse(text)

    many = f'import "o.proto"; message M {{ extensions {numbers} [{"(o) = 1, " * 400}'
    option = (
        "extend google.protobuf.ExtensionRangeOptions { repeated int32 o = 50000; }"
    )
    imported = f'import "google/protobuf/descriptor.proto"; {option}'
    with pytest.raises(SchemaTooLargeError):
        form.parse(f"{many}(o) = 1]; }}", [ResolvedReference("o.proto", imported)])


def test_given_a_descriptor_when_parsed_then_it_is_the_schema_of_its_text():
    text = 'syntax = "proto3"; package p; message M { map<string, M> a = 1; }'
    from_text = parsed(text)

    from_descriptor = parsed(PROTOBUF.renderings["serialized"](from_text))

    assert from_descriptor.canonical == from_text.canonical
    assert PROTOBUF.is_equivalent(from_descriptor, from_text)


def test_given_a_descriptor_of_another_maker_when_parsed_then_it_is_linked():
    file = a_file()
    del file.message_type[0].field[0]
    file.message_type[0].field.add(name="next_one", number=1, label=1, type_name="M")

    schema = parsed(encoded(file))

    field = schema.file.message_type[0].field[0]
    assert (field.type_name, field.json_name) == (".M", "nextOne")


def test_given_a_descriptor_that_does_not_link_when_refused_then_by_protocs_reason():
    error = refusal(encoded(a_file(field={"type": 11, "type_name": ".no.Such"})))

    assert error.reason == '".no.Such" is not defined'
    assert error.place is None


def test_given_a_descriptor_without_its_reference_when_refused_then_it_is_named():
    error = refusal(encoded(a_file(dependency=["a/b.proto"])))

    assert "a reference with the name 'a/b.proto'" in error.reason


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("hello", id="a word"),
        pytest.param("aGVsbG8gd29ybGQ=", id="no descriptor"),
        pytest.param(encoded(a_file()).rstrip("=")[:-1], id="not padded"),
        pytest.param("-_-_", id="the alphabet for addresses"),
    ],
)
def test_given_no_schema_in_base64_when_refused_then_it_says_what_was_expected(text):
    assert "FileDescriptorProto in base64" in refusal(text).reason


INJECTED = "M { } message Injected"


@pytest.mark.parametrize(
    "file",
    [
        pytest.param(
            a_file(message_type=[DescriptorProto(name=INJECTED)]), id="message"
        ),
        pytest.param(a_file(message_type=[DescriptorProto()]), id="no name"),
        pytest.param(a_file(package="a; message Injected {}"), id="package"),
        pytest.param(a_file(field={"name": "a = 1; string b"}), id="field"),
        pytest.param(a_file(field={"type": 11, "type_name": "M a = 2; M"}), id="type"),
        pytest.param(
            a_file(field={"default_value": "1]; string b = 2 ["}), id="default"
        ),
        pytest.param(a_file(syntax='proto3"; message Injected {} //'), id="syntax"),
        pytest.param(a_file(field={"oneof_index": 4}), id="no such oneof"),
        pytest.param(a_file(field={"oneof_index": 0}), id="no oneof at all"),
        pytest.param(a_file(field={"oneof_index": -1}), id="a oneof before the first"),
        pytest.param(a_file(syntax="proto2", field={"type": 10}), id="a group of none"),
        pytest.param(a_file(field={"name": "a" * 600}), id="a long name"),
    ],
)
def test_given_a_descriptor_that_no_text_stands_for_when_parsed_then_refused(file):
    assert refusal(encoded(file)).reason


@pytest.mark.parametrize(
    ("file", "reason"),
    [
        pytest.param(
            a_file(syntax="proto2", field={"type_name": ".M"}),
            "expected 'message' as the type of field 'a'",
            id="a number with the name of a message",
        ),
        pytest.param(
            a_file(syntax="proto2", field={"type": 14, "type_name": ".M"}),
            "expected 'message' as the type of field 'a'",
            id="an enum that is a message",
        ),
        pytest.param(
            a_file(
                syntax="editions",
                edition=Edition.EDITION_2023,
                field={"type": 10, "type_name": ".M"},
            ),
            "expected 'message' as the type of field 'a'",
            id="a group that nothing says is delimited",
        ),
        pytest.param(
            in_a_oneof(FieldDescriptorProto.LABEL_REPEATED),
            "expected 'optional' as the label of field 'a'",
            id="a repeated member of a oneof",
        ),
        pytest.param(
            in_a_oneof(FieldDescriptorProto.LABEL_REQUIRED),
            "expected 'optional' as the label of field 'a'",
            id="a required member of a oneof",
        ),
    ],
)
def test_given_a_descriptor_that_contradicts_itself_when_parsed_then_refused(
    file, reason
):
    assert refusal(encoded(file)).reason.startswith(reason)


def test_given_a_map_with_many_values_of_a_key_when_parsed_then_refused():
    file = parsed('syntax = "proto3"; message M { map<string, string> a = 1; }').file
    stated = FileDescriptorProto.FromString(file.SerializeToString())
    key_and_value = stated.message_type[0].nested_type[0].field
    key_and_value[1].label = FieldDescriptorProto.LABEL_REPEATED

    assert "as the label of field 'value'" in refusal(encoded(stated)).reason


def test_given_a_delimited_message_called_a_group_when_parsed_then_it_is_one():
    file = a_file(
        syntax="editions",
        edition=Edition.EDITION_2023,
        field={"type": 10, "type_name": ".M"},
    )
    file.options.features.message_encoding = FeatureSet.DELIMITED

    assert "M a = 1;" in parsed(encoded(file)).canonical


def test_given_strings_that_end_their_quotes_when_printed_then_they_stay_strings():
    ending = 'x"]; string b = 2 [json_name="'
    file = a_file(
        syntax="proto2",
        field={"type": 12, "json_name": ending, "default_value": ending},
    )

    (field,) = parsed(encoded(file)).file.message_type[0].field

    assert field.json_name == ending


def test_given_a_descriptor_with_what_is_not_known_when_parsed_then_nothing_is_lost():
    file = a_file()
    file.MergeFromString(b"\xf2\xff\x7f\x01x")

    assert "found none" in refusal(encoded(file)).reason


def test_given_an_option_that_no_import_defines_when_parsed_then_refused():
    file = a_file()
    # Field 50000 of the options, a string.
    file.message_type[0].options.MergeFromString(b"\x82\xb5\x18\x01x")

    assert (
        "expected the import that defines field 50000" in refusal(encoded(file)).reason
    )


def test_given_too_deep_a_descriptor_when_parsed_then_refused():
    message = DescriptorProto(name="M")
    for _ in range(70):
        message = DescriptorProto(name="M", nested_type=[message])

    assert (
        "at most 64 levels" in refusal(encoded(a_file(message_type=[message]))).reason
    )


def test_given_a_descriptor_deeper_than_can_be_read_when_parsed_then_refused():
    # A message in a message, as field 3, again and again; then one in a file, as 4.
    nested = b"\x0a\x01M"
    for _ in range(200):
        nested = b"\x0a\x01M\x1a" + _varint(len(nested)) + nested
    file = b"\x22" + _varint(len(nested)) + nested

    assert refusal(base64.b64encode(file).decode())


def _varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + _varint(rest) if rest else bytes([low])


def test_given_too_large_a_descriptor_when_parsed_then_refused_before_it_is_decoded():
    form = ProtobufFormat(Limits(max_schema_bytes=100), InPlaceCompiler())

    with pytest.raises(SchemaTooLargeError):
        form.parse("A" * 104)


SAMPLE = encoded(
    parsed(
        """
        syntax = "proto2"; package p; import "confluent/meta.proto";
        message M { optional group G = 1 { required bytes b = 2 [default = "\\001"]; }
          map<string, M> m = 3; oneof o { string s = 4; } extensions 9 to 11;
          extend M { repeated E e = 9 [packed = true]; } reserved 20; reserved "x"; }
        enum E { A = 0; B = -1 [deprecated = true]; }
        service S { rpc R (stream M) returns (M.G) {} }
        option (confluent.file_meta) = { tags: "a" };
        """
    ).file
)


@settings(max_examples=max(settings.default.max_examples // 2, 1))
@given(st.data())
def test_given_a_damaged_descriptor_when_parsed_then_it_is_refused_or_has_a_text(data):
    whole = bytearray(base64.b64decode(SAMPLE))
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at] = data.draw(st.integers(0, 255))

    try:
        schema = parsed(base64.b64encode(whole).decode())
    except InvalidSchemaError:
        return

    assert parsed(schema.canonical).canonical == schema.canonical
