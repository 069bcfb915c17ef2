"""Plans and their application, on either database."""

import itertools
import json
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from registry.application import applying, configuration, lookup, planning, registration
from registry.application.applying import Applied
from registry.application.desired import Desired, Need, Wanted
from registry.application.governance import Outcome
from registry.application.parsing import Parsing
from registry.application.planning import Plan, Step
from registry.application.ports import Ports
from registry.application.stored import Origin, Page, Visibility
from registry.application.submission import Submission
from registry.domain.configuration import Mode
from registry.domain.errors import (
    OperationNotPermittedError,
    ReferenceExistsError,
    StalePlanError,
    StoreUnavailableError,
    SubjectNotFoundError,
    SubjectOwnedError,
)
from registry.domain.formats.avro.format import AvroFormat
from registry.domain.levels import Level
from registry.domain.limits import Limits
from registry.domain.model import (
    Metadata,
    Reference,
    SchemaType,
    SchemaVersion,
    Subject,
    Version,
)
from registry.domain.verdict import PlanRefusedError
from registry.storage.engine import SqlTransactions
from registry.storage.faults import ConnectionLostError
from registry.storage.link import Link

ORIGIN = Origin("tests", "request-1")
SHOP, OTHER = "example.com/shop#contracts", "example.com/bank#contracts"
MONEY, ORDER = Subject("money"), Subject("orders-value")
FAR = Subject("orders-value", ".far")


@pytest.fixture
def ports(transactions: SqlTransactions) -> Ports:
    clock = itertools.count(1_700_000_000_000).__next__
    parsing = Parsing({SchemaType.AVRO: AvroFormat()}, Limits(), cache_bytes=1_000_000)
    return Ports(transactions, parsing, clock)


def a_record(name: str, /, **fields: Any) -> str:
    given = [{"name": each, "type": kind} for each, kind in fields.items()]
    return json.dumps({"type": "record", "name": name, "fields": given})


def wanted(
    subject: Subject, text: str, *needs: Need, level: Level | None = None, **more: Any
) -> Wanted:
    patch = {} if level is None else {"level": level}
    name = json.loads(text)["name"]
    return Wanted(subject, Submission(text), needs, name, patch, **more)


CENTS = a_record("Money", cents="long")
CENTS_AND_CURRENCY = json.dumps(
    {
        "type": "record",
        "name": "Money",
        "fields": [
            {"name": "cents", "type": "long"},
            {"name": "currency", "type": "string", "default": "EUR"},
        ],
    }
)
PRICED = a_record("Order", price="Money")
BROKEN = a_record("Money", cents="long", currency="string")


def both(money: str = CENTS, **more: Any) -> Desired:
    order = wanted(ORDER, PRICED, Need("Money"))
    return Desired((order, wanted(MONEY, money, level=Level.FULL)), **more)


def apply(ports: Ports, desired: Desired, token: str | None = None) -> Applied:
    return applying.apply(ports, desired, ORIGIN, token)


def step_of(plan: Plan, subject: Subject) -> Step:
    return next(each for each in plan.steps if each.subject == subject)


def numbers(ports: Ports, subject: Subject) -> list[int]:
    try:
        uses = lookup.list_versions(ports, subject, Visibility.LIVE, Page())
    except SubjectNotFoundError:
        return []
    return [each.version for each in uses]


def version(ports: Ports, subject: Subject, number: int) -> SchemaVersion:
    return lookup.get_version(ports, subject, number, Visibility.LIVE)


def level(ports: Ports, subject: Subject) -> Level | None:
    return configuration.get_config(ports, subject, in_scope=False).level


def test_given_nothing_when_planned_then_what_is_needed_comes_first(
    ports: Ports,
) -> None:
    found = planning.plan(ports, both())

    assert [each.subject for each in found.steps] == [MONEY, ORDER]
    assert found.is_accepted
    assert not found.is_empty
    assert numbers(ports, MONEY) == []


def test_given_nothing_when_applied_then_levels_and_schemas_are_there(
    ports: Ports,
) -> None:
    done = apply(ports, both())

    assert numbers(ports, MONEY) == numbers(ports, ORDER) == [1]
    assert level(ports, MONEY) is Level.FULL
    order = version(ports, ORDER, 1)
    assert order.content.references == (Reference("Money", "money", 1),)
    assert done.versions[ORDER] == order


def test_given_it_was_applied_when_planned_again_then_the_plan_is_empty(
    ports: Ports,
) -> None:
    before = planning.plan(ports, both(owner=SHOP))
    apply(ports, both(owner=SHOP), before.token)

    assert planning.plan(ports, both(owner=SHOP)).is_empty


def test_given_it_was_applied_when_applied_with_the_same_token_then_nothing_is_written(
    ports: Ports, rows: Callable[[str], list[Any]]
) -> None:
    token = planning.plan(ports, both()).token
    first = apply(ports, both(), token)
    written = rows("SELECT count(*) FROM audit")

    second = apply(ports, both(), token)

    assert second.plan.is_empty
    assert second.versions == first.versions
    assert rows("SELECT count(*) FROM audit") == written


def test_given_a_change_of_a_shared_type_when_applied_then_its_users_get_versions_too(
    ports: Ports,
) -> None:
    apply(ports, both())

    apply(ports, both(CENTS_AND_CURRENCY))

    assert numbers(ports, MONEY) == numbers(ports, ORDER) == [1, 2]
    order = version(ports, ORDER, 2)
    assert order.content.references == (Reference("Money", "money", 2),)
    assert planning.plan(ports, both(CENTS_AND_CURRENCY)).is_empty


def test_given_a_breaking_change_when_applied_then_it_is_refused_and_nothing_is_done(
    ports: Ports,
) -> None:
    apply(ports, both())
    new = wanted(Subject("new-value"), a_record("New", id="string"))
    desired = Desired((*both(BROKEN).wanted, new))

    found = planning.plan(ports, desired)
    with pytest.raises(PlanRefusedError) as refused:
        apply(ports, desired)

    assert step_of(found, MONEY).outcome is Outcome.INCOMPATIBLE
    assert step_of(found, MONEY).level is Level.FULL
    assert step_of(found, MONEY).registers is not None
    assert list(refused.value.reasons) == ["money", "orders-value"]
    assert {each.rule for each in refused.value.findings} == {
        "AVRO_READER_FIELD_MISSING_DEFAULT_VALUE"
    }
    assert numbers(ports, Subject("new-value")) == []


def test_given_a_level_loosened_in_the_plan_then_the_schema_is_judged_by_it(
    ports: Ports,
) -> None:
    apply(ports, Desired((wanted(MONEY, CENTS, level=Level.FULL),)))
    desired = Desired((wanted(MONEY, BROKEN, level=Level.NONE),))

    found = planning.plan(ports, desired)
    apply(ports, desired, found.token)

    assert [each.rule for each in found.steps[0].findings] == ["LEVEL_LOOSENED"]
    assert numbers(ports, MONEY) == [1, 2]
    assert level(ports, MONEY) is Level.NONE


def test_given_a_level_tightened_in_the_plan_when_applied_then_the_schema_is_held_to_it(
    ports: Ports,
) -> None:
    apply(ports, Desired((wanted(MONEY, CENTS, level=Level.NONE),)))
    desired = Desired((wanted(MONEY, BROKEN, level=Level.BACKWARD),))

    with pytest.raises(PlanRefusedError):
        apply(ports, desired)

    assert level(ports, MONEY) is Level.NONE
    assert numbers(ports, MONEY) == [1]


def test_given_a_registration_since_when_applied_then_the_plan_is_stale(
    ports: Ports,
) -> None:
    desired = both()
    token = planning.plan(ports, desired).token
    registration.register(ports, MONEY, Submission(CENTS_AND_CURRENCY), ORIGIN)

    with pytest.raises(StalePlanError):
        apply(ports, desired, token)

    assert numbers(ports, ORDER) == []


def test_given_a_wider_level_since_when_applied_then_the_plan_is_stale(
    ports: Ports,
) -> None:
    token = planning.plan(ports, both()).token
    configuration.update_config(
        ports, configuration.REGISTRY, {"level": Level.FORWARD}, ORIGIN
    )

    with pytest.raises(StalePlanError):
        apply(ports, both(), token)


def test_given_others_since_when_applied_then_the_plan_is_as_good_as_before(
    ports: Ports,
) -> None:
    token = planning.plan(ports, both()).token
    other = Subject("other-value")
    registration.register(ports, other, Submission('"string"'), ORIGIN)
    configuration.update_config(ports, other, {"level": Level.NONE}, ORIGIN)

    apply(ports, both(), token)

    assert numbers(ports, ORDER) == [1]


def test_given_a_subject_of_another_owner_when_applied_then_it_is_refused_by_name(
    ports: Ports,
) -> None:
    apply(ports, both(owner=OTHER))

    found = planning.plan(ports, both(CENTS_AND_CURRENCY, owner=SHOP))
    with pytest.raises(SubjectOwnedError) as refused:
        apply(ports, both(CENTS_AND_CURRENCY, owner=SHOP))

    assert isinstance(step_of(found, MONEY).error, SubjectOwnedError)
    assert refused.value.owner == OTHER
    assert numbers(ports, MONEY) == [1]


def test_given_another_owner_when_applied_by_nobody_then_it_is_refused_as_well(
    ports: Ports,
) -> None:
    apply(ports, both(owner=OTHER))

    with pytest.raises(SubjectOwnedError):
        apply(ports, both(CENTS_AND_CURRENCY))


def test_given_another_owner_when_taken_over_then_it_is_ours(ports: Ports) -> None:
    apply(ports, both(owner=OTHER))

    apply(ports, both(owner=SHOP, takes_over=True))

    with ports.transactions.read() as store:
        assert store.planning.owned(SHOP, ["."]) == [MONEY, ORDER]
        assert store.planning.owned(OTHER, ["."]) == []


def test_given_a_subject_purged_for_good_then_its_owner_is_forgotten(
    ports: Ports,
) -> None:
    apply(ports, Desired((wanted(MONEY, CENTS),), owner=SHOP))
    ports.transactions.write(lambda store: store.hard_delete(MONEY, [Version(1)]))

    with ports.transactions.read() as store:
        assert store.planning.owned(SHOP, ["."]) == []


def test_given_a_contract_that_is_gone_when_not_pruned_then_its_subject_stays(
    ports: Ports,
) -> None:
    apply(ports, both(owner=SHOP))

    apply(ports, Desired((), owner=SHOP))

    assert numbers(ports, ORDER) == [1]


def test_given_contracts_that_are_gone_when_pruned_then_only_our_own_are_hidden(
    ports: Ports,
) -> None:
    apply(ports, both(owner=SHOP))
    theirs = Subject("theirs-value")
    apply(ports, Desired((wanted(theirs, a_record("T", a="int")),), owner=OTHER))

    apply(ports, Desired((), owner=SHOP, prunes=True))

    assert numbers(ports, ORDER) == numbers(ports, MONEY) == []
    assert numbers(ports, theirs) == [1]
    assert planning.plan(ports, Desired((), owner=SHOP, prunes=True)).is_empty


def test_given_contracts_of_several_owners_when_applied_then_each_subject_has_its_own(
    ports: Ports,
) -> None:
    money = wanted(MONEY, CENTS, owner=OTHER)
    desired = Desired((wanted(ORDER, PRICED, Need("Money")), money), owner=SHOP)

    apply(ports, desired)

    with ports.transactions.read() as store:
        assert store.planning.owned(SHOP, ["."]) == [ORDER]
        assert store.planning.owned(OTHER, ["."]) == [MONEY]
    assert planning.plan(ports, desired).is_empty


def test_given_a_subject_of_somebody_else_when_lent_on_then_it_has_to_be_taken_over(
    ports: Ports,
) -> None:
    apply(ports, Desired((wanted(MONEY, CENTS),), owner=SHOP))
    lent = Desired((wanted(MONEY, CENTS, owner=OTHER),), owner="bank")

    with pytest.raises(SubjectOwnedError):
        apply(ports, lent)
    apply(ports, replace(lent, takes_over=True))

    with ports.transactions.read() as store:
        assert store.planning.owned(OTHER, ["."]) == [MONEY]


def test_given_several_speakers_when_pruned_then_what_is_gone_of_each_is_hidden(
    ports: Ports,
) -> None:
    order = wanted(ORDER, PRICED, Need("Money"), owner=SHOP)
    kept = wanted(Subject("kept"), a_record("T", a="int"), owner=SHOP)
    apply(ports, Desired((order, wanted(MONEY, CENTS, owner=OTHER), kept)))

    apply(ports, Desired((kept,), prunes=True, others=(SHOP, OTHER)))

    assert numbers(ports, ORDER) == numbers(ports, MONEY) == []
    assert numbers(ports, kept.subject) == [1]


def test_given_a_contract_that_is_lent_when_pruned_then_the_rest_of_its_owner_stays(
    ports: Ports,
) -> None:
    apply(ports, Desired((wanted(MONEY, CENTS),), owner=OTHER))
    lent = wanted(Subject("lent"), a_record("T", a="int"), owner=OTHER)

    apply(ports, Desired((lent,), owner=SHOP, prunes=True))

    assert numbers(ports, MONEY) == numbers(ports, lent.subject) == [1]


def test_given_speakers_when_one_has_a_subject_of_another_then_it_is_handed_over(
    ports: Ports,
) -> None:
    apply(ports, Desired((wanted(MONEY, CENTS),), owner=SHOP))
    moved = wanted(MONEY, CENTS, owner=OTHER)

    with pytest.raises(SubjectOwnedError):
        apply(ports, Desired((moved,), others=(OTHER,)))
    apply(ports, Desired((moved,), others=(SHOP, OTHER)))

    with ports.transactions.read() as store:
        assert store.planning.owned(OTHER, ["."]) == [MONEY]


@pytest.mark.parametrize(
    ("desired", "kept"),
    [
        pytest.param(Desired((), contexts=frozenset({".far"})), [ORDER], id="said"),
        pytest.param(
            Desired((wanted(Subject("kept", ".far"), CENTS),)), [ORDER], id="contracts"
        ),
        pytest.param(Desired(()), [FAR], id="none"),
        pytest.param(Desired((), contexts=frozenset({".", ".far"})), [], id="both"),
        pytest.param(
            Desired((), contexts=frozenset({".new"})), [ORDER, FAR], id="another"
        ),
    ],
)
def test_given_one_owner_in_two_contexts_when_pruned_then_the_other_context_stays(
    ports: Ports, desired: Desired, kept: list[Subject]
) -> None:
    order = a_record("Order", id="int")
    apply(ports, Desired((wanted(ORDER, order), wanted(FAR, order)), owner=SHOP))

    apply(ports, replace(desired, owner=SHOP, prunes=True))

    assert [each for each in (ORDER, FAR) if numbers(ports, each)] == kept


def test_given_something_else_refers_to_it_when_pruned_then_it_is_refused(
    ports: Ports,
) -> None:
    apply(ports, Desired((wanted(MONEY, CENTS),), owner=SHOP))
    using = Submission(PRICED, references=(Reference("Money", "money", 1),))
    registration.register(ports, ORDER, using, ORIGIN)
    desired = Desired((), owner=SHOP, prunes=True)

    found = planning.plan(ports, desired)
    with pytest.raises(PlanRefusedError):
        apply(ports, desired)

    assert isinstance(found.steps[0].error, ReferenceExistsError)
    assert numbers(ports, MONEY) == [1]


def test_given_several_contexts_when_one_is_refused_then_none_is_written(
    ports: Ports,
) -> None:
    apply(ports, Desired((wanted(FAR, CENTS),)))
    desired = Desired((wanted(MONEY, CENTS), wanted(FAR, BROKEN)))

    with pytest.raises(PlanRefusedError):
        apply(ports, desired)

    assert numbers(ports, MONEY) == []


def test_given_several_contexts_when_applied_then_references_go_across(
    ports: Ports,
) -> None:
    far = Wanted(FAR, Submission(PRICED), (Need("Money"),))

    apply(ports, Desired((far, wanted(MONEY, CENTS))))

    order = version(ports, FAR, 1)
    assert order.content.references == (Reference("Money", ":.:money", 1),)
    assert planning.plan(ports, Desired((far, wanted(MONEY, CENTS)))).is_empty


def test_given_a_pinned_reference_when_applied_then_it_stays_at_its_version(
    ports: Ports,
) -> None:
    apply(ports, both())
    order = wanted(ORDER, PRICED, Need("Money", "money", 1))

    apply(ports, Desired((wanted(MONEY, CENTS_AND_CURRENCY), order)))

    assert numbers(ports, MONEY) == [1, 2]
    assert numbers(ports, ORDER) == [1]


def test_given_a_reference_to_what_is_there_only_when_applied_then_it_is_the_latest(
    ports: Ports,
) -> None:
    apply(ports, Desired((wanted(MONEY, CENTS),)))
    apply(ports, Desired((wanted(MONEY, CENTS_AND_CURRENCY),)))

    apply(ports, Desired((wanted(ORDER, PRICED, Need("Money", "money")),)))

    order = version(ports, ORDER, 1)
    assert order.content.references == (Reference("Money", "money", 2),)


@pytest.mark.parametrize(
    ("contracts", "told"),
    [
        pytest.param(
            (wanted(ORDER, PRICED, Need("Money")),),
            "none of the contracts",
            id="unknown",
        ),
        pytest.param(
            (
                wanted(ORDER, PRICED, Need("Money")),
                wanted(MONEY, CENTS),
                wanted(FAR, CENTS),
            ),
            "define",
            id="ambiguous",
        ),
        pytest.param(
            (wanted(ORDER, PRICED, Need("Money", "nowhere")),),
            "No schema reference found",
            id="nowhere",
        ),
        pytest.param(
            (
                wanted(MONEY, a_record("Money", of="Order"), Need("Order")),
                wanted(ORDER, PRICED, Need("Money")),
            ),
            "cycle",
            id="cycle",
        ),
        pytest.param(
            (
                wanted(MONEY, a_record("Money", of="Nothing")),
                wanted(ORDER, PRICED, Need("Money")),
            ),
            "which is refused",
            id="dependent",
        ),
    ],
)
def test_given_references_that_lead_nowhere_when_planned_then_the_contract_says_so(
    ports: Ports, contracts: tuple[Wanted, ...], told: str
) -> None:
    found = planning.plan(ports, Desired(contracts))

    step = step_of(found, ORDER)
    assert step.outcome is Outcome.INVALID
    assert told in str(step.error)


def test_given_a_read_only_subject_when_applied_then_only_a_change_is_refused(
    ports: Ports,
) -> None:
    apply(ports, both())
    ports.transactions.write(lambda store: store.put_mode(MONEY, Mode.READONLY))

    apply(ports, both())
    with pytest.raises(PlanRefusedError):
        apply(ports, both(CENTS_AND_CURRENCY))

    step = step_of(planning.plan(ports, both(CENTS_AND_CURRENCY)), MONEY)
    assert isinstance(step.error, OperationNotPermittedError)


def test_given_a_soft_deleted_version_when_it_is_wanted_again_then_it_is_replaced(
    ports: Ports,
) -> None:
    apply(ports, both(owner=SHOP))
    apply(ports, Desired((), owner=SHOP, prunes=True))

    apply(ports, both(owner=SHOP))

    assert numbers(ports, MONEY) == numbers(ports, ORDER) == [2]
    assert planning.plan(ports, both(owner=SHOP)).is_empty


def test_given_a_content_that_another_subject_has_when_applied_then_it_keeps_its_id(
    ports: Ports,
) -> None:
    known = registration.register(ports, MONEY, Submission(CENTS), ORIGIN)
    twice = [Wanted(Subject(f"copy-{n}"), Submission(CENTS)) for n in range(2)]

    done = apply(ports, Desired(tuple(twice)))

    assert {each.schema_id for each in done.versions.values()} == {known.schema_id}


def test_given_metadata_and_policies_when_applied_then_they_are_there(
    ports: Ports,
) -> None:
    metadata = Metadata(properties={"owner": "team-orders"})
    submission = Submission(CENTS, metadata=metadata)
    patch = {"level": Level.FULL, "normalize": True}
    desired = Desired((Wanted(MONEY, submission, patch=patch),))

    apply(ports, desired)

    assert version(ports, MONEY, 1).metadata == metadata
    assert configuration.get_config(ports, MONEY, in_scope=False).normalize
    assert planning.plan(ports, desired).is_empty


def test_given_many_writers_of_one_plan_when_applied_then_it_is_done_once(
    ports: Ports,
) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = [*pool.map(lambda _: apply(ports, both(owner=SHOP)), range(8))]

    assert numbers(ports, MONEY) == numbers(ports, ORDER) == [1]
    assert len({each.versions[ORDER].schema_id for each in done}) == 1


def test_given_two_owners_at_once_when_applied_then_one_gets_all_and_one_nothing(
    ports: Ports,
) -> None:
    start = threading.Barrier(2)

    def attempt(owner: str) -> str:
        start.wait(timeout=30)
        try:
            apply(ports, both(owner=owner))
        except SubjectOwnedError:
            return "refused"
        return owner

    with ThreadPoolExecutor(2) as pool:
        outcomes = [*pool.map(attempt, [SHOP, OTHER])]

    (winner,) = {*outcomes} - {"refused"}
    with ports.transactions.read() as store:
        assert store.planning.owned(winner, ["."]) == [MONEY, ORDER]


def test_given_two_contexts_in_either_order_when_at_once_then_none_waits_for_ever(
    ports: Ports,
) -> None:
    def attempt(number: int) -> Applied:
        here = wanted(Subject(f"here-{number}"), CENTS)
        far = wanted(Subject(f"far-{number}", ".far"), CENTS)
        return apply(ports, Desired((here, far) if number % 2 else (far, here)))

    with ThreadPoolExecutor(4) as pool:
        done = [*pool.map(attempt, range(8))]

    assert all(len(each.versions) == 2 for each in done)


@pytest.mark.parametrize("broken_at", ["INSERT INTO version", "INSERT INTO audit"])
def test_given_the_connection_breaks_in_the_middle_when_applied_then_nothing_is_there(
    ports: Ports, monkeypatch: pytest.MonkeyPatch, broken_at: str
) -> None:
    change_each = Link.change_each

    def breaking(link: Link, statement: str, rows: Any) -> None:
        if broken_at in statement:
            raise ConnectionLostError
        change_each(link, statement, rows)

    monkeypatch.setattr(Link, "change_each", breaking)
    with pytest.raises(StoreUnavailableError):
        apply(ports, both(owner=SHOP))
    monkeypatch.undo()

    assert numbers(ports, MONEY) == numbers(ports, ORDER) == []
    with ports.transactions.read() as store:
        assert store.planning.owned(SHOP, ["."]) == []
        assert store.find_config(MONEY) is None
    assert apply(ports, both(owner=SHOP)).versions[ORDER].version == 1


def test_given_a_commit_that_is_not_answered_when_applied_then_it_is_done_once(
    ports: Ports, monkeypatch: pytest.MonkeyPatch, rows: Callable[[str], list[Any]]
) -> None:
    commit = Link.commit

    def unheard(link: Link) -> None:
        monkeypatch.setattr(Link, "commit", commit)
        commit(link)
        link.abandon()
        raise ConnectionLostError

    monkeypatch.setattr(Link, "commit", unheard)

    apply(ports, both())

    assert numbers(ports, ORDER) == [1]
    assert rows("SELECT count(*) FROM audit WHERE action = 'version.register'") == [
        (2,)
    ]


def test_given_a_thousand_contracts_when_applied_then_statements_do_not_grow_with_them(
    ports: Ports, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[str] = []
    for name in ("_run", "change", "change_each", "lock", "_select"):
        original = getattr(Link, name)

        def counting(
            link: Link, *given: Any, original: Any = original, name: str = name
        ) -> Any:
            counted.append(name)
            return original(link, *given)

        monkeypatch.setattr(Link, name, counting)

    def statements(number: int) -> int:
        counted.clear()
        shared = wanted(
            Subject(f"shared-{number}"), a_record(f"S{number}", cents="long")
        )
        users = [
            wanted(
                Subject(f"user-{number}-{n}"),
                a_record(f"U{n}", price=f"S{number}"),
                Need(f"S{number}"),
                level=Level.FULL,
            )
            for n in range(number)
        ]
        desired = Desired((shared, *users), owner=f"{SHOP}-{number}")
        apply(ports, desired)
        assert planning.plan(ports, desired).is_empty
        return len(counted)

    few, many = statements(10), statements(1_000)

    assert many <= few + 10


def test_given_an_apply_when_audited_then_each_action_has_a_row_and_numbers_no_gap(
    ports: Ports, rows: Callable[[str], list[Any]]
) -> None:
    apply(ports, both(owner=SHOP))

    assert rows("SELECT seq, action, target FROM audit ORDER BY seq") == [
        (1, "owner.update", "money"),
        (2, "config.update", "money"),
        (3, "owner.update", "orders-value"),
        (4, "version.register", "money/versions/1"),
        (5, "version.register", "orders-value/versions/1"),
    ]
    assert rows("SELECT change_seq FROM context WHERE name = '.'") == [(5,)]
