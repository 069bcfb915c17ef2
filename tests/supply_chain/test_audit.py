"""pip-audit, asked for real about a lock, and a service that is only imagined."""

import json
from datetime import date
from pathlib import Path

import pytest

from tests.services.ports import free_port
from tests.services.stub import Asked, Said, stub
from tests.supply_chain import audit
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
    return audit.main([str(lock), "--", "--osv-url", f"{url}/v1/query"])


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
