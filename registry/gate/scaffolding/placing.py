"""New files put in place; nothing that is there is touched."""

from collections.abc import Iterator
from pathlib import Path

from registry.gate.scaffolding.contract_files import Files


def place(root: Path, files: Files) -> Iterator[tuple[str, bool]]:
    """Write files, and yield each with whether it is new; what is there is left.

    Raises:
        OSError: A file cannot be written; those before it are there.

    """
    for name, text in files.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with file.open("x", encoding="utf-8", newline="\n") as stream:
                stream.write(text)
        except FileExistsError:
            yield name, False
        else:
            yield name, True
