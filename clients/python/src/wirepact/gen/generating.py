"""From inputs to the files of generated code."""

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final

from wirepact.gen.code import GenError
from wirepact.gen.inputs import Input
from wirepact.schemas import AVRO, JSON, PROTOBUF

Files = dict[Path, str]
Generate = Callable[[Sequence[Input], str], Files]

_MODULES: Final[Mapping[str, str]] = {
    AVRO: "wirepact.gen.avro_modules",
    JSON: "wirepact.gen.json_modules",
    PROTOBUF: "wirepact.gen.protobuf_modules",
}


def generate(inputs: Sequence[Input], style: str) -> Files:
    """Return the files for schemas of any languages, by their paths.

    Raises:
        GenError: One of the schemas cannot be expressed, or two make the same file.

    """
    found: Files = {}
    for language, module in _MODULES.items():
        chosen = [each for each in inputs if each.schema.schema_type == language]
        if not chosen:
            continue
        make: Generate = import_module(module).generate
        made = make(chosen, style)
        both = sorted(str(file) for file in made.keys() & found.keys())
        if both:
            raise GenError(f"schemas of two languages would both become {both[0]}")
        found |= made
    unknown = {each.schema.schema_type for each in inputs} - _MODULES.keys()
    if unknown:
        raise GenError(f"no code is generated for schemas of type {min(unknown)}")
    return found
