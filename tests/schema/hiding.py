"""What was deleted is not shown to those who do not ask for it, and to others it is.

A soft delete hides and does not remove, and a repeated one removes. So no general check
of what is read after it was freed says what holds here: this one asks again, at once.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

import httpx

_FEW: Final = 3
"""So many versions of a subject are looked at."""


@dataclass(frozen=True)
class Deletion:
    """A subject, or a version of one, that was deleted just now.

    Attributes:
        subject: Its URL.
        versions: Which are gone by it.
        is_whole: Whether that are all.

    """

    subject: str
    versions: tuple[int, ...]
    is_whole: bool
    is_permanent: bool

    @classmethod
    def told(cls, method: str, url: str, status: int, said: Any) -> "Deletion | None":
        """Return what a request has deleted, by its answer; None for any other."""
        parts = urlsplit(url)
        if method != "DELETE" or status != HTTPStatus.OK:
            return None
        query = dict(parse_qsl(parts.query, keep_blank_values=True))
        is_permanent = query.get("permanent", "").lower() == "true"
        match parts.path.strip("/").split("/"):
            case ["subjects", name]:
                versions, is_whole = tuple(said), True
            case ["subjects", name, "versions", _]:
                versions, is_whole = (int(said),), False
            case _:
                return None
        subject = f"{parts.scheme}://{parts.netloc}/subjects/{name}"
        return cls(subject, versions, is_whole, is_permanent)


def shown(it: Deletion, authorization: str | None) -> Iterator[str]:
    """Yield what is answered otherwise than after such a deletion."""
    headers = {} if authorization is None else {"authorization": authorization}
    with httpx.Client(headers=headers) as client:
        for path, expected in _expected(it):
            status = client.get(it.subject + path).status_code
            if status != expected:
                yield f"{it.subject}{path}: {status}, expected {expected}"
        everybody, _, name = it.subject.rpartition("/")
        listed = [quote(each, safe="") for each in client.get(everybody).json()]
        if it.is_whole and quote(name, safe="%") in listed:
            yield f"{everybody} lists {name}"


def _expected(it: Deletion) -> Iterator[tuple[str, HTTPStatus]]:
    asked_for = HTTPStatus.NOT_FOUND if it.is_permanent else HTTPStatus.OK
    if it.is_whole:
        yield "/versions", HTTPStatus.NOT_FOUND
        yield "/versions/latest", HTTPStatus.NOT_FOUND
        yield "/versions?deleted=true", asked_for
    for version in it.versions[-_FEW:]:
        yield f"/versions/{version}", HTTPStatus.NOT_FOUND
        yield f"/versions/{version}/schema", HTTPStatus.NOT_FOUND
        yield f"/versions/{version}?deleted=true", asked_for
