"""The text form: what a person sees in a terminal, and in a log."""

import re
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.levels import Direction, Level
from registry.domain.places import Place
from registry.domain.rules import Severity
from registry.domain.verdict import Checked
from registry.gate.report import Kind, Suggestion
from registry.gate.writers.circumstances import Circumstances
from registry.gate.writers.excerpt import excerpt
from registry.gate.writers.writing import Form, write
from tests.strategies import reports as made
from tests.unit.gate.reports import (
    FILE,
    TEXT,
    a_finding,
    a_located,
    a_real_finding,
    a_report,
    a_waiver,
)


def quoting(text: str, **given) -> Circumstances:
    return Circumstances(text_of=lambda file: text if file == FILE else None, **given)


def test_given_a_finding_when_written_then_it_says_all_in_the_order_of_a_reader():
    text = write(a_report(a_located()), Form.TEXT, quoting(TEXT))

    assert text == (
        "error[AVRO_READER_FIELD_MISSING_DEFAULT_VALUE] the new schema reads field"
        " 'currency', which version 3 does not write\n"
        " --> contracts/orders/order-created/schema.avsc:2:3\n"
        '2 |   "name": "currency",\n'
        "  |   ^^^^^^^^^^^^^^^^^^ OrderCreated.currency\n"
        " breaks: new readers of old data: cannot read version 3 (BACKWARD)\n"
        " why:    a reader has nothing to put there\n"
        " before: version 3 in contracts/orders/order-created/schema.avsc@3f2a1bc,"
        " line 4\n"
        " fix 1:  give 'currency' a default [checked: FULL]\n"
        " more:   wirepact explain AVRO_READER_FIELD_MISSING_DEFAULT_VALUE\n"
        " waive:  wirepact waive 9f31c2000000 --reason WHY --approved-by WHO\n"
        "\n"
        "order: would be safe if producers of orders-value were deployed first, and its"
        " consumers once no older data is left to be read\n"
        "failed: 1 error in 1 contract, compared with the last release\n"
    )


def test_given_a_secret_when_written_then_its_line_cannot_be_read():
    text = '{"a": 1,\n "key": "AKIAABCDEFGHIJKLMNOP\\nMIIEvQ"}\n'
    place = Place(2, 10, 2, 30)
    found = a_located(rule="NO_SECRET_IN_EXAMPLES", location=place, fixes=())

    written = write(a_report(found), Form.TEXT, quoting(text))

    assert '2 |  "key": "****' in written
    assert "AKIA" not in written
    assert "MIIE" not in written


@pytest.mark.parametrize(
    ("directions", "order"),
    [
        ((Direction.BACKWARD,), "order: would be safe if producers of orders-value"),
        ((Direction.FORWARD,), "order: would be safe if consumers of orders-value"),
        (
            (Direction.FORWARD, Direction.BACKWARD),
            "order: no order of deployment makes the change of orders-value safe",
        ),
    ],
)
def test_given_breaks_when_written_then_it_says_which_order_would_be_safe(
    directions: tuple[Direction, ...], order: str
):
    breaks = (
        a_located(finding=a_finding(checked=Checked(Level.FULL, each, (3,))))
        for each in directions
    )

    text = write(a_report(*breaks), Form.TEXT, quoting(TEXT))

    (said,) = (each for each in text.splitlines() if each.startswith("order:"))
    assert said.startswith(order)


def test_given_an_accepted_break_when_written_then_no_order_is_told():
    accepted = write(a_report(a_located(waived=a_waiver())), Form.TEXT, quoting(TEXT))

    assert "order:" not in accepted


def test_given_what_the_engine_found_when_written_then_carets_are_under_the_field():
    schema, finding = a_real_finding()

    text = write(a_report(a_located(finding=finding)), Form.TEXT, quoting(schema))

    source, carets = re.findall(r"^ *\d* \| (.*)$", text, re.MULTILINE)
    first = carets.index("^")
    assert source[first:].startswith("{")
    assert "fix 1:" in text
    assert "[checked: " in text


def test_given_a_waived_finding_when_written_then_it_is_shown_and_does_not_fail():
    text = write(a_report(a_located(waived=a_waiver())), Form.TEXT)

    assert text.startswith("waived[AVRO_READER_FIELD_MISSING_DEFAULT_VALUE]")
    assert (
        " waived until 2027-01-31 by ana@example.com: all readers were updated"
        " (contracts/waivers/currency.yaml)\n"
    ) in text
    assert "passed: 1 waived" in text


def test_given_a_warning_when_warnings_fail_then_the_last_line_says_so():
    report = a_report(a_located(severity=Severity.WARNING))

    lenient = write(report, Form.TEXT)
    strict = write(report, Form.TEXT, Circumstances(fail_on=Severity.WARNING))

    assert "\npassed: 1 warning" in lenient
    assert "\nfailed: 1 warning" in strict


def test_given_notes_and_versions_when_written_then_they_stand_at_the_end():
    report = a_report(
        notes=("orders was checked against 1 of 7 versions",),
        suggestions=(Suggestion("orders", "minor", "1.2.0", "1.3.0"),),
    )

    text = write(report, Form.TEXT)

    assert text == (
        "note: orders was checked against 1 of 7 versions\n"
        "version: orders: a minor change, 1.2.0 becomes 1.3.0\n"
        "passed: nothing found in 1 contract, compared with the last release\n"
    )


def test_given_a_terminal_when_written_then_only_colours_are_added():
    report = a_report(a_located(), a_located(waived=a_waiver()))

    coloured = write(report, Form.TEXT, quoting(TEXT, is_coloured=True))

    assert "\x1b[1;31m" in coloured
    plain = re.sub(r"\x1b\[[\d;]*m", "", coloured)
    assert plain == write(report, Form.TEXT, quoting(TEXT))


def test_given_a_file_that_cannot_be_read_when_written_then_there_is_no_excerpt():
    text = write(a_report(a_located()), Form.TEXT)

    assert " | " not in text
    assert (
        " --> contracts/orders/order-created/schema.avsc:2:3: OrderCreated.currency\n"
    ) in text


def test_given_a_break_without_a_fix_when_written_then_there_is_a_hint():
    mended = write(a_report(a_located()), Form.TEXT)
    broken = write(a_report(a_located(fixes=())), Form.TEXT)
    accepted = write(a_report(a_located(fixes=(), waived=a_waiver())), Form.TEXT)

    hint = "\nhint: what cannot be made compatible is published under a new subject"
    assert hint in broken
    assert hint not in mended + accepted


def test_given_a_text_with_fewer_lines_when_quoted_then_there_is_no_excerpt():
    assert excerpt("one\ntwo", Place(3, 1, 3, 2), 80) is None


@pytest.mark.parametrize(
    ("text", "place", "shown", "carets"),
    [
        pytest.param("abc", Place(1, 2, 1, 3), "abc", " ^", id="one character"),
        pytest.param("abc\r\nd", Place(1, 3, 1, 4), "abc", "  ^", id="CRLF"),
        pytest.param("abc", Place(1, 4, 1, 4), "abc", "   ^", id="after the end"),
        pytest.param("abc", Place(1, 2, 1, 2), "abc", " ^", id="nothing is meant"),
        pytest.param("\tab", Place(1, 2, 1, 3), "    ab", "    ^", id="a tab"),
        pytest.param("漢a", Place(1, 2, 1, 3), "漢a", "  ^", id="a wide character"),
        pytest.param("e\u0301a", Place(1, 3, 1, 4), "e\u0301a", " ^", id="an accent"),
        pytest.param("\x1ba", Place(1, 2, 1, 3), "\\x1ba", "    ^", id="an escape"),
        pytest.param("abc\nd", Place(1, 2, 2, 2), "abc", " ^^", id="two lines"),
    ],
)
def test_carets_stand_under_what_is_meant(text, place, shown, carets):
    found = excerpt(text, place, 80)

    assert (found.shown, found.carets) == (shown, carets)


def test_given_a_schema_of_one_long_line_when_quoted_then_the_part_is_shown():
    text = "a" * 50_000 + "MEANT" + "b" * 50_000

    found = excerpt(text, Place(1, 50_001, 1, 50_006), 60)

    assert found.shown[found.carets.index("^") :].startswith("MEANT")
    assert found.carets.count("^") == 5
    assert len(found.shown) <= 60


@given(made.texts, made.places(), st.integers(1, 200))
def test_an_excerpt_is_one_line_that_fits(text, place, width):
    text = "\n" * (place.line - 1) + text
    found = excerpt(text, place, width)

    if found is not None:
        assert found.shown.isprintable()
        assert "^" in found.carets
        wide = sum(
            1 + (unicodedata.east_asian_width(each) in "WF") for each in found.shown
        )
        # A character that is written out is not torn apart.
        assert wide <= max(width, 20) + 10


@made.FEW
@given(made.reports(), made.texts)
def test_nothing_in_a_report_can_move_the_cursor(report, source):
    circumstances = Circumstances(text_of=lambda _file: source)

    text = write(report, Form.TEXT, circumstances)

    lines = text.removesuffix("\n").split("\n")
    assert all(line.isprintable() for line in lines)


def test_given_a_huge_message_when_written_then_it_is_cut_and_says_so():
    report = a_report(a_located(message="x" * 1_000_000))

    text = write(report, Form.TEXT)

    assert len(text) < 10_000
    assert "(1000000 characters)" in text


@pytest.mark.parametrize("kind", [Kind.MANIFEST, Kind.SCHEMA, Kind.WAIVER])
def test_given_what_no_waiver_accepts_when_told_then_none_is_offered(kind):
    located = replace(a_located(), kind=kind)

    for form in (Form.TEXT, Form.MARKDOWN):
        assert "wirepact waive" not in write(a_report(located), form)
