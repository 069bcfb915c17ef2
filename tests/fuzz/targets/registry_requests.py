"""Any request: its path, query, fields and body, through the whole application.

Two applications take turns, one of which asks who its clients are.
"""

import atexit
import json
import tempfile
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import atheris

from tests.fuzz.laws import one_of
from tests.hostile.calling import called
from tests.hostile.requests import Request
from tests.services.in_process import in_process, migrated, settings_of

# All of it: a module that were not would hold to the classes of before.
# SQLModel as well, which keeps the tables of those that it has seen.
INSTRUMENTED = (
    *("registry", "sqlmodel", "tests.fuzz.laws", "tests.hostile", "tests.services"),
)


@cache
def _apps():
    """Start both with the first input; before, their threads could import nothing."""
    stack = ExitStack()
    atexit.register(stack.close)
    top = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    template = migrated(top)

    def started(name, **more):
        folder = top / name
        folder.mkdir()
        settings = settings_of(template, folder, **more)
        return stack.enter_context(in_process(settings, folder))

    return started("open"), started("asking", authentication=True)


_PATHS = (
    *("/subjects/%s/versions", "/subjects/%s", "/subjects/%s/versions/%s", "/subjects"),
    *("/schemas/ids/%s", "/schemas/guids/%s", "/schemas", "/config/%s", "/mode/%s"),
    *("/compatibility/subjects/%s/versions/%s", "/contexts/%s/subjects", "/contexts"),
    *("/contexts/%s/%s/%s", "/governance/v1/import", "/governance/v1/export"),
    *("/governance/v1/check", "/subjects/%s/versions/%s/tags", "/subjects/%s/metadata"),
    *("/subjects/%s/versions/%s/referencedby", "/exporters", "/dek-registry/v1/keks"),
    *("/dek-registry/v1/keks/%s/deks/%s", "/associations/resources/%s", "/%s/%s"),
)
_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "TRACE")
_WORDS = (
    *(
        "a",
        "1",
        "latest",
        "-1",
        "0",
        "2147483648",
        ":.c:s",
        ":*:s",
        ":.:",
        "%2f",
        "%00",
    ),
    *("%ff", "..", ".c", "__GLOBAL", "%25", "9999999999999999999", "%C2%B2"),
)
_QUERIES = (
    *("deleted=true", "limit=%s", "offset=%s", "subjectPrefix=%s", "normalize=true"),
    *("cursor=%s", "fields=%s", "format=%s", "permanent=true", "subject=%s", "page=%s"),
    *("verbose=true", "lookupDeletedSubject=x", "key=%s&value=%s", "force=%s", "%s"),
)
_FIELDS = (
    *("accept", "content-type", "authorization", "x-request-id", "origin", "host"),
    *("if-match", "content-length", "content-encoding", "x-forwarded-for"),
)
_VALUES = (
    *(
        "application/json",
        "application/x-ndjson",
        "*/*;q=0.1",
        "text/html",
        "Basic YTpi",
    ),
    *(
        "Bearer wpt_0000000000000000_" + "A" * 43,
        "Bearer a.b.c",
        "Basic !",
        "gzip",
        "1",
    ),
    *("Bearer eyJhbGciOiJub25lIn0.e30.", "http://x", "application/json;charset=utf-16"),
)
_BODIES = (
    {"schema": '"string"'},
    {"schema": '{"type":"object"}', "schemaType": "JSON"},
    {"schema": '"R"', "references": [{"name": "R", "subject": "a", "version": 1}]},
    {"schema": '"int"', "metadata": {"tags": {"R.a": ["T"]}}, "ruleSet": {}},
    {"schemaTagsToAdd": [{"schemaEntity": {"entityPath": "a"}, "tags": ["b"]}]},
    {"compatibility": "FULL", "alias": "a", "defaultMetadata": {"properties": {}}},
    {"mode": "IMPORT"},
    {"records": [{"kind": "version", "subject": "a", "version": 1, "id": 1}]},
    [{"kind": "config", "subject": "a", "compatibility": "NONE"}],
    {"name": "k", "kmsType": "t", "kmsKeyId": "i", "algorithm": "AES256_GCM"},
    {"items": [{"subject": "a", "schema": '"int"'}]},
)


def seeds():
    return [b"\0" * 20, bytes(range(64)), bytes(range(200, 100, -1)), b"\x01" * 60]


def one(data):
    provider = atheris.FuzzedDataProvider(data)
    app = one_of(provider, _apps())
    request = Request(
        one_of(provider, _METHODS),
        _target(provider),
        _body(provider),
        dict(_header(provider) for _ in range(provider.ConsumeIntInRange(0, 3))),
    )
    answer = called(app, request)
    # What is not there is said so; nothing is the server's fault.
    assert answer.status < 500 or answer.status in (501, 503), (request, answer)
    assert b"Traceback" not in answer.body, (request, answer)


def _word(provider):
    if provider.ConsumeProbability() < 0.7:
        return one_of(provider, _WORDS)
    raw = provider.ConsumeBytes(provider.ConsumeIntInRange(0, 12))
    return raw.decode("latin-1").replace("?", "")


def _filled(provider, text):
    for _ in range(text.count("%s")):
        text = text.replace("%s", _word(provider).replace("%s", ""), 1)
    return text


def _target(provider):
    path = _filled(provider, one_of(provider, _PATHS))
    count = provider.ConsumeIntInRange(0, 2)
    query = "&".join(
        _filled(provider, one_of(provider, _QUERIES)) for _ in range(count)
    )
    return f"{path}?{query}" if query else path


def _header(provider):
    name = one_of(provider, _FIELDS)
    if provider.ConsumeBool():
        return name, one_of(provider, _VALUES)
    return name, provider.ConsumeBytes(provider.ConsumeIntInRange(0, 30)).decode(
        "latin-1"
    )


def _body(provider):
    text = json.dumps(one_of(provider, _BODIES)).encode()
    way = provider.ConsumeIntInRange(0, 3)
    if way == 0:
        return text
    if way == 1:
        return text + b"\n" + text
    raw = provider.ConsumeBytes(provider.ConsumeIntInRange(0, 60))
    at = provider.ConsumeIntInRange(0, len(text))
    return raw if way == 2 else text[:at] + raw + text[at + len(raw) :]
