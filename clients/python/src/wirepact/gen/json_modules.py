"""JSON Schemas to modules: where each goes, and what its classes are called."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wirepact.events import json_nodes
from wirepact.gen.code import GenError, Imported, ModuleCode, RecordCode, Used
from wirepact.gen.identifiers import class_name, module_name, pascal
from wirepact.gen.inputs import Input
from wirepact.gen.json_code import JsonCode, Place
from wirepact.gen.render import render


def generate(inputs: Sequence[Input], style: str) -> dict[Path, str]:
    """Return the files of JSON Schemas.

    Raises:
        GenError: Two schemas would make the same module, or one cannot be expressed.

    """
    return {file_of(each): render(each, style) for each in modules(inputs)}


def modules(inputs: Sequence[Input]) -> list[ModuleCode]:
    """Return the modules of JSON Schemas; what one refers to comes before it."""
    plan = _Plan()
    return [plan.module(each) for each in inputs]


def file_of(module: ModuleCode) -> Path:
    return Path(*module.path[:-1], f"{module.path[-1]}.py")


@dataclass(slots=True)
class _Plan:
    """What was planned so far.

    Attributes:
        homes: Of each input: the fragments of its schemas to their classes.

    """

    paths: dict[tuple[str, ...], Input] = field(default_factory=dict)
    path_of: dict[int, tuple[str, ...]] = field(default_factory=dict)
    homes: dict[int, Mapping[str, str]] = field(default_factory=dict)

    def module(self, source: Input) -> ModuleCode:
        try:
            documents = json_nodes.parse(source.resolved)
        except json_nodes.JsonTextError as error:
            raise GenError(f"{source.origin}: no JSON Schema: {error}") from error
        title = documents.root.value.get("title")
        name = title if isinstance(title, str) and title else pascal(source.stem)
        foreign, origins = self._foreign(source)
        code = JsonCode(documents, name or "Event", foreign)
        try:
            root = code.make()
        except (GenError, RecursionError) as error:
            reason = (
                str(error) if isinstance(error, GenError) else "is nested too deeply"
            )
            raise GenError(f"{source.origin}: {reason}") from error
        self.homes[id(source)] = {place[1]: each for place, each in code.names.items()}
        return ModuleCode(
            path=self._path(source, name or "event"),
            origin=source.origin,
            schema=source.resolved,
            identity=source.identity,
            classes=tuple(code.classes.values()),
            event=_full_name(code, root),
            naming_as_is=code.is_as_is,
            imports=_imports(code, origins),
            uses=tuple(
                Used(each, self.path_of[id(used)]) for each, used in source.uses
            ),
        )

    def _foreign(
        self, source: Input
    ) -> tuple[dict[Place, str], dict[str, tuple[tuple[str, ...], str]]]:
        """Return the classes of what a schema refers to, and where they come from."""
        found: dict[Place, str] = {}
        origins: dict[str, tuple[tuple[str, ...], str]] = {}
        names: dict[tuple[int, str], str] = {}
        for uri, used in _all_uses(source):
            for fragment, original in self.homes[id(used)].items():
                key = id(used), fragment
                if key not in names:
                    names[key] = class_name(original, origins)
                    origins[names[key]] = self.path_of[id(used)], original
                found[uri, fragment] = names[key]
        return found, origins

    def _path(self, source: Input, name: str) -> tuple[str, ...]:
        path = (module_name(name),)
        other = self.paths.setdefault(path, source)
        if other is not source:
            raise GenError(
                f"{source.origin} and {other.origin} would both become {path[0]}.py;"
                " generate one of them"
            )
        self.path_of[id(source)] = path
        return path


def _full_name(code: JsonCode, root: str) -> str:
    made = code.classes[root]
    return made.full_name


def _all_uses(source: Input) -> list[tuple[str, Input]]:
    found = []
    for name, used in source.uses:
        found += _all_uses(used)
        identifier = json_nodes.identifier_of(used.schema.text)
        found += [(name, used), *([(identifier, used)] if identifier else [])]
    return found


def _imports(
    code: JsonCode, origins: Mapping[str, tuple[tuple[str, ...], str]]
) -> tuple[Imported, ...]:
    used = {
        name
        for each in code.classes.values()
        if isinstance(each, RecordCode)
        for one in each.fields
        for name in one.type.classes
    }
    return tuple(
        Imported(*origins[name], name) for name in sorted(used) if name in origins
    )
