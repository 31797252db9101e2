"""The test suites to compare. Each run is a separate process, as a user would start it."""

from __future__ import annotations

import os
import resource
import subprocess
import tempfile
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
EXAMPLES = ROOT / "examples"


@dataclass(frozen=True)
class Suite:
    """The tests in `folder`, of the project in `examples/`."""

    project: str
    side: str
    folder: Path

    @property
    def lines(self) -> int:
        """The number of lines, fixtures included, without blank lines and comments."""
        texts = [path.read_text("utf-8") for path in self.folder.rglob("*.py")]
        stripped = [line.strip() for text in texts for line in text.splitlines()]
        return sum(bool(line) and not line.startswith("#") for line in stripped)

    @property
    def import_path(self) -> Path:
        return EXAMPLES / self.project


SUITES = (
    Suite("orders_service", "cognito_async", EXAMPLES / "orders_service" / "tests"),
    Suite("orders_service", "moto", HERE / "moto_orders"),
    Suite("lambda_triggers", "cognito_async", EXAMPLES / "lambda_triggers" / "tests"),
    Suite("lambda_triggers", "moto", HERE / "moto_triggers"),
)


@dataclass(frozen=True)
class Run:
    """One run of a suite, in seconds: by the clock, of the processor, and each test by the clock."""

    names: tuple[str, ...]

    wall: float
    cpu: float
    tests: tuple[float, ...]


def run(python: Path, suite: Suite) -> Run:
    """Run a suite.

    Raises:
        RuntimeError: if a test fails.
    """
    before, started = _cpu(), time.perf_counter()
    cases = run_tests(python, suite.folder, suite.import_path)
    wall, cpu = time.perf_counter() - started, _cpu() - before
    names = tuple(f"{case.get('classname')}.{case.get('name')}" for case in cases)
    return Run(names, wall, cpu, tuple(float(case.get("time", "nan")) for case in cases))


def run_tests(python: Path, folder: Path, import_path: Path) -> list[ET.Element]:
    """Run the tests of a folder, and return the cases of the report.

    Raises:
        RuntimeError: if a test fails.
    """
    with tempfile.TemporaryDirectory() as temporary:
        report = Path(temporary) / "report.xml"
        done = subprocess.run(
            [python, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", folder],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(import_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise RuntimeError(f"{folder}:\n{done.stdout}{done.stderr}")
        return list(ET.parse(report).iter("testcase"))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def row(suite: Suite, runs: Sequence[Run]) -> str:
    """Return a row of the table. The first run of each suite has no bytecode. A test counts once for both loops."""
    first, others = runs[0], runs[1:]
    count = len({name.replace("[asyncio]", "").replace("[trio]", "") for name in first.names})
    each = [seconds for one in others for seconds in one.tests]
    cells = [
        f"`{suite.project}`",
        suite.side,
        str(count),
        str(suite.lines),
        f"{suite.lines / count:.1f}",
        f"{first.wall:.1f} s",
        f"{median(one.wall for one in others):.1f} s",
        f"{median(one.cpu for one in others):.1f} s",
        f"{1000 * median(each):.0f} ms",
    ]
    return f"| {' | '.join(cells)} |"


HEADING = """\
| tests of | written with | tests | lines | lines per test | first run | run | CPU of a run | median test |
|---|---|---|---|---|---|---|---|---|"""
