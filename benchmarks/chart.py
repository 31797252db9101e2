"""The ratios as a picture: how many times better than the peer, on a scale of powers of two, the targets as marks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from .results import Row

_LABELS, _BARS, _LINE, _TOP = 540, 420, 22, 56
_STYLE = """
  text { font: 12px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 15px; font-weight: 600 }
  .quiet, .axis { fill: #656d76 }
  .axis { text-anchor: middle }
  .label { text-anchor: end }
  .grid { stroke: #d1d9e0 }
  .peer { stroke: #656d76 }
  .target { stroke: #1f2328; stroke-width: 2 }
  .met { fill: #1a7f37 }
  .missed { fill: #bc4c00 }
"""


def chart(rows: Sequence[Row]) -> str:
    """An SVG with a bar for each peer; what has none, or no figures, is in the table only."""
    shown = [row for row in rows if row.measure.has_peer and row.value]
    factors = [_times_better(row, row.value or 1) for row in shown]
    targets = [_times_better(row, row.measure.target) for row in shown]
    low = math.floor(math.log2(min([0.5, *factors, *targets])))
    high = math.ceil(math.log2(max([2.0, *factors, *targets])))
    height = _TOP + _LINE * len(shown) + 30

    def across(factor: float) -> float:
        return _LABELS + (math.log2(factor) - low) / (high - low) * _BARS

    def lines() -> Iterator[str]:
        width = _LABELS + _BARS + 70
        yield f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">'
        yield f"<title>cognito_async beside its peers</title><style>{_STYLE}</style>"
        yield f'<rect width="{width}" height="{height}" fill="#ffffff"/>'
        yield '<text class="title" x="16" y="24">How many times better than the peer</text>'
        yield '<text class="quiet" x="16" y="42">longer is better; the mark is the target</text>'
        bottom = height - 24
        for power in range(low, high + 1):
            x = across(2.0**power)
            kind = "peer" if power == 0 else "grid"
            yield f'<line class="{kind}" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP - 4}" y2="{bottom}"/>'
            yield f'<text class="axis" x="{x:.1f}" y="{height - 8}">{_power(power)}×</text>'
        for number, (row, factor, target) in enumerate(zip(shown, factors, targets, strict=True)):
            y = _TOP + number * _LINE
            left, right = sorted((across(1), across(factor)))
            label = escape(f"{row.measure.what} / {row.measure.against}".replace("`", ""))
            yield f'<text class="label" x="{_LABELS - 10}" y="{y + 13}">{label}</text>'
            yield (
                f'<rect class="{row.verdict("full")}" x="{left:.1f}" y="{y + 3}" width="{max(right - left, 1):.1f}" '
                f'height="{_LINE - 8}"/>'
            )
            mark = across(target)
            yield f'<line class="target" x1="{mark:.1f}" x2="{mark:.1f}" y1="{y + 1}" y2="{y + _LINE - 3}"/>'
            yield f'<text x="{max(right, mark) + 6:.1f}" y="{y + 13}">{factor:.3g}×</text>'
        yield "</svg>\n"

    return "\n".join(lines())


def _power(power: int) -> str:
    return str(2**power) if power >= 0 else f"1/{2**-power}"


def _times_better(row: Row, ratio: float) -> float:
    return ratio if row.measure.more else 1 / ratio
