"""The work of one check: what it may take, and what is told when it is used up."""

import itertools
from hashlib import sha256

import pytest

from registry.application.cases import Candidate, Case, Earlier
from registry.application.compatibility import check
from registry.application.explanation import Means, findings
from registry.application.ledger import Ledger
from registry.domain.budgets import UNITS_PER_SECOND, Budget
from registry.domain.levels import Level
from registry.domain.model import SchemaType
from registry.domain.promises import Promise
from registry.domain.rules import Severity
from tests.doubles.word_lists import WordListFormat

MOST = 100
"""A comparison that takes as much as one may; seven of them use up a budget."""


def a_case(
    new: str,
    *texts: str,
    form: WordListFormat | None = None,
    level: Level = Level.BACKWARD_TRANSITIVE,
    policies: tuple[str, ...] = (),
    units: int = 2 * UNITS_PER_SECOND,
) -> Case:
    spoken = form or WordListFormat(MOST)
    history = tuple(
        Earlier(number, number, SchemaType.JSON, spoken.parse(text))
        for number, text in enumerate(texts, 1)
    )
    candidate = Candidate("s", SchemaType.JSON, spoken.parse(new))
    promise = Promise(level, policies=policies)
    return Case(spoken, candidate, history, promise, Ledger(units))


def verdict(case: Case, ledger: Ledger | None = None):
    return check(case.form, case.candidate, case.history, case.promise, ledger)


def test_given_a_history_within_the_budget_when_checked_then_all_of_it_is_compared():
    assert verdict(a_case("a", *["a"] * 7)).is_compatible


def test_given_more_than_the_budget_when_checked_then_it_fails_and_says_what_is_left():
    found = verdict(a_case("a", *["a"] * 20))

    assert found.messages[0] == (
        "Unexpected exception during compatibility check: 13 versions (1 to 13) were"
        " not compared with the new schema, as the comparisons before used up the work"
        " of one check; a level that is not transitive takes less, and so does a"
        " shorter history"
    )
    assert found.messages[1] == "{oldSchemaVersion: 13}"


def test_given_one_version_too_many_when_checked_then_it_is_named():
    (message, *_) = verdict(a_case("a", *["a"] * 8)).messages

    assert "version 1 was not compared with the new schema" in message


def test_given_what_costs_little_when_checked_then_a_long_history_is_compared():
    form = WordListFormat(1)

    assert verdict(a_case("a", *["a"] * 500, form=form)).is_compatible
    assert len(form.compared) == 500


def test_given_comparisons_of_nothing_when_checked_then_each_costs_a_little_still():
    history = ["a"] * 20_000

    # Of each, the least that a comparison takes: a fifth of the budget, in all.
    assert verdict(a_case("a", *history, form=WordListFormat())).is_compatible
    tight = a_case("a", *history, form=WordListFormat(), units=1)
    assert not verdict(tight, tight.ledger).is_compatible


def test_given_both_directions_when_used_up_then_what_is_left_is_told_once():
    case = a_case("a", *["a"] * 20, level=Level.FULL_TRANSITIVE)

    (found,) = findings(case)

    assert found.rule == "HISTORY_TOO_LARGE"
    assert found.message == (
        "17 versions (1 to 17) were not compared with the new schema: the comparisons"
        " before used up the work of one check"
    )
    assert found.checked is not None
    assert found.checked.against == tuple(range(17, 0, -1))
    assert (found.broken, found.fixes) == ((), ())
    assert found.change is not None
    # Whoever accepts it accepts this text, and no other.
    assert found.change.new == f"sha256:{sha256(b'a').hexdigest()}"


def test_given_a_policy_when_used_up_then_what_is_left_is_told_of_it():
    case = a_case("a", "a", level=Level.NONE, policies=("KEEP",), units=0)

    (found,) = findings(case)

    assert (found.rule, found.message.split(":")[0]) == (
        "HISTORY_TOO_LARGE",
        "version 1 was not compared with the new schema",
    )
    assert found.checked is not None
    assert found.checked.policy == "KEEP"
    assert not verdict(case, Ledger(0)).is_compatible


def test_given_a_verdict_when_explained_then_nothing_is_compared_again():
    form = WordListFormat(1)
    case = a_case("a", *["a"] * 10, form=form)

    verdict(case, case.ledger)
    before = len(form.compared)
    findings(case)

    assert before == len(form.compared) == 10


@pytest.mark.parametrize("level", [Level.BACKWARD_TRANSITIVE, Level.FULL_TRANSITIVE])
@pytest.mark.parametrize("policies", [(), ("KEEP",)])
def test_given_any_history_when_checked_then_verdict_and_explanation_agree(
    level, policies
):
    texts = ("a", "a b", "b")
    for cost, length in itertools.product((0, 60, MOST), (1, 4, 8, 14)):
        for broken_at in (None, 0, length - 1):
            history = ["a"] * length
            if broken_at is not None:
                history[broken_at] = texts[2]
            case = a_case(
                "a",
                *history,
                form=WordListFormat(cost),
                level=level,
                policies=policies,
            )
            explained_first = findings(case, Means(clock=lambda: 0))
            after = verdict(case, case.ledger)
            alone = verdict(case)

            errors = [e for e in explained_first if e.severity is Severity.ERROR]
            assert after.is_compatible == alone.is_compatible == (not errors)


def test_given_candidates_of_one_request_when_compared_then_they_share_the_budget():
    first = Ledger(2 * UNITS_PER_SECOND)
    form = WordListFormat(MOST)
    case = a_case("a", *["a"] * 5, form=form)

    assert verdict(case, first).is_compatible
    assert not verdict(case, first.of_next()).is_compatible


def test_given_nothing_left_when_mended_then_no_fix_is_offered_that_was_not_tried():
    case = a_case("b", *["a"] * 20)

    found = findings(case)

    assert {each.rule for each in found} == {"WORD_MISSING", "HISTORY_TOO_LARGE"}
    assert all(not each.fixes for each in found)


def test_given_a_budget_of_a_second_when_a_second_of_steps_is_spent_then_it_is_spent():
    budget = Budget(UNITS_PER_SECOND)
    budget.spend(99, 100)

    assert not budget.is_spent
    budget.spend(1, 100)
    assert budget.is_spent
