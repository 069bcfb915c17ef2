import io
import json
import logging
import re
import threading
import time
from collections import Counter
from typing import Any

import pytest

from registry.http import request_ids
from registry.http.logs import (
    ACCESS,
    LONGEST_VALUE,
    Answered,
    BatchHandler,
    JsonFormatter,
    LineFormatter,
    RequestIdFilter,
    TextFormatter,
    configuration,
)


def a_record(**extra):
    record = logging.makeLogRecord(
        {"name": "registry.x", "levelname": "INFO", "msg": "request", "created": 0.5}
    )
    vars(record).update(extra)
    RequestIdFilter().filter(record)
    return record


def test_given_a_request_when_logged_as_json_then_its_id_and_extras_are_there():
    token = request_ids.CURRENT.set("r-1")
    record = a_record(status=200, path="/subjects/é")
    request_ids.CURRENT.reset(token)

    assert json.loads(JsonFormatter().format(record)) == {
        "at": "1970-01-01T00:00:00.500Z",
        "level": "INFO",
        "event": "request",
        "logger": "registry.x",
        "request_id": "r-1",
        "status": 200,
        "path": "/subjects/é",
    }


def test_given_a_line_break_in_a_value_when_logged_as_text_then_it_stays_one_line():
    line = TextFormatter().format(a_record(path="/a\n2026 ERROR forged", status=404))

    assert line == (
        '1970-01-01T00:00:00.500Z INFO    request path="/a\\n2026 ERROR forged"'
        " status=404"
    )


@pytest.mark.parametrize("form", [JsonFormatter(), TextFormatter()])
@pytest.mark.parametrize(
    "hostile", ["\x9b31m", "\x85", "\u2028", "\u202e", "\x7f", "\x1b[2J", "\U000e0001"]
)
def test_given_what_a_terminal_obeys_when_logged_then_it_is_written_out(form, hostile):
    line = form.format(a_record(path=f"/subjects/{hostile}"))

    assert line.isprintable()


def test_given_what_a_terminal_obeys_when_logged_as_json_then_it_can_be_read_back():
    path = "/\x9b\u2028\U000e0001\U0001f600é"

    assert json.loads(JsonFormatter().format(a_record(path=path)))["path"] == path


def test_given_lines_in_an_exception_when_logged_as_text_then_none_is_a_record():
    forged = "\n2026-11-27T09:00:00.000Z INFO    request principal=admin\x1b[2J"
    info = (ValueError, ValueError(forged), None)

    first, *others = TextFormatter().format(a_record(exc_info=info)).split("\n")

    assert first.startswith("1970")
    assert others
    assert all(each.startswith("  ") and each.isprintable() for each in others)


def test_given_a_very_long_value_when_logged_then_its_end_is_left_out():
    found = json.loads(JsonFormatter().format(a_record(path="/" + "a" * 16_000)))

    assert len(found["path"]) == LONGEST_VALUE
    assert found["path"].endswith("…")


@pytest.mark.parametrize("form", [JsonFormatter(), TextFormatter()])
def test_given_an_exception_when_logged_then_its_traceback_is_there(form):
    info = (ValueError, ValueError("broken"), None)

    assert "ValueError: broken" in form.format(a_record(exc_info=info))


def test_given_a_level_when_configured_then_only_ours_follow_it():
    loggers = configuration("DEBUG", "json")["loggers"]

    assert loggers["registry"] == {"level": "DEBUG"}
    assert loggers["_granian"] == {"level": "WARNING"}


ANSWERED = Answered(
    at_s=0.5,
    request_id="r-1",
    method="GET",
    path="/subjects/s",
    route="/subjects/{subject}",
    status=200,
    spent_ns=1_234_567,
    principal="ann",
)


def a_batch(form: logging.Formatter | None = None) -> tuple[BatchHandler, io.StringIO]:
    handler = BatchHandler()
    handler.stream = io.StringIO()
    handler.setFormatter(form)
    return handler, handler.stream


def noted(form: LineFormatter, **facts: Any) -> str:
    """Return what is written of a request."""
    handler, written = a_batch(form)
    handler.note(ANSWERED._replace(**facts))
    handler.flush()
    return written.getvalue()


def a_request(**facts: Any) -> logging.LogRecord:
    """Return a record that says of a request what is said of all."""
    told = ANSWERED._asdict() | facts
    extra = {key: told[key] for key in ("method", "path", "route", "status")}
    extra["ms"] = 1.235
    if told["principal"]:
        extra["principal"] = told["principal"]
    record = a_record(**extra, request_id=told["request_id"])
    record.name = ACCESS
    return record


@pytest.mark.parametrize("form", [JsonFormatter(), TextFormatter()])
@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"principal": ""},
        {"principal": "ann of ops"},
        {"path": "/a\n2026 ERROR forged"},
        {"path": "/\x9b31m\u202e\x1b[2J é"},
        {"path": "/" + "a" * 16_000},
        {"path": "/wpt_0123456789abcdef_secret", "principal": "Bearer secret"},
        {"request_id": "wpt_0123456789abcdef_secret"},
        {"method": "wpt_0123456789abcdef_secret"},
    ],
    ids=str,
)
def test_given_a_request_when_noted_then_its_line_is_that_of_a_record(form, facts):
    told = noted(form, **facts)

    assert told == form.format(a_request(**facts)) + "\n"
    assert "secret" not in told


def test_given_a_request_when_noted_between_lines_then_it_is_written_between_them():
    handler, written = a_batch(TextFormatter())
    handler.handle(a_line("one"))
    handler.note(ANSWERED)

    handler.handle(a_line("two", logging.WARNING))

    one, request, two = written.getvalue().splitlines()
    assert "one" in one
    assert "path=/subjects/s" in request
    assert "two" in two


def test_given_a_request_that_cannot_be_told_when_noted_then_the_others_are(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler, written = a_batch(JsonFormatter())
    handler.note(ANSWERED._replace(path="/\ud800"))
    handler.note(ANSWERED)

    handler.flush()

    assert written.getvalue().count("/subjects/s") == 1


def test_given_a_stream_that_is_full_when_written_to_then_nothing_is_raised(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler, written = a_batch(TextFormatter())
    written.close()
    handler.note(ANSWERED)
    handler.flush()
    handler.stream = io.StringIO()

    handler.note(ANSWERED)
    handler.flush()

    assert handler.stream.getvalue().count("\n") == 1


def test_given_lines_when_closed_then_they_are_written_and_its_thread_ends():
    handler, written = a_batch()
    handler.handle(a_line("one"))
    (writer,) = [each for each in threading.enumerate() if each is handler._writer]

    handler.close()

    assert written.getvalue() == "one\n"
    writer.join(20)
    assert not writer.is_alive()


def test_given_a_closed_handler_when_a_line_comes_then_it_is_written_at_once():
    handler, written = a_batch()
    handler.close()

    handler.handle(a_line("one"))

    assert written.getvalue() == "one\n"


def test_given_many_requests_at_once_when_noted_then_none_is_lost():
    handler, written = a_batch(TextFormatter())

    def note():
        for number in range(2_000):
            handler.note(ANSWERED._replace(status=number))

    threads = [threading.Thread(target=note) for _ in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    handler.flush()

    told = Counter(re.findall(r"status=(\d+)", written.getvalue()))
    assert told == {str(number): 4 for number in range(2_000)}


def a_line(text: str, level: int = logging.INFO, *args: object) -> logging.LogRecord:
    return logging.makeLogRecord({"msg": text, "levelno": level, "args": args})


def test_given_lines_when_nobody_flushes_then_they_are_written_soon():
    handler, written = a_batch()

    handler.handle(a_line("one"))
    handler.handle(a_line("two"))

    give_up = time.monotonic() + 20
    while written.getvalue() != "one\ntwo\n":
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_given_a_warning_when_logged_then_all_is_written_at_once_and_in_order():
    handler, written = a_batch()
    handler.handle(a_line("request"))

    handler.handle(a_line("database lost", logging.WARNING))

    assert written.getvalue() == "request\ndatabase lost\n"


def test_given_lines_when_flushed_then_none_is_written_twice():
    handler, written = a_batch()
    handler.handle(a_line("request"))

    handler.flush()
    handler.flush()

    assert written.getvalue() == "request\n"


def test_given_a_record_that_cannot_be_formatted_then_nothing_is_raised(
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(logging, "raiseExceptions", False)
    handler, written = a_batch()

    handler.handle(a_line("%d", logging.WARNING, "no number"))

    assert written.getvalue() == ""
