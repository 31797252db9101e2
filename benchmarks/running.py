"""The runner of the jobs: one process per run. The jobs of one workload take turns."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from .measures import SIZES, Job, Mode, rounds
from .servers import ROOT, Missing, Servers, clean_environment, interpreter

HERE = Path(__file__).parent
NODE_PACKAGES = ROOT / "tests" / "peers" / "node_modules"
# The contenders that run in Node, with their packages. Each workload has a second script for them.
IN_NODE = {"identity-js": "amazon-cognito-identity-js", "aws-jwt-verify": "aws-jwt-verify"}
PACKAGES = (
    *("anyio", "cryptography", "httpx", "pydantic", "tenacity", "gmpy2", "httptools"),
    *("aiobotocore", "aiohttp", "boto3", "httpcore", "fastapi", "pycognito", "pyjwt", "trio", "uvicorn"),
)
_LONGEST_SECONDS = 1_800
Figures = dict[str, float]


@dataclass
class Outcome:
    """The samples of a job, one per round, or the reason for its failure.

    Args:
        missing: the program or package that is not installed.
        crashed: the error with which a process failed.
    """

    samples: list[Figures] = field(default_factory=list)
    missing: str | None = None
    crashed: str | None = None

    @property
    def reason(self) -> str | None:
        if self.missing:
            return f"missing: {self.missing}"
        return f"crashed: {self.crashed}" if self.crashed else None


class Crashed(Exception):
    """A workload gave no figures: its server did not start, or its process failed, timed out or printed none.

    The message names the failure. If the process wrote an error, this is the last line that names it.
    """


def schedule(jobs: Sequence[Job], repeats: int) -> Iterator[Job]:
    """Yield the jobs in the order in which they run.

    The jobs of one workload take turns, so that a busy moment of the machine does not affect only one of them. Each
    round starts with a different job.
    """
    for workload in dict.fromkeys(job.workload for job in jobs):
        mine = [job for job in jobs if job.workload == workload]
        for number in range(max(rounds(job, repeats) for job in mine)):
            first = number % len(mine)
            yield from (job for job in mine[first:] + mine[:first] if number < rounds(job, repeats))


def run_all(
    jobs: Sequence[Job],
    repeats: int,
    run: Callable[[Job], Figures],
    report: Callable[[str], None],
    *,
    concurrent: int = 1,
) -> dict[Job, Outcome]:
    """Run all rounds of each job. A failed job is not run again.

    Args:
        report: called after each run, with a line about it.
        concurrent: the number of jobs that run at the same time; 1 by default, because jobs disturb each other's
            figures.
    """
    outcomes = {job: Outcome() for job in jobs}

    def run_one(job: Job) -> None:
        outcome, started = outcomes[job], time.monotonic()
        if outcome.reason:
            return
        try:
            outcome.samples.append(run(job))
        except Missing as missing:
            outcome.missing = str(missing)
        except Crashed as crashed:
            outcome.crashed = str(crashed)
        report(f"{time.monotonic() - started:5.1f} s  {job}{': ' + outcome.reason if outcome.reason else ''}")

    with ThreadPoolExecutor(concurrent) as threads:
        for _ in threads.map(run_one, schedule(jobs, repeats)):
            pass
    return outcomes


def run_job(job: Job, mode: Mode, servers: Servers) -> Figures:
    """Run one process and read its figures.

    Raises:
        Missing: if the contender or its server is not installed.
        Crashed: if the server did not start, or the process failed, timed out or printed no figures.
    """
    try:
        server_options = servers.options(job.server) if job.server else {}
    except (OSError, LookupError, RuntimeError, ValueError) as error:
        raise Crashed(f"{job.server}: {error!r}") from None
    command = _command(job, SIZES[job.workload][mode], server_options)
    try:
        done = subprocess.run(
            command,
            cwd=ROOT,
            env=clean_environment(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Crashed(f"timed out after {_LONGEST_SECONDS} s") from None
    return read_figures(done.returncode, done.stdout, done.stderr)


def read_figures(status: int, out: str, err: str) -> Figures:
    """Return the figures in the last line of a process's output.

    Raises:
        Missing: if the line names a missing package instead of figures.
        Crashed: if the process failed or printed no figures.
    """
    if status != 0:
        raise Crashed(error_line(err) or f"exit status {status}")
    try:
        printed = json.loads(out.splitlines()[-1])
    except (IndexError, ValueError):
        raise Crashed(error_line(err) or "the process printed no figures") from None
    if "missing" in printed:
        raise Missing(printed["missing"])
    figures: Figures = printed
    return figures


def error_line(err: str) -> str:
    """Return the last line that names an error, without the `|` and `+` around an exception group.

    Every other `|` becomes `/`, because the line is shown in a Markdown table.
    """
    lines = [line.strip(" |+-") for line in err.splitlines()]
    errors = [line for line in lines if line and not line.startswith(("Node.js", "at "))]
    return errors[-1].replace("|", "/")[:120] if errors else ""


def _command(job: Job, size: float, server_options: dict[str, str]) -> list[str]:
    if package := IN_NODE.get(job.contender):
        node = shutil.which("node")
        if node is None:
            raise Missing("Node")
        if not (NODE_PACKAGES / package).is_dir():
            raise Missing(package)
        return [node, str(HERE / f"{job.workload}.js"), str(NODE_PACKAGES / package), str(int(size))]
    options = [*job.options, *(f"{name}={value}" for name, value in server_options.items())]
    return [interpreter(), "-m", f"benchmarks.{job.workload}", job.contender, str(size), *options]


def versions() -> dict[str, str]:
    """Return the versions of the compared packages in the environment of the workloads."""
    code = (
        "import json, sys\nfrom importlib import metadata\nfound = {}\n"
        "for name in sys.argv[1:]:\n"
        "    try: found[name] = metadata.version(name)\n"
        "    except metadata.PackageNotFoundError: pass\n"
        "print(json.dumps(found))"
    )
    done = subprocess.run([interpreter(), "-c", code, *PACKAGES], capture_output=True, text=True, check=True)
    found: dict[str, str] = json.loads(done.stdout)
    return found
