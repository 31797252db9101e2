"""`python -m benchmarks`: measure the package and other libraries, its peers, and print the results as one table."""

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
from .measures import CONCURRENT, MEASURES, REPEATS, SIZES, Measure, Mode
from .report import README, as_json, machine, summary, surroundings, table, write_into_readme
from .results import Row, row
from .running import Outcome, run_all, run_job, versions
from .servers import Servers


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the chosen measures, print the table, and return the exit status."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.readme and (options.smoke or options.guard or options.only):
        parser.error("--readme must not be used with --smoke, --guard or --only, because README.md has all measures")
    signal.signal(signal.SIGTERM, _stop)
    mode: Mode = "guard" if options.guard else "smoke" if options.smoke else "full"
    measures = chosen(MEASURES, options.only, mode)
    if not measures:
        print(f"no measure has {' or '.join(options.only)} in its name", file=sys.stderr)
        return 2
    jobs = list(dict.fromkeys(figure.job for one in measures for figure in (one.theirs, one.ours) if figure))
    ran_on, started = machine(), time.monotonic()  # before the run, because the run itself raises the load
    with Servers() as servers:
        outcomes = run_all(
            jobs,
            options.repeats or REPEATS[mode],
            lambda job: run_job(job, mode, servers),
            _print_progress,
            concurrent=CONCURRENT[mode],
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
    return exit_status(rows, list(outcomes.values()), mode, peers_required=_peers_required())


def chosen(measures: Sequence[Measure], only: Sequence[str], mode: Mode) -> list[Measure]:
    """Return the measures that run in this mode. With `only`, their names must contain one of its strings."""
    return [
        measure
        for measure in measures
        if (mode != "guard" or measure.guard is not None)
        and mode in SIZES[measure.ours.job.workload]
        and (not only or any(part in measure.name for part in only))
    ]


def exit_status(rows: Sequence[Row], outcomes: Sequence[Outcome], mode: Mode, *, peers_required: bool) -> int:
    """Return 1 if a process crashed, a required peer is missing, or a bound of guard mode is not met; otherwise 0."""
    crashed = any(outcome.crashed for outcome in outcomes)
    missing = peers_required and any(outcome.missing for outcome in outcomes)
    lost = mode == "guard" and any(row.verdict(mode) != "met" for row in rows)
    return int(crashed or missing or lost)


def _peers_required() -> bool:
    """Return whether a missing peer is an error. The tests in tests/peers read the same variables."""
    return os.environ.get("CI") == "true" or os.environ.get("PEERS_REQUIRED") == "1"


def _stop(number: int, _: FrameType | None) -> NoReturn:
    """Raise `SystemExit` on SIGTERM, so that the servers are stopped. By default, SIGTERM would leave them running."""
    sys.exit(128 + number)


def _print_progress(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="run only the measures with NAME in their name; repeatable",
    )
    parser.add_argument(
        "--repeats",
        type=int,
        metavar="N",
        help="number of rounds; 5 by default, 3 with --guard, 1 with --smoke (short workloads run a multiple of it)",
    )
    kinds = parser.add_mutually_exclusive_group()
    kinds.add_argument("--smoke", action="store_true", help="run each workload briefly, only to check that it works")
    kinds.add_argument(
        "--guard", action="store_true", help="run only the measures that vary little; fail if one misses its bound"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures as JSON")
    parser.add_argument("--svg", type=Path, metavar="FILE", help="draw the chart of SRP handshakes")
    parser.add_argument(
        "--readme", action="store_true", help="write the table into benchmarks/README.md, and draw chart.svg from it"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
