import json
import logging

import pytest

from registry.http.logs import JsonFormatter, TextFormatter
from registry.http.redaction import may_hold_credentials, redacted

TOKEN = "wpt_0123456789abcdef_" + "A1b2-_" * 7 + "z"
LINES = [
    "cannot connect to postgresql://wirepact:hunter2@db:5432/wirepact",
    "cannot connect to postgresql+psycopg://wirepact:hunt@er/hunter2@db/wirepact",
    "GET https://hunter2@registry/subjects",
    "path=/subjects/http://a:hunter2@b status=404",
    "Authorization: Basic aHVudGVyMg== hunter2",
    "{'authorization': 'Bearer hunter2'}",
    "[(b'authorization', b'Bearer hunter2'), (b'accept', b'*/*')]",
    '{"Proxy-Authorization": "hunter2", "accept": "*/*"}',
    'told="{\\"authorization\\": \\"Basic hunter2\\"}"',
    "cookie: session=hunter2; other=hunter2",
    "(b'set-cookie', b'session=hunter2')",
    "AUTHORIZATION=hunter2",
    "sent Basic aHVudGVyMg=",
    "sent bearer eyJhbGciOi.hunter2.x-_y",
    "connection failed: user=a password=hunter2 host=db",
    "https://db/?user=a&password=hunter2&sslmode=require",
    "{'password': 'hunter2'}",
    "passwd: hunter2",
    "GET /subjects/eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJodW50ZXIyIn0.hunter2_-x/versions",
]


@pytest.mark.parametrize("line", LINES)
def test_given_a_credential_when_logged_then_it_is_not_there(line):
    found = redacted(line)

    assert "***" in found
    assert "hunter2" not in found
    assert "aHVudGVyMg" not in found


def test_given_a_token_when_logged_then_it_is_named_without_its_secret():
    assert redacted(f"refused {TOKEN}.") == "refused wpt_0123456789abcdef_***."


@pytest.mark.parametrize(
    "line",
    [
        "request method=GET path=/subjects/orders status=200 ms=0.5",
        "Wirepact answers at http://127.0.0.1:8081",
        "path=/subjects/user@example.com status=404",
        "author=ann route=/config",
        "the basics of it",
        "wpt_0123456789abcdef was revoked",
    ],
)
def test_given_no_credential_when_logged_then_the_line_stays_as_it_is(line):
    assert redacted(line) == line


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # A password may have all of that in it.
        ("a://u:p@h,b://v:q@i/x", "a://***@i/x"),
        ("a://h,b://i,c://j@k", "a://***@k"),
        (f"a://u@h,{'x' * 1_026}b://v@i", f"a://***@h,{'x' * 1_026}b://***@i"),
        ("a://u@h,b://i", "a://***@h,b://i"),
        ("a://u:p@ss@h", "a://***@h"),
        ("a://u@h", "a://***@h"),
        ("a://X@h", "a://***@h"),
        ("a://@h", "a://@h"),
        ("file:///etc/a@b", "file:///etc/a@b"),
        ("file:///a@b,c://d:e@f", "file:///a@b,c://***@f"),
        ("a://" + "u" * 1_025 + "@h", "a://***@h"),
        ("a://" + "u" * 1_026 + "@h", "a://" + "u" * 1_026 + "@h"),
    ],
    ids=lambda it: it[:30],
)
def test_given_addresses_when_logged_then_all_but_their_users_is_there(line, expected):
    assert redacted(line) == expected


def test_given_an_ordinary_line_when_asked_then_nobody_has_to_look_closely():
    assert not may_hold_credentials("request method=GET path=/subjects status=200")
    assert may_hold_credentials("Cookie: a")


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("place", ["event", "extra", "exception"])
def test_wherever_a_credential_is_then_json_stays_json_without_it(line, place):
    record = logging.makeLogRecord({"msg": "it failed", "name": "x"})
    match place:
        case "event":
            record.msg = line
        case "extra":
            record.told = {"headers": line}
        case "exception":
            record.exc_info = (ValueError, ValueError(line), None)

    written = JsonFormatter().format(record)

    assert json.loads(written)["logger"] == "x"
    assert "hunter2" not in written
    assert "hunter2" not in TextFormatter().format(record)
