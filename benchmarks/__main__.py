"""`python -m benchmarks`: everything beside the peers in one run, and one table of what came of it."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from .chart import chart, draw
from .measures import AT_ONCE, MEASURES, REPEATS, SIZES, Measure, Mode
from .report import README, as_json, machine, summary, surroundings, table, write_into_readme
from .results import Row, row
from .running import Outcome, run_all, run_job, versions
from .served import Servers


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure what is asked for, print the table, and tell with the exit status whether something went wrong."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.readme and (options.smoke or options.guard or options.only):
        parser.error("--readme is for the whole table")
    signal.signal(signal.SIGTERM, _stop)
    mode: Mode = "guard" if options.guard else "smoke" if options.smoke else "full"
    measures = chosen(MEASURES, options.only, mode)
    if not measures:
        print(f"no measure is called like {' or '.join(options.only)}", file=sys.stderr)
        return 2
    jobs = list(dict.fromkeys(figure.job for one in measures for figure in (one.theirs, one.ours) if figure))
    ran_on, started = machine(), time.monotonic()  # before the run, whose own load says nothing
    with Servers() as servers:
        outcomes = run_all(
            jobs,
            options.repeats or REPEATS[mode],
            lambda job: run_job(job, mode, servers),
            _tell,
            at_once=AT_ONCE[mode],
        )
    rows = [row(measure, outcomes) for measure in measures]
    compared = versions()
    text = f"{table(rows, mode)}\n\n{summary(rows, mode)} in {time.monotonic() - started:.0f} s.\n\n"
    text += surroundings(ran_on, compared)
    print(text)
    if options.json:
        options.json.write_text(as_json(rows, outcomes, mode, ran_on, compared) + "\n", "utf-8")
    if options.svg:
        options.svg.write_text(chart(text), "utf-8")
    if options.readme:
        write_into_readme(README, text)
        draw()
    return exit_status(rows, list(outcomes.values()), mode, missing_is_wrong=_peers_required())


def chosen(measures: Sequence[Measure], only: Sequence[str], mode: Mode) -> list[Measure]:
    """Those whose name has one of the parts asked for; the guard has those with a bound for it."""
    return [
        measure
        for measure in measures
        if (mode != "guard" or measure.guard is not None)
        and mode in SIZES[measure.ours.job.workload]
        and (not only or any(part in measure.name for part in only))
    ]


def exit_status(rows: Sequence[Row], outcomes: Sequence[Outcome], mode: Mode, *, missing_is_wrong: bool) -> int:
    """1 where a process crashed, a peer is missing that must be there, or the guard's bound is not kept."""
    crashed = any(outcome.crashed for outcome in outcomes)
    missing = missing_is_wrong and any(outcome.missing for outcome in outcomes)
    lost = mode == "guard" and any(row.verdict(mode) != "met" for row in rows)
    return int(crashed or missing or lost)


def _peers_required() -> bool:
    """As the tests have it."""
    return os.environ.get("CI") == "true" or os.environ.get("PEERS_REQUIRED") == "1"


def _stop(number: int, _: FrameType | None) -> NoReturn:
    """End as on Ctrl-C: so that the servers are ended too."""
    sys.exit(128 + number)


def _tell(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="measures with this in their name")
    parser.add_argument("--repeats", type=int, metavar="N", help="rounds, instead of 5 (short ones have more)")
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--smoke", action="store_true", help="a moment of each: that everything runs, not how fast")
    kinds.add_argument("--guard", action="store_true", help="the stable ratios only, and fail if one is lost")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the chart of SRP handshakes")
    parser.add_argument(
        "--readme", action="store_true", help="write the table into benchmarks/README.md, and draw chart.svg from it"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
