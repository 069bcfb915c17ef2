"""Changes of YAML texts that leave everything else as it was written."""

import copy
import difflib
import io
import re
from collections.abc import Mapping
from typing import Any, Final

from ruamel.yaml import YAML

from registry.gate import manifests, yaml_text
from registry.gate.yaml_text import YamlError


class YamlEditError(Exception):
    """A text that cannot be changed without changing something else."""


_WIDTH: Final = 4096
_NESTED_LIST: Final = re.compile(
    r"^( *)[^\s#-][^\n]*:[ \t]*\n(?:[ \t]*(?:#[^\n]*)?\n)*( *)- ", re.M
)


def told(text: str, changes: Mapping[str, Any]) -> str:
    """Return a manifest whose property `registry` says something else.

    A text that says so already is returned as it is, byte by byte.

    Args:
        changes: Members of the property's value; None takes one out.

    Raises:
        YamlEditError: Something else would say something else then.

    """
    before = yaml_text.read(text).value
    expected = copy.deepcopy(before)
    _change(expected, changes)
    if expected == before:
        return text
    plain = text.replace("\r\n", "\n")
    former, made = _dumped(plain, {}), _dumped(plain, changes)
    for found in (_patched(plain, former, made), made):
        if _says(found, expected):
            return found.replace("\n", "\r\n") if plain != text else found
    raise YamlEditError("it cannot be changed without changing something else")


def _dumped(text: str, changes: Mapping[str, Any]) -> str:
    yaml = _yaml(text)
    document = yaml.load(text)
    _change(document, changes)
    out = io.StringIO(newline="")
    yaml.dump(document, out)
    return out.getvalue()


def _patched(text: str, former: str, made: str) -> str:
    """Return a text with the lines changed that are others in what was made.

    What was not changed was written anew all the same, with other spaces; line by line
    it is the same as before.
    """
    lines, before = text.splitlines(), former.splitlines()
    after = made.splitlines()
    if len(lines) != len(before):
        return made
    found: list[str] = []
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for how, start, end, new_start, new_end in matcher.get_opcodes():
        found += lines[start:end] if how == "equal" else after[new_start:new_end]
    return "\n".join(found) + "\n"


def _says(text: str, expected: Any) -> bool:
    try:
        found = yaml_text.read(text).value
    except YamlError:
        return False
    return bool(found == expected)


def _change(document: Any, changes: Mapping[str, Any]) -> None:
    value = _value(document)
    for key, wanted in changes.items():
        if wanted is None:
            value.pop(key, None)
        else:
            value[key] = wanted


def _yaml(text: str) -> YAML:
    """Return what writes in the manner of a text: its quotes, widths and indents."""
    yaml = YAML()
    yaml.preserve_quotes = True
    yaml.width = _WIDTH
    found = _NESTED_LIST.search(text)
    offset = len(found[2]) - len(found[1]) if found else 2
    yaml.indent(mapping=2, sequence=offset + 2, offset=offset)
    yaml.explicit_start = text.startswith("---")
    return yaml


def _value(document: Any) -> Any:
    for each in document["customProperties"]:
        if each.get("property") == manifests.PROPERTY:
            return each["value"]
    raise KeyError(manifests.PROPERTY)
