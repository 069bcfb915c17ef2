"""The lint rules of Protobuf held against `buf lint`."""

import re
from pathlib import Path

import pytest

from registry.domain.formats.protobuf.lint import APART, BUF
from registry.domain.lint import remarks
from registry.domain.model import SchemaType
from registry.domain.schema import Strictness
from tests.services import buf
from tests.suites.lint_cases import (
    ENGINE,
    FOLDERS,
    around,
    case_id,
    imports,
    language_of,
    rule_of,
    source,
)

IDS = {rule.id for rule in BUF}

# What a package is outside of a folder, buf has no notion of.
WITHOUT_FOLDER = {
    "PACKAGE_DIRECTORY_MATCH/other-domain",
    "PACKAGE_DIRECTORY_MATCH/domain-with-version",
}
# These are about packages of one part, and cannot be put below another one.
ALONE = {"PACKAGE_DEFINED/none", "PACKAGE_VERSION_SUFFIX/version-alone"}
CASES = [
    case
    for case in FOLDERS
    if language_of(case) is SchemaType.PROTOBUF
    and case_id(case) not in WITHOUT_FOLDER
    and rule_of(case) not in APART
]


def ours(case: Path) -> set[str]:
    schema = ENGINE.parse(source(case), Strictness.LENIENT)
    return {rule.id for rule, _ in remarks(BUF, schema, around(case))}


def moved(text: str, names: list[str], where: str) -> str:
    """Return a file as it is in another folder, and in a package of that name."""
    text = re.sub(r"^package (.+);", rf"package {where}.\1;", text, flags=re.MULTILINE)
    for name in names:
        text = text.replace(f'"{name}"', f'"{where}/{name}"')
    return text


def write(folder: Path, case: Path, where: str) -> str:
    """Write a case into a folder of its own; return the name of its file."""
    own = around(case).file
    files = {own: source(case).text, **{each.name: each.text for each in imports(case)}}
    for name, text in files.items():
        file = folder / where / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(moved(text, [*files], where) if where else text, "utf-8")
    return f"{where}/{own}" if where else own


@pytest.fixture(scope="module")
def bufs(tmp_path_factory: pytest.TempPathFactory) -> dict[Path, set[str]]:
    """What buf says of each case."""
    folder = tmp_path_factory.mktemp("lint")
    names = {
        case: write(folder, case, f"case{index}")
        for index, case in enumerate(CASES)
        if case_id(case) not in ALONE
    }
    found = buf.lint(folder, IDS)
    said = {case: found.get(name, set()) for case, name in names.items()}
    for case in CASES:
        if case not in names:
            alone = tmp_path_factory.mktemp("alone")
            name = write(alone, case, "")
            said[case] = buf.lint(alone, IDS).get(name, set())
    return said


@pytest.mark.parametrize("case", CASES, ids=case_id)
def test_given_a_case_when_linted_then_buf_names_the_same_rules(case, bufs):
    assert ours(case) == bufs[case]


def test_given_the_table_when_listed_then_it_has_all_of_bufs_rules_but_one():
    theirs = buf.lint_rules()

    assert theirs - IDS == {"PROTOVALIDATE"}
    assert IDS.issubset(theirs)
