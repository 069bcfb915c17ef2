"""protoc within the tests' own process: what is handed to it is no attack."""

import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path

import google.type
import grpc_tools
from grpc_tools import protoc

from registry.domain.formats.protobuf.compiling import ROOT, CompileError, Fault

INCLUDED = (
    Path(grpc_tools.__file__).parent / "_proto",
    Path(next(iter(google.type.__path__))).parents[1],
)
_FAULT = re.compile(r"([^:\n]*\.proto):(?:(\d+):(\d+):)? (?!warning:)(.*)")


def compiled(text: str, texts: Mapping[str, str]) -> bytes:
    """Compile as `Compile` says."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path, content in {**texts, ROOT: text}.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(content, encoding="utf-8", newline="")
        out = folder / "out.bin"
        included = [f"-I{each}" for each in (folder, *INCLUDED)]
        arguments = [
            "protoc",
            *included,
            "--include_imports",
            "--include_source_info",
            "--retain_options",
            f"--descriptor_set_out={out}",
            ROOT,
        ]
        said = _running(arguments, folder / "err.txt")
        if not out.exists():
            found = _FAULT.findall(said.replace(f"{folder}/", ""))
            raise CompileError(
                [
                    Fault(file, int(line or 0), int(column or 0), message)
                    for file, line, column, message in found
                ]
                or [Fault("", 0, 0, said)]
            )
        return out.read_bytes()


def _running(arguments: list[str], errors: Path) -> str:
    kept = os.dup(2)
    with errors.open("wb") as file:
        os.dup2(file.fileno(), 2)
        try:
            protoc.main(arguments)
        finally:
            os.dup2(kept, 2)
            os.close(kept)
    return errors.read_text(errors="replace")
