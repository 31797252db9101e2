"""The results as a Markdown table, and as JSON."""

from __future__ import annotations

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

from .measures import Job, Mode, Unit
from .results import Row, Verdict
from .running import Outcome

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"
TABLE_COLUMNS = ("measure", "against", "target", "result", "spread", "ours", "theirs", "verdict")
SECONDS = {"µs": 1e-6, "ms": 1e-3, "s": 1.0}
_SIGN = {False: "≤", True: "≥"}


def table(rows: Sequence[Row], mode: Mode) -> str:
    """Return the results as a Markdown table with aligned columns."""
    cells = [TABLE_COLUMNS, *(_cells(row, mode) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(TABLE_COLUMNS))]
    lines = ["| " + " | ".join(map(str.ljust, line, widths)) + " |" for line in cells]
    lines.insert(1, "|" + "|".join("-" * (width + 2) for width in widths) + "|")
    return "\n".join(lines)


def _cells(row: Row, mode: Mode) -> tuple[str, ...]:
    measure = row.measure
    # Without a peer, the result is our figure. Otherwise it is a ratio, which has no unit.
    unit = measure.ours.unit if measure.theirs is None else None
    bound, ours = measure.bound(mode), quantity(row.ours, measure.ours.unit)
    theirs = quantity(row.theirs, measure.theirs.unit) if measure.theirs else "–"
    spread = f"{quantity(min(row.values), unit)} … {quantity(max(row.values), unit)}" if len(row.values) > 1 else "–"
    return (
        measure.what,
        measure.against or "–",
        "–" if bound is None else f"{_SIGN[measure.more]} {quantity(bound, unit)}",
        quantity(row.value, unit),
        spread,
        ours,
        theirs,
        "; ".join(row.reasons) or row.verdict(mode),
    )


def quantity(value: float | None, unit: Unit | None) -> str:
    """Format a figure with its unit. A figure without a unit is a ratio."""
    if value is None:
        return "–"
    match unit:
        case "s":
            return _duration(value)
        case "/s":
            return f"{value:,.0f} /s" if value >= 100 else f"{value:.3g} /s"
        case "B":
            return f"{value / 2**20:.1f} MiB" if value >= 2**20 else f"{value / 2**10:.2f} KiB"
        case None:
            return f"{value:.3g} ×"


def _duration(seconds: float) -> str:
    if seconds < 1e-3:
        return f"{seconds / SECONDS['µs']:.0f} µs"
    return f"{seconds / SECONDS['ms']:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def machine() -> dict[str, str]:
    """Return the date (UTC) and the machine: its hardware, load, operating system and version of Python."""
    processor = platform.processor() or platform.machine()
    memory = ""
    if Path("/proc/cpuinfo").exists():
        found = [line.partition(":")[2].strip() for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
        processor = found[0] if found else processor
        memory = f"{int(_lines('/proc/meminfo')[0].split()[1]) / 2**20:.0f} GiB"
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "processor": f"{processor}, {os.cpu_count()} cores",
        "memory": memory,
        "load": " ".join(f"{load:.1f}" for load in os.getloadavg()),
        "system": platform.platform(),
        "Python": platform.python_version(),
    }


def write_into_readme(path: Path, text: str) -> None:
    """Replace the text between the two markers.

    Raises:
        ValueError: if the file lacks a marker.
    """
    before, begin, rest = path.read_text("utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise ValueError(f"{path} has no {BEGIN} and {END}")
    path.write_text(f"{before}{begin}\n{text}\n{end}{after}", "utf-8")


def summary(rows: Sequence[Row], mode: Mode) -> str:
    """Return one line with the number of targets met and missed."""
    verdicts = [row.verdict(mode) for row in rows]
    counts = [f"{verdicts.count(each)} {each}" for each in get_args(Verdict) if each in verdicts]
    return f"{len(rows)} measures: {', '.join(counts)}"


def surroundings(ran_on: Mapping[str, str], versions: Mapping[str, str]) -> str:
    """Return two lines: the machine and the versions of the packages."""
    machine_line = "; ".join(f"{name}: {value}" for name, value in ran_on.items() if value)
    return f"{machine_line}.\n{', '.join(f'{name} {version}' for name, version in versions.items())}."


def as_json(
    rows: Sequence[Row],
    outcomes: Mapping[Job, Outcome],
    mode: Mode,
    ran_on: Mapping[str, str],
    versions: Mapping[str, str],
) -> str:
    """Return all rows and samples as JSON. A job without samples has the reason for its failure instead."""
    return json.dumps(
        {
            "mode": mode,
            "machine": dict(ran_on),
            "versions": dict(versions),
            "rows": [_row_as_data(row, mode) for row in rows],
            "samples": {str(job): outcome.samples or outcome.reason for job, outcome in outcomes.items()},
        },
        indent=2,
        ensure_ascii=False,
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text("utf-8").splitlines()


def _row_as_data(row: Row, mode: Mode) -> dict[str, Any]:
    measure = row.measure
    return {
        "name": measure.name,
        "measure": measure.what,
        "against": measure.against,
        "target": measure.target,
        "better": "more" if measure.more else "less",
        "value": row.value,
        "values": list(row.values),
        "ours": row.ours,
        "theirs": row.theirs,
        "unit": measure.ours.unit,
        "verdict": row.verdict(mode),
        "reasons": list(row.reasons),
    }
