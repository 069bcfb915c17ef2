"""pip-audit, asked for real about a lock, and a service that is only imagined."""

import json
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tests.services.ports import free_port
from tests.services.stub import Asked, Said, stub
from tests.supply_chain import audit
from tests.supply_chain.advisories import Advisories
from tests.supply_chain.audit import Exit, Explanation, Finding, judged

FAULT = {
    "id": "GHSA-xxxx-yyyy-zzzz",
    "aliases": ["CVE-2030-1"],
    "summary": "bad",
    "details": "worse",
    "modified": "2030-01-01T00:00:00Z",
    "published": "2030-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "anyio", "ecosystem": "PyPI"},
            "ranges": [
                {
                    "type": "ECOSYSTEM",
                    "events": [{"introduced": "0"}, {"fixed": "4.17.0"}],
                }
            ],
        }
    ],
}
FINDING = Finding("anyio", "4.16.0", ("CVE-2030-1", "GHSA-xxxx-yyyy-zzzz"), ("4.17.0",))
WHY = Explanation("CVE-2030-1", "anyio", "It is never called.", date(2030, 6, 1))
TODAY = date(2030, 1, 1)


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    file = tmp_path / "lock.txt"
    pins = ("anyio==4.16.0", "idna==3.10")
    file.write_text("".join(f"{pin} --hash=sha256:{'0' * 64}\n" for pin in pins))
    return file


def fault_of_anyio(asked: Asked) -> Said:
    package = json.loads(asked.body)["package"]["name"]
    return Said(body={"vulns": [FAULT]} if package == "anyio" else {})


def run(lock: Path, url: str) -> int:
    return audit.main([str(lock), "--osv-url", f"{url}/v1/query"])


def test_given_a_service_that_knows_of_nothing_when_audited_then_it_is_clean(
    lock: Path, capsys: pytest.CaptureFixture[str]
):
    with stub(lambda _asked: Said(body={})) as service:
        assert run(lock, service.url) == Exit.CLEAN

    assert len(service.asked) == 2
    assert "Nothing is known" in capsys.readouterr().out


def test_given_a_known_fault_when_audited_then_it_is_named_with_its_fix(
    lock: Path, capsys: pytest.CaptureFixture[str]
):
    with stub(fault_of_anyio) as service:
        assert run(lock, service.url) == Exit.FOUND

    told = capsys.readouterr().out
    assert "found: anyio 4.16.0: " in told
    assert "CVE-2030-1" in told
    assert "fixed in 4.17.0" in told


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(Said(503), id="out of order"),
        pytest.param(Said(body=b"<html>"), id="something else"),
        pytest.param(Said(is_cut=True), id="cut off"),
    ],
)
def test_given_a_service_that_gives_no_answer_when_audited_then_it_is_not_passed(
    lock: Path, said: Said, capsys: pytest.CaptureFixture[str]
):
    with stub(lambda _asked: said) as service:
        assert run(lock, service.url) == Exit.UNKNOWN

    assert "NOT AUDITED" in capsys.readouterr().out


def test_given_no_service_when_audited_then_it_is_said_and_not_passed(
    lock: Path, capsys: pytest.CaptureFixture[str]
):
    assert run(lock, f"http://127.0.0.1:{free_port()}") == Exit.UNKNOWN
    assert "NOT AUDITED" in capsys.readouterr().out


def test_given_a_lock_without_hashes_when_audited_then_it_is_not_passed(tmp_path: Path):
    lock = tmp_path / "lock.txt"
    lock.write_text("anyio==4.16.0\n")

    with stub(lambda _asked: Said(body={})) as service:
        assert run(lock, service.url) == Exit.UNKNOWN


def archive_of(tmp_path: Path, *documents: Mapping[str, Any]) -> Path:
    archive = tmp_path / "all.zip"
    with zipfile.ZipFile(archive, "w") as written:
        for at, each in enumerate(documents):
            written.writestr(f"{at}.json", json.dumps(each))
        written.writestr("README.md", "Not an advisory.")
    return archive


def test_given_an_archive_when_audited_then_no_service_is_needed(
    lock: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    archive = archive_of(tmp_path, FAULT)

    assert audit.main([str(lock), "--advisories", str(archive)]) == Exit.FOUND

    told = capsys.readouterr().out
    assert "the newest is of 2030-01-01" in told
    assert "found: anyio 4.16.0: " in told
    assert "idna" not in told


def test_given_an_archive_that_has_grown_old_when_audited_then_it_is_not_passed(
    lock: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    archive = archive_of(tmp_path, {**FAULT, "modified": "2024-09-03T21:59:48.5Z"})

    assert audit.main([str(lock), "--advisories", str(archive)]) == Exit.UNKNOWN
    assert "nothing since 2024-09-03" in capsys.readouterr().out


def test_given_a_pre_release_when_all_versions_are_affected_then_it_is_one_of_them():
    said = affected(events=[{"introduced": "0"}, {"fixed": "1.0"}])
    known = Advisories([{**FAULT, "affected": [said]}])

    assert known.about("anyio", "0rc1")
    assert not known.about("anyio", "1.0")


def test_given_an_archive_that_knows_of_other_versions_when_audited_then_it_is_clean(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    # It is asked past whatever leads to the rest of the world.
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    (tmp_path / "known").mkdir()
    fault = {**FAULT, "affected": [affected(events=[{"introduced": "4.17"}])]}
    (tmp_path / "known" / "a.json").write_text(json.dumps(fault))

    told = [str(lock), "--advisories", str(tmp_path / "known")]

    assert audit.main(told) == Exit.CLEAN


@pytest.mark.parametrize(
    "document",
    [
        [],
        {"affected": ["a"]},
        {**FAULT, "affected": None},
        {**FAULT, "modified": None},
        {**FAULT, "affected": [{"package": {"name": "anyio", "ecosystem": "npm"}}]},
    ],
)
def test_given_a_document_that_is_no_advisory_of_ours_when_audited_then_not_passed(
    lock: Path, tmp_path: Path, document: Any, capsys: pytest.CaptureFixture[str]
):
    archive = archive_of(tmp_path, document)

    assert audit.main([str(lock), "--advisories", str(archive)]) == Exit.UNKNOWN
    assert f"NOT AUDITED: {archive}" in capsys.readouterr().out


@pytest.mark.parametrize("content", [None, b"no archive", b""])
def test_given_an_archive_that_says_nothing_when_audited_then_it_is_not_passed(
    lock: Path,
    tmp_path: Path,
    content: bytes | None,
    capsys: pytest.CaptureFixture[str],
):
    archive = archive_of(tmp_path)
    if content is not None:
        archive.write_bytes(content)

    assert audit.main([str(lock), "--advisories", str(archive)]) == Exit.UNKNOWN
    assert f"NOT AUDITED: {archive}" in capsys.readouterr().out


def affected(name: str = "anyio", **more: Any) -> Mapping[str, Any]:
    """Return what an advisory says: `versions`, and the `events` of a range."""
    found: dict[str, Any] = {"package": {"name": name, "ecosystem": "PyPI"}}
    if "events" in more:
        found["ranges"] = [{"type": "ECOSYSTEM", "events": more.pop("events")}]
    return {**found, **more}


@pytest.mark.parametrize(
    ("said", "is_found"),
    [
        (affected(events=[{"introduced": "0"}]), True),
        (affected(events=[{"introduced": "0"}, {"fixed": "4.16.0"}]), False),
        (affected(events=[{"fixed": "4.16.1"}, {"introduced": "4.16"}]), True),
        (affected(events=[{"introduced": "4.16.1"}]), False),
        (affected(events=[{"introduced": "0"}, {"last_affected": "4.16.0"}]), True),
        (affected(events=[{"introduced": "0"}, {"last_affected": "4.15"}]), False),
        (affected(versions=["4.15", "4.16"]), True),
        (affected(versions=["4.15"]), False),
        (affected(versions=["what?"]), False),
        # Nobody can tell: it is looked at.
        (affected(events=[{"introduced": "what?"}]), True),
        (affected(), True),
        (affected(ranges=[{"type": "GIT", "events": [{"introduced": "0"}]}]), True),
        (affected("AnyIO", versions=["4.16.0"]), True),
        (affected("idna", versions=["4.16.0"]), False),
        ({"package": {"name": "anyio", "ecosystem": "npm"}}, False),
        ({}, False),
    ],
)
def test_when_an_archive_is_asked_then_versions_are_judged_as_the_format_says(
    said: Mapping[str, Any], *, is_found: bool
):
    fault = {**FAULT, "affected": [said, said]}

    found = Advisories([fault]).about("anyio", "4.16.0")

    assert found == ([fault] if is_found else [])


def test_given_an_advisory_that_was_withdrawn_when_asked_then_it_is_not_told():
    fault = {**FAULT, "withdrawn": "2030-01-02T00:00:00Z"}

    assert Advisories([fault]).about("anyio", "4.16.0") == []


@pytest.mark.parametrize(
    ("findings", "explained", "exits"),
    [
        ([], [], []),
        ([FINDING], [], [Exit.FOUND]),
        ([FINDING], [WHY], [Exit.CLEAN]),
        ([], [WHY], [Exit.OUTDATED]),
    ],
)
def test_when_judged_then_each_finding_needs_a_reason_and_each_reason_a_finding(
    findings, explained, exits
):
    assert [exit_ for exit_, _ in judged(findings, explained, TODAY)] == exits


def test_given_an_explanation_whose_time_is_over_when_judged_then_it_does_not_count():
    exits = [exit_ for exit_, _ in judged([FINDING], [WHY], date(2030, 6, 2))]

    assert exits == [Exit.FOUND]


def test_given_an_explanation_of_another_package_when_judged_then_both_are_told():
    other = Explanation("CVE-2030-1", "idna", "It is never called.", date(2030, 6, 1))

    exits = [exit_ for exit_, _ in judged([FINDING], [other], TODAY)]

    assert exits == [Exit.FOUND, Exit.OUTDATED]


def test_when_explanations_are_read_then_each_has_all_that_it_needs(tmp_path: Path):
    file = tmp_path / "explained.toml"
    file.write_text(
        '[[explained]]\nid = "CVE-2030-1"\npackage = "anyio"\n'
        'why = "It is never called."\nuntil = 2030-06-01\n'
    )

    assert audit.explanations(file) == (WHY,)
    assert audit.explanations(Path(__file__).parents[2] / audit.EXPLAINED) == ()
    file.write_text('[[explained]]\nid = "CVE-2030-1"\n')
    with pytest.raises(TypeError):
        audit.explanations(file)
