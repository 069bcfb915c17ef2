"""Runs generated code: modules that live as long as a `with` block."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import ModuleType

from wirepact.events import isolated_events

_NUMBERS = count()


@contextmanager
def loaded(files: Mapping[Path, str]) -> Iterator[Mapping[str, ModuleType]]:
    """Import the files of a package, in order; by path with dots, without `.py`."""
    root = f"generated_{next(_NUMBERS)}"
    try:
        _package(root)
        with isolated_events():
            yield _imported(root, files)
    finally:
        for name in [each for each in sys.modules if each.partition(".")[0] == root]:
            del sys.modules[name]


def _imported(root: str, files: Mapping[Path, str]) -> Mapping[str, ModuleType]:
    made: dict[str, ModuleType] = {}
    for file, text in files.items():
        parts = file.with_suffix("").parts
        for depth in range(1, len(parts)):
            _package(".".join((root, *parts[:depth])))
        name = ".".join((root, *parts))
        module = ModuleType(name)
        module.__package__ = name.rpartition(".")[0]
        sys.modules[name] = module
        # That it is harmless, whatever the schema, is what is tested.
        exec(compile(text, str(file), "exec"), module.__dict__)  # noqa: S102 - made here
        made[".".join(parts)] = module
    return made


def _package(name: str) -> None:
    if name not in sys.modules:
        module = ModuleType(name)
        module.__path__ = []
        sys.modules[name] = module
