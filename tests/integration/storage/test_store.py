"""The store's promises, on SQLite and on PostgreSQL (by the fixture `url`)."""

from tests.suites import (
    store,
    store_access,
    store_associations,
    store_contexts,
    store_imports,
    store_moving,
    store_trash,
    store_writes,
)


class TestVersions(store.VersionsSuite):
    pass


class TestIds(store.IdsSuite):
    pass


class TestListings(store.ListingsSuite):
    pass


class TestContexts(store_contexts.ContextsSuite):
    pass


class TestNamesakes(store_contexts.NamesakesSuite):
    pass


class TestDeletion(store_writes.DeletionSuite):
    pass


class TestReferences(store_writes.ReferencesSuite):
    pass


class TestSettings(store_writes.SettingsSuite):
    pass


class TestTransactions(store_writes.TransactionsSuite):
    pass


class TestTrash(store_trash.TrashSuite):
    pass


class TestMoving(store_moving.MovingSuite):
    pass


class TestAssociations(store_associations.AssociationsSuite):
    pass


class TestKeys(store_associations.KeysSuite):
    pass


class TestPlacing(store_imports.PlacingSuite):
    pass


class TestClearing(store_imports.ClearingSuite):
    pass


class TestAccess(store_access.AccessSuite):
    pass
