"""Avro schemas to modules: where each goes, and what its classes are called."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wirepact.events import avro_nodes as avro
from wirepact.gen.avro_code import AvroCode, prefers_as_is
from wirepact.gen.code import (
    EnumCode,
    GenError,
    Imported,
    ModuleCode,
    RecordCode,
    Used,
)
from wirepact.gen.identifiers import class_name, module_name
from wirepact.gen.inputs import Input
from wirepact.gen.render import render


def generate(inputs: Sequence[Input], style: str) -> dict[Path, str]:
    """Return the files of Avro schemas.

    Raises:
        GenError: Two schemas would make the same module, or one cannot be expressed.

    """
    return {file_of(each): render(each, style) for each in modules(inputs)}


def modules(inputs: Sequence[Input]) -> list[ModuleCode]:
    """Return the modules of Avro schemas; what a schema refers to comes before it."""
    plan = _Plan()
    return [plan.module(each) for each in inputs]


def file_of(module: ModuleCode) -> Path:
    return Path(*module.path[:-1], f"{module.path[-1]}.py")


@dataclass(slots=True)
class _Plan:
    """What was planned so far; what a schema refers to comes before it."""

    paths: dict[tuple[str, ...], Input] = field(default_factory=dict)
    path_of: dict[int, tuple[str, ...]] = field(default_factory=dict)
    homes: dict[str, tuple[tuple[str, ...], str]] = field(default_factory=dict)

    def module(self, source: Input) -> ModuleCode:
        types = _parsed(source)
        path = self._path(source, types)
        own = [
            name for name in types.own if not isinstance(types.named[name], avro.Fixed)
        ]
        names: dict[str, str] = {}
        foreign = [name for name in types.named if name not in types.own]
        # Classes of its own have the first choice of names.
        for full_name in (*own, *foreign):
            simple = full_name.rpartition(".")[2]
            names[full_name] = class_name(simple, names.values())
        is_as_is = prefers_as_is(types)
        try:
            classes = AvroCode(types, names, is_as_is).classes()
        except GenError as error:
            raise GenError(f"{source.origin}: {error}") from error
        imports = self._imports(classes, own, names)
        for full_name in own:
            self.homes[full_name] = (path, names[full_name])
        root = types.resolved(types.root)
        is_event = isinstance(root, avro.Record) and root.name in types.own
        return ModuleCode(
            path=path,
            origin=source.origin,
            schema=source.resolved,
            identity=source.identity,
            classes=classes,
            event=root.name if is_event and isinstance(root, avro.Record) else None,
            naming_as_is=is_as_is,
            imports=imports,
            uses=tuple(
                Used(name, self.path_of[id(used)]) for name, used in source.uses
            ),
        )

    def _path(self, source: Input, types: avro.AvroTypes) -> tuple[str, ...]:
        root = types.resolved(types.root)
        if isinstance(root, avro.Record | avro.Enum | avro.Fixed):
            parts = root.name.split(".")
        else:
            parts = [source.stem]
        path = tuple(module_name(part) for part in parts)
        other = self.paths.setdefault(path, source)
        if other is not source:
            raise GenError(
                f"{source.origin} and {other.origin} would both become"
                f" {'/'.join(path)}.py; generate one of them"
            )
        self.path_of[id(source)] = path
        return path

    def _imports(
        self,
        classes: Iterable[RecordCode | EnumCode],
        own: Sequence[str],
        names: Mapping[str, str],
    ) -> tuple[Imported, ...]:
        used = {
            name
            for each in classes
            if isinstance(each, RecordCode)
            for one in each.fields
            for name in one.type.classes
        }
        found = []
        for full_name in sorted(used - set(own)):
            path, original = self.homes[full_name]
            found.append(Imported(path, original, names[full_name]))
        return tuple(found)


def _parsed(source: Input) -> avro.AvroTypes:
    try:
        return avro.parse(source.resolved)
    except avro.AvroTextError as error:
        raise GenError(f"{source.origin}: no Avro schema: {error}") from error
