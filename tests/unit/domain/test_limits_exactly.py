"""The limits to the character: what is just allowed, what is refused, and where."""

import pytest

from registry.domain.errors import InvalidSchemaError, SchemaTooLargeError
from registry.domain.limits import (
    Limits,
    check_closure,
    check_json,
    check_protobuf,
    check_text,
)

FEW = Limits(
    max_schema_bytes=60,
    max_depth=2,
    max_nodes=4,
    max_name_length=5,
    max_closure_schemas=2,
    max_closure_bytes=10,
)


def refused(check, given):
    with pytest.raises(InvalidSchemaError) as caught:
        check(given, FEW)
    return caught.value


def span(error):
    return (error.place.column, error.place.end_column)


@pytest.mark.parametrize("texts", [[], ["a" * 10], ["a" * 5, "b" * 5]])
def test_given_referenced_texts_within_limits_when_checked_then_their_length_is_told(
    texts,
):
    assert check_closure(texts, FEW) == sum(map(len, texts))


def test_given_too_many_referenced_texts_when_checked_then_it_says_how_many():
    assert refused(check_closure, ["a"] * 3).reason == (
        "expected at most 2 referenced schemas, found 3"
    )


def test_given_referenced_texts_that_are_too_long_when_checked_then_it_says_how_long():
    assert refused(check_closure, ["a" * 5, "b" * 6]).reason == (
        "expected referenced schemas of at most 10 bytes together, found 11"
    )


@pytest.mark.parametrize("text", ["a" * 60, "ä" * 30])
def test_given_a_text_as_large_as_may_be_when_checked_then_it_passes(text):
    check_text(text, FEW)


@pytest.mark.parametrize("check", [check_text, check_json, check_protobuf])
@pytest.mark.parametrize("text", ["a" * 61, "ä" * 30 + "a"])
def test_given_a_text_of_a_byte_too_many_when_checked_then_it_is_too_large(check, text):
    with pytest.raises(SchemaTooLargeError, match="61"):
        check(text, FEW)


@pytest.mark.parametrize(
    ("check", "text", "reason", "columns"),
    [
        (
            check_text,
            "ab\ud800c",
            "expected Unicode text, found half a surrogate pair",
            (3, 4),
        ),
        (check_text, "ab\0c\0", "expected text, found a NUL character", (3, 4)),
        (check_text, "\0", "expected text, found a NUL character", (1, 2)),
        (
            check_json,
            '"\\ud800"',
            "expected Unicode text, found half an escaped surrogate pair",
            (2, 8),
        ),
        (
            check_json,
            "[[]],[[[",
            "expected at most 2 levels of nesting, found 3",
            (8, 9),
        ),
        (
            check_protobuf,
            "a{b{}}c{d{e{",
            "expected at most 2 levels of nesting, found more",
            (12, 13),
        ),
        (
            check_protobuf,
            "}}{{{",
            "expected at most 2 levels of nesting, found more",
            (5, 6),
        ),
        (
            check_protobuf,
            "a abcdef b",
            "expected full names of at most 5 characters, found a longer one",
            (3, 9),
        ),
    ],
)
def test_given_what_no_parser_should_see_when_checked_then_it_says_what_and_where(
    check, text, reason, columns
):
    error = refused(check, text)

    assert error.reason == reason
    assert span(error) == columns


@pytest.mark.parametrize(
    "text", ["1", '"s"', "", "[1,2,3]", '{"a":[1,2]}', "[[]]", "}{"]
)
def test_given_json_within_limits_when_checked_then_it_passes(text):
    check_json(text, FEW)


@pytest.mark.parametrize("text", ["[1,2,3,4]", "1,2,3,4,5"])
def test_given_json_of_a_value_too_many_when_checked_then_it_says_how_many(text):
    assert refused(check_json, text).reason == (
        "expected at most 4 JSON values, found 5"
    )


@pytest.mark.parametrize(
    "text",
    [
        "a;b;c;d;",
        "a{b{}}c{d{}}",
        "x abcde y",
        "a { bcd { } }",
        "abc{}abc{a{}}",
        "a{b{}} c{}",
        "{abcd{}}",
        "}}}a{b{}}",
        "}abcde{}",
    ],
)
def test_given_protobuf_within_limits_when_checked_then_it_passes(text):
    check_protobuf(text, FEW)


@pytest.mark.parametrize("text", ["a;b;c;d;e;", "a{;;}{;", "a,b,c,d,e,"])
def test_given_protobuf_of_a_statement_too_many_when_checked_then_it_says_how_many(
    text,
):
    found = text.count(";") + text.count("{") + text.count(",")
    if found > 4:
        assert refused(check_protobuf, text).reason == (
            f"expected at most 4 statements, found {found}"
        )
    else:
        check_protobuf(text, FEW)


@pytest.mark.parametrize(
    "text",
    ["ab{cde{}}", "a{bcd{}} ab{cde{}}", "abc{}ab{}ab{cde{}}", "abc{a{}de{}}"],
)
def test_given_names_that_nest_when_together_too_long_then_they_are_refused(text):
    assert "found a longer one" in refused(check_protobuf, text).reason
