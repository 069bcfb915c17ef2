"""What is read of many subjects at once, on either database."""

import itertools
import json
from typing import Any

import pytest

from registry.application import configuration, deletion, registration
from registry.application.gathering import Asked, Gathered, gather
from registry.application.parsing import Parsing
from registry.application.ports import Ports
from registry.application.stored import Origin
from registry.application.submission import Submission
from registry.domain.errors import InvalidSubjectError
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.levels import Level
from registry.domain.limits import Limits
from registry.domain.model import Reference, SchemaType, Subject, Version
from registry.storage.engine import SqlTransactions
from registry.storage.link import Link

ORIGIN = Origin("tests", "request-1")
MONEY, ORDER, FAR = Subject("money"), Subject("order"), Subject("order", ".far")
READS = ("row", "rows")


@pytest.fixture
def ports(transactions: SqlTransactions) -> Ports:
    clock = itertools.count(1_700_000_000_000).__next__
    parsing = Parsing({SchemaType.AVRO: AvroFormat()}, Limits(), cache_bytes=1_000_000)
    return Ports(transactions, parsing, clock)


def a_record(name: str, /, **fields: Any) -> str:
    given = [{"name": each, "type": kind} for each, kind in fields.items()]
    return json.dumps({"type": "record", "name": name, "fields": given})


def register(ports: Ports, subject: Subject, text: str, *needs: Reference) -> None:
    submission = Submission(text, references=needs)
    registration.register(ports, subject, submission, ORIGIN, force=True)


def numbers(found: Gathered) -> list[list[int]]:
    return [[each.version for each in holding.versions] for holding in found.holdings]


def test_given_subjects_anywhere_when_gathered_then_they_come_in_the_order_asked(
    ports: Ports,
) -> None:
    for number in range(3):
        register(ports, ORDER, a_record(f"Order{number}"))
    register(ports, FAR, a_record("Far"))
    configuration.update_config(ports, FAR, {"level": Level.FULL}, ORIGIN)

    found = gather(ports, Asked([FAR, MONEY, ORDER, FAR]))

    assert [each.subject for each in found.holdings] == [FAR, MONEY, ORDER, FAR]
    assert numbers(found) == [[1], [], [3], [1]]
    assert [each.level for each in found.holdings[:2]] == [Level.FULL, Level.BACKWARD]
    assert found.holdings[1].config is None


@pytest.mark.parametrize(
    ("with_history", "expected"), [(False, [[2]]), (True, [[1, 2]])]
)
def test_given_deleted_versions_when_gathered_then_they_are_left_out(
    ports: Ports, *, with_history: bool, expected: list[list[int]]
) -> None:
    for number in range(3):
        register(ports, ORDER, a_record(f"Order{number}"))
    deletion.soft_delete_version(ports, ORDER, Version(3), ORIGIN)

    assert numbers(gather(ports, Asked([ORDER], with_history))) == expected


def test_given_references_when_gathered_then_all_that_they_lead_to_comes_along(
    ports: Ports,
) -> None:
    unit = Subject("unit")
    register(ports, unit, a_record("Unit", name="string"))
    register(ports, MONEY, a_record("Money", of="Unit"), Reference("Unit", "unit", 1))
    to_money = Reference("Money", "money", 1)
    register(ports, ORDER, a_record("Order", total="Money"), to_money)

    without, found = (
        gather(ports, Asked([ORDER], with_referred=each)) for each in (False, True)
    )

    assert without.referred == {}
    assert {*found.referred} == {(MONEY, 1), (unit, 1)}


def test_given_more_than_fits_when_gathered_then_the_rest_can_be_asked_for(
    ports: Ports,
) -> None:
    subjects = [Subject(f"s{number}") for number in range(7)]
    for each in subjects:
        register(ports, each, a_record(each.name, id="long"))
    size = len(a_record("s0", id="long"))
    left, pages = subjects, []

    while left:
        page = gather(ports, Asked(left, most_bytes=2 * size + 1)).holdings
        pages.append(len(page))
        left = left[len(page) :]

    assert pages == [3, 3, 1]


def test_given_a_name_that_no_subject_can_have_when_gathered_then_it_is_refused(
    ports: Ports,
) -> None:
    with pytest.raises(InvalidSubjectError):
        gather(ports, Asked([ORDER, Subject("a\x01")]))


def test_given_many_subjects_when_gathered_then_statements_do_not_grow_with_them(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    for name in READS:
        real = getattr(Link, name)

        def counting(
            link: Link, *arguments: Any, real: Any = real, name: str = name
        ) -> Any:
            counted.append(name)
            return real(link, *arguments)

        monkeypatch.setattr(Link, name, counting)

    def statements(number: int) -> int:
        counted.clear()
        gather(ports, Asked([Subject(f"s{each}") for each in range(number)]))
        return len(counted)

    assert statements(100) == statements(1)
    assert statements(1_000) == 10 * statements(1)
