"""`buf`, an implementation of the policies and of lint that is not ours.

Starting it is what takes time, so that many pairs are put into one image: each in a
folder and a package of its own.
"""

import json
import re
import subprocess
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.formats.protobuf.well_known import WELL_KNOWN

BUF = Path(sys.executable).parent / "buf"
CATEGORIES = ("WIRE", "WIRE_JSON", "FILE")

Pair = tuple[ProtobufSchema, ProtobufSchema]
"""A candidate, and an earlier version."""

_FOLDER = re.compile(r"\bpair(\d+)/")
_FOUND_SOMETHING = 100


def rules() -> dict[str, frozenset[str]]:
    """Return buf's rules with their categories, those that it still checks."""
    listed = _run("config", "ls-breaking-rules", "--version", "v2", "--format", "json")
    every = [json.loads(line) for line in listed.splitlines()]
    return {
        each["id"]: frozenset(each["categories"])
        for each in every
        if not each.get("deprecated")
    }


def breaking(pairs: Sequence[Pair], folder: Path) -> list[frozenset[str]]:
    """Return the ids of the rules of all categories that each pair breaks."""
    for side, name in enumerate(("candidate", "earlier")):
        image = _image(pair[side] for pair in pairs)
        (folder / f"{name}.binpb").write_bytes(image)
    config = {"version": "v2", "breaking": {"use": CATEGORIES}}
    said = _run(
        "breaking",
        str(folder / "candidate.binpb"),
        "--against",
        str(folder / "earlier.binpb"),
        "--config",
        json.dumps(config),
        "--error-format",
        "json",
    )
    found: list[set[str]] = [set() for _ in pairs]
    for line in said.splitlines():
        which = _FOLDER.search(line)
        # What every schema may import is in no folder. buf holds against a file that
        # it is imported no longer; we do not, because it is there for all.
        if which is not None:
            found[int(which[1])].add(json.loads(line)["type"])
    return [frozenset(each) for each in found]


def lint_rules() -> frozenset[str]:
    """Return the ids of buf's lint rules, those that it still checks."""
    listed = _run("config", "ls-lint-rules", "--version", "v2", "--format", "json")
    every = map(json.loads, listed.splitlines())
    return frozenset(each["id"] for each in every if not each.get("deprecated"))


def lint(folder: Path, rules: Collection[str]) -> dict[str, set[str]]:
    """Return the ids of the rules that each file of a folder breaks, by its path."""
    config = {"version": "v2", "lint": {"use": sorted(rules)}}
    said = _run(
        "lint", str(folder), "--config", json.dumps(config), "--error-format", "json"
    )
    found: dict[str, set[str]] = {}
    for line in map(json.loads, said.splitlines()):
        path = Path(line["path"])
        name = path.relative_to(folder) if path.is_absolute() else path
        found.setdefault(name.as_posix(), set()).add(line["type"])
    return found


def _run(*arguments: str) -> str:
    done = subprocess.run(
        [BUF, *arguments], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode in (0, _FOUND_SOMETHING), done.stderr
    return done.stdout


def _image(schemas: Iterable[ProtobufSchema]) -> bytes:
    files: dict[str, FileDescriptorProto] = {}
    for index, schema in enumerate(schemas):
        for file in (*schema.imports.values(), schema.file):
            mine = file if file.name in WELL_KNOWN else _moved(file, f"pair{index}")
            files.setdefault(mine.name, mine)
    return FileDescriptorSet(file=files.values()).SerializeToString()


def _moved(file: FileDescriptorProto, where: str) -> FileDescriptorProto:
    """Return the file in another folder, and in a package of that name."""
    moved = FileDescriptorProto()
    moved.CopyFrom(file)
    moved.name = f"{where}/{file.name}"
    moved.package = f"{where}.{file.package}".rstrip(".")
    for at, name in enumerate(file.dependency):
        if name not in WELL_KNOWN:
            moved.dependency[at] = f"{where}/{name}"
    _rename_types(moved, where)
    return moved


def _rename_types(descriptor: Any, where: str) -> None:
    for field, value in descriptor.ListFields():
        if field.name in ("type_name", "extendee", "input_type", "output_type"):
            if not value.startswith(".google."):
                setattr(descriptor, field.name, f".{where}{value}")
        elif field.message_type is not None and field.is_repeated:
            for each in value:
                _rename_types(each, where)
