"""Registration, the compatibility endpoints and the governance check agree."""

import itertools
import json
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.application import (
    comparison,
    configuration,
    deletion,
    governance,
    policies,
)
from registry.application.registration import register
from registry.application.submission import Submission
from registry.domain.levels import ContentPolicy, Level
from registry.domain.model import LATEST, Metadata, Subject
from registry.domain.rules import Severity
from registry.domain.verdict import IncompatibleSchemaError
from tests.integration.application.builders import ORIGIN, a_submission

KINDS = st.sampled_from(["int", "long", "string", "bytes", ["null", "int"]])
NAMES = st.sampled_from(["a", "b", "c"])
NUMBERS = itertools.count()


@st.composite
def fields(draw):
    kind = draw(KINDS)
    field = {"type": kind}
    if draw(st.booleans()):
        field["default"] = {"int": 1, "long": 2, "string": "", "bytes": ""}.get(
            str(kind)
        )
    return field


def records():
    return st.dictionaries(NAMES, fields(), max_size=3).map(
        lambda given: {
            "type": "record",
            "name": "R",
            "fields": [{"name": name, **field} for name, field in given.items()],
        }
    )


def is_accepted(ports, subject, schema):
    try:
        register(ports, subject, a_submission(schema), ORIGIN)
    except IncompatibleSchemaError:
        return False
    return True


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(records(), min_size=1, max_size=3, unique_by=json.dumps),
    records(),
    st.sampled_from(Level),
)
def test_given_any_history_when_a_schema_is_tried_then_all_paths_agree(
    ports, history, schema, level
):
    subject = Subject(f"subject-{next(NUMBERS)}")
    for each in history:
        register(ports, subject, a_submission(each), ORIGIN, force=True)
    configuration.update_config(ports, subject, {"level": level}, ORIGIN)
    submission = a_submission(schema)

    verdict = comparison.against_history(ports, subject, submission)
    (report,) = governance.check(ports, [governance.Item(subject, submission)])
    latest = comparison.against_version(ports, subject, LATEST, submission)

    errors = [f for f in report.findings if f.severity is Severity.ERROR]
    assert verdict.messages == report.messages
    assert verdict.is_compatible is not bool(errors)
    assert verdict.is_compatible <= latest.is_compatible
    if schema not in history:
        assert is_accepted(ports, subject, schema) is verdict.is_compatible


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(records(), records(), st.sampled_from(Level))
def test_given_a_refusal_when_any_offered_fix_is_checked_then_its_cause_is_gone(
    ports, old, new, level
):
    subject = Subject(f"fixed-{next(NUMBERS)}")
    register(ports, subject, a_submission(old), ORIGIN)
    item = governance.Item(subject, a_submission(new), level)

    (report,) = governance.check(ports, [item])

    for finding in report.findings:
        for fix in finding.fixes:
            mended = governance.Item(subject, a_submission(fix.schema), level)
            (after,) = governance.check(ports, [mended])
            left = {(each.rule, each.path) for each in after.findings}
            assert after.error is None
            assert (finding.rule, finding.path) not in left


WORDS = st.lists(st.sampled_from("abcd"), min_size=1, max_size=3, unique=True)
MAJORS = st.sampled_from([None, "1", "2"])
RESERVED = st.sampled_from(["", "a", "a,d"])


@st.composite
def lists(draw):
    """Return a list of words, with metadata, or with what it takes over."""
    if draw(st.booleans()):
        return Submission(" ".join(draw(WORDS)), "JSON")
    given = {"major": draw(MAJORS), "confluent:reserved": draw(RESERVED)}
    properties = {name: value for name, value in given.items() if value}
    metadata = Metadata(properties=properties)
    return Submission(" ".join(draw(WORDS)), "JSON", metadata=metadata)


def registration(ports, subject, submission):
    """Return the version, or why there is none."""
    try:
        return register(ports, subject, submission, ORIGIN)
    except IncompatibleSchemaError as error:
        return error


CONFIGS = st.fixed_dictionaries(
    {
        "level": st.sampled_from(Level),
        "content_policy": st.sampled_from([None, *ContentPolicy]),
        "group": st.sampled_from([None, "major"]),
        "validate_fields": st.booleans(),
    }
)
POLICIES = st.lists(st.sampled_from(["KEEP", "ORDER"]), unique=True)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(lists(), max_size=4), st.booleans(), lists(), CONFIGS, POLICIES)
def test_given_any_settings_when_a_schema_is_tried_then_all_paths_agree(
    worded, history, is_last_hidden, submission, config, names
):
    subject = Subject(f"words-{next(NUMBERS)}")
    versions = {
        register(worded, subject, each, ORIGIN, force=True).version for each in history
    }
    if is_last_hidden and versions:
        deletion.soft_delete_version(worded, subject, max(versions), ORIGIN)
    configuration.update_config(worded, subject, config, ORIGIN)
    policies.put_policies(worded, subject, names, ORIGIN)

    verdict = comparison.against_history(worded, subject, submission)
    (report,) = governance.check(worded, [governance.Item(subject, submission)])

    errors = [f for f in report.findings if f.severity is Severity.ERROR]
    assert verdict.messages == report.messages
    assert verdict.is_compatible is not bool(errors)
    outcome = registration(worded, subject, submission)
    if isinstance(outcome, IncompatibleSchemaError):
        told = (outcome.messages, outcome.findings)
        assert told == (verdict.messages, report.findings)
    else:
        assert verdict.is_compatible or outcome.version in versions


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40)
@given(st.lists(lists(), min_size=1, max_size=3), lists(), CONFIGS, POLICIES)
def test_given_any_settings_when_an_offered_fix_is_checked_then_its_cause_is_gone(
    worded, history, submission, config, names
):
    subject = Subject(f"mended-{next(NUMBERS)}")
    for each in history:
        register(worded, subject, each, ORIGIN, force=True)
    configuration.update_config(worded, subject, config, ORIGIN)
    policies.put_policies(worded, subject, names, ORIGIN)

    (report,) = governance.check(worded, [governance.Item(subject, submission)])

    before = {(each.rule, each.path) for each in report.findings}
    for finding in report.findings:
        for fix in finding.fixes:
            mended = replace(submission, text=fix.schema)
            (after,) = governance.check(worded, [governance.Item(subject, mended)])
            left = {(each.rule, each.path) for each in after.findings}
            assert left <= before - {(finding.rule, finding.path)}
