"""What a store promises of associations, and of keys of clients that encrypt.

A subclass brings a fixture `transactions`: over an empty store, new for each test.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

import pytest

from registry.application.association_ports import Wanted
from registry.application.key_ports import KekUse
from registry.application.ports import SchemaStore, Transactions
from registry.application.stored import StaleRevisionError
from registry.domain.associations import Association, Lifecycle, Resource
from registry.domain.configuration import Config
from registry.domain.keys import Algorithm, Dek, DekSlot, Kek, KekName
from registry.domain.levels import Level
from registry.domain.model import GLOBAL_CONTEXT, Reference, Subject
from tests.suites.registering import (
    NOW_MS,
    a_content,
    an_entry,
    decided,
    register,
)

A, B = Subject("a"), Subject("b")
ELSEWHERE = Subject("a", ".elsewhere")
STRING = a_content('"string"')
ORDERS = Resource("orders", "lkc-1", "t-1")
# The same name in another cluster, and names that need care.
OTHER_ORDERS = Resource("orders", "lkc-2", "t-2")
GROESSE = Resource("größe/€", "lkc-1", "t 3%")


def an_association(
    resource: Resource = ORDERS,
    kind: str = "value",
    subject: Subject = A,
    lifecycle: Lifecycle = Lifecycle.WEAK,
) -> Association:
    return Association(resource, kind, subject, lifecycle, NOW_MS)


def do(
    transactions: Transactions, context: str, *acts: Callable[[SchemaStore], None]
) -> None:
    """Run acts as the use cases do: alone in a context, and recorded."""

    def alone(store: SchemaStore) -> None:
        store.lock(context)
        for act in acts:
            act(store)
        store.record(context, an_entry())

    transactions.write(alone)


def associate(transactions: Transactions, *associations: Association) -> None:
    for each in associations:
        do(transactions, each.subject.context, partial(_add, each))


def _add(association: Association, store: SchemaStore) -> None:
    store.associations.add(association)


def found(
    transactions: Transactions,
    wanted: Wanted,
    offset: int = 0,
    limit: int | None = None,
) -> list[Association]:
    with transactions.read() as store:
        return store.associations.find(wanted, offset, limit)


class AssociationsSuite:
    """Writing, finding and removing associations."""

    def test_when_associations_are_written_then_all_of_them_is_read_back(
        self, transactions
    ):
        register(transactions, A, STRING)
        register(transactions, ELSEWHERE, STRING)
        own = an_association(GROESSE, "key", ELSEWHERE, Lifecycle.STRONG)
        associate(transactions, an_association(), own)

        with transactions.read() as store:
            assert store.associations.of_subject(A) == [an_association()]
            assert store.associations.of_subject(ELSEWHERE) == [own]
            assert store.associations.of_subject(B) == []
            assert store.associations.of_resource("topic", "t 3%") == [own]
            assert store.associations.of_resource("topic", "t-9") == []
            assert store.associations.of_resource("table", "t 3%") == []
            assert store.associations.of_name("topic", "größe/€", "lkc-1") == [own]
            assert store.associations.of_name("topic", "größe/€", "lkc-2") == []

    @pytest.mark.parametrize(
        ("wanted", "expected"),
        [
            (Wanted(), [0, 1, 2, 3]),
            (Wanted(name="orders"), [1, 2, 3]),
            (Wanted(name="orders", namespace="lkc-1"), [1, 2]),
            (Wanted(namespace="lkc-1"), [0, 1, 2]),
            (Wanted(resource_id="t-2"), [3]),
            (Wanted(subject=A), [1, 2, 3]),
            (Wanted(subject=ELSEWHERE), [0]),
            (Wanted(association_types=("key",)), [1]),
            (Wanted(association_types=("key", "value")), [0, 1, 2, 3]),
            (Wanted(lifecycle=Lifecycle.STRONG), [0]),
            (Wanted(name="orders", lifecycle=Lifecycle.STRONG), []),
            (Wanted(resource_type="table"), []),
            (Wanted(name="Orders"), []),
        ],
    )
    def test_given_associations_when_some_are_wanted_then_these_in_their_order(
        self, transactions, wanted, expected
    ):
        register(transactions, A, STRING)
        register(transactions, ELSEWHERE, STRING)
        # By name, namespace and type; `g` is before `o`.
        in_order = [
            an_association(GROESSE, "value", ELSEWHERE, Lifecycle.STRONG),
            an_association(kind="key"),
            an_association(),
            an_association(OTHER_ORDERS),
        ]
        associate(transactions, *reversed(in_order))

        seen = found(transactions, wanted)

        assert seen == [in_order[at] for at in expected]

    def test_given_associations_when_a_part_is_wanted_then_that(self, transactions):
        register(transactions, A, STRING)
        both = [an_association(kind="key"), an_association()]
        associate(transactions, *both)

        assert found(transactions, Wanted(), 0, 1) == both[:1]
        assert found(transactions, Wanted(), 1, 1) == both[1:]
        assert found(transactions, Wanted(), 2, None) == []

    def test_given_an_association_when_removed_then_the_others_stay(self, transactions):
        register(transactions, A, STRING)
        both = [an_association(kind="key"), an_association()]
        associate(transactions, *both)

        do(transactions, ".", lambda store: store.associations.remove(both[0]))

        assert found(transactions, Wanted()) == both[1:]

    @pytest.mark.parametrize(
        "second",
        [
            an_association(subject=ELSEWHERE),
            an_association(replace(ORDERS, id="t-9"), subject=ELSEWHERE),
            an_association(replace(ORDERS, name="sales"), subject=ELSEWHERE),
        ],
        ids=["the same", "another id", "another name"],
    )
    def test_given_an_association_when_another_context_claims_its_place_then_stale(
        self, transactions, second
    ):
        register(transactions, A, STRING)
        register(transactions, ELSEWHERE, STRING)
        associate(transactions, an_association())

        with pytest.raises(StaleRevisionError):
            associate(transactions, second)

        assert found(transactions, Wanted()) == [an_association()]

    @pytest.mark.parametrize("owned", [A, ELSEWHERE], ids=["here", "elsewhere"])
    def test_given_a_subject_owned_since_when_a_reference_to_it_is_written_then_stale(
        self, transactions, owned
    ):
        register(transactions, owned, STRING)
        register(transactions, B, STRING)
        refers = a_content('["null"]', Reference("r", str(owned), 1))
        decision = decided(transactions, B, refers)
        associate(
            transactions, an_association(subject=owned, lifecycle=Lifecycle.STRONG)
        )

        with pytest.raises(StaleRevisionError):
            transactions.write(decision)
        # Nor is it possible for who has read what there is now.
        with pytest.raises(StaleRevisionError):
            transactions.write(decided(transactions, B, refers))

    def test_given_a_weakly_used_subject_when_a_reference_is_written_then_it_is(
        self, transactions
    ):
        register(transactions, A, STRING)
        associate(transactions, an_association())

        assert register(transactions, B, a_content('["null"]', Reference("r", "a", 1)))

    def test_given_a_new_context_when_it_was_locked_first_then_versions_are_written(
        self, transactions
    ):
        decision = decided(transactions, ELSEWHERE, STRING)

        def act(store):
            store.lock(ELSEWHERE.context)
            decision(store)
            store.associations.add(an_association(subject=ELSEWHERE))
            store.record(ELSEWHERE.context, an_entry())

        transactions.write(act)

        assert found(transactions, Wanted()) == [an_association(subject=ELSEWHERE)]

    @pytest.mark.parametrize(
        "scope", [Subject("", GLOBAL_CONTEXT), Subject("", ELSEWHERE.context)], ids=str
    )
    def test_given_settings_changed_since_when_the_context_was_new_then_stale(
        self, transactions, scope
    ):
        decision = decided(transactions, ELSEWHERE, STRING)
        changed = Config(Level.NONE)
        do(transactions, scope.context, lambda store: store.put_config(scope, changed))

        def act(store):
            store.lock(ELSEWHERE.context)
            decision(store)

        with pytest.raises(StaleRevisionError):
            transactions.write(act)


KEK = Kek(
    KekName("kek", "."), "aws-kms", "arn:1", {"región": "€"}, "Größe", NOW_MS, False
)
BARE = Kek(KekName("kek", ".elsewhere"), "t", "k", None, None, NOW_MS, is_deleted=True)


def a_dek(
    version: int = 1,
    subject: Subject = A,
    algorithm: Algorithm = Algorithm.AES256_GCM,
    kek: Kek = KEK,
) -> Dek:
    return Dek(DekSlot(kek.name, subject, algorithm), version, "a2V5", NOW_MS)


def keep(transactions: Transactions, *deks: Dek) -> None:
    for each in deks:
        do(transactions, ".", partial(_put_dek, each))


def describe(transactions: Transactions, keks: Iterable[Kek]) -> None:
    for each in keks:
        do(transactions, each.name.context, partial(_put_kek, each))


def _put_kek(kek: Kek, store: SchemaStore) -> None:
    store.keys.put_kek(kek)


def _put_dek(dek: Dek, store: SchemaStore) -> None:
    store.keys.put_dek(dek)


class KeysSuite:
    """Writing, finding and removing keys."""

    def test_when_keks_are_written_then_all_of_them_is_read_back(self, transactions):
        describe(transactions, (KEK, BARE))

        with transactions.read() as store:
            assert store.keys.find_kek(KEK.name) == KEK
            assert store.keys.find_kek(BARE.name) == BARE
            assert store.keys.find_kek(KekName("other", ".")) is None
            assert store.keys.keks() == [KEK, BARE]

    def test_given_a_kek_when_written_again_then_it_is_replaced(self, transactions):
        after = replace(KEK, doc=None, is_deleted=True)
        describe(transactions, (KEK, after))

        with transactions.read() as store:
            assert store.keys.keks() == [after]

    def test_when_deks_are_written_then_by_algorithm_and_version(self, transactions):
        describe(transactions, (KEK, BARE))
        first, second = a_dek(), a_dek(2)
        other = a_dek(algorithm=Algorithm.AES128_GCM)
        strange = a_dek(subject=ELSEWHERE, kek=BARE)
        keep(transactions, second, first, other, strange, a_dek(subject=ELSEWHERE))

        with transactions.read() as store:
            assert store.keys.deks(KEK.name, A) == [other, first, second]
            assert store.keys.deks(BARE.name, ELSEWHERE) == [strange]
            assert store.keys.deks(KEK.name, B) == []

    def test_given_deks_when_asked_what_uses_a_kek_then_subjects(self, transactions):
        describe(transactions, (KEK, BARE))
        keep(
            transactions,
            a_dek(),
            a_dek(2),
            replace(a_dek(3), is_deleted=True),
            a_dek(kek=BARE),
        )
        live, gone = KekUse(KEK.name, A, False), KekUse(KEK.name, A, True)

        with transactions.read() as store:
            assert store.keys.kek_uses(KEK.name) == [live, gone]
            assert store.keys.kek_uses() == [live, gone, KekUse(BARE.name, A, False)]

    def test_given_deks_when_removed_then_the_others_stay(self, transactions):
        describe(transactions, (KEK,))
        keep(transactions, a_dek(), a_dek(2), a_dek(3))
        gone = [a_dek(), a_dek(3)]

        do(transactions, ".", lambda store: store.keys.remove_deks(gone))

        with transactions.read() as store:
            assert store.keys.deks(KEK.name, A) == [a_dek(2)]

    def test_given_a_kek_in_use_when_removed_then_the_store_refuses(self, transactions):
        describe(transactions, (KEK,))
        keep(transactions, a_dek())

        with pytest.raises(StaleRevisionError):
            do(transactions, ".", lambda store: store.keys.remove_kek(KEK.name))

        do(
            transactions,
            ".",
            lambda store: store.keys.remove_deks([a_dek()]),
            lambda store: store.keys.remove_kek(KEK.name),
        )
        with transactions.read() as store:
            assert store.keys.keks() == []
