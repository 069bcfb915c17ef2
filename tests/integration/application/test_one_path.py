"""Registration, the compatibility endpoints and the governance check agree."""

import itertools
import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.application import comparison, configuration, governance
from registry.application.registration import register
from registry.domain.levels import Level
from registry.domain.model import LATEST, Subject
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
