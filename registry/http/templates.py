"""Which route a path is of, for requests that are answered before they are routed.

Who is refused because nobody knows who they are, or because of the size of what they
send, is counted and logged under the route all the same.
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

_ANYTHING: Final = None


class _Form(NamedTuple):
    """The segments of a template; None where anything may stand."""

    segments: tuple[str | None, ...]
    template: str

    def fits(self, segments: list[str]) -> bool:
        return all(
            own in {_ANYTHING, given}
            for own, given in zip(self.segments, segments, strict=True)
        )


class Templates:
    """The templates of all routes, by the paths that are of them."""

    def __init__(self, templates: Iterable[str]) -> None:
        self._forms: dict[int, list[_Form]] = {}
        for template in templates:
            parts = template.strip("/").split("/")
            segments = tuple(_ANYTHING if "{" in part else part for part in parts)
            self._forms.setdefault(len(parts), []).append(_Form(segments, template))
        for forms in self._forms.values():
            # A segment that stands there comes before one that is anything.
            forms.sort(key=lambda form: [each is _ANYTHING for each in form.segments])

    def find(self, path: str) -> str:
        """Return the template of a routed path; empty if it is of no route."""
        segments = path.strip("/").split("/")
        forms = self._forms.get(len(segments), ())
        return next((form.template for form in forms if form.fits(segments)), "")
