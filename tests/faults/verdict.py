"""What must hold of a registry after a storm, whatever went wrong meanwhile."""

import http.client
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from tests.faults.ledger import Entry, acknowledged


@dataclass(frozen=True, slots=True)
class Stored:
    """A version as the registry shows it."""

    subject: str
    version: int
    schema_id: int
    text: str


def stored(url: str) -> list[Stored]:
    """Read every version back, over HTTP."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)

    def ask(target: str) -> Any:
        connection.request("GET", target)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, (target, content)
        return json.loads(content)

    found = []
    try:
        for subject in ask("/subjects?deleted=true"):
            place = f"/subjects/{quote(subject, safe='')}/versions"
            for version in ask(f"{place}?deleted=true"):
                told = ask(f"{place}/{version}?deleted=true")
                found.append(Stored(subject, version, told["id"], told["schema"]))
    finally:
        connection.close()
    return found


def violations(entries: Sequence[Entry], versions: Sequence[Stored]) -> list[str]:
    """Return each broken promise as a sentence; none is good."""
    return [
        *_refused(entries),
        *_lost(entries, versions),
        *_ambiguous(versions),
        *_gaps("ids", {each.schema_id for each in versions}),
        *_version_holes(versions),
    ]


def _refused(entries: Sequence[Entry]) -> Iterator[str]:
    done = {(each.subject, each.text) for each in acknowledged(entries)}
    for entry in entries:
        if (entry.subject, entry.text) not in done:
            yield f"never acknowledged: {entry}"


def _lost(entries: Sequence[Entry], versions: Iterable[Stored]) -> Iterator[str]:
    there = set(versions)
    for told in acknowledged(entries):
        wanted = Stored(told.subject, told.version, told.schema_id, told.text)
        if wanted not in there:
            yield f"acknowledged and lost: {wanted}"


def _ambiguous(versions: Iterable[Stored]) -> Iterator[str]:
    ids, texts = defaultdict(set), defaultdict(set)
    for each in versions:
        ids[each.text].add(each.schema_id)
        texts[each.schema_id].add(each.text)
    for text, found in ids.items():
        if len(found) > 1:
            yield f"one content, several ids {sorted(found)}: {text}"
    for schema_id, meant in texts.items():
        if len(meant) > 1:
            yield f"id {schema_id} has several contents: {sorted(meant)}"


def _version_holes(versions: Iterable[Stored]) -> Iterator[str]:
    numbers = defaultdict(set)
    contents: Counter[tuple[str, str]] = Counter()
    for each in versions:
        numbers[each.subject].add(each.version)
        contents[each.subject, each.text] += 1
    for subject, found in numbers.items():
        yield from _gaps(f"versions of {subject}", found)
    for (subject, text), times in contents.items():
        if times > 1:
            yield f"{subject} has {times} versions of equal content: {text}"


def _gaps(what: str, numbers: set[int]) -> Iterator[str]:
    missing = set(range(1, len(numbers) + 1)) - numbers
    if missing:
        yield f"{what} are not 1 to {len(numbers)}: {sorted(missing)} missing"
