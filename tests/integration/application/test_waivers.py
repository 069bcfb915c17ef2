"""Waivers of plans: what they let through, and that it is nothing else."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from registry.application import applying, planning
from registry.application.accepting import day_of
from registry.application.desired import Desired, Need, Wanted
from registry.application.governance import Outcome
from registry.application.guarded import seen_by
from registry.domain.access import EVERYTHING, Access, Role
from registry.domain.errors import StalePlanError
from registry.domain.levels import Level
from registry.domain.model import Subject
from registry.domain.verdict import PlanRefusedError
from registry.domain.waivers import InvalidWaiverError, Waiver, WaiverForbiddenError
from tests.integration.application.builders import (
    ORIGIN,
    a_record,
    a_submission,
    registered,
)

ORDERS = Subject("orders-value")
TODAY = day_of(1_700_000_000_000)
RULE = "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"


def wanted(*waivers: Waiver, subject=ORDERS, **fields):
    submission = a_submission(a_record("Order", **fields))
    return Desired((Wanted(subject, submission, waivers=waivers),))


def findings(ports, desired):
    (step,) = planning.plan(ports, desired).steps
    return step.findings


def waivers_for(ports, subject=ORDERS, **fields):
    """Return a waiver for each finding of a schema."""
    return [
        Waiver(
            each.fingerprint,
            each.rule,
            "Nobody reads it.",
            ("ana@example.com",),
            TODAY + timedelta(14),
            file="contracts/waivers/it.yaml",
        )
        for each in findings(ports, wanted(subject=subject, **fields))
    ]


def apply(ports, desired, token=None):
    return applying.apply(ports, desired, ORIGIN, token)


def test_given_a_waiver_when_applied_then_the_break_is_registered_and_the_use_noted(
    ports, audit
):
    registered(ports, ORDERS, a_record("Order"))
    (waiver,) = waivers_for(ports, price="long")

    planned = planning.plan(ports, wanted(waiver, price="long"))
    done = apply(ports, wanted(waiver, price="long"), planned.token)

    (step,) = planned.steps
    assert (step.outcome, step.waivers) == (Outcome.WAIVED, (waiver,))
    assert [each.rule for each in step.findings] == [RULE]
    assert done.versions[ORDERS].version == 2
    used = ("waiver.use", "orders-value/versions/2", None, waiver.told())
    assert audit()[-2][:2] == ("version.register", "orders-value/versions/2")
    assert audit()[-1] == used
    assert waiver.told()["approvedBy"] == ["ana@example.com"]


def test_given_a_waiver_that_was_used_when_applied_again_then_it_is_used_up(
    ports, audit
):
    registered(ports, ORDERS, a_record("Order"))
    (waiver,) = waivers_for(ports, price="long")
    apply(ports, wanted(waiver, price="long"))
    before = audit()

    again = planning.plan(ports, wanted(waiver, price="long"))
    apply(ports, wanted(waiver, price="long"))

    assert again.is_empty
    assert again.steps[0].waivers == ()
    assert audit() == before


def test_given_a_second_break_when_applied_then_a_waiver_of_the_first_opens_nothing(
    ports,
):
    registered(ports, ORDERS, a_record("Order"))
    (waiver,) = waivers_for(ports, price="long")
    both = {"price": "long", "currency": "string"}

    (step,) = planning.plan(ports, wanted(waiver, **both)).steps

    assert step.outcome is Outcome.INCOMPATIBLE
    assert step.waivers == ()
    with pytest.raises(PlanRefusedError):
        apply(ports, wanted(waiver, **both))
    assert apply(ports, wanted(*waivers_for(ports, **both), **both)).versions


@pytest.mark.parametrize(
    "change", [{"rule": "AVRO_TYPE_MISMATCH"}, {"fingerprint": "0" * 64}]
)
def test_given_another_rule_or_fingerprint_when_planned_then_nothing_is_accepted(
    ports, change
):
    registered(ports, ORDERS, a_record("Order"))
    (waiver,) = waivers_for(ports, price="long")

    (step,) = planning.plan(
        ports, wanted(replace(waiver, **change), price="long")
    ).steps

    assert step.outcome is Outcome.INCOMPATIBLE


def test_given_a_waiver_of_a_bare_subject_when_applied_in_a_context_then_it_is_meant(
    ports,
):
    far = Subject("orders-value", ".far")
    for each in (ORDERS, far):
        registered(ports, each, a_record("Order"))
    (waiver,) = waivers_for(ports, price="long")

    done = apply(ports, wanted(waiver, subject=far, price="long"))

    assert done.versions[far].version == 2
    (of_far,) = waivers_for(ports, subject=far, price="string")
    (step,) = planning.plan(ports, wanted(of_far, price="string")).steps
    assert step.outcome is Outcome.INCOMPATIBLE


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fingerprint": "12ab"}, "expected the 64 digits"),
        ({"rule": " "}, "expected a rule and a reason"),
        ({"reason": ""}, "expected a rule and a reason"),
        ({"approved_by": ()}, "expected who has approved it"),
        ({"approved_by": ("ana", " ")}, "expected who has approved it"),
        ({"requested_by": "Ana@example.com "}, "cannot approve it as well"),
        ({"approved_by": ("ana",) * 51}, "at most 50 who approve it"),
        ({"ticket": "x" * 4_001}, "at most 4000 characters"),
        ({"expires": TODAY - timedelta(1)}, "it ended on 2023-11-13"),
        ({"expires": TODAY + timedelta(181)}, "the last day that it may have is"),
        ({"expires": date.max}, "the last day that it may have is"),
    ],
)
def test_given_a_waiver_that_is_none_when_planned_or_applied_then_it_is_refused(
    ports, change, reason
):
    registered(ports, ORDERS, a_record("Order"))
    (waiver,) = waivers_for(ports, price="long")
    desired = wanted(replace(waiver, **change), price="long")

    for act in (planning.plan, apply):
        with pytest.raises(InvalidWaiverError, match=reason) as caught:
            act(ports, desired)
        assert "contracts/waivers/it.yaml" in str(caught.value)


def test_given_a_text_that_is_no_schema_when_applied_then_no_waiver_helps(ports):
    registered(ports, ORDERS, a_record("Order"))
    (waiver,) = waivers_for(ports, price="long")
    desired = Desired((Wanted(ORDERS, a_submission("{no"), waivers=(waiver,)),))

    (step,) = planning.plan(ports, desired).steps

    assert step.outcome is Outcome.INVALID
    with pytest.raises(PlanRefusedError):
        apply(ports, desired)


def test_given_more_findings_than_are_told_when_applied_then_no_waiver_helps(ports):
    many = {f"field{each}": "long" for each in range(201)}
    registered(ports, ORDERS, a_record("Order"))
    waivers = waivers_for(ports, **many)

    (step,) = planning.plan(ports, wanted(*waivers, **many)).steps

    assert len(waivers) == 200
    assert step.outcome is Outcome.INCOMPATIBLE


@pytest.mark.parametrize("role", [Role.DEVELOPER, Role.OWNER])
def test_given_a_caller_who_may_not_override_when_applied_then_the_waiver_is_named(
    ports, role, audit
):
    registered(ports, ORDERS, a_record("Order"))
    (waiver,) = waivers_for(ports, price="long")
    theirs = seen_by(ports, Access(frozenset({(role, EVERYTHING)})))
    before = audit()

    with pytest.raises(WaiverForbiddenError) as caught:
        apply(theirs, wanted(waiver, price="long"))

    told = str(caught.value)
    assert "'override' on subject 'orders-value'" in told
    assert "contracts/waivers/it.yaml" in told
    assert audit() == before
    # What needs no waiver needs no permission to use one.
    assert apply(theirs, wanted(waiver, price="long?")).versions[ORDERS].version == 2


def test_given_a_waiver_that_is_gone_when_the_written_plan_is_applied_then_it_is_stale(
    ports,
):
    registered(ports, ORDERS, a_record("Order"))
    (waiver,) = waivers_for(ports, price="long")
    token = planning.plan(ports, wanted(waiver, price="long")).token

    with pytest.raises(StalePlanError):
        apply(ports, wanted(price="long"), token)


def test_given_a_user_of_what_is_accepted_when_planned_then_it_needs_its_own(ports):
    money, order = Subject("money"), Subject("orders-value")
    first = {"type": "record", "name": "Money", "fields": []}
    second = {**first, "fields": [{"name": "cents", "type": "long"}]}
    uses = a_record("Order", price="Money")

    def folder(text, *waivers):
        of_money = Wanted(
            money,
            a_submission(text),
            name="Money",
            waivers=waivers,
            patch={"level": Level.BACKWARD},
        )
        return Desired((of_money, Wanted(order, a_submission(uses), (Need("Money"),))))

    apply(ports, folder(first))
    (broken,) = planning.plan(ports, folder(second)).steps[0].findings
    waiver = Waiver(
        broken.fingerprint, broken.rule, "Ours.", ("ana",), TODAY + timedelta(1)
    )

    steps = planning.plan(ports, folder(second, waiver)).steps

    assert [each.outcome for each in steps] == [Outcome.WAIVED, Outcome.INCOMPATIBLE]
