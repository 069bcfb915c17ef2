import time
from contextlib import suppress
from typing import Any

import pytest

from registry.domain.errors import InvalidSchemaError, SchemaTooLargeError
from registry.domain.limits import Limits, check_json, check_protobuf, check_text

MIB = 1024 * 1024

# Five times what a hostile text may cost, so that a busy machine does not fail a test.
SLACK_S = 1.25

HOSTILE = [
    pytest.param("[" * MIB, id="nesting"),
    pytest.param('{"a":' * (MIB // 5), id="nested objects"),
    pytest.param('["' * (MIB // 2), id="brackets within strings"),
    pytest.param("," * MIB, id="commas"),
    pytest.param("{}" * (MIB // 2), id="empty objects"),
    pytest.param('""' * (MIB // 2), id="empty strings"),
    pytest.param('[]{}"' * (MIB // 5), id="unterminated string"),
    pytest.param('"' + '\\"' * (MIB // 2 - 1), id="escaped quotes"),
    pytest.param('\\"' * (MIB // 2), id="escapes outside of strings"),
    pytest.param("[" * 65 + '\\"' * (MIB // 2 - 64), id="deep, then escapes"),
    pytest.param('"' + "\\ud83d\\ude00" * (MIB // 12 - 1) + '"', id="surrogate pairs"),
    pytest.param(" " * MIB, id="spaces"),
    pytest.param("é" * (MIB // 2), id="two bytes a character"),
]


@pytest.mark.parametrize("text", HOSTILE)
def test_given_a_hostile_text_when_checked_then_it_is_judged_quickly(text):
    start = time.perf_counter()

    with suppress(InvalidSchemaError):
        check_json(text)

    assert time.perf_counter() - start < SLACK_S


def test_given_a_text_of_the_largest_size_when_checked_then_it_passes():
    check_json(" " * MIB)


@pytest.mark.parametrize("text", [" " * (MIB + 1), "é" * (MIB // 2) + " "])
def test_given_one_byte_too_many_when_checked_then_the_size_is_named(text):
    with pytest.raises(SchemaTooLargeError) as caught:
        check_json(text)

    assert (caught.value.size_bytes, caught.value.limit_bytes) == (MIB + 1, MIB)


def test_given_a_huge_text_of_half_surrogates_when_checked_then_it_is_too_large():
    with pytest.raises(SchemaTooLargeError):
        check_text("\ud800" * (MIB + 1))


@pytest.mark.parametrize("opening", ["[", '{"a":'])
def test_given_64_levels_when_checked_then_only_the_65th_is_refused(opening):
    check_json(opening * 64 + "1")

    with pytest.raises(InvalidSchemaError, match="at most 64 levels") as caught:
        check_json("\n" + opening * 65)

    place: Any = caught.value.place
    assert (place.line, place.column) == (2, 64 * len(opening) + 1)


def test_given_brackets_in_strings_when_checked_then_they_do_not_nest():
    check_json('["' + "[{" * 1000 + '", "\\"[[", "]"]' + "[]" * 100)


def test_given_50_000_values_when_checked_then_one_more_is_refused():
    check_json(f"[{'1,' * 49_998}1]")

    with pytest.raises(InvalidSchemaError, match="50000 JSON values, found 50001"):
        check_json(f"[{'1,' * 49_999}1]")


def test_given_members_when_counted_then_each_value_counts_once():
    text = '{"a": [1, {}, [ ], "x,y"], "b": {"c": null}}'

    check_json("[[[" + text + "]]]", Limits(max_depth=6, max_nodes=11))
    with pytest.raises(InvalidSchemaError, match="at most 10 JSON values, found 11"):
        check_json("[[[" + text + "]]]", Limits(max_depth=6, max_nodes=10))


def test_given_a_nul_when_checked_then_its_place_is_named():
    with pytest.raises(InvalidSchemaError, match="NUL") as caught:
        check_json('{"a":\n"\0"}')

    place: Any = caught.value.place
    assert (place.line, place.column) == (2, 2)


@pytest.mark.parametrize(
    ("text", "column"),
    [
        pytest.param('"\ud800"', 2, id="raw"),
        pytest.param('"\\ud800"', 2, id="escaped high half"),
        pytest.param('"\\uDC00"', 2, id="escaped low half"),
        pytest.param('"\\ud83d\\ude00\\ud83d"', 14, id="after a pair"),
        pytest.param('"\\\\\\ud83dx"', 4, id="after an escaped backslash"),
    ],
)
def test_given_half_a_surrogate_pair_when_checked_then_it_is_refused(text, column):
    with pytest.raises(InvalidSchemaError, match="surrogate") as caught:
        check_json(text)

    place: Any = caught.value.place
    assert place.column == column


@pytest.mark.parametrize("text", ['"\\ud83d\\ude00"', '"\\\\ud800"', '"😀"'])
def test_given_whole_characters_when_checked_then_they_pass(text):
    check_json(text)


HOSTILE_PROTOBUF = [
    pytest.param("message M {" * (MIB // 11), id="nesting"),
    pytest.param("/*" * (MIB // 2), id="comments that begin"),
    pytest.param("/" * MIB, id="slashes"),
    pytest.param("'\"" * (MIB // 2), id="quotes"),
    pytest.param('"\n' * (MIB // 2), id="strings that do not end"),
    pytest.param("x" * MIB, id="one name"),
    pytest.param("x " * (MIB // 2), id="many names"),
    pytest.param("x;" * (MIB // 2), id="statements"),
    pytest.param(" " * MIB, id="spaces of a Protobuf text"),
    pytest.param("x" * 500 + "{}" * 20_000, id="blocks"),
    pytest.param("<" * MIB, id="angles"),
    pytest.param("}" * (MIB // 2) + "{" * (MIB // 2), id="closed, then opened"),
    pytest.param('"\\\n' * (MIB // 3), id="escaped ends of lines"),
]


@pytest.mark.parametrize("text", HOSTILE_PROTOBUF)
def test_given_a_hostile_protobuf_text_when_checked_then_it_is_judged_quickly(text):
    start = time.perf_counter()

    with suppress(InvalidSchemaError):
        check_protobuf(text)

    assert time.perf_counter() - start < SLACK_S


@pytest.mark.parametrize(
    ("text", "reason", "column"),
    [
        pytest.param("a{b{c{}}}", "2 levels of nesting", 6, id="blocks"),
        pytest.param("a [b = {c: [1]}];", "2 levels of nesting", 12, id="mixed"),
        pytest.param("a;b;c;d;e;", "4 statements, found 5", None, id="statements"),
        pytest.param(
            "a = [b, c, d, e, f];", "4 statements, found 5", None, id="options"
        ),
        pytest.param("a = {b <c {}>};", "2 levels of nesting", 11, id="angles"),
        pytest.param("}}}}a{b{c{}}}", "2 levels of nesting", 10, id="closed before"),
        pytest.param('"\\\n{{{', "2 levels of nesting", 3, id="string over lines"),
        pytest.param("abcde {} fghijk { lmno {}}", "10 char", 24, id="names that nest"),
        pytest.param("/* a */ abcdefghijk", "at most 10 characters", 9, id="name"),
    ],
)
def test_given_protobuf_over_a_limit_when_checked_then_the_place_is_told(
    text: str, reason: str, column: int | None
):
    limits = Limits(max_depth=2, max_nodes=4, max_name_length=10)

    with pytest.raises(InvalidSchemaError, match=reason) as refused:
        check_protobuf(text, limits)

    place = refused.value.place
    assert (place and place.column) == column


@pytest.mark.parametrize(
    "text",
    ["// {{{{", "/* {{{{ */", '"{{{{"', "'{{{{'", '"\\"{{{{"', "/* ;;;;;; */"],
)
def test_given_brackets_in_comments_and_strings_when_checked_then_they_do_not_count(
    text: str,
):
    check_protobuf(text, Limits(max_depth=2, max_nodes=4))
