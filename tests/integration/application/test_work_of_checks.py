"""What one request may compare, over a real store: checks, registrations and plans."""

from dataclasses import replace

import pytest

from registry.application import configuration, deletion, planning, restoring
from registry.application.comparison import against_history, against_version
from registry.application.desired import Desired, Wanted
from registry.application.governance import Item, Outcome, check
from registry.application.parsing import Parsing
from registry.application.submission import Submission
from registry.domain.budgets import UNITS_PER_SECOND
from registry.domain.levels import Level
from registry.domain.limits import Limits
from registry.domain.model import SchemaType, Subject
from registry.domain.verdict import IncompatibleSchemaError
from tests.doubles.word_lists import WordListFormat
from tests.integration.application.builders import ORIGIN, registered

LISTS = Subject("lists")
WHOLE = 7
"""Versions that can be compared in one direction, if each costs as much as may be."""


def costly(ports, seconds=2):
    """Ports of a language that takes as much as it may for each comparison."""
    limits = Limits(max_comparison_units=seconds * UNITS_PER_SECOND)
    formats = {SchemaType.JSON: WordListFormat(100)}
    return replace(ports, parsing=Parsing(formats, limits, cache_bytes=1_000_000))


def fill(ports, number, subject=LISTS):
    configuration.update_config(ports, subject, {"level": Level.NONE}, ORIGIN)
    for left in range(number, 0, -1):
        words = [f"w{each}" for each in range(left)]
        registered(ports, subject, " ".join(["a b", *words]), schema_type="JSON")
    level = {"level": Level.FORWARD_TRANSITIVE}
    configuration.update_config(ports, subject, level, ORIGIN)


# Each version has a word less than the one before: old readers know all that come.
CANDIDATE = Submission("a b", schema_type="JSON")


def test_given_a_history_that_costs_too_much_when_registered_then_it_is_refused(ports):
    spoken = costly(ports)
    fill(spoken, WHOLE + 2)

    with pytest.raises(IncompatibleSchemaError) as caught:
        registered(spoken, LISTS, "a b", schema_type="JSON")

    assert caught.value.code == 40901
    (found,) = caught.value.findings
    assert found.rule == "HISTORY_TOO_LARGE"
    assert found.message.startswith("2 versions (1 to 2) were not compared")
    assert not against_history(spoken, LISTS, CANDIDATE).is_compatible
    assert against_version(spoken, LISTS, 1, CANDIDATE).is_compatible


def test_given_more_seconds_when_registered_then_the_same_history_is_compared(ports):
    fill(costly(ports), WHOLE + 2)

    found = registered(costly(ports, seconds=3), LISTS, "a b", schema_type="JSON")

    assert found.version == WHOLE + 3


def test_given_many_items_when_checked_then_each_may_take_as_much(ports):
    spoken = costly(ports)
    subjects = [Subject(f"lists-{each}") for each in range(4)]
    for subject in subjects:
        fill(spoken, WHOLE, subject)

    reports = check(spoken, [Item(each, CANDIDATE) for each in subjects])

    assert {each.verdict for each in reports} == {Outcome.COMPATIBLE}


def test_given_many_contracts_when_planned_then_each_may_take_as_much(ports):
    spoken = costly(ports)
    subjects = [Subject(f"lists-{each}") for each in range(3)]
    for subject in subjects:
        fill(spoken, WHOLE, subject)
    large = Subject("large")
    fill(spoken, WHOLE + 1, large)
    wanted = (Wanted(each, CANDIDATE) for each in (*subjects, large))

    plan = planning.plan(spoken, Desired(tuple(wanted)))

    outcomes = {str(each.subject): each.outcome for each in plan.steps}
    assert outcomes.pop("large") is Outcome.INCOMPATIBLE
    assert {*outcomes.values()} == {Outcome.COMPATIBLE}


def test_given_versions_that_come_back_when_restored_then_they_share_the_work(ports):
    spoken = costly(ports)
    fill(spoken, 6)
    deletion.soft_delete_subject(spoken, LISTS, ORIGIN)

    # Six versions, each against all before it: more than seven comparisons.
    with pytest.raises(IncompatibleSchemaError, match="not compared"):
        restoring.restore_subject(spoken, LISTS, ORIGIN, force=False)
    assert restoring.restore_version(spoken, LISTS, 1, ORIGIN, force=False)
