"""One run of protoc, in this process.

protoc reads files and writes its complaints to file descriptor 2, so that a run needs
a folder of its own and the descriptor for itself: one run at a time in a process. While
it works it holds the interpreter's lock; a server never calls this itself (see `pool`).
"""

import errno
import os
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Final

from registry.compiler import well_known
from registry.domain.formats.protobuf.compiling import ROOT, CompileError, Fault

_FAULT: Final = re.compile(r"(.+?):(?:(\d+):(\d+):)? (.*)")
_WARNING: Final = "warning: "
_LOGGED: Final = re.compile(r"[IWEF]\d{4} |WARNING: All log messages ")
"""What its logging library writes is no complaint about the text."""

_TAB: Final = 8
"""protoc's columns go on to the next multiple after a tab."""

MOST_FAULTS: Final = 50
"""Of one file; nobody would read the rest."""

_MOST_COMPLAINTS: Final = 256 * 1024
"""Bytes that are looked at: protoc can write many times what it has read."""


class Workplace:
    """Where texts are compiled, one after the other.

    Args:
        folder: Private, empty, and there; nothing that a schema says is left in it.

    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._well_known = self._folder / "well-known"
        self._texts = self._folder / "texts"
        self._out = self._folder / "out"
        self._complaints = self._folder / "complaints"
        well_known.write_all(self._well_known)
        self._protoc = _loaded()

    def close(self) -> None:
        """Remove the folder."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def compile(self, text: str, imports: Mapping[str, str]) -> bytes:
        """See `compiling.Compile`; nothing here bounds the work.

        The import names were looked at before (`names.check`).

        Raises:
            CompileError: The text is not Protobuf.
            MemoryError: The descriptors would be too large.
            OSError: The folder cannot be written to.

        """
        texts = {**imports, ROOT: text}
        try:
            _write(self._texts, texts)
            if self._run() == 0:
                return self._out.read_bytes()
            complaints = self._complained()
            self._raise_of_output(complaints)
            raise CompileError(self._faults(complaints, texts))
        finally:
            shutil.rmtree(self._texts, ignore_errors=True)

    def _run(self) -> int:
        arguments = [
            "protoc",
            # What is well known is so under every schema, whatever a reference says.
            f"-I{self._well_known}",
            f"-I{self._texts}",
            "--include_imports",
            "--include_source_info",
            # Options for the source alone are part of the schema's text too.
            "--retain_options",
            f"--descriptor_set_out={self._out}",
            ROOT,
        ]
        with _stderr_to(self._complaints):
            return self._protoc(arguments)

    def _complained(self) -> str:
        with self._complaints.open("rb") as file:
            read = file.read(_MOST_COMPLAINTS)
        return read.decode(errors="replace")

    def _raise_of_output(self, complaints: str) -> None:
        """Tell apart what is wrong with the text and with writing what came of it."""
        _, ours, why = complaints.rpartition(f"{self._out}: ")
        if ours and why.startswith(os.strerror(errno.EFBIG)):
            raise MemoryError
        if ours:
            raise OSError(why.strip())

    def _faults(self, complaints: str, texts: Mapping[str, str]) -> list[Fault]:
        for folder in (self._texts, self._well_known):
            complaints = complaints.replace(f"{folder}/", "")
        faults = [*islice(faults_in(complaints, texts), MOST_FAULTS)]
        return faults or [Fault("", 0, 0, "protoc failed without a word")]


def _loaded() -> Callable[[list[str]], int]:
    # Late: it takes longer to load than most schemas to compile, and servers and most
    # commands never run it in their own process.
    from grpc_tools import protoc

    run: Callable[[list[str]], int] = protoc.main
    return run


def faults_in(complaints: str, texts: Mapping[str, str]) -> Iterator[Fault]:
    """Yield what protoc complained of; warnings are left out.

    Args:
        texts: What was compiled, by name: protoc's columns are those of a terminal.

    """
    for line in complaints.splitlines():
        if _LOGGED.match(line):
            continue
        found = _FAULT.fullmatch(line)
        if found is None:
            yield Fault("", 0, 0, line)
            continue
        file, row, column, message = found.groups()
        if not message.startswith(_WARNING):
            number = int(row or 0)
            at = _character(texts.get(file, ""), number, int(column or 0))
            yield Fault(file, number, at, message)


def _character(text: str, line: int, column: int) -> int:
    """Return which character of a line is at a column of protoc, from 1.

    It counts bytes, and after a tab goes on to the next multiple of eight.
    """
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return column
    at = 0
    for index, character in enumerate(lines[line - 1], start=1):
        if at >= column - 1:
            return index
        at += _TAB - at % _TAB if character == "\t" else len(character.encode())
    return len(lines[line - 1]) + 1


def _write(folder: Path, texts: Mapping[str, str]) -> None:
    folder.mkdir()
    for name, text in texts.items():
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text.encode())


@contextmanager
def _stderr_to(file: Path) -> Iterator[None]:
    """Send file descriptor 2 to a file for a while."""
    kept = os.dup(2)
    target = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.dup2(target, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(target)
