"""YAML as manifests mean it: nothing is guessed, nothing grows, all has a place."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.gate import yaml_text
from registry.gate.yaml_text import YamlError


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        pytest.param("no", "no", id="no"),
        pytest.param("Yes", "Yes", id="yes"),
        pytest.param("off", "off", id="off"),
        pytest.param("NONE", "NONE", id="a compatibility level"),
        pytest.param("2026-01-10", "2026-01-10", id="date"),
        pytest.param("2026-01-10T09:00:00Z", "2026-01-10T09:00:00Z", id="time"),
        pytest.param("12:30:45", "12:30:45", id="number to base 60"),
        pytest.param("1_000", "1_000", id="number with underscores"),
        pytest.param("0x10", "0x10", id="hexadecimal"),
        pytest.param("3.1.0", "3.1.0", id="version"),
        pytest.param("12345678901234567890", "12345678901234567890", id="long number"),
        pytest.param("'30'", "30", id="number in quotes"),
        pytest.param("true", True, id="true"),
        pytest.param("False", False, id="false"),
        pytest.param("~", None, id="null"),
        pytest.param("-30", -30, id="whole number"),
        pytest.param("1.5e3", 1500.0, id="number"),
        pytest.param("1e3", 1000.0, id="number without a point"),
    ],
)
def test_when_a_value_is_read_then_it_is_what_is_written(written: str, meant: object):
    value = yaml_text.read(f"key: {written}\n").value["key"]

    assert (value, type(value)) == (meant, type(meant))


def test_given_a_date_as_a_name_when_read_then_the_name_is_a_text():
    assert yaml_text.read("2026-01-10: 1\nno: 2").value == {"2026-01-10": 1, "no": 2}


def test_given_a_yaml_1_1_directive_when_read_then_no_is_still_a_text():
    assert yaml_text.read("%YAML 1.1\n---\nkey: no\n").value == {"key": "no"}


def test_when_read_then_every_value_has_a_place():
    places = yaml_text.read("team:\n  name: orders\ntags: [event, 'a/b']\n").places

    assert {pointer: (p.line, p.column) for pointer, p in places.items()} == {
        "": (1, 1),
        "/team": (1, 1),
        "/team/name": (2, 3),
        "/tags": (3, 1),
        "/tags/0": (3, 8),
        "/tags/1": (3, 15),
    }


@pytest.mark.parametrize(
    ("text", "reason", "line", "column"),
    [
        pytest.param("a: 1\nb: 2\na: 3", "each member once", 3, 1, id="member twice"),
        pytest.param("a: &x 1", "an anchor or alias", 1, 4, id="anchor"),
        pytest.param("a: 1\nb: *x", "an anchor or alias", 2, 4, id="alias"),
        pytest.param("a: !!python/name:os.system x", "no tag", 1, 4, id="tag"),
        pytest.param("a: 1\n---\nb: 2", "one document", 2, 1, id="two documents"),
        pytest.param("? [1, 2]\n: 3", "name of a member", 1, 3, id="list as a name"),
        pytest.param("a: b: c", "not allowed here", 1, 5, id="mapping in a line"),
        pytest.param("a:\n\t- 1", "cannot start any token", 2, 1, id="tabulator"),
        pytest.param("{a: b", "expected ','", 1, 6, id="no closing bracket"),
        pytest.param("a: \x07", "printable text", 1, 4, id="control character"),
        pytest.param('a: "\\ud800"', "surrogate", 1, 4, id="half a surrogate pair"),
        pytest.param("%YAML 1.0\n---\na: 1", "expected YAML", 0, 0, id="old YAML"),
        pytest.param('a: "\\U00110000"', "expected YAML", 0, 0, id="no character"),
        pytest.param("[" * 40, "levels of nesting", 1, 33, id="too deep"),
    ],
)
def test_given_a_trap_when_read_then_it_is_refused_with_its_place_if_known(
    text: str, reason: str, line: int, column: int
):
    with pytest.raises(YamlError, match=reason) as refused:
        yaml_text.read(text)

    place = refused.value.place
    assert (line, column) == ((place.line, place.column) if place else (0, 0))


def test_given_a_laugh_a_billion_times_when_read_then_nothing_is_multiplied():
    lines = ["a0: &a0 [ha, ha, ha, ha, ha, ha, ha, ha, ha]"]
    for level in range(1, 10):
        around = ", ".join([f"*a{level - 1}"] * 9)
        lines.append(f"a{level}: &a{level} [{around}]")

    with pytest.raises(YamlError, match="anchor or alias"):
        yaml_text.read("\n".join(lines))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("a: x\n" * 1_000_000, id="long"),
        pytest.param("é" * 150_000, id="long in bytes only"),
        pytest.param("[" * 200_000, id="nested"),
        pytest.param("- " * 100_000, id="nested lists in a line"),
        pytest.param("[" + "1," * 100_000 + "]", id="many values"),
        pytest.param('"' + "\\" * 200_000, id="string without an end"),
        pytest.param("? " * 100_000, id="names of names"),
        pytest.param("a" * 200_000 + ": 1", id="long name"),
    ],
)
def test_given_a_huge_text_when_read_then_it_is_refused_soon(text: str):
    started = time.perf_counter()

    with pytest.raises(YamlError):
        yaml_text.read(text)

    assert time.perf_counter() - started < 10


@given(
    st.text(alphabet=st.sampled_from("ab:-,[]{}?|>&*!%#@'\"\\ \n\t~0.1eUuxd😀\ud800"))
)
def test_given_any_text_when_read_then_nothing_but_our_error_is_raised(text: str):
    try:
        document = yaml_text.read(text)
    except YamlError:
        return
    assert "" in document.places or document.value is None
