import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain import json_text
from registry.domain.errors import InvalidSchemaError
from tests.strategies.avro import json_values

BROKEN = [
    ("", 1, "found an empty text"),
    ("  ", 3, "found an empty text"),
    ("string", 1, 'a name is written in quotes: "string"'),
    ("{'a': 1}", 2, "strings are written in double quotes"),
    ('{"a":1,}', 8, "a comma before '}'"),
    ("[1,]", 4, "a comma before ']'"),
    ("[1 2]", 4, "expected ',' or the end of the object or array, found '2'"),
    ('{"a" 1}', 6, "expected ':' after the name of a member"),
    ('{"a":', 6, "found the end of the text"),
    ("{a: 1}", 2, 'a name is written in quotes: "a"'),
    ('{"a":1} x', 9, "expected the end of the text"),
    ("// x\n1", 1, "comments are not part of JSON"),
    ('"abc', 1, "expected a closing quote"),
    ('"a\tb"', 3, "instead of a control character"),
    ('"\\q"', 2, "one of the escapes of JSON"),
    ('"\\u12"', 3, "four hexadecimal digits"),
    ("\ufeff1", 1, "found '\\ufeff'"),
    ("[NaN]", 2, "NaN is not part of JSON"),
    ('["NaN", -Infinity]', 9, "-Infinity is not part of JSON"),
    ("[1, 1e400]", 5, "in the range of a double"),
    (f"[{'1' * 5000}]", 2, "fewer than 4000 digits"),
    ("-", 1, "expected a JSON value"),
]


@pytest.mark.parametrize(("text", "column", "reason"), BROKEN)
def test_given_no_json_when_read_then_place_and_expectation_are_named(
    text, column, reason
):
    with pytest.raises(InvalidSchemaError) as caught:
        json_text.read(text)

    assert reason in caught.value.reason
    assert caught.value.reason.startswith("expected ")
    place: Any = caught.value.place
    assert (place.line, place.column) == (1, column)


@pytest.mark.parametrize(
    ("text", "pointer", "line", "column"),
    [
        ('{"a":1,\n "a":2}', "/a", 2, 2),
        ('{"a":1,"b":[2,{"x":1,"y":[],"x":2}]}', "/b/1/x", 1, 29),
        ('{"a\\u0062":1,"ab":2}', "/ab", 1, 14),
        ('{"/~":{"a":1,"a":2}}', "/~1~0/a", 1, 14),
        ('[{"a":1},{"a":"a"},{"a":1,"a":2}}],', "/2/a", 1, 27),
    ],
)
def test_given_a_member_twice_when_read_then_its_place_is_named(
    text, pointer, line, column
):
    with pytest.raises(InvalidSchemaError, match="each member of an object once") as e:
        json_text.read(text)

    place: Any = e.value.place
    assert (place.pointer, place.line, place.column) == (pointer, line, column)


@given(json_values)
def test_given_json_when_printed_compactly_then_it_reads_as_the_same(value):
    assert json_text.read(json_text.compact(value)) == value


@given(json_values)
def test_given_json_when_printed_compactly_then_no_space_is_left(value):
    floats_aside = json.loads(json.dumps(value), parse_float=lambda _: 0)

    printed = json_text.compact(floats_aside)

    # The standard library writes the hexadecimal digits of escapes in lower case.
    expected = json.dumps(floats_aside, ensure_ascii=False, separators=(",", ":"))
    assert printed.lower() == expected.lower()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("é", '"é"'),
        ('"\\/', '"\\"\\\\/"'),
        ("\b\f\n\r\t", '"\\b\\f\\n\\r\\t"'),
        ("\x00\x1b\x1f", '"\\u0000\\u001B\\u001F"'),
        ("\x1b\\u001b", '"\\u001B\\\\u001b"'),
        ("\x7f\u2028", '"\x7f\u2028"'),
    ],
)
def test_given_a_text_when_quoted_then_as_jackson_does(text, expected):
    assert json_text.quoted(text) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (-1.5, "-1.5"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (12345678.9, "1.23456789E7"),
        (-2.5e-5, "-2.5E-5"),
        (1e10, "1.0E10"),
        (1e21, "1.0E21"),
        (1e23, "1.0E23"),
        (1.7976931348623157e308, "1.7976931348623157E308"),
        (2.2250738585072014e-308, "2.2250738585072014E-308"),
        (5e-324, "4.9E-324"),
        (1e-323, "9.9E-324"),
    ],
)
def test_given_a_double_when_printed_then_as_java_does(value, expected):
    assert json_text.number(value) == expected


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_given_a_double_when_printed_then_it_reads_as_the_same(value):
    assert float(json_text.number(value)) == value


TEXT = '{ "a" : [1, {"b/c~" : "x"} , []],\n "d":{}}'


@pytest.mark.parametrize(
    ("pointer", "value", "member"),
    [
        ("", TEXT, TEXT),
        ("/a", '[1, {"b/c~" : "x"} , []]', '"a" : [1, {"b/c~" : "x"} , []]'),
        ("/a/0", "1", "1"),
        ("/a/1/b~1c~0", '"x"', '"b/c~" : "x"'),
        ("/a/2", "[]", "[]"),
        ("/d", "{}", '"d":{}'),
    ],
)
def test_given_a_pointer_when_found_then_value_and_member_are_bounded(
    pointer, value, member
):
    extent: Any = json_text.find(TEXT, pointer)

    assert TEXT[extent.start : extent.end] == value
    assert TEXT[extent.member_start : extent.end] == member


@pytest.mark.parametrize("pointer", ["/x", "/a/3", "/a/-1", "/a/x", "/d/x", "/a/0/0"])
def test_given_a_pointer_to_nothing_when_found_then_none(pointer):
    assert json_text.find(TEXT, pointer) is None


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [
        ("/d", "/d (line 2, column 2)"),
        ("/d/x/y", "/d (line 2, column 2)"),
        ("/x", "line 1, column 1"),
    ],
)
def test_given_a_pointer_when_placed_then_the_nearest_that_is_there(pointer, expected):
    assert str(json_text.place(TEXT, pointer)) == expected


@given(json_values, st.data())
def test_given_any_value_in_json_when_found_then_it_reads_as_itself(value, data):
    text = json.dumps(value, indent=data.draw(st.sampled_from([None, 1])))
    pointer = ""
    while isinstance(value, dict | list) and value and data.draw(st.booleans()):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = data.draw(st.sampled_from(keys))
        pointer += f"/{json_text.escaped(str(key))}"
        value = value[key]

    extent: Any = json_text.find(text, pointer)

    assert json.loads(text[extent.start : extent.end]) == value
    assert json_text.place(text, pointer).pointer == pointer


def test_given_objects_when_ordered_then_all_levels_and_by_utf_16():
    value = {"\U0001f600": 1, "\uffff": 2, "b": [{"d": 1, "c": 2}], "a": None}

    ordered = json_text.ordered(value)

    assert list(ordered) == ["a", "b", "\U0001f600", "\uffff"]
    assert list(ordered["b"][0]) == ["c", "d"]
