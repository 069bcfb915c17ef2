"""Findings: who breaks, where, why, and fixes that hold."""

import json
import time
from contextvars import copy_context
from dataclasses import replace

import pytest

from registry.application import deadlines
from registry.application.cases import Candidate, Case, Earlier
from registry.application.compatibility import check
from registry.application.deadlines import AbandonedError, Deadline
from registry.application.explanation import Means, findings
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.levels import STRONGEST_FIRST, Direction, Level
from registry.domain.model import SchemaType
from registry.domain.promises import Promise
from registry.domain.rules import Severity

AVRO = AvroFormat()


def a_text(name="Order", indent=2, **fields):
    given = [
        {"name": each, **(kind if isinstance(kind, dict) else {"type": kind})}
        for each, kind in fields.items()
    ]
    return json.dumps({"type": "record", "name": name, "fields": given}, indent=indent)


def a_case(candidate, *history, level=Level.BACKWARD):
    return Case(
        AVRO,
        Candidate("orders-value", SchemaType.AVRO, AVRO.parse(candidate)),
        tuple(
            Earlier(number, number + 100, SchemaType.AVRO, AVRO.parse(text))
            for number, text in enumerate(history, start=1)
        ),
        Promise(level),
    )


def verdict_of(case, level=None):
    promise = case.promise if level is None else Promise(level)
    return check(AVRO, case.candidate, case.history, promise)


def test_given_a_compatible_change_when_explained_then_there_is_nothing_to_say():
    assert findings(a_case(a_text(a="int"), a_text(a="int"))) == ()


def test_given_a_backward_break_when_explained_then_readers_of_old_data_are_named():
    (finding,) = findings(a_case(a_text(a="int", b="string"), a_text(a="int")))

    assert finding.rule == "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"
    assert finding.path == "Order.b"
    assert finding.message == (
        "the new schema reads field 'b', which version 1 does not write, and gives it"
        " no default"
    )
    assert finding.broken[0].who == "new readers of old data"
    assert finding.broken[0].consequence == (
        "the new schema cannot read data written with version 1"
    )
    assert finding.checked.direction is Direction.BACKWARD


def test_given_a_forward_break_when_explained_then_services_still_on_it_are_named():
    case = a_case(a_text(), a_text(a="int"), level=Level.FORWARD)

    (finding,) = findings(case)

    assert finding.broken[0].consequence == (
        "services still on version 1 cannot read what you will write"
    )
    assert (finding.change.kind, finding.change.new) == ("removed", None)
    assert finding.old_location.version == 1
    assert finding.old_location.schema_id == 101


def test_given_a_new_field_when_explained_then_its_place_is_in_the_submitted_text():
    candidate = a_text(a="int", b="string")

    (finding,) = findings(a_case(candidate, a_text(a="int")))

    place = finding.location
    assert place.pointer == "/fields/1"
    assert candidate.splitlines()[place.line - 1][place.column - 1] == "{"
    assert finding.change.kind == "added"
    assert json.loads(finding.change.new) == {"name": "b", "type": "string"}


def test_given_one_cause_in_three_versions_when_explained_then_it_is_one_finding():
    old = a_text(a="int")
    case = a_case(
        a_text(a="int", b="int"), old, old, old, level=Level.BACKWARD_TRANSITIVE
    )

    (finding,) = findings(case)

    assert finding.checked.against == (3, 2, 1)
    assert finding.broken[0].since_version == 1
    assert finding.broken[0].consequence.endswith("versions 1, 2 and 3")


def test_given_two_causes_when_explained_then_both_are_told_and_each_fix_holds_alone():
    case = a_case(a_text(a="int", b="string", c="long"), a_text(a="int"))

    found = findings(case)

    assert [each.path for each in found] == ["Order.b", "Order.c"]
    assert all(each.fixes for each in found)


def test_given_a_fix_when_it_is_made_then_the_schema_is_accepted_at_its_level():
    old = a_text(a="int")
    (finding,) = findings(a_case(a_text(a="int", b="string"), old))

    for fix in finding.fixes:
        case = a_case(fix.schema, old, level=fix.result_level)
        assert verdict_of(case).is_compatible
        assert not findings(case)


def test_given_a_default_as_fix_when_offered_then_it_reaches_full_transitive():
    (finding,) = findings(a_case(a_text(a="int", b="string"), a_text(a="int")))

    assert finding.fixes[0].result_level is Level.FULL_TRANSITIVE


def test_given_two_causes_when_one_fix_is_made_then_it_claims_only_what_is_kept():
    old = a_text(a="int")
    found = findings(a_case(a_text(a="int", b="string", c="long"), old))

    for fix in found[1].fixes:
        case = a_case(fix.schema, old)
        asked = verdict_of(case, Level.BACKWARD)
        claimed = verdict_of(case, fix.result_level)
        assert (asked.is_compatible, claimed.is_compatible) == (False, True)


@pytest.mark.parametrize("level", [Level.BACKWARD, Level.FULL, Level.FORWARD])
def test_given_several_causes_when_explained_then_one_fix_mends_them_all(level):
    old = a_text(first="string", gone="int")
    case = a_case(
        a_text(name="Renamed", firstName="string", b="long"), old, level=level
    )

    found = findings(case)

    everything = found[0].fixes[-1]
    assert len(found) > 1
    assert everything.title.startswith("All at once: ")
    assert (
        everything.result_level in STRONGEST_FIRST[: STRONGEST_FIRST.index(level) + 1]
    )
    after = a_case(everything.schema, old, level=level)
    assert verdict_of(after).is_compatible


def test_given_a_fix_for_all_causes_when_offered_then_its_edit_makes_its_schema():
    candidate = a_text(a="int", b="string", c="long")
    found = findings(a_case(candidate, a_text(a="int")))

    everything = found[0].fixes[-1]
    (edit,) = everything.edits
    lines = candidate.splitlines(keepends=True)
    start = sum(map(len, lines[: edit.place.line - 1])) + edit.place.column - 1
    end = sum(map(len, lines[: edit.place.end_line - 1])) + edit.place.end_column - 1

    assert candidate[:start] + edit.text + candidate[end:] == everything.schema


def test_given_only_part_of_the_history_when_a_fix_is_offered_then_it_claims_no_more():
    case = a_case(a_text(a="int", b="string"), a_text(a="int"))

    (finding,) = findings(case, Means(is_whole=False))

    assert {fix.result_level for fix in finding.fixes} <= {
        Level.FULL,
        Level.BACKWARD,
        Level.FORWARD,
    }


def test_given_a_break_that_nobody_asked_about_when_a_fix_claims_then_it_counts():
    # Field `a` goes without a default in version 1: no longer readable by old readers.
    case = a_case(a_text(b="string"), a_text(a="int"))

    (finding,) = findings(case)

    assert finding.path == "Order.b"
    assert {fix.result_level for fix in finding.fixes} <= {
        Level.BACKWARD,
        Level.BACKWARD_TRANSITIVE,
    } or any("a" in fix.title for fix in finding.fixes)


def test_given_a_warning_when_explained_then_it_follows_the_errors_and_has_no_fix():
    millis = {"type": {"type": "long", "logicalType": "timestamp-millis"}}
    micros = {"type": {"type": "long", "logicalType": "timestamp-micros"}}
    case = a_case(a_text(a=micros, b="int"), a_text(a=millis))

    error, warning = findings(case)

    assert error.severity is Severity.ERROR
    assert (warning.severity, warning.fixes) == (Severity.WARNING, ())
    assert "may misread" in warning.broken[0].consequence


def test_given_only_warnings_when_checked_then_the_verdict_stays_compatible():
    millis = {"type": {"type": "long", "logicalType": "timestamp-millis"}}
    case = a_case(a_text(a="long"), a_text(a=millis))

    assert findings(case)
    assert verdict_of(case).is_compatible


def test_given_other_line_breaks_and_versions_when_explained_then_the_name_stays():
    new = {"a": "int", "b": "string"}
    old = a_text(a="int")

    (one,) = findings(a_case(a_text(indent=2, **new), old))
    (other,) = findings(a_case(a_text(indent=None, **new), old, old))

    assert one.fingerprint == other.fingerprint


def test_given_another_element_when_explained_then_the_fingerprint_differs():
    old = a_text(a="int")

    (one,) = findings(a_case(a_text(a="int", b="string"), old))
    (other,) = findings(a_case(a_text(a="int", c="string"), old))

    assert one.fingerprint != other.fingerprint


def test_given_another_schema_language_when_explained_then_it_is_a_finding():
    case = a_case(a_text(), a_text())
    other = Earlier(1, 101, SchemaType.JSON, case.history[0].schema)
    changed = replace(case, history=(other,))

    (finding,) = findings(changed)

    assert finding.rule == "SCHEMA_TYPE_CHANGED"
    assert finding.fixes == ()


def test_given_hundreds_of_causes_when_explained_then_the_answer_stays_bounded():
    many = {f"f{number}": "string" for number in range(500)}

    found = findings(a_case(a_text(**many), a_text()))

    assert len(found) == 200
    assert found[0].fixes


@pytest.mark.parametrize("level", list(Level))
def test_given_any_level_when_explained_then_errors_exist_iff_the_check_fails(level):
    pairs = [
        (a_text(a="int"), a_text(a="string")),
        (a_text(a="long"), a_text(a="int")),
        (a_text(a="int"), a_text(a="long")),
        (a_text(a="int", b="int"), a_text(a="int")),
        (a_text(a="int"), a_text(a="int", b="int")),
    ]
    for candidate, old in pairs:
        case = a_case(candidate, old, level=level)
        errors = [f for f in findings(case) if f.severity is Severity.ERROR]
        verdict = verdict_of(case)
        assert bool(errors) is not verdict.is_compatible


def a_union(number, size):
    """Return fixed types of one simple name, which meet in every combination."""
    return json.dumps(
        [{"type": "fixed", "name": f"n{at}.F", "size": size} for at in range(number)]
    )


def an_enum(prefix):
    return {
        "type": "enum",
        "name": "E",
        "symbols": [f"{prefix}{n}" for n in range(999)],
    }


def a_wide_use_of(prefix):
    uses = {f"e{number}": "E" for number in range(500)}
    return a_text(e={"type": an_enum(prefix)}, **uses)


@pytest.mark.parametrize(
    ("new", "old"),
    [
        pytest.param(a_union(150, 4), a_union(150, 5), id="branches of one name"),
        pytest.param(
            a_text(), a_text(**{f"f{n}": "int" for n in range(3_000)}), id="wide"
        ),
        pytest.param(json.dumps(an_enum("A")), json.dumps(an_enum("B")), id="symbols"),
        pytest.param(a_wide_use_of("A"), a_wide_use_of("B"), id="a shared enum"),
    ],
)
def test_given_schemas_made_to_cost_when_explained_then_work_and_answer_are_bounded(
    new, old
):
    started_s = time.process_time()

    case = a_case(new, old, level=Level.FULL)
    findings(case, Means(clock=milliseconds))
    verdict = verdict_of(case)

    # A second or so on an idle machine.
    assert time.process_time() - started_s < 15
    assert sum(map(len, verdict.messages)) < 2_000_000


def milliseconds():
    return time.monotonic_ns() // 1_000_000


@pytest.mark.parametrize("looking", [findings, verdict_of])
def test_given_nobody_waits_when_versions_are_compared_then_it_is_not_gone_on_with(
    looking,
):
    case = a_case(a_text(a="int"), a_text(a="int"))
    over = Deadline()
    over.end()

    def looked():
        deadlines.CURRENT.set(over)
        looking(case)

    with pytest.raises(AbandonedError):
        copy_context().run(looked)
