"""Reading all that a registry holds: from one of ours in pages, from others by asking.

Other registries are asked for what each can tell; what one does not know is left out.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final

from registry.cli.moving.spool import Body, Spool, parse
from registry.cli.remote import quoted
from wirepact import RegistryClient
from wirepact.errors import RegistryResponseError

_EXPORT: Final = "/governance/v1/export"
_EVERYWHERE: Final = (("subjectPrefix", ":*:"),)
_DELETED: Final = (("deleted", "true"),)
_THREADS: Final = 8
_PAGE: Final = 1_000
_OF_A_VERSION: Final = (
    "guid",
    "schemaType",
    "references",
    "metadata",
    "ruleSet",
    "schema",
    "ts",
)
_MISSING: Final = frozenset({404, 405, 501})
_USUAL_MODE: Final = "READWRITE"


def is_wirepact(client: RegistryClient) -> bool:
    """Say whether a registry can be asked for an export."""
    try:
        found = client.request("GET", _EXPORT, query=[("limit", "1")])
    except RegistryResponseError as error:
        if error.status in _MISSING:
            return False
        raise
    return isinstance(found, dict) and "records" in found


def exported(client: RegistryClient) -> Iterator[list[Body]]:
    """Return the pages of an export."""
    cursor = ""
    while cursor is not None:
        query = [("cursor", cursor)] if cursor else []
        page = client.request("GET", _EXPORT, query=query)
        yield page["records"]
        cursor = page["next"]


def crawl(client: RegistryClient, spool: Spool) -> None:
    """Ask any registry for all that it holds.

    Raises:
        WirepactError: It does not answer, or refuses.

    """
    live = set(_subjects(client, ()))
    every = sorted(live | set(_subjects(client, _DELETED)))
    contexts = sorted({parse(subject)[0] for subject in every})
    with ThreadPoolExecutor(_THREADS) as pool:
        for found in pool.map(lambda each: _subject(client, each), every):
            spool.add(found)
    for context in contexts:
        scope = "" if context == "." else f":{context}:"
        spool.add(_config(client, scope))


def _subject(client: RegistryClient, subject: str) -> list[Body]:
    """Return the versions of a subject, its config and its mode."""
    path = f"/subjects/{quoted(subject)}/versions"
    every = _numbers(client, path, _DELETED)
    live = set(_numbers(client, path, ()))
    found = [_version(client, path, subject, each, live) for each in every]
    return [*found, *_config(client, subject), *_mode(client, subject)]


def _version(
    client: RegistryClient, path: str, subject: str, number: int, live: set[int]
) -> Body:
    answer = client.request("GET", f"{path}/{number}", query=_DELETED)
    said = {name: answer[name] for name in _OF_A_VERSION if name in answer}
    place = {"subject": subject, "version": number, "id": answer["id"]}
    body = {"kind": "version", **place, **said}
    if number not in live:
        body["deleted"] = True
    return body


def _config(client: RegistryClient, scope: str) -> list[Body]:
    path = f"/config/{quoted(scope)}" if scope else "/config"
    config = _asked(client, path)
    return [] if not config else [{"kind": "config", "scope": scope, "config": config}]


def _mode(client: RegistryClient, subject: str) -> list[Body]:
    """Return a subject's own mode; the usual one is what most say that have none."""
    said = _asked(client, f"/mode/{quoted(subject)}")
    mode = said.get("mode") if said else None
    if mode in {None, _USUAL_MODE}:
        return []
    return [{"kind": "mode", "scope": subject, "mode": mode}]


def _subjects(client: RegistryClient, more: tuple[tuple[str, str], ...]) -> list[str]:
    return _paged(client, "/subjects", (*_EVERYWHERE, *more))


def _numbers(
    client: RegistryClient, path: str, more: tuple[tuple[str, str], ...]
) -> list[int]:
    try:
        return sorted(_paged(client, path, more))
    except RegistryResponseError as error:
        # All of its versions are deleted, or somebody deletes them just now.
        if error.status == 404:
            return []
        raise


def _paged(
    client: RegistryClient, path: str, query: tuple[tuple[str, str], ...]
) -> list[Any]:
    """Return a whole list; from a registry without pages it comes at once."""
    found: dict[Any, None] = {}
    while True:
        page = (("offset", str(len(found))), ("limit", str(_PAGE)))
        answer = client.request("GET", path, query=(*query, *page))
        before = len(found)
        found.update(dict.fromkeys(answer))
        # More than a page, or nothing new: the parameters mean nothing to it.
        if len(answer) != _PAGE or len(found) == before:
            return [*found]


def _asked(client: RegistryClient, path: str) -> dict[str, Any] | None:
    """Return what a place says; None where it says nothing, or cannot say anything."""
    try:
        answer = client.request("GET", path)
    except RegistryResponseError as error:
        if error.status in _MISSING:
            return None
        raise
    return answer if isinstance(answer, dict) else None
