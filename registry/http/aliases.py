"""Subjects that stand for others, put in their place before a request is routed.

One step, never two: an alias of an alias is a subject like any other. What is said of
an alias by `/config` and `/mode` is said of itself.

Each process keeps all aliases, which are few, and reads them again when any setting
has changed. Of its own changes it knows at once, of those of others within the
interval at which it polls for changes.

Source: Confluent, AliasFilter.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from registry.application.changes import Changes
from registry.application.ports import Ports
from registry.domain.access import UNRESTRICTED, Access
from registry.domain.aliases import target_of
from registry.domain.errors import StoreUnavailableError
from registry.domain.model import Subject
from registry.http import paths, queries
from registry.http.asgi import App, Receive, Scope, Send
from registry.http.authorisation import CURRENT
from registry.http.errors import RefusedError
from registry.http.threads import Threads

_BY_ID: Final = "/schemas/ids/"
_DEKS: Final = "/dek-registry/"
# After these comes a name; whether it is one of a subject.
_NAMING: Final = {"subjects": True, "deks": True, "keks": False}

Targets = Mapping[Subject, Subject]


@dataclass(frozen=True, slots=True)
class _Known:
    """All aliases, as they were when settings had changed so often."""

    settings: tuple[int, int] | None
    targets: Targets
    targets_for_deks: Targets


@dataclass(frozen=True, slots=True)
class _Seen:
    """Aliases as one caller sees them."""

    targets: Targets
    access: Access

    def get(self, subject: Subject) -> Subject | None:
        """Return what a subject stands for; None for itself."""
        target = self.targets.get(subject)
        if target is None:
            return None
        is_known = self.access.may_read(subject) or self.access.may_read(target)
        return target if is_known else None


class Aliases:
    """An ASGI application that follows aliases on the way to another one.

    Args:
        changes: Tells when aliases may have changed.
        threads: Where the aliases are read.
        is_guarded: Whether callers follow only what leads from, or to, what they may
            read: to others an alias is a name like any other.

    """

    def __init__(
        self,
        app: App,
        ports: Ports,
        changes: Changes,
        threads: Threads,
        *,
        is_guarded: bool = False,
    ) -> None:
        self._app = app
        self._is_guarded = is_guarded
        self._ports = ports
        self._changes = changes
        self._threads = threads
        self._known = _Known(None, {}, {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and _names_subject(scope):
            if self._known.settings != self._changes.settings:
                self._known = await self._threads.run(self._read)
            known, path = self._known, scope["path"]
            is_for_deks = path.startswith(_DEKS)
            targets = known.targets_for_deks if is_for_deks else known.targets
            if targets:
                access = CURRENT.get() if self._is_guarded else UNRESTRICTED
                _follow(scope, _Seen(targets, access))
        await self._app(scope, receive, send)

    def _read(self) -> _Known:
        # Before the store is read: what changes meanwhile is then read once more.
        settings = self._changes.settings
        try:
            with self._ports.transactions.read() as store:
                aliases = store.aliases()
        except StoreUnavailableError as error:
            # Who may be meant by a name is not known.
            raise RefusedError(503, str(error)) from error
        targets = {
            each.subject: target_of(each.target, each.subject)
            for each in aliases
            if each.target
        }
        for_deks = {
            each.subject: target_of(each.target_for_deks, each.subject)
            for each in aliases
            if each.target_for_deks
        }
        return _Known(settings, targets, {**targets, **for_deks})


def _names_subject(scope: Scope) -> bool:
    path: str = scope["path"]
    if path.startswith(_BY_ID):
        return bool(scope["query_string"])
    return "subjects/" in path or "deks/" in path


def _follow(scope: Scope, targets: _Seen) -> None:
    """Put targets into the scope; the transport made it for this request alone."""
    if scope["path"].startswith(_BY_ID):
        query = scope["query_string"]
        target = targets.get(Subject.parse(queries.last(query, "subject")))
        if target is not None:
            scope["query_string"] = queries.having(query, "subject", str(target))
        return
    parts = scope["path"].split("/")
    before = ""
    for at, part in enumerate(parts):
        if _NAMING.get(before):
            parts[at] = _replaced(part, targets)
        before = "" if before in _NAMING else part
    scope["path"] = "/".join(parts)


def _replaced(part: str, targets: _Seen) -> str:
    target = targets.get(Subject.parse(paths.segment(part)))
    return part if target is None else paths.escaped(str(target))
