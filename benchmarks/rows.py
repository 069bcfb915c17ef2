"""A claim, and the row that says whether it held."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from benchmarks.alternating import median_ratio


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of a measurement.

    Attributes:
        against: Whom the ratio is to, `ours / against`.
        at_most: The goal; with `at_least` also None, the row is for information.

    """

    suite: str
    name: str
    unit: str
    against: Literal["peer", "limit"]
    at_most: float | None = None
    at_least: float | None = None

    @property
    def goal(self) -> str | None:
        if self.at_most is not None:
            return f"<= {self.at_most:g} x {self.against}"
        if self.at_least is not None:
            return f">= {self.at_least:g} x {self.against}"
        return None

    def holds(self, ratio: float) -> bool | None:
        """Return whether the goal is met; None where there is none."""
        if self.at_most is not None:
            return ratio <= self.at_most
        if self.at_least is not None:
            return ratio >= self.at_least
        return None


@dataclass(frozen=True, slots=True)
class Row:
    """A claim with what was measured: medians, and the median ratio of the rounds.

    Attributes:
        peer: Another implementation of the same; None where it is not measured.
        limit: The least that has to be done in any case; likewise.
        spread: The lowest and the highest ratio of a round.

    """

    claim: Claim
    ours: float
    peer: float | None
    limit: float | None
    ratio: float
    spread: tuple[float, float]
    runs: int

    @property
    def holds(self) -> bool | None:
        return self.claim.holds(self.ratio)


def row(
    claim: Claim,
    ours: Sequence[float],
    *,
    peer: Sequence[float] | None = None,
    limit: Sequence[float] | None = None,
) -> Row:
    """Make the row of a claim from the samples of alternating rounds."""
    others = peer if claim.against == "peer" else limit
    assert others is not None, claim
    ratios = [one / other for one, other in zip(ours, others, strict=True)]
    return Row(
        claim,
        median(ours),
        None if peer is None else median(peer),
        None if limit is None else median(limit),
        median_ratio(ours, others),
        (min(ratios), max(ratios)),
        len(ours),
    )
