"""The rows of the table, computed from samples: ratios, their median, and whether the median meets the target."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from .measures import Figure, Job, Measure, Mode
from .running import Outcome

Verdict = Literal["met", "missed", "no target", "not measured"]


@dataclass(frozen=True)
class Row:
    """The result of a measure.

    Args:
        values: the ratio of each round, or our figure if the measure has no peer.
        ours: the median of our samples.
        theirs: the median of the peer's samples.
        reasons: the causes of missing values, such as a missing peer.
    """

    measure: Measure
    values: Sequence[float] = ()
    ours: float | None = None
    theirs: float | None = None
    reasons: Sequence[str] = ()

    @property
    def value(self) -> float | None:
        return median(self.values) if self.values else None

    def verdict(self, mode: Mode) -> Verdict:
        if self.value is None:
            return "not measured"
        met = self.measure.is_met_by(self.value, mode)
        return "no target" if met is None else "met" if met else "missed"


def row(measure: Measure, outcomes: Mapping[Job, Outcome]) -> Row:
    """Return the row of a measure.

    Each ratio is our sample divided by the peer's sample of the same round. If the peer ran more rounds than ours, our
    samples are divided by the median of the peer's samples.
    """
    mine = outcomes[measure.ours.job]
    other = outcomes[measure.theirs.job] if measure.theirs else None
    # The peer's reason comes first, because most missing values are caused by a missing peer.
    reasons = tuple(dict.fromkeys(each.reason for each in (other, mine) if each is not None and each.reason))
    ours = _samples(measure.ours, mine)
    theirs = _samples(measure.theirs, other) if measure.theirs and other else []
    if len(theirs) > len(ours):
        theirs = [median(theirs)] * len(ours)
    values = ours if measure.theirs is None else [one / two for one, two in zip(ours, theirs, strict=False) if two]
    return Row(
        measure,
        () if reasons else values,
        median(ours) if ours else None,
        median(theirs) if theirs else None,
        reasons,
    )


def _samples(figure: Figure, outcome: Outcome) -> list[float]:
    return [sample[figure.name] for sample in outcome.samples]
