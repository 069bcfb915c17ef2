"""Waivers: what they accept, for how long, and what is told of them."""

import json
from collections.abc import Set
from dataclasses import replace
from datetime import date, timedelta
from pathlib import PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.domain.rules import Severity
from registry.gate import waivers
from registry.gate.lint_settings import LintSettings
from registry.gate.linting import lint
from registry.gate.report import Kind, Located, Report
from registry.gate.waivers import Waivers, WaiverSettings
from tests.suites.lint_cases import ENGINE
from tests.unit.gate.test_linting import a_field, a_linted, a_schema

TODAY = date(2026, 11, 27)
FILE = PurePosixPath("contracts/waivers/price.yaml")
SETTINGS = WaiverSettings()
SUBJECT = str(a_linted(a_schema()).contract.subject)


def findings() -> list[Located]:
    text = a_schema(a_field("price", type="double"), a_field("orderId"))
    return [*lint(a_linted(text), ENGINE, LintSettings())]


def a_waiver(
    days: int = 30, settings: WaiverSettings = SETTINGS, **more: object
) -> Waivers:
    money = findings()[-1].finding
    assert money.rule == "AVRO_NO_FLOAT_MONEY"
    said = {
        "fingerprint": money.fingerprint,
        "rule": money.rule,
        "reason": "Mended with version 2.",
        "approved_by": ["ana@example.com"],
        "expires": (TODAY + timedelta(days)).isoformat(),
        **more,
    }
    text = json.dumps({key: each for key, each in said.items() if each is not None})
    return waivers.of(FILE, text, settings)


def applied(found: Waivers, seen: Set[str] | None = None) -> list[Located]:
    return [*waivers.apply(findings(), found, TODAY, seen)]


def of_waivers(located: list[Located]) -> list[str]:
    return [each.finding.rule for each in located if each.kind is Kind.WAIVER]


def test_given_a_waiver_when_applied_then_its_finding_is_shown_and_does_not_count():
    naming, money = applied(a_waiver())

    assert naming.waived is None
    assert money.waived.reason == "Mended with version 2."
    assert money.waived.file == FILE
    assert money.waived.approved_by == ("ana@example.com",)
    assert Report((naming, money)).counted(Severity.WARNING) == (naming,)


@pytest.mark.parametrize(
    ("days", "is_accepted", "told"),
    [
        (-1, False, ["WAIVER_EXPIRED"]),
        (0, True, ["WAIVER_EXPIRES_SOON"]),
        (6, True, ["WAIVER_EXPIRES_SOON"]),
        (7, True, []),
        (180, True, []),
        (181, False, ["WAIVER_TOO_LONG"]),
    ],
)
def test_given_a_last_day_when_applied_then_it_is_accepted_until_then(
    days, is_accepted, told
):
    found = applied(a_waiver(days))

    assert any(each.waived for each in found) is is_accepted
    assert of_waivers(found) == told


def test_given_a_waiver_of_nothing_when_applied_then_it_is_told_to_be_unused():
    found = a_waiver(fingerprint="0" * 64)

    assert of_waivers(applied(found)) == ["WAIVER_UNUSED"]
    assert of_waivers(applied(found, frozenset())) == []


@pytest.mark.parametrize(
    "said", [{"rule": "AVRO_FIELD_DOC"}, {"subject": "another-value"}]
)
def test_given_another_rule_or_subject_when_applied_then_nothing_is_accepted(said):
    assert not any(each.waived for each in applied(a_waiver(**said)))


def test_given_a_waiver_for_registering_alone_when_checked_then_its_finding_counts():
    found = applied(a_waiver(scope="register", subject=SUBJECT))

    assert not any(each.waived for each in found)
    # The finding is there, so that it may well be needed.
    assert of_waivers(found) == []


def test_given_a_waiver_for_registering_of_nothing_when_checked_then_it_says_when():
    said: dict[str, Any] = {"scope": ["check", "register"], "fingerprint": "0" * 64}
    (unused,) = (
        each
        for each in applied(a_waiver(**said, subject=SUBJECT))
        if each.kind is Kind.WAIVER
    )

    assert unused.finding.rule == "WAIVER_UNUSED"
    assert "it is used up once its version is registered" in unused.finding.message


def test_given_both_scopes_when_checked_then_the_finding_is_accepted():
    found = applied(a_waiver(scope=["check", "register"], subject=SUBJECT))

    assert [bool(each.waived) for each in found] == [False, True]


def test_given_a_shorter_longest_term_when_applied_then_a_longer_waiver_is_too_long():
    settings = WaiverSettings(longest=timedelta(30))

    assert of_waivers(applied(a_waiver(30, settings=settings))) == []
    found = applied(a_waiver(31, settings=settings))

    assert of_waivers(found) == ["WAIVER_TOO_LONG"]
    assert not any(each.waived for each in found)
    assert f"may have is {TODAY + timedelta(30)}" in found[-1].finding.message


@pytest.mark.parametrize(
    ("environment", "is_accepted", "told"),
    [
        ("test", True, []),
        ("staging", True, []),
        ("prod", False, ["WAIVER_ELSEWHERE"]),
        ("", False, ["WAIVER_ELSEWHERE"]),
    ],
)
def test_given_a_condition_when_applied_then_it_is_accepted_in_those_environments_alone(
    environment, is_accepted, told
):
    found = a_waiver(conditions={"environment": ["test", "staging"]})

    shown = [*waivers.apply(findings(), found, TODAY, None, environment)]

    assert any(each.waived for each in shown) is is_accepted
    assert of_waivers(shown) == told


def test_given_a_condition_that_is_not_met_when_nothing_is_found_then_it_is_unused():
    said: dict[str, Any] = {
        "conditions": {"environment": ["test"]},
        "fingerprint": "0" * 64,
    }

    assert of_waivers(applied(a_waiver(**said))) == ["WAIVER_UNUSED"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"fingerprint": "12ab"}, "expected the 64 digits of a fingerprint"),
        ({"reason": " "}, "expected a text 'reason'"),
        ({"approved_by": []}, "expected who has approved it"),
        ({"approved_by": "ana"}, "approved_by: expected a list, found 'ana'"),
        ({"requested_by": "ana@example.com"}, "cannot approve it as well"),
        ({"expires": "next week"}, "expected a day such as 2027-01-31"),
        ({"expires": None}, "expected a text 'expires'"),
        ({"approved_by": [" "]}, "expected who has approved it"),
        ({"requested_by": "Ana@Example.com "}, "cannot approve it as well"),
        ({"scope": "all"}, "expected check, register, or both, found 'all'"),
        ({"scope": []}, "expected check, register, or both"),
        ({"scope": {}}, "scope: expected a list"),
        ({"scope": "deploy"}, "nobody is asked before a service is deployed"),
        ({"scope": ["check", "deploy"]}, "nobody is asked before a service is"),
        ({"scope": "register", "rule": None}, "expected a text 'rule'"),
        ({"scope": "register"}, "expected a text 'subject'"),
        ({"conditions": {}}, "expected environments, such as `environment: [test]`"),
        ({"conditions": {"env": ["test"]}}, "unknown member 'env'"),
        ({"conditions": {"environment": "test"}}, "environment: expected a list"),
        ({"rules": []}, "unknown member 'rules'; did you mean 'rule'?"),
    ],
)
def test_given_a_file_that_is_no_waiver_when_applied_then_it_fails_and_says_why(
    said, reason
):
    found = applied(a_waiver(**said))

    assert reason in found[-1].finding.message
    assert found[-1].finding.rule == "WAIVER_INVALID"
    assert found[-1] in Report(tuple(found)).counted()
    assert not any(each.waived for each in found)


def test_given_a_finding_of_a_waiver_when_waived_then_it_still_counts():
    (unused,) = (
        each
        for each in applied(a_waiver(fingerprint="0" * 64))
        if each.kind is Kind.WAIVER
    )
    again = a_waiver(fingerprint=unused.finding.fingerprint, rule=None)

    first, *_ = waivers.apply([unused], again, TODAY)

    assert first.waived is None


@given(st.integers(0, 1), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_given_any_fingerprint_when_applied_then_just_the_one_it_names_is_accepted(
    which, digits
):
    known = findings()
    names = {**{i: each.finding.fingerprint for i, each in enumerate(known)}}
    found = a_waiver(fingerprint=names[which], rule=None)
    strange = replace(
        known[which], finding=replace(known[which].finding, fingerprint=digits)
    )

    told = [*waivers.apply([*known, strange], found, TODAY)]

    accepted = [each.finding.fingerprint for each in told if each.waived]
    assert accepted == [names[which]] * (1 + (digits == names[which]))
