"""The gate and a server decide alike: what passes is accepted, the rest is refused."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from registry import bootstrap
from registry.application import configuration, registration
from registry.application.ports import Ports
from registry.application.stored import Origin
from registry.application.submission import Submission
from registry.domain.errors import InvalidSchemaError
from registry.domain.levels import Level
from registry.domain.loosening import is_kept
from registry.domain.model import Reference, SchemaType, Subject
from registry.domain.rules import Severity
from registry.domain.secrets import Secret
from registry.domain.verdict import IncompatibleSchemaError
from registry.gate import checking
from registry.gate.baselines import Baseline
from registry.gate.checking import Run
from registry.gate.report import Kind, Located
from registry.gate.snapshots import Snapshot
from registry.settings import Settings
from registry.storage import migrations
from tests.integration.gate.histories import FILES, LAW, PAIRS, TextTree, histories
from tests.integration.gate.repositories import ONLY_COMPATIBILITY, PARSING
from tests.unit.gate.builders import a_manifest

ORIGIN = Origin(actor="test", request_id="")
NUMBERS = itertools.count()


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ports]:
    url = f"sqlite:///{tmp_path_factory.mktemp('law') / 'registry.db'}"
    migrations.upgrade(url)
    with bootstrap.opened(Settings(database_url=Secret(url))) as ports:
        yield ports


def _files(
    language: SchemaType, subject: str, level: Level, texts: list[str]
) -> dict[str, str]:
    """A contract whose present text is the last one, and whose others are kept."""
    name = FILES[language]
    manifest = a_manifest(
        subject, schemaFile=name, format=language.value, compatibility=level.name
    )
    suffix = name.partition(".")[2]
    kept = {
        f"c/versions/{number:04}.{suffix}": text
        for number, text in enumerate(texts[:-1], 1)
    }
    return {"c/contract.yaml": json.dumps(manifest), f"c/{name}": texts[-1], **kept}


def _found(
    language: SchemaType, subject: str, level: Level, texts: list[str]
) -> list[Located]:
    def snapshot(given: list[str]) -> Snapshot:
        tree = TextTree(_files(language, subject, level, given))
        return Snapshot(tree, ("c",), PARSING)

    baseline = Baseline("what was", snapshot(texts[:-1]), "@before")
    report = checking.check(snapshot(texts), baseline, Run(ONLY_COMPATIBILITY))
    return [
        each
        for each in report.counted(Severity.ERROR)
        if each.kind is Kind.COMPATIBILITY
    ]


def _registered(
    ports: Ports, language: SchemaType, subject: Subject, level: Level, texts: list[str]
) -> bool:
    """Register a history, put the level, and say whether the candidate is accepted."""
    *before, last = texts
    configuration.update_config(ports, subject, {"level": Level.NONE}, ORIGIN)
    for text in before:
        registration.register(ports, subject, Submission(text, language), ORIGIN)
    configuration.update_config(ports, subject, {"level": level}, ORIGIN)
    try:
        registration.register(ports, subject, Submission(last, language), ORIGIN)
    except IncompatibleSchemaError:
        return False
    return True


@settings(
    max_examples=LAW,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(histories())
def test_a_check_passes_exactly_if_the_server_accepts(registry, made):
    language, texts, level = made
    subject = Subject(f"law-{next(NUMBERS)}")
    try:
        accepted = _registered(registry, language, subject, level, texts)
    except InvalidSchemaError:
        assume(False)

    found = _found(language, str(subject), level, texts)

    assert accepted == (not found), [each.finding.message for each in found]


@settings(
    max_examples=LAW,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
@given(histories())
def test_every_fix_that_mends_all_passes_once_it_is_made(made):
    language, texts, level = made
    try:
        found = _found(language, "s", level, texts)
    except InvalidSchemaError:
        assume(False)

    for fix in (fix for each in found for fix in each.finding.fixes):
        left = _found(language, "s", level, [*texts[:-1], fix.schema])

        if is_kept(level, fix.result_level):
            assert not left
        assert _causes(left) < _causes(found)


def _protobuf_user(shared: str) -> tuple[str, str] | None:
    message = re.search(r"^message (A|Renamed) \{", shared, re.MULTILINE)
    if message is None:
        return None
    package = re.search(r"^package (.+);", shared, re.MULTILINE)
    name = f".{package[1]}.{message[1]}" if package else f".{message[1]}"
    lines = (
        'syntax = "proto3";',
        'import "shared.proto";',
        f"message User {{ string own = 1; {name} used = 2; }}",
    )
    return "shared.proto", "\n".join(lines)


def _avro_user(shared: str) -> tuple[str, str] | None:
    said = json.loads(shared)
    if not isinstance(said, dict) or said["type"] not in ("record", "enum", "fixed"):
        return None
    space = said.get("namespace", "")
    name = said["name"] if "." in said["name"] or not space else None
    name = name or f"{space}.{said['name']}"
    fields = [{"name": "own", "type": "string"}, {"name": "used", "type": name}]
    # In a folder of contracts, what is in no namespace is used from none.
    user = {"type": "record", "name": "User", "fields": fields}
    return name, json.dumps(user)


def _json_user(shared: str) -> tuple[str, str] | None:
    said = json.loads(shared)
    is_moved = isinstance(said, dict) and said.get("title") == MOVED
    name = "moved.json" if is_moved else "shared.json"
    used = {"$ref": name}
    user = {"type": "object", "properties": {"own": {"type": "string"}, "used": used}}
    return name, json.dumps(user)


USERS = {
    SchemaType.AVRO: _avro_user,
    SchemaType.JSON: _json_user,
    SchemaType.PROTOBUF: _protobuf_user,
}
MOVED = "moved"


def _avro_renamed(draw: st.DrawFn, shared: str) -> str:
    """Give the outermost type another name or namespace, with an alias or without."""
    said = json.loads(shared)
    if not isinstance(said, dict) or "name" not in said:
        return shared
    name = said["name"]
    new = draw(st.sampled_from(["Renamed", f"else.where.{name.rpartition('.')[2]}"]))
    said = _with_name(said, name, new)
    if draw(st.booleans()):
        space = said.get("namespace", "")
        is_full = "." in name or not space
        said["aliases"] = [name if is_full else f"{space}.{name}"]
    return json.dumps(said)


def _with_name(value: Any, name: str, new: str) -> Any:
    """Replace a name wherever it stands, so that a type that uses itself still does."""
    if isinstance(value, dict):
        return {key: _with_name(each, name, new) for key, each in value.items()}
    if isinstance(value, list):
        return [_with_name(each, name, new) for each in value]
    return new if value == name else value


def _protobuf_renamed(draw: st.DrawFn, shared: str) -> str:
    """Give the message that is used another name, or all of them another package."""
    if draw(st.booleans()):
        return re.sub(r"\bA\b", "Renamed", shared)
    return re.sub(r"^package .+;", "package else.where;", shared, flags=re.MULTILINE)


def _json_renamed(_draw: st.DrawFn, shared: str) -> str:
    said = json.loads(shared)
    return json.dumps({**said, "title": MOVED}) if isinstance(said, dict) else shared


RENAMED = {
    SchemaType.AVRO: _avro_renamed,
    SchemaType.JSON: _json_renamed,
    SchemaType.PROTOBUF: _protobuf_renamed,
}


class _Used(NamedTuple):
    """A shared type, and a schema that needs it, by a name.

    Attributes:
        name: How the user calls what it needs.

    """

    language: SchemaType
    shared: str
    name: str
    user: str


@st.composite
def shared_types(draw: st.DrawFn) -> tuple[_Used, _Used]:
    """A type and its user before and after a change; a user follows a new name."""
    language = draw(st.sampled_from(SchemaType))
    earlier, later = draw(PAIRS[language].flatmap(st.permutations))
    if draw(st.booleans()):
        later = RENAMED[language](draw, later)
    texts = (earlier, later)
    users = [USERS[language](text) for text in texts]
    found = [
        _Used(language, text, *user)
        for text, user in zip(texts, users, strict=True)
        if user is not None
    ]
    assume(len(found) == len(texts))
    before, after = found
    return before, after


def _accepted(
    ports: Ports, subject: Subject, level: Level, before: _Used, after: _Used
) -> bool:
    """Register a user of a type, change the type, and say whether it may follow."""
    target = Subject(f"{subject}-shared")
    for each in (target, subject):
        configuration.update_config(ports, each, {"level": Level.NONE}, ORIGIN)

    def submitted(used: _Used) -> Submission:
        shared = Submission(used.shared, used.language)
        version = registration.register(ports, target, shared, ORIGIN).version
        reference = Reference(used.name, str(target), version)
        return Submission(used.user, used.language, (reference,))

    earlier, later = submitted(before), submitted(after)
    registration.register(ports, subject, earlier, ORIGIN)
    configuration.update_config(ports, subject, {"level": level}, ORIGIN)
    try:
        registration.register(ports, subject, later, ORIGIN)
    except IncompatibleSchemaError:
        return False
    return True


@settings(max_examples=LAW, suppress_health_check=[*HealthCheck])
@given(shared_types(), st.sampled_from(Level))
def test_a_user_of_a_changed_type_passes_exactly_if_the_server_accepts_it(
    registry, made, level
):
    before, after = made
    subject = Subject(f"law-{next(NUMBERS)}")
    try:
        accepted = _accepted(registry, subject, level, before, after)
    except InvalidSchemaError:
        assume(False)

    trees = (TextTree(_with_user(str(subject), level, used)) for used in made)
    was, now = (Snapshot(tree, ("c",), PARSING) for tree in trees)
    run = Run(ONLY_COMPATIBILITY)
    report = checking.check(now, Baseline("what was", was, "@before"), run)

    found = [
        each.finding.message
        for each in report.counted(Severity.ERROR)
        if each.kind is Kind.COMPATIBILITY and each.finding.subject == str(subject)
    ]
    assert accepted == (not found), found


def _with_user(subject: str, level: Level, used: _Used) -> dict[str, str]:
    file = FILES[used.language]
    said = {"schemaFile": file, "format": used.language.value}
    shared = a_manifest(f"{subject}-shared", name=used.name, **said)
    own = a_manifest(subject, compatibility=level.name, **said)
    return {
        "c/shared/contract.yaml": json.dumps(shared),
        f"c/shared/{file}": used.shared,
        "c/user/contract.yaml": json.dumps(own),
        f"c/user/{file}": used.user,
    }


def _causes(found: list[Located]) -> set[tuple[object, ...]]:
    """What is broken, and for whom; texts and versions may differ after a change."""
    return {
        (of.rule, of.path, of.checked and of.checked.direction)
        for of in (each.finding for each in found)
    }
