"""The case folders of the Protobuf policies, read."""

from functools import cache
from pathlib import Path

from registry.compiler.in_place import InPlaceCompiler
from registry.domain.formats.protobuf.parse import parse
from registry.domain.formats.protobuf.schema import ProtobufSchema
from registry.domain.limits import DEFAULT_LIMITS
from registry.domain.schema import ResolvedReference

CASES = Path(__file__).parents[1] / "cases" / "protobuf_policies"
COMPILER = InPlaceCompiler()
FOLDERS = sorted(path.parent for path in CASES.rglob("candidate.proto"))


def case_id(case: Path) -> str:
    return f"{case.parent.name}/{case.name}"


def schema(text: str, **imports: str) -> ProtobufSchema:
    """Understand a text; what it imports is by import name."""
    references = [ResolvedReference(name, imports[name]) for name in imports]
    return parse(text, references, COMPILER, DEFAULT_LIMITS)


@cache
def version(case: Path, name: str) -> ProtobufSchema:
    """Read one version of a case: its text, and a folder of what it imports."""
    text = (case / f"{name}.proto").read_text(encoding="utf-8")
    return schema(text, **imports(case, name))


def imports(case: Path, name: str) -> dict[str, str]:
    """Read what one version of a case imports, by import name."""
    folder = case / name
    return {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(folder.rglob("*.proto"))
    }
