"""Many subjects of a context at once, as plans need them; no commit."""

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import chain
from typing import Final

from registry.application.stored import AuditEntry, Policy, Revision
from registry.domain.configuration import Config
from registry.domain.model import GLOBAL_CONTEXT, SchemaVersion, Subject
from registry.storage import placing
from registry.storage import policies as settings
from registry.storage import statements as sql
from registry.storage.link import Link
from registry.storage.rows import Row, from_config, to_config, to_version

_HISTORIES: Final = f"""
SELECT {sql.VERSION_COLUMNS} FROM version AS v JOIN content AS c
ON c.context = v.context AND c.id = v.schema_id
WHERE v.context = ? AND v.subject {{one_of}}
ORDER BY v.subject, v.version
"""  # noqa: S608 - constants
_LATEST: Final = f"""
SELECT {sql.VERSION_COLUMNS} FROM version AS v JOIN content AS c
ON c.context = v.context AND c.id = v.schema_id
WHERE v.context = ? AND v.subject {{one_of}} AND v.version = (
  SELECT max(w.version) FROM version AS w
  WHERE w.context = v.context AND w.subject = v.subject AND NOT w.is_deleted
)
"""  # noqa: S608 - constants
_CONFIGS: Final = f"""
SELECT subject, {sql.CONFIG_COLUMNS} FROM config WHERE context = ? AND subject
"""  # noqa: S608 - constants
_OWNERS: Final = "SELECT subject, owner FROM owner WHERE context = ? AND subject"
_OWNED: Final = """
SELECT context, subject FROM owner WHERE owner = ? AND context {one_of}
ORDER BY context, subject
"""
_PUT_OWNER: Final = """
INSERT INTO owner (context, subject, owner) VALUES (?, ?, ?)
ON CONFLICT (context, subject) DO UPDATE SET owner = excluded.owner
"""


class SqlPlanning:
    """A `Planning` over the connection of a store, which counts what changes.

    Args:
        changes_settings: Locks a context, and counts a change of its settings.
        record_each: Writes audit rows.

    """

    def __init__(
        self,
        link: Link,
        changes_settings: Callable[[str], None],
        record_each: Callable[[str, Sequence[AuditEntry]], None],
    ) -> None:
        self._link = link
        self._changes_settings = changes_settings
        self.record = record_each

    def policies(self, context: str, names: Collection[str]) -> dict[str, Policy]:
        rows = self._settings(context, names)
        return {name: rows.policy(Subject(name, context)) for name in names}

    def configs(self, context: str, names: Collection[str]) -> dict[str, Config]:
        statement = f"{_CONFIGS} {self._link.dialect.ONE_OF}"
        rows = self._link.rows(statement, (context, json.dumps([*names])))
        return {row[0]: to_config(row[1:]) for row in rows}

    def is_current(self, context: str, based_on: Mapping[str, Revision]) -> bool:
        rows = self._settings(context, based_on)
        everywhere = rows.policy(Subject("", GLOBAL_CONTEXT)).revision.settings
        return all(
            placing.is_current(
                then, rows.policy(Subject(name, context)).revision, everywhere
            )
            for name, then in based_on.items()
        )

    def histories(
        self, context: str, names: Collection[str]
    ) -> dict[str, list[SchemaVersion]]:
        statement = _HISTORIES.format(one_of=self._link.dialect.ONE_OF)
        found: dict[str, list[SchemaVersion]] = {}
        for row in self._link.rows(statement, (context, json.dumps([*names]))):
            version = to_version(row)
            found.setdefault(version.subject.name, []).append(version)
        return found

    def latest(self, context: str, names: Collection[str]) -> dict[str, SchemaVersion]:
        statement = _LATEST.format(one_of=self._link.dialect.ONE_OF)
        rows = self._link.rows(statement, (context, json.dumps([*names])))
        versions = map(to_version, rows)
        return {each.subject.name: each for each in versions}

    def owners(self, context: str, names: Collection[str]) -> dict[str, str]:
        statement = f"{_OWNERS} {self._link.dialect.ONE_OF}"
        rows = self._link.rows(statement, (context, json.dumps([*names])))
        return {str(name): str(owner) for name, owner in rows}

    def owned(self, owner: str, contexts: Collection[str]) -> list[Subject]:
        statement = _OWNED.format(one_of=self._link.dialect.ONE_OF)
        rows = self._link.rows(statement, (owner, json.dumps([*contexts])))
        return [Subject(name, context) for context, name in rows]

    def put_configs(self, context: str, configs: Mapping[str, Config]) -> None:
        rows = ((context, name, *from_config(each)) for name, each in configs.items())
        self._change(context, (sql.PUT_CONFIG, [*rows]))

    def put_policies(self, context: str, policies: Mapping[str, Sequence[str]]) -> None:
        new = ((context, name, each) for name in policies for each in policies[name])
        former = [(context, name) for name in policies]
        self._change(
            context, (sql.DELETE_POLICIES, former), (sql.INSERT_POLICY, [*new])
        )

    def put_owners(self, context: str, owners: Mapping[str, str | None]) -> None:
        stamped = [(context, name, each) for name, each in owners.items() if each]
        freed = [(context, name) for name, each in owners.items() if not each]
        self._change(context, (_PUT_OWNER, stamped), (sql.DELETE_OWNER, freed))

    def _settings(self, context: str, names: Collection[str]) -> settings.Rows:
        statement = sql.POLICIES.format(one_of=self._link.dialect.ONE_OF)
        key = (context, *(context, json.dumps([*names])) * 4)
        return settings.Rows.of(self._link.rows(statement, key))

    def _change(self, context: str, *parts: tuple[str, Sequence[Row]]) -> None:
        if not any(chain.from_iterable(rows for _, rows in parts)):
            return
        # Who has planned with other settings in mind decides again.
        self._changes_settings(context)
        for statement, rows in parts:
            if rows:
                self._link.change_each(statement, rows)
