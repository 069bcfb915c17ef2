"""A client process that registers schemas, and writes down what it was told.

    python -m tests.faults.writer JOBS LEDGER URL [URL ...]

On a failure it goes on with the next URL, as Confluent's clients do with a list of
them, and asks again until it has a clear answer: registration is safe to repeat.
"""

import http.client
import json
import sys
import time
from collections.abc import Iterator
from itertools import cycle
from pathlib import Path
from urllib.parse import quote, urlsplit

from tests.faults.ledger import OK, REFUSED, UNKNOWN, Entry, Ledger

ANSWER_TIMEOUT_S = 20.0
JOB_TIMEOUT_S = 60.0
PAUSE_S = 0.05
UNCLEAR = {408, 429, 500, 502, 503, 504}


def main(jobs: str, ledger: str, *urls: str) -> int:
    servers = [
        http.client.HTTPConnection(urlsplit(url).netloc, timeout=ANSWER_TIMEOUT_S)
        for url in urls
    ]
    with Ledger(Path(ledger)) as book:
        for subject, text in json.loads(Path(jobs).read_text()):
            for entry in _attempts(servers, subject, text):
                book.add(entry)
    for server in servers:
        server.close()
    return 0


def _attempts(
    servers: list[http.client.HTTPConnection], subject: str, text: str
) -> Iterator[Entry]:
    """Yield unknown outcomes and then a clear one; the server that gave it is first."""
    give_up = time.monotonic() + JOB_TIMEOUT_S
    for server in cycle(list(servers)):
        entry = _register(server, subject, text)
        yield entry
        if entry.outcome != UNKNOWN:
            servers.remove(server)
            servers.insert(0, server)
            return
        if time.monotonic() > give_up:
            return
        time.sleep(PAUSE_S)


def _register(server: http.client.HTTPConnection, subject: str, text: str) -> Entry:
    target = f"/subjects/{quote(subject, safe='')}/versions"
    headers = {"Content-Type": "application/vnd.schemaregistry.v1+json"}
    try:
        server.request("POST", target, json.dumps({"schema": text}), headers)
        answer = server.getresponse()
        content = answer.read()
    except (OSError, http.client.HTTPException) as error:
        server.close()  # the next request opens it again
        return Entry(subject, text, UNKNOWN, detail=repr(error))
    if answer.status == 200:
        told = json.loads(content)
        return Entry(subject, text, OK, told["version"], told["id"])
    outcome = UNKNOWN if answer.status in UNCLEAR else REFUSED
    return Entry(subject, text, outcome, detail=f"{answer.status} {content[:400]!r}")


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
