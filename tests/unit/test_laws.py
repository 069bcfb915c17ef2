"""The laws that no other tool holds: each is a row, tried on the tree and on a breach.

A law reads one file and yields what breaks it, as (line, what). Names are resolved
through the file's imports, so that an alias hides nothing.
"""

import ast
import io
import re
import tokenize
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from functools import cached_property
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
REGISTRY = ("registry/*",)
PRODUCT = ("registry/*", "clients/python/src/*")
EVERYTHING = (*PRODUCT, "tests/*", "benchmarks/*")

Breach = tuple[int, str]


class Source:
    """One file, parsed once for all laws."""

    def __init__(self, place: str, text: str) -> None:
        self.place = place
        self.tree = ast.parse(text)
        self.nodes = list(ast.walk(self.tree))
        self._text = text
        self._imported = dict(self._names_of_imports())

    @cached_property
    def comments(self) -> list[Breach]:
        return [
            (token.start[0], token.string)
            for token in tokenize.generate_tokens(io.StringIO(self._text).readline)
            if token.type == tokenize.COMMENT
        ]

    def imports(self) -> Iterator[Breach]:
        """Yield every imported thing under its full name."""
        for node in self.nodes:
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield node.lineno, f"{node.module}.{alias.name}"

    @cached_property
    def uses(self) -> list[Breach]:
        """Every name that is used or imported, under its full name."""
        named = (
            (node.lineno, self._full_name(node))
            for node in self.nodes
            if isinstance(node, ast.Attribute | ast.Name)
        )
        used = [(line, name) for line, name in named if name is not None]
        return [*self.imports(), *used]

    def _names_of_imports(self) -> Iterator[tuple[str, str]]:
        for node in self.nodes:
            if isinstance(node, ast.Import):
                for alias in node.names:
                    # `import a.b` binds `a`; `import a.b as c` binds `a.b`.
                    yield (
                        (alias.asname, alias.name)
                        if alias.asname
                        else (alias.name.partition(".")[0],) * 2
                    )
            elif isinstance(node, ast.ImportFrom):
                for alias in node.names:
                    yield alias.asname or alias.name, f"{node.module}.{alias.name}"

    def _full_name(self, node: ast.expr) -> str | None:
        if isinstance(node, ast.Name):
            return self._imported.get(node.id, node.id)
        if isinstance(node, ast.Attribute):
            value = self._full_name(node.value)
            return None if value is None else f"{value}.{node.attr}"
        return None


def _reads_the_environment(source: Source) -> Iterator[Breach]:
    names = {"os.environ", "os.environb", "os.getenv", "os.getenvb"}
    yield from ((line, name) for line, name in source.uses if name in names)


def _makes_a_transaction(source: Source) -> Iterator[Breach]:
    # As text for the driver. A trigger's body begins likewise, but goes on.
    sent = re.compile(r"\s*(BEGIN|COMMIT|ROLLBACK)[A-Z ]*;?\s*")
    for node in source.nodes:
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in {"commit", "begin"}
        ):
            yield node.lineno, f".{node.func.attr}("
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and sent.fullmatch(node.value)
        ):
            yield node.lineno, node.value


def _fetches_time_or_chance(source: Source) -> Iterator[Breach]:
    fetched = re.compile(
        r"(datetime\.)?datetime\.(now|utcnow|today)|(datetime\.)?date\.today"
        r"|time\.time(_ns)?|random(\..*)?|secrets(\..*)?|os\.urandom|uuid\.uuid[14]"
    )
    yield from ((at, name) for at, name in source.uses if fetched.fullmatch(name))


def _knows_http_exceptions(source: Source) -> Iterator[Breach]:
    for line, name in source.uses:
        if name.rpartition(".")[2] == "HTTPException":
            yield line, name


def _imports_for_types_only(source: Source) -> Iterator[Breach]:
    for line, name in source.uses:
        if name.rpartition(".")[2] == "TYPE_CHECKING":
            yield line, name


def _has_an_empty_name(source: Source) -> Iterator[Breach]:
    empty = {"utils", "util", "helpers", "helper", "common", "misc", "base", "manager"}
    for part in Path(source.place).with_suffix("").parts:
        if part.lstrip("_") in empty:
            yield 1, part


def _imports_xml(source: Source) -> Iterator[Breach]:
    for line, name in source.imports():
        if name.partition(".")[0] in {"xml", "lxml", "defusedxml"}:
            yield line, name


def _prints(source: Source) -> Iterator[Breach]:
    for node in source.nodes:
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
            yield node.lineno, "print("


def _suppresses_without_reason(source: Source) -> Iterator[Breach]:
    codes = r"[A-Z]+\d+(, ?[A-Z]+\d+)*"
    # ruff wants the dash, mypy a comment of its own.
    given = re.compile(
        rf"# noqa: {codes}\s+(-|#)\s*\w.*|# type: ignore\[[\w, -]+\]\s+#\s*\w.*"
    )
    for line, comment in source.comments:
        suppresses = re.match(r"#\s*(noqa|type:\s*ignore|ruff:)", comment)
        if suppresses and not given.fullmatch(comment):
            yield line, comment


def _leaves_something_to_do(source: Source) -> Iterator[Breach]:
    for line, comment in source.comments:
        if re.search(r"\b(TODO|FIXME|XXX|HACK)\b", comment):
            yield line, comment


@dataclass(frozen=True)
class Law:
    """A law of the tree.

    Attributes:
        holds_in: Where it holds, as patterns of paths; "*" goes through folders.
        rim: The places that are free of it.
        breaches: Texts that break it, each in one way.
        breach_at: A place where they would stand.
        keeps: A text much like them that is fine.

    """

    name: str
    holds_in: tuple[str, ...]
    broken_by: Callable[[Source], Iterator[Breach]]
    breaches: tuple[str, ...]
    rim: tuple[str, ...] = ()
    breach_at: str = "registry/domain/planted.py"
    keeps: str = "answer = 42"

    def is_held_in(self, place: str) -> bool:
        return _matches(place, self.holds_in) and not _matches(place, self.rim)


def _matches(place: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatch(place, pattern) for pattern in patterns)


LAWS = (
    Law(
        "only the settings and the commands read the environment",
        holds_in=PRODUCT,
        rim=(
            "registry/settings.py",
            "registry/cli/environment.py",
            "clients/python/src/wirepact/cli/environment.py",
        ),
        broken_by=_reads_the_environment,
        breaches=(
            "import os\nhome = os.environ['HOME']",
            "import os as system\nhome = system.getenv('HOME')",
            "from os import environ as surroundings",
        ),
        keeps="def load(environ): return environ['HOME']",
    ),
    Law(
        "only the rim makes transactions",
        holds_in=REGISTRY,
        rim=(
            "registry/storage/engine.py",
            "registry/storage/link.py",
            "registry/storage/postgresql.py",
            "registry/storage/sqlite.py",
            "registry/storage/migrations/__init__.py",
            "registry/storage/migrations/env.py",
        ),
        broken_by=_makes_a_transaction,
        breaches=(
            "session.commit()",
            "with engine.begin() as rows: pass",
            "connection.execute('COMMIT')",
            "BEGIN = 'BEGIN ISOLATION LEVEL READ COMMITTED'",
            "statements = ('SELECT 1', 'ROLLBACK;')",
        ),
        breach_at="registry/storage/store.py",
        keeps=(
            "'''BEGIN is what begins one; COMMIT ends it.'''\n"
            "with transaction() as store: store.append('BEGIN SELECT RAISE(ABORT)')"
        ),
    ),
    Law(
        "a clock, an id source and randomness are passed in",
        holds_in=("registry/domain/*", "registry/application/*"),
        broken_by=_fetches_time_or_chance,
        breaches=(
            "from datetime import UTC, datetime\nnow = datetime.now(UTC)",
            "import datetime as dt\nnow = dt.datetime.now()",
            "import time\nnow = time.time()",
            "from time import time_ns as clock",
            "import random",
            "from secrets import token_hex",
            "from uuid import uuid4",
            "import uuid\nevent = uuid.uuid4()",
        ),
        keeps="from datetime import datetime\ndef at(now: datetime): return now",
    ),
    Law(
        "only the rim knows HTTP",
        holds_in=REGISTRY,
        rim=("registry/http/*",),
        broken_by=_knows_http_exceptions,
        breaches=(
            "from litestar.exceptions import HTTPException",
            "import litestar.exceptions as e\nraise e.HTTPException",
        ),
        breach_at="registry/storage/store.py",
    ),
    Law(
        "no import is for types only",
        holds_in=EVERYTHING,
        broken_by=_imports_for_types_only,
        breaches=(
            "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import json",
            "import typing as t\nif t.TYPE_CHECKING:\n    import json",
        ),
    ),
    Law(
        "a module's name says what is in it",
        holds_in=EVERYTHING,
        broken_by=_has_an_empty_name,
        breaches=("",),
        breach_at="registry/domain/utils.py",
    ),
    Law(
        "the registry reads no XML",
        holds_in=REGISTRY,
        broken_by=_imports_xml,
        breaches=("import xml.dom", "from xml.etree import ElementTree"),
    ),
    Law(
        "only commands print",
        holds_in=PRODUCT,
        rim=("registry/cli/*", "clients/python/src/wirepact/cli/*"),
        broken_by=_prints,
        breaches=("print('hello')",),
        keeps="'print(1)'  # print(2)",
    ),
    Law(
        "a suppression has a code and a reason",
        holds_in=EVERYTHING,
        broken_by=_suppresses_without_reason,
        breaches=(
            "a = 1  # noqa",
            "a = 1  # noqa: E501",
            "a = 1  # type: ignore",
            "a = 1  # type: ignore[misc]",
            "# ruff: noqa",
        ),
        keeps=(
            "a = 1  # noqa: E501, S101 - a reason\n"
            "b = 1  # type: ignore[misc]  # a reason"
        ),
    ),
    Law(
        "nothing to do is left in the code",
        holds_in=EVERYTHING,
        broken_by=_leaves_something_to_do,
        breaches=("a = 1  # TODO later", "# FIXME: this"),
        keeps="a = 'TODO'",
    ),
)

each_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
each_breach = pytest.mark.parametrize(
    ("law", "text"),
    [
        pytest.param(law, text, id=f"{law.name}-{number}")
        for law in LAWS
        for number, text in enumerate(law.breaches)
    ],
)


@pytest.fixture(scope="module")
def tree() -> list[Source]:
    folders = ("registry", "clients/python/src", "tests", "benchmarks")
    files = [file for name in folders for file in (ROOT / name).rglob("*.py")]
    return [
        Source(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8"))
        for file in sorted(files)
        # What protoc writes has its own habits.
        if not file.stem.endswith("_pb2")
    ]


@each_law
def test_the_tree_keeps_the_law(law: Law, tree: list[Source]):
    found = [
        f"{source.place}:{line}: {what}"
        for source in tree
        if law.is_held_in(source.place)
        for line, what in law.broken_by(source)
    ]

    assert found == []


def test_given_a_place_where_transactions_may_be_made_then_they_are(
    tree: list[Source],
):
    (law,) = (law for law in LAWS if law.broken_by is _makes_a_transaction)
    makers = {
        source.place
        for source in tree
        if _matches(source.place, law.holds_in) and any(law.broken_by(source))
    }

    assert makers == set(law.rim)


@each_breach
def test_given_a_planted_breach_then_it_is_found(law: Law, text: str):
    assert law.is_held_in(law.breach_at)
    assert list(law.broken_by(Source(law.breach_at, text))) != []


@each_law
def test_given_a_harmless_likeness_then_nothing_is_found(law: Law):
    assert list(law.broken_by(Source("registry/domain/planted.py", law.keeps))) == []


@pytest.mark.parametrize(
    ("law", "place"),
    [
        pytest.param(law, place.replace("*", "app.py"), id=place)
        for law in LAWS
        for place in law.rim
    ],
)
def test_the_rim_is_free_of_the_law(law: Law, place: str):
    assert not law.is_held_in(place)
