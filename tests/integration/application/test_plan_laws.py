"""Laws of plans, over stories of whatever folders of contracts may say."""

import itertools
import json
import shutil
import tempfile
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from registry.application import (
    applying,
    configuration,
    deletion,
    numbering,
    planning,
    registration,
)
from registry.application.changes import Changes
from registry.application.desired import Desired, Need, Wanted
from registry.application.parsing import Parsing
from registry.application.ports import Ports
from registry.application.stored import Page, Selection, Visibility
from registry.application.submission import Submission
from registry.domain.errors import RegistryError, SubjectOwnedError
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.levels import Level
from registry.domain.limits import Limits
from registry.domain.model import Metadata, SchemaType, Subject
from registry.domain.verdict import PlanRefusedError
from registry.storage.engine import SqlTransactions, connect
from tests.integration.application.builders import ORIGIN

PARSING = Parsing({SchemaType.AVRO: AvroFormat()}, Limits(), cache_bytes=10_000_000)
NAMES = ("A", "B", "C", "D")
SUBJECTS = (Subject("a"), Subject("b"), Subject("c"), Subject("d", ".far"))
OWNERS = st.sampled_from([None, None, "shop", "bank"])


@st.composite
def contracts(draw):
    """A folder: each type may use those before it, and change from one to the next."""
    chosen = draw(st.lists(st.sampled_from(range(4)), unique=True, max_size=4))
    wanted = []
    for at in chosen:
        before = [each for each in chosen if each < at]
        used = [each for each in before if draw(st.booleans())]
        fields = draw(st.lists(FIELDS, unique_by=_name, max_size=3))
        refers = [{"name": f"its{NAMES[e]}", "type": NAMES[e]} for e in used]
        schema = {"type": "record", "name": NAMES[at], "fields": [*fields, *refers]}
        metadata = draw(st.none() | st.just(Metadata(properties={"owner": "x"})))
        level = draw(st.none() | st.sampled_from([*Level]))
        normalize = draw(st.none() | st.booleans())
        patch = {} if level is None else {"level": level}
        if normalize is not None:
            patch["normalize"] = normalize
        submission = Submission(json.dumps(schema), metadata=metadata)
        needs = tuple(Need(NAMES[each]) for each in used)
        wanted.append(Wanted(SUBJECTS[at], submission, needs, NAMES[at], patch))
    return Desired(
        tuple(draw(st.permutations(wanted))), draw(OWNERS), draw(st.booleans())
    )


def _name(field):
    return field["name"]


FIELDS = st.sampled_from(
    [
        {"name": "id", "type": "string"},
        {"name": "id", "type": "long"},
        {"name": "note", "type": ["null", "string"], "default": None},
        {"name": "count", "type": "int", "default": 0},
    ]
)


@contextmanager
def opened(template: bytes):
    folder = Path(tempfile.mkdtemp())
    file = folder / "registry.db"
    file.write_bytes(template)
    transactions = SqlTransactions(connect(f"sqlite:///{file}"), Changes())
    clock = itertools.count(1_700_000_000_000).__next__
    try:
        yield Ports(transactions, PARSING, clock)
    finally:
        transactions.close()
        shutil.rmtree(folder)


def held(ports):
    """Return all that a registry holds, but for times."""
    with ports.transactions.read() as store:
        versions = store.versions(Selection(None, "", Visibility.ALL, Page()))
        configs = store.moving.configs((), 100)
    found = [(each.subject, each.version, each.stored) for each in versions]
    return found, configs


@given(st.lists(contracts(), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_plan_is_accepted_if_and_only_if_it_can_be_applied_and_then_it_is_empty(
    empty_database, story
):
    with opened(empty_database) as ports:
        for desired in story:
            plan, before = planning.plan(ports, desired), held(ports)
            assert held(ports) == before
            if plan.is_accepted:
                applying.apply(ports, desired, ORIGIN, plan.token)
                assert planning.plan(ports, desired).is_empty
            else:
                with pytest.raises((PlanRefusedError, SubjectOwnedError)):
                    applying.apply(ports, desired, ORIGIN, plan.token)
                assert held(ports) == before


@given(st.lists(contracts(), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_ids_that_are_predicted_are_those_that_are_given(empty_database, story):
    with opened(empty_database) as ports:
        for desired in story:
            plan = planning.plan(ports, desired)
            foretold = numbering.predicted(ports, plan)
            new = {each.subject for each in plan.steps if each.registers}
            assert foretold.keys() == new
            if plan.is_accepted:
                done = applying.apply(ports, desired, ORIGIN, plan.token)
                given = {each: done.versions[each].schema_id for each in new}
                assert foretold == given
                _delete_one(ports, new)


def _delete_one(ports, subjects):
    """Delete a version softly: what takes its place is written in another way."""
    for each in sorted(subjects)[:1]:
        # One that is referred to stays.
        with suppress(RegistryError):
            deletion.soft_delete_subject(ports, each, ORIGIN)


@given(st.lists(contracts(), min_size=1, max_size=4))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_plan_does_what_putting_and_registering_one_by_one_does(
    empty_database, story
):
    with opened(empty_database) as at_once, opened(empty_database) as one_by_one:
        for desired in story:
            plan = planning.plan(at_once, desired)
            if not plan.is_accepted:
                continue
            applying.apply(at_once, desired, ORIGIN, plan.token)
            _put_all(one_by_one, plan, desired)
            assert held(at_once) == held(one_by_one)


@given(st.lists(contracts(), min_size=1, max_size=3), contracts())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_what_a_plan_says_is_incompatible_no_registration_takes(
    empty_database, story, last
):
    with opened(empty_database) as ports:
        for desired in story:
            if planning.plan(ports, desired).is_accepted:
                applying.apply(ports, desired, ORIGIN)
        plan = planning.plan(ports, last)
        if plan.is_accepted or any(each.error for each in plan.steps):
            return
        with pytest.raises(RegistryError):
            _put_all(ports, plan, last)


def _put_all(ports, plan, desired):
    wanted = {each.subject: each for each in desired.wanted}
    for step in plan.steps:
        _put(ports, plan, wanted[step.subject])


def _put(ports, plan, wanted):
    step = next(each for each in plan.steps if each.subject == wanted.subject)
    if step.config is not None:
        configuration.update_config(ports, wanted.subject, wanted.patch, ORIGIN)
    references = ()
    if step.registers is not None:
        references = step.registers.new.content.references
    elif step.version is not None:
        references = step.version.content.references
    submission = Submission(
        wanted.submission.text,
        references=references,
        metadata=wanted.submission.metadata,
    )
    registration.register(ports, wanted.subject, submission, ORIGIN)
