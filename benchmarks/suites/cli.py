"""The gate's commands, each a process of its own: what a CI job waits for."""

import json
import logging
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Final

from benchmarks.alternating import alternate
from benchmarks.rows import Claim, Row, row
from benchmarks.servers import registry
from registry import bootstrap
from registry.application.stored import Origin
from registry.domain.secrets import Secret
from registry.gate import folder as contracts_folder
from registry.settings import Settings
from registry.storage import migrations

SUITE: Final = "cli"
_CONTRACTS: Final = 1_000
_FIELDS: Final = 20
_QUICK_ROUNDS: Final = 7
_SLOW_ROUNDS: Final = 3

_BARE: Final = (
    "import click\n"
    "@click.group(help='Schemas as contracts.')\n"
    "def main(): pass\n"
    "for name in 'check config db delete export get lint serve'.split():\n"
    "    main.command(name, help='Do it.')(lambda: None)\n"
    "main(['--help'])\n"
)
_WIREPACT: Final = "from wirepact.cli import main; main()"
_RAW: Final = (
    "import json, sys\n"
    "from pathlib import Path\n"
    "from fastavro.schema import parse_schema\n"
    "from ruamel.yaml import YAML\n"
    "for folder in sys.argv[1:]:\n"
    "    for file in Path(folder).glob('**/contract.yaml'):\n"
    "        YAML(typ='safe').load(file.read_text())\n"
    "        text = (file.parent / 'schema.avsc').read_text()\n"
    "        parse_schema(json.loads(text))\n"
)


def rows() -> list[Row]:
    """Run each command and its limit by turns."""
    with tempfile.TemporaryDirectory(prefix="wirepact-bench-") as name:
        place = _Place(Path(name))
        return [*place.of_starts(), *place.of_all(), *place.of_registry()]


class _Place:
    """A repository of many contracts, one of which has changed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._root = folder / "repository"
        self._before = folder / "before"
        self._cache = folder / "cache"
        self._texts = 0
        for root, more in ((self._root, ""), (self._before, "")):
            _write(root / "contracts", more)
        self._git("init", "-q", "-b", "main", ".")
        self._git("add", "-A")
        self._git("commit", "-q", "-m", "all")
        self._git("checkout", "-q", "-b", "work")

    def of_starts(self) -> list[Row]:
        """Measure what a person waits for, against a program that only helps."""
        _write_one(self._root / "contracts", 7, "more")
        commands = ("breaking", "check")
        for command in commands:
            self._timed(_WIREPACT, command)
        samples = alternate(
            {
                "ours": partial(self._timed, _WIREPACT, "--help"),
                "limit": partial(self._timed, _BARE),
                **{each: partial(self._timed, _WIREPACT, each) for each in commands},
                **{f"{each}, new": partial(self._changed, each) for each in commands},
            },
            _QUICK_ROUNDS,
        )
        limit = samples["ours"]
        help_claim = Claim(SUITE, "--help", "s", "limit", at_most=1.2)
        rows = [row(help_claim, limit, limit=samples["limit"])]
        changed = f"one changed contract of {_CONTRACTS:,}"
        for each in commands:
            for how, taken in (
                ("looked at before", samples[each]),
                ("a text never seen", samples[f"{each}, new"]),
            ):
                name = f"{each}, {changed}, {how}"
                claim = Claim(SUITE, name, "s", "limit", at_most=3)
                rows.append(row(claim, taken, limit=limit))
        return rows

    def _changed(self, command: str) -> float:
        """Measure a look at a text that nobody has looked at, and put the old back."""
        self._texts += 1
        _write_one(self._root / "contracts", 7, f"more{self._texts}")
        took = self._timed(_WIREPACT, command)
        _write_one(self._root / "contracts", 7, "more")
        return took

    def of_all(self) -> list[Row]:
        """Measure a check of everything, against reading and parsing the same files."""
        _write(self._root / "contracts", "more")
        folders = (str(self._root / "contracts"), str(self._before / "contracts"))
        against = f"dir:{self._before / 'contracts'}"
        warm = partial(self._timed, _WIREPACT, "breaking", "--against", against)
        warm()
        measures: dict[str, Callable[[], float]] = {
            "cold": partial(
                self._timed, _WIREPACT, "breaking", "--no-cache", "--against", against
            ),
            "warm": warm,
            "limit": partial(self._timed, _RAW, *folders),
        }
        samples = alternate(measures, _SLOW_ROUNDS)
        return [
            row(
                Claim(SUITE, f"{_CONTRACTS:,} contracts, {how}", "s", "limit", at_most),
                samples[how],
                limit=samples["limit"],
            )
            for how, at_most in (("cold", 5), ("warm", 2))
        ]

    def of_registry(self) -> list[Row]:
        """Measure one request about all, against the same check without a registry."""
        url = f"sqlite:///{self._folder / 'registry.db'}"
        migrations.upgrade(url)
        with bootstrap.opened(Settings(database_url=Secret(url))) as ports:
            contracts_folder.register(
                ports,
                self._before / "contracts",
                Origin(actor="bench", request_id=""),
                logging.getLogger("wirepact.bench"),
            )
        against = f"dir:{self._before / 'contracts'}"
        with registry(url, self._folder) as server:
            asked = ("--against", "registry", "--url", server.url)
            samples = alternate(
                {
                    "ours": partial(
                        self._timed, _WIREPACT, "breaking", "--no-cache", *asked
                    ),
                    "limit": partial(
                        self._timed,
                        _WIREPACT,
                        "breaking",
                        "--no-cache",
                        "--against",
                        against,
                    ),
                },
                _SLOW_ROUNDS,
            )
        name = f"{_CONTRACTS:,} subjects in one request"
        claim = Claim(SUITE, name, "s", "limit", at_most=2)
        return [row(claim, samples["ours"], limit=samples["limit"])]

    def _timed(self, script: str, *arguments: str) -> float:
        started = perf_counter()
        done = subprocess.run(
            [sys.executable, "-c", script, *arguments],
            cwd=self._root,
            env={**os.environ, "XDG_CACHE_HOME": str(self._cache), "CI": ""},
            capture_output=True,
            check=False,
        )
        took = perf_counter() - started
        if done.returncode:
            # A run that was refused is fast, and measures nothing.
            raise RuntimeError((done.stdout + done.stderr).decode(errors="replace"))
        return took

    def _git(self, *arguments: str) -> None:
        who = ("-c", "user.name=bench", "-c", "user.email=bench@example.com")
        subprocess.run(
            ["git", *who, *arguments],
            cwd=self._root,
            check=True,
            capture_output=True,
        )


def _write(contracts: Path, more: str) -> None:
    for number in range(_CONTRACTS):
        _write_one(contracts, number, more)


def _write_one(contracts: Path, number: int, more: str) -> None:
    folder = contracts / f"domain-{number // 50}" / f"contract-{number}"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"shop.contract-{number}"
    version = "1.1.0" if more else "1.0.0"
    manifest = _MANIFEST.format(name=name, number=number, version=version)
    (folder / "contract.yaml").write_text(manifest)
    kinds = ("string", "long", "double", ["null", "string"])
    fields = [
        {"name": f"field{index}", "type": kinds[index % len(kinds)]}
        for index in range(_FIELDS)
    ]
    if more:
        fields.append({"name": more, "type": "string", "default": ""})
    record = {"type": "record", "name": f"Event{number}", "namespace": "shop"}
    text = json.dumps({**record, "fields": fields}, indent=2)
    (folder / "schema.avsc").write_text(text)


_MANIFEST: Final = """\
apiVersion: v3.1.0
kind: DataContract
id: {name}
name: Event{number}
version: {version}
status: active
domain: shop
tags: [event, money]
description:
  purpose: Says that something has happened in the shop.
team:
  name: team-shop
support:
  - channel: "#shop-events"
    tool: slack
schema:
  - name: Event{number}
    logicalType: object
    physicalType: record
    physicalName: {name}.v1
customProperties:
  - property: registry
    value:
      subject: {name}-value
      format: AVRO
      schemaFile: schema.avsc
      compatibility: BACKWARD
"""
