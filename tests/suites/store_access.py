"""What a store promises of grants, and of lists of what is in some areas only.

A subclass brings a fixture `transactions`, as those of `store` do.
"""

from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st

from registry.application.association_ports import Wanted
from registry.application.stored import Page, Selection, Visibility
from registry.domain.access import (
    EVERYTHING,
    Area,
    Grant,
    Grantee,
    GranteeKind,
    Pattern,
    PatternKind,
    Role,
)
from registry.domain.associations import Association, Lifecycle, Resource
from registry.domain.identity import guid, identity_bytes
from registry.domain.keys import Kek, KekName
from registry.domain.model import (
    ACCESS_CONTEXT,
    DEFAULT_CONTEXT,
    Reference,
    SchemaId,
    SchemaVersion,
    Subject,
    Version,
)
from tests.suites.registering import NOW_MS, a_content, an_entry, register, soft_delete

STRING = a_content('"string"')
INT = a_content('"int"')
EVERY, ALL = Page(), Visibility.ALL
ORDERS = Area(DEFAULT_CONTEXT, Pattern.parse("orders-*"))
NOTHING = ()
# Whatever a database's own patterns take for more than itself, and letters of two
# cases: what is covered must not depend on where it is decided.
NAMES = (
    *("orders", "orders-key", "orders-value", "Orders-value", "order", "my-orders"),
    *(
        "a%c",
        "abc",
        "a_c",
        "a?c",
        "a[b]c",
        "a\\c",
        "a*c",
        "ac",
        "a-b-c",
        "größe",
        "grosse",
    ),
)
CONTEXTS = (DEFAULT_CONTEXT, ".sales")
PATTERNS = st.one_of(
    st.sampled_from(NAMES).map(lambda text: Pattern(PatternKind.EXACT, text)),
    st.sampled_from(["", "a", "o", "orders-", "ORDERS", "a%", "a_", "gr"]).map(
        lambda text: Pattern(PatternKind.PREFIX, text)
    ),
    st.lists(st.sampled_from(["*", *"abc%_?[]\\-o"]), min_size=1, max_size=6).map(
        lambda parts: Pattern(PatternKind.GLOB, "".join(parts))
    ),
)
AREAS = st.lists(
    st.builds(Area, st.sampled_from([None, *CONTEXTS]), PATTERNS), max_size=4
).map(tuple)


def grant(name: str, role: Role = Role.READER, area: Area = ORDERS) -> Grant:
    return Grant(Grantee(GranteeKind.USER, name), role, area)


def names(found: Iterable[SchemaVersion | None]) -> list[str | None]:
    return [None if each is None else each.subject.name for each in found]


def change(transactions, context, *acts):
    def act(store):
        store.lock(context)
        for each in acts:
            each(store)
        store.record(context, an_entry())

    transactions.write(act)


class AccessSuite:
    """Grants, and what is in areas."""

    def test_when_grants_are_written_then_they_are_read_back_in_order(
        self, transactions
    ):
        group = Grant(
            Grantee(GranteeKind.GROUP, "größe"),
            Role.ADMIN,
            Area(None, Pattern(PatternKind.EXACT, "a*b")),
        )

        change(
            transactions,
            ACCESS_CONTEXT,
            lambda store: store.grants.add(grant("b")),
            lambda store: store.grants.add(grant("a", Role.OWNER)),
            lambda store: store.grants.add(group),
            lambda store: store.grants.add(grant("b")),
        )

        with transactions.read() as store:
            assert store.grants.all() == [group, grant("a", Role.OWNER), grant("b")]

    def test_when_a_grant_is_removed_then_the_others_stay(self, transactions):
        change(
            transactions,
            ACCESS_CONTEXT,
            lambda store: store.grants.add(grant("a")),
            lambda store: store.grants.add(grant("a", Role.OWNER)),
        )

        change(
            transactions,
            ACCESS_CONTEXT,
            lambda store: store.grants.remove(grant("a")),
            lambda store: store.grants.remove(grant("never")),
        )

        with transactions.read() as store:
            assert store.grants.all() == [grant("a", Role.OWNER)]

    def test_when_a_grant_is_written_then_the_context_of_access_has_changed(
        self, transactions, changes
    ):
        before = changes.seen(ACCESS_CONTEXT)

        change(transactions, ACCESS_CONTEXT, lambda store: store.grants.add(grant("a")))

        assert changes.seen(ACCESS_CONTEXT) != before

    def test_given_any_areas_when_listed_then_as_the_areas_themselves_say(
        self, transactions
    ):
        everything = [Subject(name, at) for at in CONTEXTS for name in NAMES]
        for each in everything:
            register(transactions, each, STRING)

        @settings(max_examples=80, deadline=None)
        @given(areas=AREAS)
        def hold(areas):
            with transactions.read() as store:
                found = store.subjects(None, "", ALL, EVERY, areas)
            covered = [
                each for each in everything if any(area.covers(each) for area in areas)
            ]
            assert sorted(found) == sorted(covered)

        hold()

    def test_given_areas_when_a_page_is_asked_for_then_it_is_full(self, transactions):
        for name in ("a", "b", "orders-a", "orders-b", "orders-c", "z"):
            register(transactions, Subject(name), STRING)

        with transactions.read() as store:
            found = store.subjects(None, "", ALL, Page(1, 2), (ORDERS,))

        assert found == [Subject("orders-b"), Subject("orders-c")]

    def test_given_areas_when_versions_are_listed_then_only_of_their_subjects(
        self, transactions
    ):
        for name in ("bills", "orders-a", "orders-b"):
            register(transactions, Subject(name), STRING)

        with transactions.read() as store:
            wanted = Selection(
                None,
                "",
                ALL,
                Page(limit=1),
                also=frozenset({Subject("bills")}),
                among=(ORDERS,),
            )
            found = store.versions(wanted)
            none = store.versions(Selection(None, "", ALL, among=NOTHING))

        assert [each.subject.name for each in found] == ["orders-a"]
        assert none == []

    def test_given_areas_when_contexts_are_listed_then_those_with_a_subject_in_one(
        self, transactions
    ):
        register(transactions, Subject("orders-a", ".sales"), STRING)
        register(transactions, Subject("bills", ".money"), STRING)
        orders = Area(None, ORDERS.pattern)

        with transactions.read() as store:
            assert store.contexts("", EVERY, (orders,)) == [".", ".sales"]
            assert store.contexts("", EVERY, (ORDERS,)) == ["."]
            assert store.contexts("", EVERY, NOTHING) == ["."]

    def test_given_areas_when_trash_is_listed_then_only_of_their_subjects(
        self, transactions
    ):
        for name in ("bills", "orders-a"):
            register(transactions, Subject(name), STRING)
            soft_delete(transactions, Subject(name), 1)

        with transactions.read() as store:
            (found,) = store.trash(None, "", EVERY, (ORDERS,))

        assert found.subject == Subject("orders-a")

    def test_given_areas_when_an_id_is_sought_then_only_uses_in_them_are_there(
        self, transactions
    ):
        hidden, preferred = Subject("bills"), Subject("orders-b")
        for subject in (hidden, preferred, Subject("orders-a")):
            register(transactions, subject, STRING)
        register(transactions, hidden, INT)
        orders = (ORDERS,)

        with transactions.read() as store:
            found = [
                store.find_by_id(DEFAULT_CONTEXT, SchemaId(1), among=orders),
                store.find_by_id(DEFAULT_CONTEXT, SchemaId(1), preferred, orders),
                store.find_by_id(DEFAULT_CONTEXT, SchemaId(2), among=orders),
            ]
            uses = store.uses_of_id(DEFAULT_CONTEXT, SchemaId(1), orders)
            none = store.uses_of_id(DEFAULT_CONTEXT, SchemaId(2), orders)

        assert names(found) == ["orders-a", "orders-b", None]
        assert [use.subject.name for use in uses] == ["orders-a", "orders-b"]
        assert none == []

    def test_given_areas_when_an_id_is_sought_then_the_first_live_use_in_them_counts(
        self, transactions
    ):
        for name in ("bills", "orders-a", "orders-b"):
            register(transactions, Subject(name), STRING)

        def found():
            with transactions.read() as store:
                return store.find_by_id(DEFAULT_CONTEXT, SchemaId(1), among=(ORDERS,))

        soft_delete(transactions, Subject("orders-a"), 1)
        assert names([found()]) == ["orders-b"]
        soft_delete(transactions, Subject("orders-b"), 1)
        assert names([found()]) == ["orders-a"]

    def test_given_areas_when_the_highest_id_is_asked_for_then_it_is_one_of_theirs(
        self, transactions
    ):
        for name, content in (("orders-a", '"int"'), ("x", '"long"'), ("y", '"null"')):
            register(transactions, Subject(name), a_content(content))

        with transactions.read() as store:
            assert store.max_id(".") == 3
            assert store.max_id(".", (ORDERS,)) == 1
            assert store.max_id(".elsewhere", (Area(None, ORDERS.pattern),)) == 0
            assert store.max_id(".", ()) == 0

    def test_given_areas_when_a_guid_is_sought_then_only_what_is_in_them_is_there(
        self, transactions
    ):
        for subject in (Subject("bills"), Subject("orders-a", ".sales")):
            register(transactions, subject, STRING)
        wanted = guid(identity_bytes(STRING))
        orders = (Area(None, ORDERS.pattern),)

        with transactions.read() as store:
            found = [
                store.find_by_guid(wanted, orders),
                store.find_by_guid(wanted, (ORDERS,)),
            ]
            ids = store.ids_of_guid(wanted, orders)
            exactly = store.ids_of_guid(wanted, (Area(None, Pattern.parse("bills")),))
            everywhere = store.ids_of_guid(wanted, (EVERYTHING,))
            none = store.ids_of_guid(wanted, (ORDERS,))

        assert names(found) == ["orders-a", None]
        assert ids == [(".sales", 1)]
        assert exactly == [(".", 1)]
        assert everywhere == [(".", 1), (".sales", 1)]
        assert none == []

    def test_given_areas_when_namesakes_are_sought_then_only_those_in_them_are_there(
        self, transactions
    ):
        for context in (".money", ".sales"):
            register(transactions, Subject("orders-a", context), STRING)
        sales = (Area(".sales", ORDERS.pattern),)

        with transactions.read() as store:
            found = [
                store.find_version_elsewhere("orders-a", Version(1), ALL, sales),
                store.find_latest_elsewhere("orders-a", sales),
                store.find_by_id_elsewhere("orders-a", SchemaId(1), sales),
                *store.histories_elsewhere("orders-a", ALL, sales),
            ]
            uses = store.uses_of_id_elsewhere("orders-a", SchemaId(1), sales)
            none = [
                store.find_version_elsewhere("orders-a", Version(1), ALL, (ORDERS,)),
                store.find_latest_elsewhere("orders-a", (ORDERS,)),
                store.find_by_id_elsewhere("orders-a", SchemaId(1), (ORDERS,)),
                *store.histories_elsewhere("orders-a", ALL, (ORDERS,)),
                *store.uses_of_id_elsewhere("orders-a", SchemaId(1), (ORDERS,)),
            ]

        assert {each.subject.context for each in found} == {".sales"}
        assert [use.subject.context for use in uses] == [".sales"]
        assert none == [None] * 3

    def test_given_areas_when_referrers_are_listed_then_only_those_in_them(
        self, transactions
    ):
        target = Subject("orders")
        register(transactions, target, STRING)
        reference = Reference("r", "orders", 1)
        for name in ("bills", "orders-a"):
            register(transactions, Subject(name), a_content('"int"', reference))

        with transactions.read() as store:
            (found,) = store.referrers(target, Version(1), (ORDERS,))

        assert found.subject == Subject("orders-a")

    def test_given_areas_when_associations_are_listed_then_only_of_their_subjects(
        self, transactions
    ):
        for name in ("bills", "orders-a"):
            register(transactions, Subject(name), STRING)
            resource = Resource(name, "lkc-1", name)
            added = Association(
                resource, "value", Subject(name), Lifecycle.WEAK, NOW_MS
            )
            change(
                transactions,
                DEFAULT_CONTEXT,
                lambda store, added=added: store.associations.add(added),
            )

        with transactions.read() as store:
            (found,) = store.associations.find(Wanted(among=(ORDERS,)), 0, 1)
            none = store.associations.find(Wanted(among=NOTHING), 0, None)

        assert found.subject == Subject("orders-a")
        assert none == []

    def test_given_areas_when_keys_are_listed_then_those_that_are_called_so(
        self, transactions
    ):
        for name in ("bills", "orders-a"):
            kek = Kek(
                KekName(name, DEFAULT_CONTEXT), "aws-kms", "arn", None, None, NOW_MS
            )
            change(
                transactions,
                DEFAULT_CONTEXT,
                lambda store, kek=kek: store.keys.put_kek(kek),
            )

        with transactions.read() as store:
            assert [each.name.name for each in store.keys.keks((ORDERS,))] == [
                "orders-a"
            ]
            assert len(store.keys.keks()) == 2
