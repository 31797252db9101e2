"""Runs jobs, each in a process of its own, in turns with its peers, and knows why one has no figures."""

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
from .served import ROOT, Missing, Servers, clean_environment, interpreter

HERE = Path(__file__).parent
IDENTITY_JS = ROOT / "tests" / "peers" / "node_modules" / "amazon-cognito-identity-js"
PACKAGES = (
    *("anyio", "cryptography", "httpx", "pydantic", "tenacity", "gmpy2", "httptools"),
    *("aiobotocore", "aiohttp", "boto3", "httpcore", "pycognito", "trio", "uvicorn"),
)
_LONGEST_SECONDS = 1_800
Figures = dict[str, float]


@dataclass
class Outcome:
    """What a job printed, each time, or why there is nothing."""

    samples: list[Figures] = field(default_factory=list)
    missing: str | None = None
    crashed: str | None = None

    @property
    def reason(self) -> str | None:
        if self.missing:
            return f"missing: {self.missing}"
        return f"crashed: {self.crashed}" if self.crashed else None


class Crashed(Exception):
    """A workload ended without figures; its last words."""


def turns(jobs: Sequence[Job], repeats: int) -> Iterator[Job]:
    """The jobs of a workload in turns, so that what disturbs one disturbs all; each round begins with another."""
    for workload in dict.fromkeys(job.workload for job in jobs):
        mine = [job for job in jobs if job.workload == workload]
        for number in range(max(rounds(job, repeats) for job in mine)):
            first = number % len(mine)
            yield from (job for job in mine[first:] + mine[:first] if number < rounds(job, repeats))


def run_all(
    jobs: Sequence[Job],
    repeats: int,
    run: Callable[[Job], Figures],
    tell: Callable[[str], None],
    *,
    at_once: int = 1,
) -> dict[Job, Outcome]:
    """Run each job so many times; one that failed is not tried again. More than one `at_once` disturb each other."""
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
        tell(f"{time.monotonic() - started:5.1f} s  {job}{': ' + outcome.reason if outcome.reason else ''}")

    with ThreadPoolExecutor(at_once) as threads:
        for _ in threads.map(run_one, turns(jobs, repeats)):
            pass
    return outcomes


def run_job(job: Job, mode: Mode, servers: Servers) -> Figures:
    """Run one process and read its figures.

    Raises:
        Missing: when it, or its server, is not installed.
        Crashed: when it printed none.
    """
    try:
        known = servers.options(job.server) if job.server else {}
    except (OSError, LookupError, RuntimeError, ValueError) as error:
        raise Crashed(f"{job.server}: {error!r}") from None
    command = _command(job, SIZES[job.workload][mode], known)
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
        raise Crashed(f"not done after {_LONGEST_SECONDS} s") from None
    return read_figures(done.returncode, done.stdout, done.stderr)


def read_figures(status: int, out: str, err: str) -> Figures:
    """What a process printed: its figures, or a name of what it misses, or nothing."""
    if status != 0:
        raise Crashed(last_words(err) or f"exit status {status}")
    try:
        printed = json.loads(out.splitlines()[-1])
    except (IndexError, ValueError):
        raise Crashed(last_words(err) or "it printed no figures") from None
    if "missing" in printed:
        raise Missing(printed["missing"])
    figures: Figures = printed
    return figures


def last_words(err: str) -> str:
    """The line that says what went wrong, without the frame of an exception group and what would break the table."""
    lines = [line.strip(" |+-") for line in err.splitlines()]
    said = [line for line in lines if line and not line.startswith(("Node.js", "at "))]
    return said[-1].replace("|", "/")[:120] if said else ""


def _command(job: Job, size: float, known: dict[str, str]) -> list[str]:
    if job.contender == "identity-js":
        node = shutil.which("node")
        if node is None:
            raise Missing("Node")
        if not IDENTITY_JS.is_dir():
            raise Missing("amazon-cognito-identity-js")
        return [node, str(HERE / "srp.js"), str(IDENTITY_JS), str(int(size))]
    options = [*job.options, *(f"{name}={value}" for name, value in known.items())]
    return [interpreter(), "-m", f"benchmarks.{job.workload}", job.contender, str(size), *options]


def versions() -> dict[str, str]:
    """Of the packages that are compared, in the interpreter that runs them."""
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
