"""A subject has so many versions and no more, whichever way they come."""

import itertools
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry.application import applying, deletion, lookup, planning, restoring
from registry.application.desired import Desired, Wanted
from registry.application.governance import Outcome
from registry.application.moving_in import import_records
from registry.application.parsing import Parsing
from registry.application.ports import Ports
from registry.application.records import Incoming
from registry.application.registration import register
from registry.application.stored import Origin, Page, Visibility
from registry.application.submission import Submission
from registry.domain.configuration import Config, Mode
from registry.domain.errors import TooManyVersionsError
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.levels import Level
from registry.domain.limits import Limits
from registry.domain.model import (
    Content,
    SchemaId,
    SchemaType,
    SchemaVersion,
    Subject,
    Version,
)
from registry.domain.verdict import PlanRefusedError
from registry.storage.engine import SqlTransactions

ORIGIN = Origin("tests", "request-1")
A = Subject("a")
MOST = 3


@pytest.fixture
def ports(transactions: SqlTransactions) -> Ports:
    clock = itertools.count(1_700_000_000_000).__next__
    limits = Limits(max_versions=MOST)
    parsing = Parsing({SchemaType.AVRO: AvroFormat()}, limits, cache_bytes=1_000_000)
    return Ports(transactions, parsing, clock, Config(level=Level.NONE))


def a_text(number: int) -> str:
    return f'{{"type":"fixed","name":"F","size":{number}}}'


def put(ports: Ports, number: int) -> SchemaVersion:
    return register(ports, A, Submission(a_text(number)), ORIGIN)


def fill(ports: Ports) -> None:
    for number in range(1, MOST + 1):
        put(ports, number)


def numbers(ports: Ports) -> list[int]:
    uses = lookup.list_versions(ports, A, Visibility.ALL, Page())
    return [each.version for each in uses]


def set_mode(ports: Ports, mode: Mode) -> None:
    def act(store):
        store.lock(A.context)
        store.put_mode(Subject("", A.context), mode)

    ports.transactions.write(act)


def test_given_a_full_subject_when_one_more_is_registered_then_it_is_refused(ports):
    fill(ports)

    with pytest.raises(TooManyVersionsError) as caught:
        put(ports, 4)

    assert caught.value.code == 42201
    assert str(caught.value) == (
        "Subject 'a' may have at most 3 versions, soft-deleted ones included; remove"
        " some of them permanently, or have the limit raised"
        " (WIREPACT_MAX_VERSIONS_PER_SUBJECT)"
    )
    assert numbers(ports) == [1, 2, 3]


def test_given_a_full_subject_when_a_schema_is_repeated_then_it_has_its_id(ports):
    fill(ports)

    assert (put(ports, 2).version, put(ports, 2).schema_id) == (2, 2)


def test_given_a_full_subject_when_one_is_soft_deleted_then_it_counts_still(ports):
    fill(ports)
    deletion.soft_delete_version(ports, A, 1, ORIGIN)

    with pytest.raises(TooManyVersionsError):
        put(ports, 4)

    restoring.restore_version(ports, A, 1, ORIGIN, force=False)
    assert numbers(ports) == [1, 2, 3]


def test_given_a_full_subject_when_one_is_removed_for_good_then_there_is_room(ports):
    fill(ports)
    deletion.soft_delete_version(ports, A, 1, ORIGIN)
    deletion.hard_delete_version(ports, A, 1, ORIGIN)

    assert put(ports, 4).version == 4
    with pytest.raises(TooManyVersionsError):
        put(ports, 5)


def test_given_a_full_subject_when_what_was_deleted_comes_anew_then_it_has_room(ports):
    fill(ports)
    deletion.soft_delete_version(ports, A, 1, ORIGIN)

    # It takes the place of the deleted one, under the next number.
    assert put(ports, 1).version == 4
    assert numbers(ports) == [2, 3, 4]


def test_given_many_writers_when_there_is_room_for_some_then_only_those_get_in(ports):
    start = threading.Barrier(4)

    def attempt(writer: int) -> list[bool]:
        start.wait(timeout=30)
        return [is_taken(writer * 10 + each) for each in range(1, 4)]

    def is_taken(number: int) -> bool:
        try:
            put(ports, number)
        except TooManyVersionsError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        taken = [each for found in pool.map(attempt, range(4)) for each in found]

    assert sum(taken) == MOST
    assert numbers(ports) == [1, 2, 3]


def test_given_a_full_subject_when_imported_to_then_only_over_what_is_there(ports):
    fill(ports)
    set_mode(ports, Mode.IMPORT)
    over = Submission(a_text(9), schema_id=9, version=2)
    beside = Submission(a_text(10), schema_id=10, version=7)

    assert register(ports, A, over, ORIGIN).version == 2
    with pytest.raises(TooManyVersionsError):
        register(ports, A, beside, ORIGIN)


def test_given_more_than_fit_when_moved_in_then_the_rest_is_refused_and_none_kept(
    ports,
):
    set_mode(ports, Mode.IMPORT)
    records = [
        Incoming(
            A,
            Version(number),
            SchemaId(number),
            Content(SchemaType.AVRO, a_text(number)),
            is_deleted=number == 1,
        )
        for number in range(1, MOST + 3)
    ]

    refused = import_records(ports, records, ORIGIN, verbatim=True)
    fitting = import_records(ports, records[:MOST], ORIGIN, verbatim=True)
    again = import_records(ports, records[: MOST + 1], ORIGIN, verbatim=True)

    assert [each.position for each in refused.refused] == [MOST, MOST + 1]
    assert {type(each.error) for each in refused.refused} == {TooManyVersionsError}
    assert (refused.written, fitting.written) == (0, MOST)
    assert [each.position for each in again.refused] == [MOST]


def test_given_a_full_subject_when_planned_then_it_is_foreseen_and_not_applied(ports):
    fill(ports)
    fits = Desired((Wanted(A, Submission(a_text(2)), name="F"),))
    desired = Desired((Wanted(A, Submission(a_text(4)), name="F"),))

    (step,) = planning.plan(ports, desired).steps

    assert step.outcome is Outcome.INVALID
    assert isinstance(step.error, TooManyVersionsError)
    with pytest.raises(PlanRefusedError, match="at most 3 versions"):
        applying.apply(ports, desired, ORIGIN)
    assert planning.plan(ports, fits).is_accepted
