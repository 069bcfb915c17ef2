"""`.lock.yaml`: which version of each subject a registry had when it was asked.

One line for each subject, sorted: two branches that change two subjects merge. The text
is JSON, which is YAML as well, as it may hold thousands of subjects.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

from registry.domain import json_text
from registry.domain.errors import InvalidLevelError
from registry.domain.levels import Level
from registry.domain.places import Place
from registry.gate.trouble import GateError

_FORM: Final = 1
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "version": (int,),
    "id": (int,),
    "guid": (str, type(None)),
    "sha256": (str,),
    "level": (str,),
    "contract": (str, type(None)),
}


class LockError(GateError):
    """A lock file that cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Locked:
    """The latest version of a subject.

    Attributes:
        version: Its number; as many as there are at most.
        versions: The numbers of all that are not deleted, where all were asked for;
            else none.
        guid: None where the registry gives none.
        sha256: Of the text as the registry stores it.
        level: In force for the subject.
        contract: The id of the contract that had the subject; None where an older lock
            file does not say it.

    """

    version: int
    id: int
    guid: str | None
    sha256: str
    level: Level
    contract: str | None = None
    versions: tuple[int, ...] = ()

    @property
    def gone(self) -> int:
        """How many versions are known to have been deleted."""
        return self.version - len(self.versions) if self.versions else 0


def read(text: str) -> dict[str, Locked]:
    """Return what a lock file says, by subject.

    Raises:
        LockError: It was not written by this tool, or by a newer one.

    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise LockError(f"expected what `wirepact lock` writes: {error}") from error
    if not isinstance(document, dict) or document.get("form") != _FORM:
        raise LockError(f"expected a lock file of form {_FORM}; write it anew")
    subjects = document.get("subjects")
    if not isinstance(subjects, dict):
        raise LockError("expected 'subjects' by name")
    return {subject: _locked(subject, said) for subject, said in subjects.items()}


def place(text: str, subject: str) -> Place:
    """Return where a lock file that can be read tells of a subject."""
    return json_text.place(text, f"/subjects/{json_text.escaped(subject)}")


def written(locked: Mapping[str, Locked]) -> str:
    """Return the text of a lock file; the same content gives the same bytes."""
    lines = (
        f"{json.dumps(subject)}: {json.dumps(_said(each))}"
        for subject, each in sorted(locked.items())
    )
    inner = ",\n".join(lines)
    return f'{{\n"form": {_FORM},\n"subjects": {{\n{inner}\n}}\n}}\n'


def _said(locked: Locked) -> dict[str, Any]:
    said = {**asdict(locked), "level": locked.level.name}
    if not locked.versions:
        del said["versions"]
    return said


def _locked(subject: str, said: Any) -> Locked:
    if not isinstance(said, dict):
        raise LockError(f"{subject}: expected {', '.join(_KINDS)}")
    for key, kinds in _KINDS.items():
        value = said.get(key)
        if not isinstance(value, kinds) or isinstance(value, bool):
            raise LockError(f"{subject}: expected another '{key}', found {value!r}")
    try:
        level = Level.parse(said["level"])
    except InvalidLevelError as error:
        raise LockError(f"{subject}: there is no level {said['level']!r}") from error
    return Locked(
        said["version"],
        said["id"],
        said["guid"],
        said["sha256"],
        level,
        said.get("contract"),
        _versions(subject, said),
    )


def _is_up_to(numbers: Sequence[int], latest: int) -> bool:
    return [*numbers] == sorted({*numbers}) and numbers[0] > 0 and numbers[-1] == latest


def _versions(subject: str, said: Mapping[str, Any]) -> tuple[int, ...]:
    found = said.get("versions", [])
    are_numbers = isinstance(found, list) and all(type(e) is int for e in found)
    if not are_numbers or (found and not _is_up_to(found, said["version"])):
        expected = "expected the numbers of the versions, the latest last"
        raise LockError(f"{subject}: {expected}, found {found!r:.80}")
    return tuple(found)
