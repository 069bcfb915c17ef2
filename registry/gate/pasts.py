"""What is said where nobody has written down how many versions there are.

Without a lock file a contract that promises something about all versions is compared
with the one before. That may be all there is, as of a contract that is new; where git
has had other texts of it, it is not.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from registry.domain.levels import Reach
from registry.gate import remarks, rules
from registry.gate.baselines import Baseline
from registry.gate.report import Kind, Located
from registry.gate.situations import Situation

_MOST_NAMED: Final = 3


def is_unknown(it: Situation) -> bool:
    """Whether it is not known how many versions the change is to be held against."""
    kept = it.kept
    if kept is None or kept.newest_lock is not None or it.reach is not Reach.ALL:
        return False
    if kept.subject != str(it.contract.subject):
        return False  # It begins anew.
    is_same_text = kept.latest is not None and kept.latest.source == it.source
    return not is_same_text and not it.is_unchanged


def missed(unsure: Sequence[Situation], baseline: Baseline) -> Iterator[Located]:
    """Yield, for all contracts at once, that versions were not looked at."""
    found = _revised(unsure, baseline)
    if not found:
        return
    file, place = remarks.level_at(found[0].contract, found[0].now)
    noun, verb = ("contract", "promises") if len(found) == 1 else _MANY
    yield rules.found(
        rules.HISTORY_INCOMPLETE,
        Kind.COMPATIBILITY,
        file,
        f"{len(found)} {noun} ({_named(found)}) {verb} something about all versions,"
        " and only the last was compared: there were others, of which no lock file"
        " tells; write it with `wirepact lock --history`",
        place=place,
    )


def notes(unsure: Sequence[Situation], baseline: Baseline) -> Iterator[str]:
    """Yield how far it is not known whether there are more versions."""
    told = {id(each) for each in _revised(unsure, baseline)}
    left = [each for each in unsure if id(each) not in told]
    if left:
        noun, verb = ("contract", "promises") if len(left) == 1 else _MANY
        yield (
            f"{len(left)} {noun} {verb} something about all versions, and no lock file"
            " tells how many there are (`wirepact lock`): what is known was checked"
        )


_MANY: Final = ("contracts", "promise")


def _revised(unsure: Sequence[Situation], baseline: Baseline) -> list[Situation]:
    """Return those of which there were other texts, and none of these is kept."""
    files = {
        it.kept.contract.manifest.schema_file: it
        for it in unsure
        if it.kept is not None and not it.kept.has_texts
    }
    found = baseline.revised(tuple(file.as_posix() for file in files))
    return [it for file, it in files.items() if file.as_posix() in found]


def _named(found: Sequence[Situation]) -> str:
    names = [each.contract.manifest.id for each in found]
    more = len(names) - _MOST_NAMED
    return ", ".join((*names[:_MOST_NAMED], *([f"{more} more"] if more > 0 else ())))
