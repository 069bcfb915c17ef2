"""Plans in files: `wirepact plan -o` writes them, and `apply` does what they say."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from registry.cli.exits import Exit, fail
from registry.cli.files import replaced
from registry.gate.foreign import digest

_FORM: Final = 1


def write(file: Path, desired: Mapping[str, Any], answer: Mapping[str, Any]) -> None:
    """Write a plan; the command ends if the file cannot be written."""
    content = {"desired": desired, "plan": answer}
    # As it is read again: what cannot be written as UTF-8 is gone then.
    text = json.dumps(content, ensure_ascii=False).encode(errors="replace")
    written = {"form": _FORM, "digest": digest(json.loads(text)), **json.loads(text)}
    try:
        with replaced(file) as stream:
            shown = json.dumps(written, indent=2, ensure_ascii=False)
            stream.write(f"{shown}\n".encode())
    except OSError as error:
        fail(Exit.USAGE, f"{file} was not written: {error.strerror}")


def read(file: Path) -> tuple[dict[str, Any], str | None]:
    """Return what a written plan wants, and its token; None of another make.

    The command ends if it is no plan, or was changed since: somebody has looked at
    what it says, and it is to do nothing else.
    """
    try:
        said = json.loads(file.read_bytes())
        form, desired, token = (
            said["form"],
            dict(said["desired"]),
            said["plan"]["token"],
        )
        is_whole = isinstance(desired["contracts"], list)
        stated = said.get("digest")
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        fail(Exit.USAGE, f"{file} is not what `wirepact plan -o` writes: {error}")
    if form != _FORM or not is_whole:
        fail(Exit.USAGE, f"{file} is of another form; make a new plan")
    if stated != digest({"desired": said["desired"], "plan": said["plan"]}):
        told = "was changed since `wirepact plan -o` wrote it; make a new plan"
        fail(Exit.USAGE, f"{file} {told}")
    return desired, token
