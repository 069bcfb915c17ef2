import json
import logging

import pytest

from registry.http import request_ids
from registry.http.logs import (
    JsonFormatter,
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
def test_given_an_exception_when_logged_then_its_traceback_is_there(form):
    info = (ValueError, ValueError("broken"), None)

    assert "ValueError: broken" in form.format(a_record(exc_info=info))


def test_given_a_level_when_configured_then_only_ours_follow_it():
    loggers = configuration("DEBUG", "json")["loggers"]

    assert loggers["registry"] == {"level": "DEBUG"}
    assert loggers["_granian"] == {"level": "WARNING"}
