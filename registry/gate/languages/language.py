"""What the gate asks of a schema language."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, Protocol

from registry.domain.lint import LintRule
from registry.domain.rules import Spot

KEYWORD: Final = "x-wirepact-ignore"
"""The member that says which remarks are not wanted, in languages written in JSON."""

Parts = Iterator[tuple[str, Spot, dict[str, Any]]]
"""Elements by their names, with their places and what policies see of them."""

Asked = Iterator[tuple[str, str, Spot]]
"""Rules whose remarks are not wanted, why, and of which element."""


class Language(Protocol):
    """The functions of a language; each is a module beside this one."""

    RULES: tuple[LintRule, ...]

    def fields(self, schema: Any, /) -> Parts: ...

    def types(self, schema: Any, /) -> Parts: ...

    def ignores(self, schema: Any, /) -> Asked: ...


def text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def texts(value: Any) -> list[str]:
    found = value if isinstance(value, list | tuple) else ()
    return [each for each in found if isinstance(each, str)]


def mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}
