"""Stricter policies of subjects, over a real store."""

from dataclasses import replace

import pytest

from registry.application import comparison, configuration, deletion, governance
from registry.application.governance import Item, Outcome
from registry.application.policies import (
    delete_policies,
    get_policies,
    put_policies,
)
from registry.application.registration import register
from registry.application.submission import Submission
from registry.domain.configuration import Mode
from registry.domain.errors import (
    InvalidSubjectError,
    OperationNotPermittedError,
    UnknownPolicyError,
)
from registry.domain.levels import Level
from registry.domain.model import LATEST, Subject
from registry.domain.verdict import Category, IncompatibleSchemaError
from tests.integration.application.builders import ORIGIN, a_record, a_submission

WORDS = Subject("words")


def a_list(text):
    return Submission(text, "JSON")


def chosen(ports, *names, subject=WORDS):
    return put_policies(ports, subject, names, ORIGIN)


def registered(ports, text, **more):
    return register(ports, WORDS, a_list(text), ORIGIN, **more)


def without_level(ports):
    configuration.update_config(ports, WORDS, {"level": Level.NONE}, ORIGIN)


def is_accepted(ports, text):
    try:
        registered(ports, text)
    except IncompatibleSchemaError:
        return False
    return True


def test_given_nothing_chosen_when_asked_or_forgotten_then_there_is_nothing(
    worded, audit
):
    assert get_policies(worded, WORDS) == ()
    assert delete_policies(worded, WORDS, ORIGIN) == ()
    assert audit() == []


def test_given_names_in_any_way_when_chosen_then_they_are_kept_once_and_sorted(worded):
    assert chosen(worded, " order", "KEEP", "keep") == ("KEEP", "ORDER")
    assert get_policies(worded, WORDS) == ("KEEP", "ORDER")


def test_given_policies_when_changed_then_each_change_is_in_the_audit_log(
    worded, audit
):
    chosen(worded, "KEEP", "ORDER")
    chosen(worded, "KEEP")
    chosen(worded)
    chosen(worded, "KEEP")
    assert delete_policies(worded, WORDS, ORIGIN) == ("KEEP",)

    both, one = {"policies": ["KEEP", "ORDER"]}, {"policies": ["KEEP"]}
    assert audit() == [
        ("policies.update", "words", None, both),
        ("policies.update", "words", both, one),
        ("policies.update", "words", one, None),
        ("policies.update", "words", None, one),
        ("policies.delete", "words", one, None),
    ]


def test_given_an_unknown_name_when_chosen_then_the_known_ones_are_listed(worded):
    with pytest.raises(UnknownPolicyError) as caught:
        chosen(worded, "KEEP", "WIRE")

    assert str(caught.value) == (
        "There is no policy 'WIRE' for AVRO, JSON; known are: KEEP, ORDER"
    )
    assert get_policies(worded, WORDS) == ()


def test_given_a_subject_of_a_language_when_chosen_then_only_its_policies_are_known(
    worded,
):
    orders = Subject("orders")
    register(worded, orders, a_submission(a_record()), ORIGIN)

    with pytest.raises(UnknownPolicyError, match="for AVRO; known are: none"):
        chosen(worded, "KEEP", subject=orders)


@pytest.mark.parametrize(
    "subject", [Subject(""), Subject("", ".ctx"), Subject("__GLOBAL"), Subject("a\nb")]
)
def test_given_no_subject_when_chosen_or_asked_then_it_is_refused(worded, subject):
    with pytest.raises(InvalidSubjectError):
        chosen(worded, "KEEP", subject=subject)
    with pytest.raises(InvalidSubjectError):
        get_policies(worded, subject)
    with pytest.raises(InvalidSubjectError):
        delete_policies(worded, subject, ORIGIN)


def test_given_a_read_only_subject_when_changed_then_it_is_refused(worded):
    chosen(worded, "KEEP")
    worded.transactions.write(lambda store: store.put_mode(WORDS, Mode.READONLY))

    with pytest.raises(OperationNotPermittedError):
        chosen(worded)
    with pytest.raises(OperationNotPermittedError):
        delete_policies(worded, WORDS, ORIGIN)
    assert get_policies(worded, WORDS) == ("KEEP",)


def test_given_a_policy_when_broken_under_none_then_all_ways_refuse(worded):
    without_level(worded)
    registered(worded, "a b")
    chosen(worded, "KEEP")

    (report,) = governance.check(worded, [Item(WORDS, a_list("a"))])
    history = comparison.against_history(worded, WORDS, a_list("a"))
    version = comparison.against_version(worded, WORDS, LATEST, a_list("a"))
    with pytest.raises(IncompatibleSchemaError) as caught:
        registered(worded, "a")

    assert history.messages == version.messages == report.messages
    assert caught.value.messages == report.messages
    assert caught.value.findings == report.findings
    assert [each.category for each in report.findings] == [Category.POLICY]
    assert report.policies == ("KEEP",)


def test_given_a_word_of_a_soft_deleted_version_when_it_comes_back_then_refused(worded):
    without_level(worded)
    for text in ("a", "a b", "a c"):
        registered(worded, text)
    deletion.soft_delete_version(worded, WORDS, 2, ORIGIN)
    chosen(worded, "KEEP")

    assert not is_accepted(worded, "a c b")
    assert is_accepted(worded, "a c d")


def test_given_force_when_a_policy_is_broken_then_it_is_skipped(worded):
    without_level(worded)
    registered(worded, "a")
    chosen(worded, "KEEP")

    assert registered(worded, "b", force=True).version == 2


def test_given_what_is_registered_already_when_posted_again_then_policies_are_not_asked(
    worded,
):
    without_level(worded)
    registered(worded, "a b")
    registered(worded, "b")
    chosen(worded, "KEEP")

    assert registered(worded, "a b").version == 1


def test_given_a_policy_chosen_meanwhile_when_registered_then_it_is_held_to(
    worded, interfering
):
    without_level(worded)
    registered(worded, "a")
    meanwhile = interfering(lambda: chosen(worded, "KEEP"))

    assert not is_accepted(replace(worded, transactions=meanwhile.transactions), "b")


def test_given_a_hard_deleted_subject_when_it_comes_again_then_without_policies(
    worded, audit
):
    registered(worded, "a")
    chosen(worded, "KEEP")
    deletion.soft_delete_subject(worded, WORDS, ORIGIN)
    deletion.hard_delete_subject(worded, WORDS, ORIGIN)

    assert get_policies(worded, WORDS) == ()
    action, _, before, _ = audit()[-1]
    assert (action, before["policies"]) == ("subject.purge", ["KEEP"])


@pytest.mark.parametrize(
    ("own", "asked", "verdict"),
    [
        pytest.param((), ("keep",), Outcome.INCOMPATIBLE, id="added"),
        pytest.param(("KEEP",), (), Outcome.COMPATIBLE, id="left out"),
        pytest.param(("KEEP",), None, Outcome.INCOMPATIBLE, id="the subject's own"),
        pytest.param((), ("WIRE",), Outcome.INVALID, id="unknown"),
    ],
)
def test_given_policies_of_an_item_when_checked_then_they_replace_the_subjects(
    worded, own, asked, verdict
):
    without_level(worded)
    registered(worded, "a")
    chosen(worded, *own)

    (report,) = governance.check(worded, [Item(WORDS, a_list("b"), None, asked)])

    assert report.verdict is verdict


@pytest.mark.parametrize(
    ("policies", "read"),
    [((), ["c"]), (("KEEP",), ["a", "b", "c"])],
    ids=["none", "one"],
)
def test_given_policies_or_none_when_checked_then_no_more_is_parsed_than_needed(
    worded, words, policies, read
):
    without_level(worded)
    for text in ("a", "b", "c"):
        registered(worded, text)
    chosen(worded, *policies)
    configuration.update_config(worded, WORDS, {"level": Level.BACKWARD}, ORIGIN)
    words.parsed.clear()

    comparison.against_history(worded, WORDS, a_list("c d"))

    assert words.parsed == ["c d", *read]


def test_given_no_policy_when_registered_then_nothing_more_is_read(watched, ports):
    subject = Subject("orders")
    register(ports, subject, a_submission(a_record()), ORIGIN)
    watched.transactions.reads.clear()

    register(watched, subject, a_submission(a_record(note="string?")), ORIGIN)

    # `whole` is the same reader, for references that the caller may not read.
    reads = [each for each in watched.transactions.reads if each != "whole"]
    assert reads == ["policy", "find_content", "history"]
