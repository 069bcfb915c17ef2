"""Who may do what: roles, grants, and the decision. Denied is what nobody granted.

A role is given for an area: the names of one context, or of all, that a pattern
covers. Patterns cover whole names. They are matched in linear time and are no regular
expressions, so that none of them covers more, or takes longer, than it looks like.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final, NamedTuple

from registry.domain.errors import RegistryError
from registry.domain.model import (
    ACCESS_CONTEXT,
    DEFAULT_CONTEXT,
    GLOBAL_CONTEXT,
    Subject,
)
from registry.domain.principals import Principal

ANY: Final = "*"
MAX_PATTERN: Final = 512
"""The longest pattern, in characters; no name that is longer can be registered."""

MAX_STARS: Final = 8
"""How many stars a glob may have: the database matches them, too, and may go back."""


# What happens in these concerns the whole registry.
_OF_ALL: Final = frozenset({GLOBAL_CONTEXT, ACCESS_CONTEXT})


class Role(StrEnum):
    """What somebody is to some subjects; the order is that of the documentation."""

    READER = "reader"
    DEVELOPER = "developer"
    OWNER = "owner"
    APPROVER = "approver"
    ADMIN = "admin"


class Permission(StrEnum):
    """A kind of operation; which roles have it is said by `OPERATIONS`."""

    READ = "read"
    REGISTER = "register"
    DELETE = "delete"
    CONFIGURE = "configure"
    APPROVE = "approve"
    PURGE = "purge"
    SET_MODE = "set-mode"
    IMPORT = "import"
    OVERRIDE = "override"
    ADMINISTER = "administer"


class Operation(NamedTuple):
    """A row of the table: what a permission covers, and who has it."""

    permission: Permission
    covers: str
    roles: frozenset[Role]


_EVERYONE: Final = frozenset(Role)
_WRITERS: Final = frozenset({Role.DEVELOPER, Role.OWNER, Role.ADMIN})
_OWNERS: Final = frozenset({Role.OWNER, Role.ADMIN})
_ADMINS: Final = frozenset({Role.ADMIN})

OPERATIONS: Final = (
    Operation(
        Permission.READ,
        "read schemas, versions, configs, modes, keys and associations; check"
        " compatibility; all dry runs",
        _EVERYONE,
    ),
    Operation(
        Permission.REGISTER,
        "register versions; create keys for encryption",
        _WRITERS,
    ),
    Operation(
        Permission.DELETE,
        "soft-delete and restore versions, subjects and keys",
        _OWNERS,
    ),
    Operation(
        Permission.CONFIGURE,
        "set the config, policies, metadata, tags and associations of a subject;"
        " describe a key anew",
        _OWNERS,
    ),
    Operation(
        Permission.APPROVE,
        "approve or reject a breaking proposal of somebody else",
        frozenset({Role.APPROVER, Role.ADMIN}),
    ),
    Operation(Permission.PURGE, "delete versions, subjects and keys for good", _ADMINS),
    Operation(Permission.SET_MODE, "set the mode of a subject", _ADMINS),
    Operation(
        Permission.IMPORT, "register under a given id or version (IMPORT)", _ADMINS
    ),
    Operation(
        Permission.OVERRIDE,
        "register or restore with `force`, compatibility unchecked; have waivers accept"
        " what is incompatible",
        _ADMINS,
    ),
    Operation(
        Permission.ADMINISTER,
        "set the config and mode of contexts and of the registry, drop contexts,"
        " export and import all of it",
        _ADMINS,
    ),
)
"""What each role may do, one row for each kind of operation."""

PERMISSIONS_OF: Final[Mapping[Role, frozenset[Permission]]] = {
    role: frozenset(each.permission for each in OPERATIONS if role in each.roles)
    for role in Role
}


class PatternKind(StrEnum):
    EXACT = "exact"
    PREFIX = "prefix"
    GLOB = "glob"


class InvalidGrantError(ValueError):
    """A grant that cannot mean anything; the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class Pattern:
    """What names are meant; always the whole name, from its first character on.

    Attributes:
        text: A name, the beginning of one, or one in which each `*` stands for any
            characters, none included.

    """

    kind: PatternKind
    text: str

    @classmethod
    def parse(cls, text: str) -> "Pattern":
        """Read `name`, `beginning*`, or a text with stars elsewhere."""
        stars = text.count(ANY)
        if stars == 0:
            return cls(PatternKind.EXACT, text)
        if stars == 1 and text.endswith(ANY):
            return cls(PatternKind.PREFIX, text.removesuffix(ANY))
        return cls(PatternKind.GLOB, text)

    def __str__(self) -> str:
        return f"{self.text}{ANY}" if self.kind is PatternKind.PREFIX else self.text

    @property
    def covers_all(self) -> bool:
        return self in {ALL_NAMES, _ALL_BY_GLOB}

    def covers(self, name: str) -> bool:
        match self.kind:
            case PatternKind.EXACT:
                return name == self.text
            case PatternKind.PREFIX:
                return name.startswith(self.text)
            case PatternKind.GLOB:
                return _is_like(name, self.text)

    def checked(self) -> "Pattern":
        """Return the pattern itself if a grant may have it.

        Raises:
            InvalidGrantError: It covers nothing, or is too long or has too many stars.

        """
        if self.kind is not PatternKind.PREFIX and not self.text:
            raise InvalidGrantError("an empty pattern covers no subject; * covers all")
        if len(self.text) > MAX_PATTERN:
            raise InvalidGrantError(f"a pattern has at most {MAX_PATTERN} characters")
        if self.kind is PatternKind.GLOB and self.text.count(ANY) > MAX_STARS:
            raise InvalidGrantError(f"a glob has at most {MAX_STARS} stars")
        if any(not each.isprintable() for each in self.text):
            raise InvalidGrantError("a pattern has no control characters")
        if self.text.startswith(":."):
            raise InvalidGrantError(
                "a pattern covers names without their context, which is given apart"
            )
        return self


ALL_NAMES: Final = Pattern(PatternKind.PREFIX, "")
_ALL_BY_GLOB: Final = Pattern(PatternKind.GLOB, ANY)


@dataclass(frozen=True, slots=True)
class Area:
    """Names in one context or in all.

    Attributes:
        context: With its leading dot; None for all.

    """

    context: str | None
    pattern: Pattern

    @property
    def is_everything(self) -> bool:
        return self.context is None and self.pattern.covers_all

    def covers(self, place: Subject) -> bool:
        """Say whether a subject is in it; without a name, the whole context."""
        if self.context not in {None, place.context}:
            return False
        if not place.name:
            return self.pattern.covers_all
        return self.pattern.covers(place.name)

    def __str__(self) -> str:
        within = "all contexts"
        if self.context is not None:
            within = f"context '{self.context}'"
        return f"'{self.pattern}' in {within}"


Areas = tuple[Area, ...]
EVERYTHING: Final = Area(None, ALL_NAMES)


class GranteeKind(StrEnum):
    USER = "user"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Grantee:
    """To whom something is granted: one principal, or all of a group."""

    kind: GranteeKind
    name: str

    def is_met_by(self, principal: Principal) -> bool:
        if self.kind is GranteeKind.USER:
            return self.name == principal.name
        return self.name in principal.groups

    def __str__(self) -> str:
        return f"{self.kind} '{self.name}'"


@dataclass(frozen=True, slots=True)
class Grant:
    """That somebody has a role in an area."""

    grantee: Grantee
    role: Role
    area: Area

    def __str__(self) -> str:
        return f"{self.grantee} is {self.role} of {self.area}"


class ForbiddenError(RegistryError):
    """The caller may see what this is about, or just named it, but not do this."""

    code = 40301

    def __init__(self, permission: Permission, place: Subject | None) -> None:
        self.permission = permission
        self.place = place
        super().__init__(f"The permission '{permission}' on {told(place)} is needed")


class ForbiddenEverywhereError(RegistryError):
    """The caller may do this to nothing at all, so that nobody looks to what."""

    code = ForbiddenError.code

    def __init__(self, permission: Permission) -> None:
        self.permission = permission
        super().__init__(f"The permission '{permission}' on some subject is needed")


@dataclass(frozen=True)
class Access:
    """What one caller may do.

    Equal for callers with the same grants, so that what is kept for one of them
    serves all of them.

    Attributes:
        grants: Role and area of each, without whom they were given to.
        ceiling: What a narrowed token may do at the most; None for no limit.

    """

    grants: frozenset[tuple[Role, Area]]
    ceiling: frozenset[Permission] | None = None

    @classmethod
    def of(cls, principal: Principal, grants: Iterable[Grant]) -> "Access":
        own = (each for each in grants if each.grantee.is_met_by(principal))
        ceiling = None if principal.scopes is None else permitted(principal.scopes)
        return cls(frozenset((each.role, each.area) for each in own), ceiling)

    def may(self, permission: Permission, place: Subject | None) -> bool:
        """Decide.

        Args:
            place: A subject (or what is named like one), with an empty name its whole
                context, None the whole registry.

        """
        return any(_reaches(each, place) for each in self._areas[permission])

    def hold(self, permission: Permission, place: Subject | None) -> None:
        """Refuse what is not granted.

        Raises:
            ForbiddenError: It is not.

        """
        if not self.may(permission, place):
            raise ForbiddenError(permission, place)

    def hold_anywhere(self, permission: Permission) -> None:
        """Refuse what is granted nowhere.

        Raises:
            ForbiddenEverywhereError: It is not.

        """
        if not self._areas[permission]:
            raise ForbiddenEverywhereError(permission)

    def may_read(self, subject: Subject) -> bool:
        return self.may(Permission.READ, subject)

    def knows(self, context: str) -> bool:
        """Say whether anything at all in a context may be read."""
        if context == DEFAULT_CONTEXT or context in _OF_ALL:
            return bool(self.readable)
        return any(each.context in {None, context} for each in self.readable)

    @property
    def readable(self) -> Areas:
        return self._areas[Permission.READ]

    @cached_property
    def reads_everything(self) -> bool:
        return any(each.is_everything for each in self.readable)

    @cached_property
    def _areas(self) -> Mapping[Permission, Areas]:
        found: dict[Permission, dict[Area, None]] = {each: {} for each in Permission}
        for role, area in sorted(self.grants, key=str):
            for permission in PERMISSIONS_OF[role]:
                if self.ceiling is None or permission in self.ceiling:
                    found[permission][area] = None
        return {permission: tuple(areas) for permission, areas in found.items()}


UNRESTRICTED: Final = Access(frozenset({(Role.ADMIN, EVERYTHING)}))
"""What everybody may do where nobody has to say who they are."""


@dataclass(frozen=True, slots=True)
class Reason:
    """Why something is allowed, or not.

    Attributes:
        by: The grants that allow it; none if it is denied.
        near: Grants of the same caller that cover the place, but not the operation.
        is_narrowed: Whether the token, not the account, is what stands in the way.

    """

    permission: Permission
    place: Subject | None
    by: tuple[Grant, ...]
    near: tuple[Grant, ...]
    is_narrowed: bool = False

    @property
    def is_allowed(self) -> bool:
        return bool(self.by) and not self.is_narrowed


def explained(
    principal: Principal,
    grants: Iterable[Grant],
    permission: Permission,
    place: Subject | None,
) -> Reason:
    """Decide as `Access.may` does, and tell why."""
    own = [each for each in grants if each.grantee.is_met_by(principal)]
    here = [each for each in own if _reaches(each.area, place)]
    by = [each for each in here if permission in PERMISSIONS_OF[each.role]]
    near = [each for each in here if each not in by]
    is_narrowed = (
        bool(by)
        and principal.scopes is not None
        and permission not in permitted(principal.scopes)
    )
    return Reason(permission, place, tuple(by), tuple(near), is_narrowed)


def permitted(roles: Iterable[str]) -> frozenset[Permission]:
    """Return what roles of these names may do together; an unknown one adds nothing."""
    known = [PERMISSIONS_OF[Role(each)] for each in roles if each in set(Role)]
    return frozenset[Permission]().union(*known)


def told(place: Subject | None) -> str:
    """Return what a place is called in a message."""
    if place is None or place.context in _OF_ALL:
        return "the whole registry"
    return f"subject '{place}'" if place.name else f"context '{place.context}'"


def _reaches(area: Area, place: Subject | None) -> bool:
    if place is None or place.context in _OF_ALL:
        return area.is_everything
    return area.covers(place)


def _is_like(name: str, pattern: str) -> bool:
    """Match leftmost parts first: each part is looked for once, none is given back."""
    if ANY not in pattern:
        return name == pattern
    first, *middle, last = pattern.split(ANY)
    if len(name) < len(first) + len(last):
        return False
    if not (name.startswith(first) and name.endswith(last)):
        return False
    at, end = len(first), len(name) - len(last)
    for part in middle:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
