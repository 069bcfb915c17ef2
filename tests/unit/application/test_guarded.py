"""What a caller sees of a store: all of what they may read, and nothing of the rest."""

from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest

from registry.application.association_ports import Wanted
from registry.application.guarded import GuardedReader, GuardedTransactions, seen_by
from registry.application.key_ports import KekUse
from registry.application.ports import Ports
from registry.application.stored import (
    Alias,
    Page,
    Policy,
    Referrer,
    Revision,
    Selection,
    Trashed,
    Use,
    Visibility,
)
from registry.domain.access import EVERYTHING, Access, Area, Pattern, Role
from registry.domain.keys import KekName
from registry.domain.model import (
    Content,
    SchemaId,
    SchemaType,
    SchemaVersion,
    StoredContent,
    Subject,
    Version,
)

EU = Area(".eu", Pattern.parse("orders*"))
READS_ORDERS = Access(frozenset({(Role.READER, EU)}))
SEEN, ALSO_SEEN = Subject("orders", ".eu"), Subject("orders2", ".eu")
HIDDEN, ABROAD = Subject("secret", ".eu"), Subject("orders", ".us")
ONE, TWO = Version(1), Version(2)
CONTENT = Content(SchemaType.AVRO, '"string"')
GUID, OTHER_GUID = UUID(int=1), UUID(int=2)
LIVE, ALL = Visibility.LIVE, Visibility.ALL
FOUND = object()
"""Whatever the whole store answers, where only its way matters."""


class Whole:
    """Answers as it was told to, and remembers what it was asked."""

    def __init__(self, **answers):
        self.answers = answers
        self.asked = []

    def __getattr__(self, name):
        def answer(*arguments):
            self.asked.append((name, *arguments))
            found = self.answers[name]
            return found(*arguments) if callable(found) else found

        return answer


def reader(**answers):
    return GuardedReader(Whole(**answers), READS_ORDERS)


def part(name, **answers):
    """Return a part of a guarded reader, and the whole one that it guards."""
    whole = Whole(**answers)
    guarded = GuardedReader(SimpleNamespace(**{name: whole}), READS_ORDERS)
    return getattr(guarded, name), whole


def a_version(subject, number=ONE, *, is_deleted=False, guid=GUID):
    stored = StoredContent(CONTENT, SchemaId(9), guid)
    return SchemaVersion(subject, number, stored, 5, is_deleted=is_deleted)


def uses(*subjects, is_deleted=False):
    return [Use(each, ONE, is_deleted) for each in subjects]


OF_A_SUBJECT: list[tuple[str, tuple[Any, ...], Any]] = [
    ("find_config", (), None),
    ("find_mode", (), None),
    ("policies", (), ()),
    ("history", (ALL,), []),
    ("find_version", (TWO, ALL), None),
    ("find_latest", (), None),
    ("find_content", (CONTENT, b"same", ALL), None),
    ("uses_of", (), []),
    ("overdue", (7,), []),
]


@pytest.mark.parametrize(("name", "more", "nothing"), OF_A_SUBJECT)
@pytest.mark.parametrize("subject", [SEEN, ALSO_SEEN], ids=str)
def test_given_a_subject_that_is_seen_when_asked_about_then_the_answer_is_the_whole(
    name, more, nothing, subject
):
    guarded = reader(**{name: FOUND})

    assert getattr(guarded, name)(subject, *more) is FOUND

    assert guarded.whole.asked == [(name, subject, *more)]


@pytest.mark.parametrize(("name", "more", "nothing"), OF_A_SUBJECT)
@pytest.mark.parametrize("subject", [HIDDEN, ABROAD], ids=str)
def test_given_a_subject_that_is_hidden_when_asked_about_then_there_is_nothing(
    name, more, nothing, subject
):
    guarded = reader(**{name: FOUND})

    assert getattr(guarded, name)(subject, *more) == nothing

    assert guarded.whole.asked == []


def test_given_no_visibility_when_a_history_is_asked_for_then_it_is_the_live_one():
    guarded = reader(history=FOUND)

    assert guarded.history(SEEN) is FOUND

    assert guarded.whole.asked == [("history", SEEN, LIVE)]


@pytest.mark.parametrize(
    ("scope", "found"),
    [
        (Subject("", ".eu"), FOUND),
        (Subject("", "."), FOUND),
        (Subject("", ".us"), None),
    ],
    ids=str,
)
def test_given_a_context_when_its_settings_are_asked_for_then_who_reads_in_it_sees_them(
    scope, found
):
    guarded = reader(find_config=FOUND, find_mode=FOUND)

    assert guarded.find_config(scope) is found
    assert guarded.find_mode(scope) is found


@pytest.mark.parametrize(
    ("context", "number"), [(".eu", 7), (".", 7), (".us", 0), (".eux", 0)]
)
def test_given_a_context_when_its_last_id_is_asked_for_then_only_readers_learn_it(
    context, number
):
    guarded = reader(max_id=7)

    assert guarded.max_id(context) == number
    asked = ("max_id", context, READS_ORDERS.readable)
    assert guarded.whole.asked == ([asked] if number else [])


@pytest.mark.parametrize("context", [".eu", None], ids=["the context", "all of them"])
def test_given_a_whole_context_when_its_last_id_is_asked_for_then_it_is_that_of_all(
    context,
):
    everything = Area(context, Pattern.parse("*"))
    access = Access(frozenset({(Role.READER, EU), (Role.READER, everything)}))
    whole: Any = Whole(max_id=7)

    assert GuardedReader(whole, access).max_id(".eu") == 7
    assert whole.asked == [("max_id", ".eu")]


@pytest.mark.parametrize(
    ("subject", "asked", "revision"),
    [
        (SEEN, SEEN, 2),
        (HIDDEN, Subject("", ".eu"), None),
        (ABROAD, Subject("", ".__GLOBAL"), None),
    ],
    ids=str,
)
def test_given_a_hidden_subject_when_its_policy_is_read_then_as_if_it_never_was(
    subject, asked, revision
):
    guarded = reader(policy=Policy(Revision(1, 2), (), (), ("WIRE",)))

    found = guarded.policy(subject)

    assert guarded.whole.asked == [("policy", asked)]
    assert found == Policy(Revision(1, revision), (), (), ("WIRE",))


def test_given_lists_when_asked_for_then_the_store_is_told_what_may_be_seen():
    seen, page = (EU,), Page(1, 2)
    guarded = reader(subjects=FOUND, contexts=FOUND, versions=FOUND, trash=[])

    assert guarded.subjects(".eu", "o", ALL, page) is FOUND
    assert guarded.contexts("e", page) is FOUND
    assert guarded.versions(Selection(".eu", "o", ALL, page)) is FOUND
    assert guarded.trash(".eu", "o", page) == []

    assert guarded.whole.asked == [
        ("subjects", ".eu", "o", ALL, page, seen),
        ("contexts", "e", page, seen),
        ("versions", Selection(".eu", "o", ALL, page, among=seen)),
        ("trash", ".eu", "o", page, seen),
    ]


def test_given_areas_when_a_guarded_caller_asks_for_them_then_they_see_none():
    page = Page()
    guarded = reader(subjects=[], contexts=[], versions=[], trash=[])

    guarded.subjects(None, "", ALL, page, (EVERYTHING,))
    guarded.contexts("", page, (EVERYTHING,))
    guarded.versions(Selection(None, "", ALL, page, among=(EVERYTHING,)))
    guarded.trash(None, "", page, (EVERYTHING,))

    assert guarded.whole.asked == [
        ("subjects", None, "", ALL, page, ()),
        ("contexts", "", page, ()),
        ("versions", Selection(None, "", ALL, page, among=())),
        ("trash", None, "", page, ()),
    ]


def a_referrer(subject):
    return Referrer(SchemaId(3), subject, ONE, is_deleted=False)


def test_given_trash_when_listed_then_what_refers_to_it_is_told_as_far_as_it_is_seen():
    referrers = tuple(map(a_referrer, (HIDDEN, SEEN, ABROAD)))
    trashed = Trashed(SEEN, ONE, SchemaId(9), SchemaType.AVRO, 5, referrers)

    (found,) = reader(trash=[trashed]).trash(None, "", Page())

    assert found == replace(trashed, referrers=(a_referrer(SEEN),))


def test_given_a_hidden_subject_when_its_referrers_are_asked_for_then_there_are_none():
    guarded = reader(referrers=FOUND)

    assert guarded.referrers(HIDDEN, ONE) == []
    assert guarded.whole.asked == []


def test_given_what_is_overdue_when_listed_then_the_rest_is_left_out():
    guarded = reader(overdue_subjects=[SEEN, HIDDEN, ABROAD, ALSO_SEEN])

    assert guarded.overdue_subjects(7) == [SEEN, ALSO_SEEN]
    assert guarded.whole.asked == [("overdue_subjects", 7)]


def test_given_a_content_when_its_id_is_asked_for_then_who_has_it_learns_it():
    guarded = reader(find_id=SchemaId(9))

    assert guarded.find_id(".us", CONTENT, b"same") == 9
    assert guarded.whole.asked == [("find_id", ".us", CONTENT, b"same")]


@pytest.mark.parametrize(
    ("alias", "is_seen"),
    [
        (Alias(SEEN, "orders2"), True),
        (Alias(SEEN, "orders2", "orders3"), True),
        (Alias(SEEN, None, "orders2"), True),
        (Alias(SEEN, "secret"), False),
        (Alias(SEEN, ":.us:orders"), False),
        (Alias(SEEN, "orders2", "secret"), False),
        (Alias(HIDDEN, "orders"), False),
    ],
    ids=str,
)
def test_given_an_alias_when_listed_then_all_that_it_names_has_to_be_seen(
    alias, is_seen
):
    assert reader(aliases=[alias]).aliases() == ([alias] if is_seen else [])


BY_SOMETHING_ELSE: list[tuple[str, tuple[Any, ...]]] = [
    ("find_version_elsewhere", ("orders", ONE, ALL)),
    ("find_latest_elsewhere", ("orders",)),
    ("histories_elsewhere", ("orders", LIVE)),
    ("find_by_id_elsewhere", ("orders", SchemaId(9))),
    ("uses_of_id_elsewhere", ("orders", SchemaId(9))),
    ("find_by_id", (".eu", SchemaId(9), ALSO_SEEN)),
    ("uses_of_id", (".eu", SchemaId(9))),
    ("ids_of_guid", (GUID,)),
    ("find_by_guid", (GUID,)),
    ("referrers", (SEEN, ONE)),
]


@pytest.mark.parametrize(("name", "given"), BY_SOMETHING_ELSE)
def test_given_no_name_to_go_by_when_sought_then_the_store_is_told_what_is_seen(
    name, given
):
    guarded = reader(**{name: FOUND})

    assert getattr(guarded, name)(*given) is FOUND

    # One statement, whether what it finds is hidden or missing.
    assert guarded.whole.asked == [(name, *given, (EU,))]


@pytest.mark.parametrize(("name", "given"), BY_SOMETHING_ELSE)
def test_given_areas_when_a_guarded_caller_seeks_in_them_then_they_see_none(
    name, given
):
    guarded = reader(**{name: FOUND})

    getattr(guarded, name)(*given, among=(EU,))

    assert guarded.whole.asked == [(name, *given, ())]


def test_given_an_id_when_a_hidden_subject_is_preferred_then_it_does_not_count():
    guarded = reader(find_by_id=None)

    assert guarded.find_by_id(".eu", SchemaId(9), HIDDEN) is None
    assert guarded.whole.asked == [("find_by_id", ".eu", 9, None, (EU,))]


def test_given_what_is_of_no_subject_when_asked_for_then_it_is_the_whole_stores():
    whole = SimpleNamespace(grants=object(), accounts=object(), moving=object())
    guarded = GuardedReader(whole, READS_ORDERS)

    assert guarded.whole is whole
    assert guarded.grants is whole.grants
    assert guarded.accounts is whole.accounts
    assert guarded.moving is whole.moving


NAMES = ["orders", "secret", "orders2"]


@pytest.mark.parametrize("name", ["configs", "histories", "owners"])
def test_given_many_subjects_when_planned_then_the_hidden_ones_say_nothing(name):
    planning, whole = part("planning", **{name: {"orders": FOUND}})

    assert getattr(planning, name)(".eu", NAMES) == {"orders": FOUND}
    assert getattr(planning, name)(".us", NAMES) == {}
    assert getattr(planning, name)(".eu", ["secret"]) == {}

    assert whole.asked == [(name, ".eu", {"orders", "orders2"})]


def test_given_many_subjects_when_planned_then_the_hidden_have_the_contexts_policy():
    of_all = Policy(Revision(1, 2), (), ())
    hidden = Policy(Revision(1, None), (), ())
    planning = Whole(policies=lambda _context, names: dict.fromkeys(names, of_all))
    asked = []

    def policy(subject):
        asked.append(subject)
        return of_all

    whole = SimpleNamespace(planning=planning, policy=policy)
    guarded = GuardedReader(whole, READS_ORDERS).planning

    found = guarded.policies(".eu", [*NAMES, "more"])

    assert found == {
        "orders": of_all,
        "orders2": of_all,
        "secret": hidden,
        "more": hidden,
    }
    assert asked == [Subject("", ".eu")]
    assert guarded.policies(".us", ["orders"]) == {"orders": hidden}
    assert guarded.policies(".eu", ["orders"]) == {"orders": of_all}
    assert asked == [Subject("", ".eu"), Subject("", ".__GLOBAL")]
    assert planning.asked == [
        ("policies", ".eu", {"orders", "orders2"}),
        ("policies", ".eu", {"orders"}),
    ]


def test_given_a_plan_when_it_is_checked_and_owned_then_only_owners_are_filtered():
    based_on = {"orders": Revision(1, 2)}
    planning, whole = part("planning", is_current=FOUND, owned=[SEEN, HIDDEN])

    assert planning.is_current(".eu", based_on) is FOUND
    assert planning.owned("git", [".eu"]) == [SEEN]

    assert whole.asked == [
        ("is_current", ".eu", based_on),
        ("owned", "git", [".eu"]),
    ]


def an_association(subject):
    return SimpleNamespace(subject=subject)


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("page", (["a"], 5)),
        ("of_subject", (SEEN,)),
        ("of_resource", ("topic", "id-1")),
        ("of_name", ("topic", "orders", "lkc-1")),
    ],
)
def test_given_associations_when_asked_for_then_those_of_hidden_subjects_are_not_there(
    name, arguments
):
    seen, hidden, abroad = map(an_association, (SEEN, HIDDEN, ABROAD))
    associations, whole = part("associations", **{name: [hidden, seen, abroad]})

    assert getattr(associations, name)(*arguments) == [seen]

    assert whole.asked == [(name, *arguments)]


def test_given_associations_when_searched_for_then_the_store_is_told_what_is_seen():
    associations, whole = part("associations", find=FOUND, of_subjects=FOUND)
    wanted = Wanted(SEEN, among=(EVERYTHING,))

    assert associations.find(wanted, 3, 4) is FOUND
    assert associations.of_subjects([SEEN, HIDDEN, ALSO_SEEN]) is FOUND

    assert whole.asked == [
        ("find", Wanted(SEEN, among=(EU,)), 3, 4),
        ("of_subjects", frozenset({SEEN, ALSO_SEEN})),
    ]


KEK, HIDDEN_KEK = KekName("orders-key", ".eu"), KekName("orders-key", ".us")


def test_given_a_key_when_its_name_is_hidden_then_it_is_not_there():
    keys, whole = part("keys", find_kek=FOUND, keks=FOUND, deks=FOUND)

    assert keys.find_kek(KEK) is FOUND
    assert keys.find_kek(HIDDEN_KEK) is None
    assert keys.deks(KEK, SEEN) is FOUND
    assert keys.deks(KEK, HIDDEN) == []
    assert keys.deks(HIDDEN_KEK, SEEN) == []
    assert keys.keks() is FOUND
    assert keys.keks((EVERYTHING,)) is FOUND

    assert whole.asked == [
        ("find_kek", KEK),
        ("deks", KEK, SEEN),
        ("keks", (EU,)),
        ("keks", ()),
    ]


def test_given_keys_when_listed_then_only_those_of_seen_names_and_subjects():
    keks = [SimpleNamespace(name=each) for each in (HIDDEN_KEK, KEK)]
    slots = [(KEK, SEEN), (KEK, HIDDEN), (HIDDEN_KEK, SEEN)]
    deks = [
        SimpleNamespace(slot=SimpleNamespace(kek=kek, subject=subject))
        for kek, subject in slots
    ]
    known = [KekUse(kek, subject, False) for kek, subject in slots]
    keys, whole = part("keys", kek_page=keks, dek_page=deks, kek_uses=known)

    assert keys.kek_page(["a"], 5) == keks[1:]
    assert keys.dek_page(["a", 1], 5) == deks[:1]
    assert keys.kek_uses(KEK) == known[:1]
    assert keys.kek_uses() == known[:1]

    assert whole.asked == [
        ("kek_page", ["a"], 5),
        ("dek_page", ["a", 1], 5),
        ("kek_uses", KEK),
        ("kek_uses", None),
    ]


class Transactions:
    """Hands out one store."""

    def __init__(self, store):
        self.store = store

    @contextmanager
    def read(self):
        yield self.store

    def write(self, act):
        return act(self.store)


def ports_over(store):
    nothing = None
    return Ports(Transactions(store), nothing, lambda: 0)


def test_given_a_caller_when_they_read_then_it_is_guarded_and_writes_are_not():
    whole = Whole(find_latest=FOUND)
    seen = seen_by(ports_over(whole), READS_ORDERS)

    assert isinstance(seen.transactions, GuardedTransactions)
    assert seen.access is READS_ORDERS
    with seen.transactions.read() as store:
        assert store.find_latest(HIDDEN) is None
        assert store.find_latest(SEEN) is FOUND
    assert seen.transactions.write(lambda store: store) is whole


def test_given_a_caller_who_reads_everything_when_they_do_then_nothing_is_in_between():
    ports = ports_over(Whole())
    of_all = Access(frozenset({(Role.READER, EVERYTHING)}))

    seen = seen_by(ports, of_all)

    assert seen == replace(ports, access=of_all)
