"""The chart `chart.svg`: the CPU time of one SRP handshake, with a bar for each library.

`python -m benchmarks.chart` draws it from the table in README.md.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from xml.sax.saxutils import escape

from .measures import MEASURES
from .report import README, SECONDS, TABLE_COLUMNS

CHART = Path(__file__).with_name("chart.svg")
_OURS, _THEIRS = TABLE_COLUMNS.index("ours"), TABLE_COLUMNS.index("theirs")
# For each bar: its label, the name of the measure, and the column of the table that has the time.
_BARS = (
    ("amazon-cognito-identity-js (Node.js)", "srp-js", _THEIRS),
    ("pycognito", "srp", _THEIRS),
    ("cognito_async", "srp", _OURS),
    ("cognito_async[fast]", "srp-fast", _OURS),
)
_TITLE = "CPU time of one SRP sign-in"
_ABOUT = "The client's arithmetic only. Shorter is better."
# A phone shows the image about 340 pixels wide: text of 16 units is then 13 pixels high.
_WIDTH, _MARGIN, _VALUE = 400, 16, 76
_ROW, _TOP, _LINE = 50, 66, 20
_STYLE = """
  text { font: 16px system-ui, sans-serif; fill: #1f2328 }
  .title { font-size: 18px; font-weight: 600 }
  .quiet { font-size: 14px; fill: #59636e }
  .background { fill: #ffffff }
  .ours { fill: #1a7f37 }
  .theirs { fill: #818b98 }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc }
    .quiet { fill: #9198a1 }
    .background { fill: #0d1117 }
    .ours { fill: #3fb950 }
  }
"""


def chart(results: str) -> str:
    """Return the chart as SVG. A library whose time is missing has no bar.

    Args:
        results: the table of results and the two lines below it, as README.md shows them.
    """
    times = _times(results)
    longest = max((seconds for _, seconds in times.values()), default=1.0)
    caption = textwrap.wrap(_measured_on(results), 42)
    height = _TOP + _ROW * len(times) + _LINE * len(caption) + _MARGIN
    description = "; ".join(f"{label}: {shown}" for label, (shown, _) in times.items())

    def lines() -> Iterator[str]:
        size = f'viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH * 1.2:.0f}" height="{height * 1.2:.0f}"'
        yield f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img">'
        yield f"<title>{_TITLE}</title><desc>{escape(description)}</desc><style>{_STYLE}</style>"
        yield f'<rect class="background" width="{_WIDTH}" height="{height}" rx="8"/>'
        yield f'<text class="title" x="{_MARGIN}" y="30">{_TITLE}</text>'
        yield f'<text class="quiet" x="{_MARGIN}" y="52">{_ABOUT}</text>'
        for number, (label, (shown, seconds)) in enumerate(times.items()):
            y = _TOP + number * _ROW
            width = max(seconds / longest * (_WIDTH - 2 * _MARGIN - _VALUE), 2)
            owner = "ours" if label.startswith("cognito_async") else "theirs"
            yield f'<text x="{_MARGIN}" y="{y + 18}">{escape(label)}</text>'
            yield f'<rect class="{owner}" x="{_MARGIN}" y="{y + 25}" width="{width:.1f}" height="18" rx="2"/>'
            yield f'<text x="{_MARGIN + width + 8:.1f}" y="{y + 40}">{escape(shown)}</text>'
        for number, line in enumerate(caption):
            y = _TOP + _ROW * len(times) + _LINE * (number + 1)
            yield f'<text class="quiet" x="{_MARGIN}" y="{y}">{escape(line)}</text>'
        yield "</svg>\n"

    return "\n".join(lines())


def draw() -> None:
    """Draw `chart.svg` from the table in README.md."""
    CHART.write_text(chart(README.read_text("utf-8")), "utf-8")


def _times(results: str) -> Mapping[str, tuple[str, float]]:
    """Return the time of each bar, as the table shows it and in seconds."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in results.splitlines() if "|" in line]
    by_measure = {(row[0], row[1]): row for row in rows if len(row) == len(TABLE_COLUMNS)}
    measures = {measure.name: (measure.what, measure.against or "") for measure in MEASURES}
    times = {}
    for label, name, column in _BARS:
        shown = by_measure[measures[name]][column] if measures[name] in by_measure else ""
        number, _, unit = shown.partition(" ")
        if unit in SECONDS:
            times[label] = (shown, float(number) * SECONDS[unit])
    return times


def _measured_on(results: str) -> str:
    """Return the caption, with the facts from the lines below the table; an empty one if a fact is missing."""
    facts = dict(re.findall(r"(date|processor|Python): ([^;\n]*?)(?=[;\n]|\.$)", results, re.MULTILINE))
    if facts.keys() != {"date", "processor", "Python"}:
        return ""
    return f"Medians. Measured on {facts['date']}: {facts['processor']}, Python {facts['Python']}."


if __name__ == "__main__":
    draw()
