"""Bringing records into a registry: in batches, in the mode that this needs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from registry.cli.moving.spool import Body, Spool, context_of, parse, targets
from registry.cli.remote import quoted
from wirepact import RegistryClient
from wirepact.errors import NotFoundError

_IMPORT: Final = "/governance/v1/import"
_MOST_RECORDS: Final = 500
_MOST_CHARACTERS: Final = 8 * 1024 * 1024
_WRONG_MODE: Final = "is not in import mode"
_NOT_PERMITTED: Final = 42205


class _Lacks(IntEnum):
    """Codes of refusals because something is not there that may still come."""

    SCHEMA = 42201
    SUBJECT = 40401
    KEY = 40470


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that the registry does not take."""

    record: Body
    message: str

    def __str__(self) -> str:
        record = self.record
        where = next(
            record[name]
            for name in ("subject", "scope", "name", "guid")
            if name in record
        )
        version = f" version {record['version']}" if "version" in record else ""
        return f"{record['kind']} {where or 'of the registry'}{version}: {self.message}"


@dataclass(slots=True)
class Delivery:
    """What has become of the records so far."""

    written: int = 0
    unchanged: int = 0
    refused: list[Refused] = field(default_factory=list)


class Target:
    """A registry into which records are brought.

    Contexts are switched to the mode IMPORT when something is written in them, and back
    when the target is left, whatever happens.

    Args:
        verbatim: The records come from a registry of this kind.
        dry_run: Nothing is written, and no mode is changed.

    """

    def __init__(
        self, client: RegistryClient, *, verbatim: bool, dry_run: bool
    ) -> None:
        self._client = client
        self._verbatim = verbatim
        self._dry_run = dry_run
        self._former: dict[str, str | None] = {}
        self._own_modes: set[str] = set()

    def bring(self, spool: Spool) -> Delivery:
        """Bring all records of a spool, those first that others refer to.

        What is refused is left out, and so is what refers to it.
        """
        delivery = Delivery()
        try:
            for batch in _batches(spool.ordered(), cut_at_depth=not self._verbatim):
                self._send(batch, spool, delivery)
        finally:
            self._put_back()
        return delivery

    def _send(self, batch: list[Body], spool: Spool, delivery: Delivery) -> None:
        """Send a batch, and again without what the registry does not take."""
        left = batch
        while left:
            answer = self._asked(left)
            refused = self._significant(answer["refused"], left, spool)
            if self._dry_run and not refused:
                unchanged = answer["unchanged"]
                delivery.unchanged += unchanged
                delivery.written += len(left) - unchanged
                return
            if not refused:
                delivery.written += answer["written"]
                delivery.unchanged += answer["unchanged"]
                self._note_modes(left)
                return
            if self._imports_now(left, refused):
                continue
            delivery.refused += [
                Refused(left[each["position"]], each["message"]) for each in refused
            ]
            gone = {each["position"] for each in refused}
            left = [each for at, each in enumerate(left) if at not in gone]

    def _asked(self, records: list[Body]) -> dict[str, Any]:
        query = [("verbatim", "true")] if self._verbatim else []
        if self._dry_run:
            query.append(("dryRun", "true"))
        answer: dict[str, Any] = self._client.request(
            "POST", _IMPORT, query=query, body=records
        )
        return answer

    def _significant(
        self, refused: list[dict[str, Any]], records: list[Body], spool: Spool
    ) -> list[dict[str, Any]]:
        """Leave out of a trial what would not be refused when it is done."""
        if not self._dry_run:
            return refused
        return [
            each
            for each in refused
            if not _is_wrong_mode(each)
            and not _comes_along(each["error_code"], records[each["position"]], spool)
        ]

    def _imports_now(self, records: list[Body], refused: list[dict[str, Any]]) -> bool:
        """Switch the contexts that need it; False if there are none any more."""
        contexts = {
            context_of(records[each["position"]])
            for each in refused
            if _is_wrong_mode(each)
        } - {*self._former}
        for context in sorted(contexts):
            self._former[context] = self._mode(context)
            self._client.request(
                "PUT",
                _path(context),
                query=[("force", "true")],
                body={"mode": "IMPORT"},
            )
        return bool(contexts)

    def _mode(self, context: str) -> str | None:
        """Return what a context itself says; None for nothing."""
        try:
            found: str = self._client.request("GET", _path(context))["mode"]
        except NotFoundError:
            return None
        # The default context always answers: with the usual one if it says nothing.
        return None if context == "." and found == "READWRITE" else found

    def _note_modes(self, records: Iterable[Body]) -> None:
        for record in records:
            if record["kind"] == "mode":
                self._own_modes.add(record["scope"])

    def _put_back(self) -> None:
        for context, mode in self._former.items():
            scope = "" if context == "." else f":{context}:"
            if scope in self._own_modes:
                continue
            if mode is None:
                self._client.request("DELETE", _path(context), is_repeatable=False)
            else:
                query = [("force", "true")]
                self._client.request(
                    "PUT", _path(context), query=query, body={"mode": mode}
                )


def _batches(
    ordered: Iterable[tuple[int, Body]], *, cut_at_depth: bool
) -> Iterator[list[Body]]:
    batch: list[Body] = []
    size, depth = 0, 0
    for at, record in ordered:
        length = len(record.get("schema", ""))
        is_full = len(batch) >= _MOST_RECORDS or size + length > _MOST_CHARACTERS
        if batch and (is_full or (cut_at_depth and at != depth)):
            yield batch
            batch, size = [], 0
        depth = at
        size += length
        batch.append(record)
    if batch:
        yield batch


def _is_wrong_mode(refusal: dict[str, Any]) -> bool:
    is_not_permitted = refusal["error_code"] == _NOT_PERMITTED
    return is_not_permitted and str(refusal["message"]).endswith(_WRONG_MODE)


def _comes_along(code: int, record: Body, spool: Spool) -> bool:
    """Say whether what a record was found to lack is brought along with it."""
    match record["kind"], code:
        case "version", _Lacks.SCHEMA:
            return any(spool.find_version(key) is not None for key in targets(record))
        case "guidAlias", _Lacks.SCHEMA:
            return True
        case "association", _Lacks.SUBJECT:
            return spool.has_versions(*parse(record["subject"]))
        case "dek", _Lacks.KEY:
            return spool.has_kek(record["context"], record["kek"])
    return False


def _path(context: str) -> str:
    return "/mode" if context == "." else f"/mode/{quoted(f':{context}:')}"
