"""How the work of an answer grows: schemas that are made to cost, at n and at 2n.

Steps are counted, not seconds: the calls of functions, which no busy neighbour changes.
"""

import json
import time
from collections.abc import Callable
from cProfile import Profile
from typing import Any

import pytest

from registry.application.cases import Candidate, Case, Earlier
from registry.application.compatibility import check
from registry.application.explanation import findings
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.formats.avro.walk import MAX_STEPS, Comparison
from registry.domain.levels import Direction, Level
from registry.domain.model import SchemaType
from registry.domain.promises import Promise

AVRO = AvroFormat()
MOST_GROWTH = 2.5
Pair = tuple[Any, Any]


def a_record(*fields: Any, name: str = "R") -> dict[str, Any]:
    made = [{"name": f"f{at}", "type": kind} for at, kind in enumerate(fields)]
    return {"type": "record", "name": name, "fields": made}


def fixeds(number: int) -> Pair:
    """Unions of fixed types of one simple name, which meet in every combination."""
    new, old = (
        [{"type": "fixed", "name": f"n{at}.F", "size": size} for at in range(number)]
        for size in (4, 5)
    )
    return new, old


def records(number: int) -> Pair:
    """The same with records, into each of which somebody has to look."""
    new, old = (
        [a_record(kind, name=f"n{at}.R") for at in range(number)]
        for kind in ("int", "string")
    )
    return new, old


def removed(number: int) -> Pair:
    return a_record(), a_record(*["int"] * number)


def added(number: int) -> Pair:
    return a_record(*["int"] * number), a_record()


def renamed(number: int) -> Pair:
    new = a_record(*["int"] * number)
    for each in new["fields"]:
        each["name"] = f"new_{each['name']}"
    return new, a_record(*["int"] * number)


def retyped(number: int) -> Pair:
    return a_record(*["string"] * number), a_record(*["int"] * number)


def an_enum(prefix: str, number: int) -> dict[str, Any]:
    symbols = [f"{prefix}{at}" for at in range(number)]
    return {"type": "enum", "name": "E", "symbols": symbols}


def symbols(number: int) -> Pair:
    return an_enum("A", number), an_enum("B", number)


def shared(number: int) -> Pair:
    """An enum that lacks as many symbols as it has uses."""
    new, old = (
        a_record(an_enum(prefix, number), *["E"] * number) for prefix in ("A", "B")
    )
    return new, old


def named_again(number: int) -> Pair:
    """A type under another name, which is used in many places."""
    new, old = (
        a_record({"type": "fixed", "name": name, "size": 4}, *[name] * number)
        for name in ("New", "Old")
    )
    return new, old


def unions(number: int) -> Pair:
    new, old = (
        a_record(
            *(
                ["null", kind, {"type": "enum", "name": f"E{at}", "symbols": ["A"]}]
                for at in range(number)
            )
        )
        for kind in ("int", "string")
    )
    return new, old


def a_case(pair: Pair, level: Level) -> Case:
    new, old = (AVRO.parse(json.dumps(each)) for each in pair)
    earlier = Earlier(1, 1, SchemaType.AVRO, old)
    candidate = Candidate("s", SchemaType.AVRO, new)
    return Case(AVRO, candidate, (earlier,), Promise(level))


def calls(act: Callable[[], object]) -> int:
    with Profile() as profile:
        act()
    return sum(each.callcount for each in profile.getstats())


KINDS = [
    fixeds,
    removed,
    added,
    renamed,
    retyped,
    symbols,
    shared,
    named_again,
    unions,
]


@pytest.mark.parametrize("kind", KINDS)
def test_given_twice_the_schema_when_explained_then_the_work_is_hardly_more_than_twice(
    kind: Callable[[int], Pair],
) -> None:
    # From where on the budgets tell: below, all findings get fixes, and for each of n
    # findings a schema of n fields is parsed.
    once, twice = (a_case(kind(number), Level.FULL) for number in (400, 800))

    work_once, work_twice = (
        calls(lambda: findings(once)),
        calls(lambda: findings(twice)),
    )

    assert work_twice <= MOST_GROWTH * work_once


@pytest.mark.parametrize("kind", [removed, renamed, symbols, named_again])
@pytest.mark.parametrize("way", list(Direction))
def test_given_twice_the_schema_when_asked_for_one_fix_then_the_work_is_twice(
    kind: Callable[[int], Pair], way: Direction
) -> None:
    once, twice = (work_of_one_fix(kind(number), way) for number in (400, 800))

    assert twice <= MOST_GROWTH * once


def work_of_one_fix(pair: Pair, way: Direction) -> int:
    new, old = (AVRO.parse(json.dumps(each)) for each in pair)
    read_and_written = (new, old) if way is Direction.BACKWARD else (old, new)
    found = AVRO.violations(*read_and_written)
    return calls(lambda: AVRO.proposals(new, old, found[0], way)) if found else 0


@pytest.mark.parametrize("number", [250, 500])
def test_given_fixed_types_of_one_name_when_compared_then_one_of_each_is_looked_at(
    number: int,
) -> None:
    new, old = (AVRO.parse(json.dumps(each)) for each in fixeds(number))
    comparison = Comparison()

    found = comparison.violations(new.root, old.root)

    assert len(found) == number
    assert comparison.steps < 10 * number


def test_given_records_of_one_name_when_compared_then_each_look_is_counted() -> None:
    new, old = (AVRO.parse(json.dumps(each)) for each in records(1_000))
    comparison = Comparison()

    made = calls(lambda: comparison.violations(new.root, old.root))

    assert comparison.steps > MAX_STEPS
    assert made < 20 * MAX_STEPS


def test_given_twice_the_symbols_and_uses_when_checked_then_messages_are_bounded() -> (
    None
):
    lengths = []
    for number in (500, 1_000):
        case = a_case(shared(number), Level.FULL)
        verdict = check(AVRO, case.candidate, case.history, case.promise)
        lengths.append(sum(map(len, verdict.messages)))

    assert lengths[1] <= MOST_GROWTH * lengths[0]
    assert lengths[1] < 1_100_000


def test_given_a_usual_record_when_explained_then_each_finding_has_all_its_fixes() -> (
    None
):
    old = a_record(*["int"] * 50)
    new = a_record(*["int"] * 50)
    for at in range(5):
        new["fields"].append({"name": f"added{at}", "type": "string"})

    found = findings(a_case((new, old), Level.BACKWARD))

    assert [len(each.fixes) for each in found] == [3, 2, 2, 2, 2]
    assert found[0].fixes[-1].title.startswith("All at once")


@pytest.mark.parametrize(
    "pair",
    [
        pytest.param(fixeds(1_000), id="fixed types of one name"),
        pytest.param(records(1_000), id="records of one name"),
        pytest.param(removed(4_000), id="fields removed"),
        pytest.param(added(4_000), id="fields added"),
        pytest.param(renamed(4_000), id="fields renamed"),
        pytest.param(retyped(4_000), id="types changed"),
        pytest.param(symbols(10_000), id="symbols"),
        pytest.param(shared(1_000), id="a shared enum"),
        pytest.param(named_again(4_000), id="a shared type renamed"),
        pytest.param(unions(2_000), id="unions"),
    ],
)
def test_given_a_pair_made_to_cost_when_explained_then_it_takes_a_second_or_so(
    pair: Pair,
) -> None:
    case = a_case(pair, Level.FULL)
    started_s = time.process_time()

    findings(case)

    # Five times what it takes on an idle machine.
    assert time.process_time() - started_s < 6
