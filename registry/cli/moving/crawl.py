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

WITHHELD: Final = "deleted versions that the source lists, but does not hand out"
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
# What Apicurio says of every subject that has no config of its own.
_UNSET_IN_APICURIO: Final = ({"compatibilityLevel": "NONE"},)


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


def crawl(client: RegistryClient, spool: Spool) -> list[str]:
    """Ask any registry for all that it holds.

    Return sentences about what it lists, but does not hand out.

    Raises:
        WirepactError: It does not answer, or refuses.

    """
    live = set(_subjects(client, ()))
    every = sorted(live | set(_subjects(client, _DELETED)))
    contexts = sorted({parse(subject)[0] for subject in every})
    unset = _UNSET_IN_APICURIO if _is_apicurio(client) else ()
    withheld: list[str] = []
    with ThreadPoolExecutor(_THREADS) as pool:
        for found, more in pool.map(lambda each: _subject(client, each), every):
            spool.add(body for body in found if body.get("config") not in unset)
            withheld += more
    for context in contexts:
        scope = "" if context == "." else f":{context}:"
        spool.add(_config(client, scope))
    return withheld


def _is_apicurio(client: RegistryClient) -> bool:
    """Say whether a registry has but one context, in a spelling of its own."""
    try:
        return bool(client.request("GET", "/contexts") == [":.:"])
    except RegistryResponseError as error:
        if error.status in _MISSING:
            return False
        raise


def _subject(client: RegistryClient, subject: str) -> tuple[list[Body], list[str]]:
    """Return versions, config and mode of a subject, and which it keeps to itself."""
    path = f"/subjects/{quoted(subject)}/versions"
    every = _numbers(client, path, _DELETED)
    live = set(_numbers(client, path, ()))
    asked = [(each, _version(client, path, subject, each, live)) for each in every]
    found = [body for _, body in asked if body is not None]
    withheld = [f"{subject} version {each}" for each, body in asked if body is None]
    return [*found, *_config(client, subject), *_mode(client, subject)], withheld


def _version(
    client: RegistryClient, path: str, subject: str, number: int, live: set[int]
) -> Body | None:
    """Return a version; None if it is deleted, and the source keeps it to itself."""
    try:
        answer = client.request("GET", f"{path}/{number}", query=_DELETED)
    except RegistryResponseError as error:
        if error.status == 404 and number not in live:
            return None
        raise
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
