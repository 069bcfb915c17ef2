"""The table of privileges, against tables and statements; the script's names."""

import re
from collections import defaultdict
from pathlib import Path

import pytest

import registry.storage
from registry.storage.privileges import NEEDED, RoleNameError, grants
from registry.storage.tables import METADATA

ACTS = {
    "INSERT": r"\bINSERT INTO (\w+)",
    "UPDATE": r"\bUPDATE (?!SET\b)(\w+)",
    "DELETE": r"\bDELETE FROM (\w+)",
}
# An insertion that overwrites; up to the next statement, or the next constant.
OVERWRITES = (
    r"\bINSERT INTO (\w+)(?:(?!INSERT INTO|DELETE FROM|Final\b).)*?\bDO UPDATE\b"
)


PAGE = Path(__file__).parents[3] / "docs/how-to/run-on-postgresql.md"
COLUMNS = ("SELECT", "INSERT", "UPDATE", "DELETE")


def sources() -> list[str]:
    folder = Path(registry.storage.__file__).parent
    elsewhere = {"privileges.py", "sqlite.py"}
    return [
        file.read_text(encoding="utf-8")
        for file in sorted(folder.glob("*.py"))
        if file.name not in elsewhere
    ]


def acts_of_statements() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for text in sources():
        for privilege, pattern in ACTS.items():
            for table in re.findall(pattern, text):
                found[table].add(privilege)
        for table in re.findall(OVERWRITES, text, re.DOTALL):
            found[table].add("UPDATE")
    return dict(found)


def test_when_compared_with_the_tables_then_each_has_its_privileges():
    assert set(NEEDED) == {*METADATA.tables, "alembic_version"}


def test_when_compared_with_the_statements_then_no_act_is_missing_or_left_over():
    acts = {table: set(all_.split(", ")) - {"SELECT"} for table, all_ in NEEDED.items()}

    assert {table: each for table, each in acts.items() if each} == acts_of_statements()


def test_when_written_then_contents_are_not_changed_and_the_audit_only_grows():
    assert "UPDATE" not in NEEDED["content"]
    assert NEEDED["audit"] == "SELECT, INSERT"


def test_when_the_page_is_read_then_it_says_the_same():
    said = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        tables, *cells = (cell.strip() for cell in line.strip("|").split("|"))
        for table in re.findall(r"`(\w+)`", tables) if len(cells) > 3 else ():
            granted = zip(COLUMNS, cells, strict=False)
            said[table] = ", ".join(each for each, cell in granted if cell == "yes")

    assert said == NEEDED


@pytest.mark.parametrize(
    "role",
    [
        "",
        "x" * 64,
        "ü" * 32,
        "public",
        "none",
        "a\0b",
        "a\nb",
        "a$wirepact$b",
        "\ud800",
    ],
    ids=ascii,
)
def test_given_a_name_that_no_role_can_have_when_written_then_refused(role):
    with pytest.raises(RoleNameError):
        grants(role)
