r"""From Karapace's authorisation file to grants.

Karapace takes the resource of an entry for a regular expression of Python and matches
it from the first character on, but not to the last (`re.match`): `Subject:orders` there
covers `orders-secret` as well. Here patterns cover whole names. So an entry without
`$` or `.*` at its end becomes the exact name, with a warning; or, on request, the
prefix that it was. What cannot be said by a pattern is left out, with a warning.

Source: Karapace, `auth.py`: class `ACLAuthorizer`, entries `users` and `permissions`
(`acls` before 3.0).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from registry.domain.access import (
    ANY,
    EVERYTHING,
    Area,
    Grant,
    Grantee,
    GranteeKind,
    InvalidGrantError,
    Pattern,
    Role,
)
from registry.domain.accounts import AccountError, check_name
from registry.domain.model import DEFAULT_CONTEXT

_ENTRIES: Final = ("permissions", "acls")
_ROLES: Final = {"Read": Role.READER, "Write": Role.OWNER}
_SUBJECT: Final = "Subject:"
_CONFIG: Final = "Config:"
# A pair with a backslash, a star over any character, or one character.
_PART: Final = re.compile(r"\\.|\.\*|.", re.DOTALL)
_LITERAL: Final = re.compile(r"[^\\.\[\]{}()|+?*^$]+(?![*?{|])")
_SPECIAL: Final = frozenset("[]{}()|+?*^$")


class KarapaceFileError(ValueError):
    """The file is not one of Karapace's; the message says where."""


@dataclass(frozen=True, slots=True)
class Translated:
    """What became of a file.

    Attributes:
        grants: In the order of the entries.
        warnings: What is not as it was, one line each.

    """

    grants: tuple[Grant, ...]
    warnings: tuple[str, ...]


class _Untranslatable(Exception):  # noqa: N818 - never leaves this module
    """Why an entry has no pattern."""


def translated(document: Any, *, keeps_prefixes: bool = False) -> Translated:
    """Return the grants that say what Karapace's entries said.

    Args:
        document: The JSON of the file.
        keeps_prefixes: Whether an entry that is open at its end stays so.

    Raises:
        KarapaceFileError: It has no entries, or one has not what entries have.

    """
    grants: dict[Grant, None] = {}
    warnings: list[str] = []
    for number, entry in enumerate(_entries(document), start=1):
        who, role, resource = _read(number, entry)
        about = f"entry {number} ({who}, {entry['operation']}, {resource})"
        try:
            check_name(who)
            area, remarks = _area(resource, keeps_prefixes=keeps_prefixes)
        except AccountError as error:
            # It may well have line breaks.
            warnings.append(f"entry {number} ({who!r}) is left out: {error}")
            continue
        except _Untranslatable as error:
            warnings.append(f"{about} is left out: {error}")
            continue
        grants[Grant(Grantee(GranteeKind.USER, who), role, area)] = None
        warnings += [f"{about}: {each}" for each in remarks]
    return Translated(tuple(grants), tuple(warnings))


def _entries(document: Any) -> list[Any]:
    if isinstance(document, Mapping):
        for name in _ENTRIES:
            found = document.get(name)
            if isinstance(found, list):
                return found
    raise KarapaceFileError("it has no list of 'permissions'")


def _read(number: int, entry: Any) -> tuple[str, Role, str]:
    if not isinstance(entry, Mapping):
        raise KarapaceFileError(f"entry {number} is no object")
    for name in ("username", "operation", "resource"):
        if not isinstance(entry.get(name), str) or not entry[name]:
            raise KarapaceFileError(f"entry {number} has no text '{name}'")
    role = _ROLES.get(entry["operation"])
    if role is None:
        raise KarapaceFileError(
            f"entry {number}: 'operation' is neither Read nor Write"
        )
    return entry["username"], role, entry["resource"]


def _area(resource: str, *, keeps_prefixes: bool) -> tuple[Area, list[str]]:
    text = resource.removeprefix("^")
    remarks: list[str] = []
    if text.startswith(_CONFIG):
        raise _Untranslatable(
            "the registry's own config is readable to all, and changed by an admin of"
            " all subjects in all contexts; grant that by hand"
        )
    is_closed = text.endswith("$") and not text.endswith(r"\$")
    text = text.removesuffix("$") if is_closed else text
    if text == ".*":
        return EVERYTHING, ["it covered everything; it is granted in all contexts"]
    name = text.removeprefix(_SUBJECT)
    if name == text and not text.startswith(".*"):
        literal = _LITERAL.match(text)
        is_other = literal is not None and not _SUBJECT.startswith(literal[0])
        raise _Untranslatable(
            "it covers no subject"
            if is_other
            else f"no pattern says what it covers: it does not begin with '{_SUBJECT}'"
        )
    glob = "".join(_globbed(name, remarks))
    if not is_closed and not glob.endswith(ANY):
        glob += ANY if keeps_prefixes else ""
        remarks.append(
            f"it covered all names that begin so; it is granted for '{glob}'"
        )
    pattern = Pattern.parse(glob)
    try:
        return Area(DEFAULT_CONTEXT, pattern.checked()), remarks
    except InvalidGrantError as error:
        raise _Untranslatable(str(error)) from None


def _globbed(regex: str, remarks: list[str]) -> Iterator[str]:
    for part in _PART.findall(regex):
        if part == ".*":
            yield ANY
        elif part == ".":
            remarks.append("a '.' covered any character; it is granted for a dot")
            yield part
        elif part[0] == "\\":
            yield _escaped(part[1:])
        elif part in _SPECIAL:
            raise _Untranslatable(f"no pattern says what '{part}' says in it")
        else:
            yield part


def _escaped(character: str) -> str:
    if not character or character.isalnum() or character == ANY:
        raise _Untranslatable(f"no pattern says what '\\{character}' says in it")
    return character
