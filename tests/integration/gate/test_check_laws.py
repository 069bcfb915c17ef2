"""The gate and a server decide alike: what passes is accepted, the rest is refused."""

import itertools
import json
import re
from collections.abc import Iterator
from typing import NamedTuple

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
    if re.search(r"^message A \{", shared, re.MULTILINE) is None:
        return None
    package = re.search(r"^package (.+);", shared, re.MULTILINE)
    name = f".{package[1]}.A" if package else ".A"
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


def _json_user(_shared: str) -> tuple[str, str] | None:
    used = {"$ref": "shared.json"}
    user = {"type": "object", "properties": {"own": {"type": "string"}, "used": used}}
    return "shared.json", json.dumps(user)


USERS = {
    SchemaType.AVRO: _avro_user,
    SchemaType.JSON: _json_user,
    SchemaType.PROTOBUF: _protobuf_user,
}


class _User(NamedTuple):
    """A schema that needs one other, by a name."""

    language: SchemaType
    needs: str
    text: str


@st.composite
def shared_types(draw: st.DrawFn) -> tuple[tuple[str, str], _User]:
    """A type before and after a change, and who uses it."""
    language = draw(st.sampled_from(SchemaType))
    before, after = draw(PAIRS[language])
    if draw(st.booleans()):
        before, after = after, before
    user = USERS[language](before)
    # The user does not follow a change of the name.
    assume(user is not None and user == USERS[language](after))
    return (before, after), _User(language, *user)


def _accepted(
    ports: Ports, subject: Subject, level: Level, texts: tuple[str, str], user: _User
) -> bool:
    """Register a user of a type, change the type, and say whether it may follow."""
    target = Subject(f"{subject}-shared")
    for each in (target, subject):
        configuration.update_config(ports, each, {"level": Level.NONE}, ORIGIN)

    def submitted(text: str) -> Submission:
        used = Submission(text, user.language)
        version = registration.register(ports, target, used, ORIGIN).version
        reference = Reference(user.needs, str(target), version)
        return Submission(user.text, user.language, (reference,))

    before, after = map(submitted, texts)
    registration.register(ports, subject, before, ORIGIN)
    configuration.update_config(ports, subject, {"level": level}, ORIGIN)
    try:
        registration.register(ports, subject, after, ORIGIN)
    except IncompatibleSchemaError:
        return False
    return True


@settings(max_examples=LAW, suppress_health_check=[*HealthCheck])
@given(shared_types(), st.sampled_from(Level))
def test_a_user_of_a_changed_type_passes_exactly_if_the_server_accepts_it(
    registry, made, level
):
    texts, user = made
    subject = Subject(f"law-{next(NUMBERS)}")
    try:
        accepted = _accepted(registry, subject, level, texts, user)
    except InvalidSchemaError:
        assume(False)

    trees = (TextTree(_with_user(str(subject), level, user, text)) for text in texts)
    was, now = (Snapshot(tree, ("c",), PARSING) for tree in trees)
    run = Run(ONLY_COMPATIBILITY)
    report = checking.check(now, Baseline("what was", was, "@before"), run)

    found = [
        each.finding.message
        for each in report.counted(Severity.ERROR)
        if each.kind is Kind.COMPATIBILITY and each.finding.subject == str(subject)
    ]
    assert accepted == (not found), found


def _with_user(subject: str, level: Level, user: _User, text: str) -> dict[str, str]:
    file = FILES[user.language]
    said = {"schemaFile": file, "format": user.language.value}
    shared = a_manifest(f"{subject}-shared", name=user.needs, **said)
    own = a_manifest(subject, compatibility=level.name, **said)
    return {
        "c/shared/contract.yaml": json.dumps(shared),
        f"c/shared/{file}": text,
        "c/user/contract.yaml": json.dumps(own),
        f"c/user/{file}": user.text,
    }


def _causes(found: list[Located]) -> set[tuple[object, ...]]:
    """What is broken, and for whom; texts and versions may differ after a change."""
    return {
        (of.rule, of.path, of.checked and of.checked.direction)
        for of in (each.finding for each in found)
    }
