"""Registries of other makes, as far as they are asked for what they hold.

Source: what Confluent's registry and Karapace answer, by their sources, and what was
asked of a running Apicurio 3.0.9.
"""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from tests.services.stub import Asked, Said


@dataclass
class Foreign:
    """A registry that holds versions, and knows some of what registries know.

    Attributes:
        versions: As its by-version answers word them, with `deleted` where hidden.
        configs: By subject; the registry's own under the empty name.
        modes: Likewise.
        base_path: What its routes begin with.
        has_pages: Whether lists are paged, and prefixes of all contexts understood.
        leaves_out: Members that its answers do not have.
        says_modes: Whether a mode is told for every subject, as if it were its own.
        is_apicurio: Whether it has one context by the name of `:.:` and no modes, tells
            what is missing without a body, says NONE of subjects without a config, and
            lists the versions of a subject that is deleted, but does not show them.

    """

    versions: list[dict[str, Any]]
    configs: dict[str, dict[str, Any]] = field(default_factory=dict)
    modes: dict[str, str] = field(default_factory=dict)
    base_path: str = ""
    has_pages: bool = True
    leaves_out: tuple[str, ...] = ()
    says_modes: bool = False
    is_apicurio: bool = False

    def __call__(self, asked: Asked) -> Said:
        parts = urlsplit(asked.path)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        path = parts.path.removeprefix(self.base_path)
        for pattern, answer in _ROUTES:
            found = re.fullmatch(pattern, path)
            if found and asked.method == "GET":
                said = answer(self, query, *map(unquote, found.groups()))
                if isinstance(said, Said):
                    return said
                return _missing(40401) if said is None else Said(200, said)
        return Said(404) if self.is_apicurio else _missing(404)

    def subjects(self, query: dict[str, str]) -> Any:
        shown = (each for each in self.versions if _is_seen(each, query))
        return self._page(sorted({each["subject"] for each in shown}), query)

    def numbers(self, query: dict[str, str], subject: str) -> Any:
        mine = [each for each in self.versions if each["subject"] == subject]
        shown = [each["version"] for each in mine if _is_seen(each, query)]
        return self._page(sorted(shown), query) if shown else None

    def version(self, query: dict[str, str], subject: str, number: str) -> Any:
        for each in self.versions:
            is_it = (each["subject"], str(each["version"])) == (subject, number)
            if is_it and _is_seen(each, query) and not self._keeps(subject):
                return {n: v for n, v in each.items() if n not in self.leaves_out}
        return None

    def contexts(self, _query: dict[str, str]) -> Any:
        if self.is_apicurio:
            return [":.:"]
        found = {each["subject"] for each in self.versions}
        return sorted(
            {"." if not s.startswith(":.") else s.split(":")[1] for s in found}
        )

    def config(self, _query: dict[str, str], subject: str = "") -> Any:
        usual = {"compatibilityLevel": "NONE"} if self.is_apicurio else None
        return self.configs.get(subject, usual)

    def mode(self, _query: dict[str, str], subject: str = "") -> Any:
        if self.is_apicurio:
            return Said(204) if subject else Said(404)
        usual = "READWRITE" if self.says_modes or not subject else None
        mode = self.modes.get(subject, usual)
        return None if mode is None else {"mode": mode}

    def _keeps(self, subject: str) -> bool:
        """Say whether the subject is deleted, and none of its versions shown."""
        mine = (each for each in self.versions if each["subject"] == subject)
        return self.is_apicurio and all(each.get("deleted") for each in mine)

    def _page(self, values: list[Any], query: dict[str, str]) -> list[Any]:
        if not self.has_pages:
            return values
        offset = int(query.get("offset", "0"))
        return values[offset:][: int(query.get("limit", "1000"))]


_ROUTES: Any = (
    ("/subjects", Foreign.subjects),
    ("/subjects/([^/]+)/versions", Foreign.numbers),
    ("/subjects/([^/]+)/versions/([^/]+)", Foreign.version),
    ("/contexts", Foreign.contexts),
    ("/config", Foreign.config),
    ("/config/([^/]+)", Foreign.config),
    ("/mode", Foreign.mode),
    ("/mode/([^/]+)", Foreign.mode),
)


def confluent(versions: list[dict[str, Any]], **more: Any) -> Foreign:
    return Foreign(versions, **more)


def karapace(versions: list[dict[str, Any]], **more: Any) -> Foreign:
    """Tell no GUID, time or deletion, and page nothing."""
    unknown = ("guid", "ts", "deleted", "metadata", "ruleSet")
    return Foreign(
        versions, has_pages=False, leaves_out=unknown, says_modes=True, **more
    )


def apicurio(versions: list[dict[str, Any]], **more: Any) -> Foreign:
    """Answer as Apicurio does, which tells no GUID, time or deletion either."""
    unknown = ("guid", "ts", "deleted", "metadata", "ruleSet")
    return Foreign(
        versions,
        base_path="/apis/ccompat/v7",
        has_pages=False,
        leaves_out=unknown,
        is_apicurio=True,
        **more,
    )


def _is_seen(version: dict[str, Any], query: dict[str, str]) -> bool:
    return not version.get("deleted") or query.get("deleted") == "true"


def _missing(code: int) -> Said:
    body = {"error_code": code, "message": "not found"}
    return Said(404, body, {"content-type": "application/json"})
