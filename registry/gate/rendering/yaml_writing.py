"""YAML that every reader understands alike, those of YAML 1.1 among them."""

import io
import re
from collections.abc import Iterable
from typing import Any, Final

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

# Nothing that some reader takes for a number, a date, a flag or a comment.
_PLAIN: Final = re.compile(r"[A-Za-z][A-Za-z_-]*([ ./][A-Za-z][A-Za-z0-9_-]*)*")
_FLAGS: Final = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
_WIDTH: Final = 4096


def written(*documents: Any) -> str:
    """Return values as YAML, members in their order; several are told apart."""
    return "---\n".join(map(_document, documents))


def _document(value: Any) -> str:
    yaml = YAML()
    yaml.width = _WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.ignore_aliases = lambda *_: True
    out = io.StringIO()
    yaml.dump(_safe(value), out)
    return out.getvalue()


def _safe(value: Any) -> Any:
    if isinstance(value, dict):
        return {_safe(str(name)): _safe(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(each) for each in value]
    return _text(value) if isinstance(value, str) else value


def _text(text: str) -> str:
    is_plain = _PLAIN.fullmatch(text) and text.casefold() not in _FLAGS
    return text if is_plain else DoubleQuotedScalarString(text)


def kept(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """Return the members that say something."""
    return {name: value for name, value in pairs if value not in (None, "", [], {}, ())}
