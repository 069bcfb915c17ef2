"""Files of generated code: what is there, what would change, and writing it."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wirepact._files import replace_file
from wirepact.gen.code import GenError
from wirepact.gen.render import MARK

_PACKAGE: Final = f"{MARK}.\n"


@dataclass(frozen=True, slots=True)
class Plan:
    """What a folder should hold.

    Attributes:
        files: Paths below the folder to texts.

    """

    folder: Path
    files: Mapping[Path, str]

    def stale(self) -> list[Path]:
        """Return the files that are missing or differ, in order.

        Raises:
            GenError: A file of somebody else is in the way.

        """
        return [file for file, text in self.files.items() if self._read(file) != text]

    def difference(self) -> str:
        """Return what would change, as a unified diff."""
        found: list[str] = []
        for file in self.stale():
            before = (self._read(file) or "").splitlines(keepends=True)
            after = self.files[file].splitlines(keepends=True)
            name = str(self.folder / file)
            found += difflib.unified_diff(before, after, name, name)
        return "".join(found)

    def write(self) -> list[Path]:
        """Write what is stale, each file as a whole, and return it.

        Raises:
            GenError: A file of somebody else is in the way; nothing is written then.

        """
        stale = self.stale()
        for file in stale:
            target = self.folder / file
            target.parent.mkdir(parents=True, exist_ok=True)
            replace_file(target, self.files[file].encode())
        return stale

    def _read(self, file: Path) -> str | None:
        target = self.folder / file
        try:
            # As it is written: line ends are not translated.
            text = target.read_bytes().decode("utf-8", "replace")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise GenError(f"{target}: {error.strerror}") from error
        if not text.startswith(MARK):
            raise GenError(
                f"{target}: was not written by `wirepact gen`, and is left alone; move"
                " it away, or choose another folder"
            )
        return text


def with_packages(folder: Path, files: Mapping[Path, str]) -> dict[Path, str]:
    """Add the `__init__.py` of each package; one that somebody wrote stays."""
    packages = {parent for file in files for parent in file.parents}
    found = dict(files)
    for package in packages:
        init = package / "__init__.py"
        if init not in found and not _is_foreign(folder / init):
            found[init] = _PACKAGE
    return dict(sorted(found.items()))


def _is_foreign(file: Path) -> bool:
    try:
        return not file.read_bytes().startswith(MARK.encode())
    except OSError:
        return False
