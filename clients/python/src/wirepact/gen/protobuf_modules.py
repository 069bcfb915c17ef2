"""Protobuf files to modules, by protoc: its own classes, registered as events."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from keyword import iskeyword
from pathlib import Path
from typing import Final

from wirepact.errors import MissingExtraError
from wirepact.gen.code import GenError
from wirepact.gen.identifiers import module_name
from wirepact.gen.inputs import Input
from wirepact.gen.layout import Group, Text, call, lines, literal, quoted
from wirepact.gen.render import MARK, comment_safe

_NO_CODE: Final = re.compile(
    r'//[^\n]*|/\*.*?\*/|("(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\')', re.DOTALL
)
_PACKAGE: Final = re.compile(r"\bpackage\s+([\w.]+)\s*;")
_MESSAGE: Final = re.compile(r"\b(?:message|enum)\s+(\w+)")
_TOP_MESSAGE: Final = re.compile(r"\bmessage\s+(\w+)\s*\{")
_IMPORT: Final = re.compile(r'\bimport\s+(?:public\s+|weak\s+)?"([^"\n]+)"\s*;')
_PYTHON_IMPORT: Final = re.compile(
    r"^(?:from (?P<package>[\w.]+) )?import (?P<module>\w+_pb2)(?P<rest>.*)$",
    re.MULTILINE,
)
_SAFE: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*\.proto\Z")
_TIMEOUT_S: Final = 60
_BUILT_IN: Final = ("google/protobuf/", "google/type/", "confluent/")


def generate(inputs: Sequence[Input], _style: str) -> dict[Path, str]:
    """Return protoc's modules and stubs, and one that declares the events.

    Imports between them become relative, so that they work in any package.

    Raises:
        GenError: protoc refuses a file, or an import is not among them.
        MissingExtraError: grpcio-tools is not installed.

    """
    names = _names(inputs)
    made = _compiled({names[id(each)]: each for each in inputs})
    own = {_module_path(name) for name in names.values()}
    found: dict[Path, str] = {}
    for file, text in made.items():
        found[file] = _relative(file, text, own)
    for each in inputs:
        name = names[id(each)]
        events = _events(each, name)
        if events is not None:
            path = _module_path(name)
            found[Path(*path[:-1], f"{path[-1].removesuffix('_pb2')}.py")] = events
    return found


def _names(inputs: Sequence[Input]) -> dict[int, str]:
    """Return the import path of each file: as others call it, or by its package."""
    found: dict[int, str] = {}
    for each in inputs:
        for name, used in each.uses:
            found[id(used)] = name
    for each in inputs:
        found.setdefault(id(each), import_path(each))
    for each in inputs:
        if not _SAFE.match(found[id(each)]) or ".." in found[id(each)].split("/"):
            raise GenError(f"{each.origin}: {found[id(each)]!r} is no import path")
    by_name: dict[str, Input] = {}
    for each in inputs:
        other = by_name.setdefault(found[id(each)], each)
        if other is not each:
            raise GenError(
                f"{each.origin} and {other.origin} would both be {found[id(each)]}"
            )
    return found


def import_path(source: Input) -> str:
    """Return `shop/v1/order.proto` for the first message `Order` of `shop.v1`."""
    text = _bare(source.schema.text)
    package, first = _PACKAGE.search(text), _MESSAGE.search(text)
    folders = package.group(1).split(".") if package else []
    stem = module_name(first.group(1) if first else source.stem)
    return "/".join((*folders, f"{stem}.proto"))


def _compiled(texts: Mapping[str, Input]) -> dict[Path, str]:
    """Run protoc over the files in a folder of their own."""
    include = _include()
    with tempfile.TemporaryDirectory(prefix="wirepact-gen-") as scratch:
        source, target = Path(scratch, "in"), Path(scratch, "out")
        target.mkdir()
        for name, each in texts.items():
            _check_imports(each, texts)
            file = source / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(each.schema.text, encoding="utf-8")
        command = [sys.executable, "-m", "grpc_tools.protoc"]
        command += [f"-I{folder}" for folder in (source, *include)]
        command += [f"--python_out={target}", f"--pyi_out={target}", *texts]
        done = subprocess.run(  # noqa: S603 - the names of the files were checked
            command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False
        )
        if done.returncode:
            raise GenError(f"protoc: {done.stderr.strip().replace(f'{source}/', '')}")
        return {
            file.relative_to(target): file.read_text(encoding="utf-8")
            for file in sorted(target.rglob("*"))
            if file.is_file()
        }


def _check_imports(source: Input, texts: Mapping[str, Input]) -> None:
    for name in _IMPORT.findall(_without_comments(source.schema.text)):
        if name not in texts and not name.startswith(_BUILT_IN):
            raise GenError(
                f"{source.origin}: imports {name!r}, which none of the files is; name"
                f" the file as well. They are: {', '.join(sorted(texts))}"
            )


def _include() -> list[Path]:
    """Return the folders of the files that protoc brings along."""
    try:
        tools = import_module("grpc_tools")
    except ModuleNotFoundError as error:
        raise MissingExtraError("Code for Protobuf", "gen") from error
    found = [Path(path, "_proto") for path in tools.__path__]
    with suppress(ModuleNotFoundError):
        # google/type/*.proto, where googleapis-common-protos is installed.
        found += [Path(p).parents[1] for p in import_module("google.type").__path__]
    return found


def _module_path(name: str) -> tuple[str, ...]:
    """Return the module that protoc makes of a file."""
    *folders, file = name.removesuffix(".proto").replace("-", "_").split("/")
    return (*folders, f"{file}_pb2")


def _relative(file: Path, text: str, own: set[tuple[str, ...]]) -> str:
    here = file.parent.parts

    def replaced(found: re.Match[str]) -> str:
        package = tuple((found["package"] or "").split(".")) if found["package"] else ()
        if (*package, found["module"]) not in own:
            return found.group()
        shared = 0
        while shared < min(len(here), len(package)) and here[shared] == package[shared]:
            shared += 1
        dots = "." * (len(here) - shared + 1)
        path = dots + ".".join(package[shared:])
        return f"from {path} import {found['module']}{found['rest']}"

    return f"{MARK} with protoc; do not edit.\n{_PYTHON_IMPORT.sub(replaced, text)}"


def _events(source: Input, name: str) -> str | None:
    """Return the module that declares a file's messages; None if it has none."""
    messages = list(_top_messages(source.schema.text))
    if not messages:
        return None
    package = _PACKAGE.search(_bare(source.schema.text))
    prefix = f"{package.group(1)}." if package else ""
    module = _module_path(name)[-1]
    stated = {
        key: literal(value)
        for key in ("subject", "version", "id", "fingerprint")
        if (value := getattr(source.identity, key)) is not None
    }
    body = lines("IDENTITY = ", call("SchemaIdentity", **stated))
    for each in messages:
        found = f"{module}.{each}"
        if iskeyword(each):
            found = f"getattr({module}, {quoted(each)})"
        head = f"event({quoted(prefix + each)}, identity=IDENTITY)("
        body += lines("", Group(head, (Text(found),), ")"))
    return "\n".join(
        [
            f"{MARK} from {comment_safe(source.origin)}; do not edit.",
            "",
            "from wirepact.events import SchemaIdentity, event",
            "",
            f"from . import {module}",
            "",
            *body,
            "",
        ]
    )


def _top_messages(text: str) -> Iterator[str]:
    """Yield the names of the messages that stand in no other one."""
    bare, depth = _bare(text), 0
    starts = {found.start(): found.group(1) for found in _TOP_MESSAGE.finditer(bare)}
    for at, letter in enumerate(bare):
        if at in starts and not depth:
            yield starts[at]
        depth += (letter == "{") - (letter == "}")


def _without_comments(text: str) -> str:
    return _NO_CODE.sub(lambda found: found.group(1) or " ", text)


def _bare(text: str) -> str:
    """Return a text without comments, and with empty strings."""
    return _NO_CODE.sub(lambda found: '""' if found.group(1) else " ", text)
