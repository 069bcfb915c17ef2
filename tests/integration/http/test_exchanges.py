"""Golden exchanges: every endpoint and every error code, as they go over the wire.

Each file of `tests/exchanges` is a story that begins with an empty registry; in those
of its folder `guarded` the registry asks who its callers are, and `by` says who asks.
In the answers `<ts>` and the like stand for what differs from run to run, in the
requests `<9 times x>` for a text that is too long to be written down, `<in 9 days>` for
a day.
"""

import json
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from registry.domain.errors import RegistryError, UnavailableError
from registry.settings import Settings
from tests.integration.http.access.callers import Callers, guarded
from tests.services.in_process import InProcess

FOLDER = Path(__file__).parents[2] / "exchanges"
STORIES = sorted(FOLDER.glob("*.json"))
GUARDED_STORIES = sorted(FOLDER.glob("guarded/*.json"))

PATTERNS = {
    "ts": r"1[0-9]{12}",
    "deletedTs": r"1[0-9]{12}",
    "etag": r'"[0-9a-f]{32}"',
    "version": r"[0-9]+\.[0-9]+\.[0-9]+",
    "createTs": r"1[0-9]{12}",
    "updateTs": r"1[0-9]{12}",
    "retry-after": r"[1-9][0-9]?",
    "expires": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
    "association guid": r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}",
}
"""What a word in angle brackets stands for."""

OF_INTEREST = (
    *("allow", "cache-control", "content-type", "etag", "retry-after", "vary"),
    "www-authenticate",
)

NOT_IN_A_STORY = {UnavailableError.code}
"""What no request of a story brings about: a lost database (tests/faults has it)."""

WAIT = re.compile(r"try again in [1-9][0-9]? seconds")
DAYS = re.compile(r"<in ([0-9]+) days>")
TIMES = re.compile(r"<([0-9]+) times (.)>")


def _sent(registry: InProcess, request):
    more = {"headers": request.get("headers", {})}
    if "json" in request:
        more["json"] = _spelt_out(request["json"])
    elif "text" in request:
        more["content"] = request["text"].encode()
    return registry.request(request["method"], request["path"], **more)


def _sent_by(callers: Callers, request):
    known = callers.headers[request.get("by", "none")]
    return _sent(
        callers.client, {**request, "headers": {**request.get("headers", {}), **known}}
    )


def _spelt_out(body):
    if isinstance(body, dict):
        return {name: _spelt_out(each) for name, each in body.items()}
    if isinstance(body, list):
        return [*map(_spelt_out, body)]
    if not isinstance(body, str):
        return body
    if days := DAYS.fullmatch(body):
        return (datetime.now(UTC) + timedelta(int(days[1]))).date().isoformat()
    times = TIMES.fullmatch(body)
    return times[2] * int(times[1]) if times else body


def _seen(response):
    seen = {
        "status": response.status_code,
        "headers": {
            name: response.headers[name]
            for name in OF_INTEREST
            if name in response.headers
        },
    }
    is_text = not response.content or response.url.path.endswith("/schema")
    seen |= {"text": response.text} if is_text else {"json": response.json()}
    return seen


def _hidden(value, name=""):
    """Put placeholders where values differ from run to run."""
    if isinstance(value, dict):
        # That of a schema is the same for ever.
        names = {"guid": "association guid"} if "createTs" in value else {}
        return {key: _hidden(each, names.get(key, key)) for key, each in value.items()}
    if isinstance(value, list):
        return [_hidden(each, name) for each in value]
    if name in PATTERNS and re.fullmatch(PATTERNS[name], str(value)):
        return f"<{name}>"
    return WAIT.sub("try again in <s> seconds", value) if name == "message" else value


def _replayed(file: Path, ask: Callable[[Any], Any], *, is_update: bool) -> None:
    story = json.loads(file.read_text())

    seen = [_hidden(_seen(ask(each["request"]))) for each in story]

    if is_update:
        for each, answer in zip(story, seen, strict=True):
            each["answer"] = answer
        file.write_text(json.dumps(story, indent=2, ensure_ascii=False) + "\n")
    for each, answer in zip(story, seen, strict=True):
        # As text: the order of the fields is part of what is promised.
        golden = json.dumps(each["answer"], indent=1)
        assert json.dumps(answer, indent=1) == golden, (each.get("claim"), each)


@pytest.mark.parametrize("file", STORIES, ids=lambda path: path.stem)
def test_given_a_story_when_replayed_then_each_answer_is_the_golden_one(
    file: Path, registry_on_either: InProcess, request: pytest.FixtureRequest
):
    _replayed(
        file,
        partial(_sent, registry_on_either),
        is_update=request.config.getoption("--update-golden", default=False),
    )


@pytest.mark.parametrize("file", GUARDED_STORIES, ids=lambda path: path.stem)
def test_given_a_registry_that_asks_who_asks_when_replayed_then_the_golden_answers(
    file: Path, settings: Settings, request: pytest.FixtureRequest
):
    with guarded(settings) as callers:
        _replayed(
            file,
            partial(_sent_by, callers),
            is_update=request.config.getoption("--update-golden", default=False),
        )


def _tree(error):
    return {error}.union(*map(_tree, error.__subclasses__()))


def _told(value):
    """Return the codes of all errors in an answer."""
    if isinstance(value, dict):
        own = {value["error_code"]} if "error_code" in value else set()
        return own.union(*map(_told, value.values()))
    return set().union(*map(_told, value)) if isinstance(value, list) else set()


def test_every_code_that_a_caller_can_be_told_is_in_a_story():
    files = (*STORIES, *GUARDED_STORIES)
    told = _told([json.loads(file.read_text()) for file in files])

    codes = {each.code for each in _tree(RegistryError) if hasattr(each, "code")}
    assert len(codes) > 30
    assert codes - told == NOT_IN_A_STORY
    # Beside those of the tree there are only statuses of HTTP.
    assert {each for each in told - codes if each > 599} == set()
