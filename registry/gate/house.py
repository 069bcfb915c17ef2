"""What a project says of lint, policies and waivers, as long as it need not be known.

@click.command()
def check(...) -> None:
    house = House(now)
    run = Run((*views.ALL, *house.views()), house.settling(today, is_whole=...))
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from functools import cached_property

from registry.gate import consumers, file_names
from registry.gate.checking import Settling
from registry.gate.example_folders import folder_of
from registry.gate.report import Kind, Located
from registry.gate.situations import Situation
from registry.gate.snapshots import Snapshot
from registry.gate.views import Looking, View


class House:
    """The looks that follow from what the folders of one project say.

    Nothing of it is understood before there is something to look at: to import lint
    and policies takes longer than most runs have.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._texts: dict[str, tuple[str, ...]] = {}

    def views(self) -> tuple[View, ...]:
        """Return the looks at a contract by lint and by policies."""
        return (
            View(Kind.LINT, self._lint, self._facts),
            View(Kind.POLICY, self._judge, self._judged_by, consumers.folder_for),
        )

    def settling(
        self,
        roots: Sequence[str],
        today: date,
        *,
        is_whole: bool = False,
        is_from_all_sides: bool = False,
        environment: str = "",
    ) -> Settling | None:
        """Return what marks findings as waived, and tells of the waivers.

        None where there are none.

        Args:
            roots: The folders with contracts, relative to the tree's root.
            is_whole: Whether all contracts are looked at.
            is_from_all_sides: Whether those that are looked at are so from every side.
            environment: The one that is looked at; empty for none.

        """
        if not any(self._snapshot.files_in(each, file_names.WAIVERS) for each in roots):
            return None
        from registry.gate import house_rules  # Late, as all that is understood here.

        return house_rules.settling(
            self._snapshot,
            roots,
            today,
            is_whole=is_whole,
            is_from_all_sides=is_from_all_sides,
            environment=environment,
        )

    @cached_property
    def _looks(self) -> tuple[Looking, Looking]:
        from registry.gate.house_rules import HouseRules  # Late, as above.

        rules = HouseRules(self._snapshot)
        return (rules.lint, rules.judge)

    def _lint(self, it: Situation) -> Iterable[Located]:
        return self._looks[0](it)

    def _judge(self, it: Situation) -> Iterable[Located]:
        return self._looks[1](it)

    def _facts(self, it: Situation) -> Iterator[str]:
        manifest = it.contract.manifest
        yield repr(manifest.document.value)
        yield manifest.file.as_posix()
        yield str(it.contract.name)
        # What a manifest leaves out is what it said before.
        yield str(it.config.validate_new_schemas)
        yield from it.facts()
        yield from self._said(self._snapshot.root_of(manifest.file.as_posix()))

    def _judged_by(self, it: Situation) -> Iterator[str]:
        yield from self._facts(it)
        earlier = None if it.kept is None else it.kept.contract.manifest
        yield repr(None if earlier is None else earlier.document.value)
        files = {
            **it.now.tree.inside(folder_of(it.contract)),
            **consumers.files(it.now, it.contract),
        }
        for name, content in sorted(files.items()):
            yield name
            yield content.decode("latin-1")

    def _said(self, root: str) -> tuple[str, ...]:
        """Return a root folder's settings and policies, as they are written."""
        if root not in self._texts:
            names = (
                self._snapshot.defaults_file(f"{root}/".removeprefix("/")),
                *self._snapshot.files_in(root, file_names.POLICIES),
            )
            found = self._snapshot.tree.read(names)
            self._texts[root] = (
                root,
                *(f"{name}\0{text.decode('latin-1')}" for name, text in found.items()),
            )
        return self._texts[root]
