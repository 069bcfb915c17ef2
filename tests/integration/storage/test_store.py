"""The store's promises, on SQLite and on PostgreSQL (by the fixture `url`)."""

from tests.suites import store


class TestVersions(store.VersionsSuite):
    pass


class TestIds(store.IdsSuite):
    pass


class TestListings(store.ListingsSuite):
    pass


class TestDeletion(store.DeletionSuite):
    pass


class TestReferences(store.ReferencesSuite):
    pass


class TestSettings(store.SettingsSuite):
    pass


class TestTransactions(store.TransactionsSuite):
    pass
