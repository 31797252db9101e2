"""From samples to rows: the median and the spread of the ratios of neighbours, and what is to be said of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from .measures import Figure, Job, Measure, Mode
from .running import Outcome

Verdict = Literal["met", "missed", "not measured"]


@dataclass(frozen=True)
class Row:
    """What came of a measure: ratios (or, against nobody, figures), one for each round."""

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
        return "met" if self.measure.keeps(self.value, mode) else "missed"


def row(measure: Measure, outcomes: Mapping[Job, Outcome]) -> Row:
    """Compare each sample with the one that was taken beside it; one that has no such, with the median."""
    mine = outcomes[measure.ours.job]
    other = outcomes[measure.theirs.job] if measure.theirs else None
    # In this order: the peer's name is what the reader must see first.
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
