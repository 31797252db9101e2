"""All measures with their peers and targets: the table of the benchmarks, as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

Mode = Literal["full", "guard", "smoke"]
Unit = Literal["s", "/s", "B"]


@dataclass(frozen=True)
class Job:
    """One workload with one contender. Each run of a job is a separate process.

    Args:
        workload: the name of its module in `benchmarks`.
        contender: the library that it measures, in one configuration.
        server: the name of the server that it calls, if any.
        options: further arguments of the workload, as `NAME=VALUE`.
    """

    workload: str
    contender: str
    server: str | None = None
    options: tuple[str, ...] = ()

    def __str__(self) -> str:
        return " ".join(filter(None, (self.workload, self.contender, self.server, *self.options)))


@dataclass(frozen=True)
class Figure:
    """One figure in the output of a job."""

    job: Job
    name: str
    unit: Unit


@dataclass(frozen=True)
class Measure:
    """One row of the table.

    Args:
        name: the name by which `--only` selects the measure. A part of the name suffices.
        what: the measured quantity, in words.
        ours: the figure of our package.
        target: the upper bound of the result, or its lower bound if `more` is true; `None` if the measure only
            reports.
        against: the peer, in words; `None` if the result is our figure, and not a ratio.
        theirs: the figure of the peer.
        more: whether a higher result is better.
        guard: the bound in guard mode. All results so far met it, but a clear regression would miss it. `None` if the
            result varies too much for such a bound; then guard mode leaves the measure out.
    """

    name: str
    what: str
    ours: Figure
    target: float | None
    against: str | None = None
    theirs: Figure | None = None
    more: bool = False
    guard: float | None = None

    @property
    def has_peer(self) -> bool:
        """Return whether the measure compares contenders or servers, and not our package with itself."""
        if self.theirs is None:
            return False
        mine, other = self.ours.job, self.theirs.job
        return (mine.contender, mine.server) != (other.contender, other.server)

    def bound(self, mode: Mode) -> float | None:
        return self.guard if mode == "guard" and self.guard is not None else self.target

    def is_met_by(self, value: float, mode: Mode) -> bool | None:
        """Return whether the result meets the bound; `None` if there is none."""
        bound = self.bound(mode)
        if bound is None:
            return None
        return value >= bound if self.more else value <= bound


# The size of each workload, in the unit that its function `measure` names. A mode without a size skips the workload.
SIZES: dict[str, dict[Mode, float]] = {
    "srp": {"full": 20, "guard": 10, "smoke": 1},
    "imports": {"full": 1, "guard": 1, "smoke": 1},
    "ticker": {"full": 2, "smoke": 0.2},
    "calls": {"full": 1.5, "guard": 0.8, "smoke": 0.1},
    "protection": {"full": 1.5, "guard": 0.8, "smoke": 0.1},
    "sign_ins": {"full": 60, "smoke": 2},
    "memory": {"full": 2_000, "smoke": 10},
    "leftovers": {"full": 20_000, "smoke": 20},
    "crowd": {"full": 1, "smoke": 0.002},
    "verifications": {"full": 20, "guard": 10, "smoke": 1},
    "routes": {"full": 20, "guard": 10, "smoke": 1},
}
REPEATS: dict[Mode, int] = {"full": 5, "guard": 3, "smoke": 1}
# The number of jobs that run at the same time. Jobs disturb each other's figures, which only smoke mode ignores.
CONCURRENT: dict[Mode, int] = {"full": 1, "guard": 1, "smoke": 4}
# Factors for the number of rounds of workloads that are short and whose figures vary much.
MORE_ROUNDS = {"imports": 5, "srp": 2, "ticker": 3, "verifications": 3}
# Workloads that run only once, because they take long and their figures hardly vary.
ONE_ROUND = {"memory", "leftovers"}


def rounds(job: Job, repeats: int) -> int:
    """Return the number of rounds of a job. `repeats` is the number for jobs that are neither short nor long."""
    if job.workload in ONE_ROUND or "concurrent=10000" in job.options:
        return 1
    return repeats * MORE_ROUNDS.get(job.workload, 1)


def _measures() -> Iterator[Measure]:
    yield from _handshakes()
    yield from _lateness()
    yield from _calls()
    yield from _protection()
    yield from _starts()
    yield from _sign_ins()
    yield from _crowds()
    yield from _verifications()
    yield from _routes()


def _handshakes() -> Iterator[Measure]:
    def srp(contender: str, name: str = "cpu") -> Figure:
        return Figure(Job("srp", contender), name, "s")

    ours, peer = srp("default"), srp("pycognito")
    what = "SRP handshake, client CPU, "
    yield Measure("srp", what + "`pow()`", ours, 0.37, "pycognito", peer, guard=0.45)
    yield Measure("srp-js", what + "`pow()`", ours, 0.08, "amazon-cognito-identity-js", srp("identity-js"))
    yield Measure("srp-fast", what + "gmpy2", srp("fast"), 0.06, "pycognito", peer, guard=0.09)
    first, peer = srp("default", "first"), srp("pycognito", "first")
    yield Measure("srp-first", "first handshake in a fresh process", first, 0.6, "pycognito's", peer, guard=0.8)


def _lateness() -> Iterator[Measure]:
    ours, fast, peer = (
        Figure(Job("ticker", contender, "local"), "p99", "s") for contender in ("default", "fast", "pycognito")
    )
    what = "lateness of a 1 ms ticker while 20 sign-ins run (p99), "
    yield Measure("ticker", what + "`pow()`", ours, 0.05, "pycognito's in threads", peer)
    yield Measure("ticker-default", what + "`pow()`", ours, 0.015)
    yield Measure("ticker-fast", what + "gmpy2", fast, 0.005)


def _calls() -> Iterator[Measure]:
    def cpu(contender: str, concurrent: int, *options: str) -> Figure:
        return Figure(Job("calls", contender, "canned", (f"concurrent={concurrent}", *options)), "cpu", "s")

    def rate(contender: str, concurrent: int, *options: str) -> Figure:
        return replace(cpu(contender, concurrent, *options), name="rate", unit="/s")

    core, bare = "bare httpcore connections", "raw aiohttp"
    for count in (1, 50, 1000):
        at, guarded = f", {count} at once", count == 50
        ours, fast = cpu("default", count), cpu("fast", count)
        peers = {name: cpu(name, count) for name in ("httpcore", "aiobotocore", "aiohttp")}
        bounds = (1.5, 0.6, 1.6) if guarded else (None, None, None)
        what = "unsigned call, CPU"
        yield Measure(f"call-{count}", what + at, ours, 1.25, core, peers["httpcore"], guard=bounds[0])
        what += ", `[fast]`"
        yield Measure(f"call-fast-{count}", what + at, fast, 0.45, "aiobotocore", peers["aiobotocore"], guard=bounds[1])
        yield Measure(f"call-fast-bare-{count}", what + at, fast, 1.3, bare, peers["aiohttp"], guard=bounds[2])
    for contender, label, factor in (("default", "", 2.5), ("fast", ", `[fast]`", 7)):
        ours, what = rate(contender, 1000), f"throughput, 1000 at once{label}"
        stock = rate("httpx", 1000)
        yield Measure(f"rate-{contender}", what, ours, factor, "stock `httpx.AsyncClient`", stock, more=True)
        yield Measure(f"rate-{contender}-50", what, ours, 0.9, "itself at 50", rate(contender, 50), more=True)
    for contender, label, factor in (("default", "", 0.9), ("fast", ", `[fast]`", 0.5)):
        ours, peer = cpu(contender, 50, "signed=1"), cpu("aiobotocore", 50, "signed=1")
        what = f"signed call, CPU, 50 at once{label}"
        yield Measure(f"signed-{contender}", what, ours, factor, "aiobotocore's signed call", peer)
    for contender, label in (("default", ""), ("fast", ", `[fast]`")):
        ours, peer = rate(contender, 50, "backend=trio"), rate(contender, 50)
        what = f"throughput on trio, 50 at once{label}"
        yield Measure(f"trio-{contender}", what, ours, 0.8, "itself on asyncio", peer, more=True)


def _protection() -> Iterator[Measure]:
    for name, label, options in (("protection", "unsigned", ()), ("protection-signed", "signed", ("signed=1",))):
        job = Job("protection", "fast", "canned", options)
        ours, whole = Figure(job, "protection", "s"), Figure(job, "cpu", "s")
        what = f"locks and masks in a call, {label}, `[fast]`, CPU"
        yield Measure(name, what, ours, 0.03, "the whole call", whole, guard=0.03)


def _starts() -> Iterator[Measure]:
    ours, five, peer = (
        Figure(Job("imports", contender), "cpu", "s") for contender in ("default", "dependencies", "pycognito")
    )
    what = "`import cognito_async` + `UserPool(…)`, CPU"
    yield Measure("start", what, ours, 1.35, "importing its five dependencies", five, guard=1.1)
    yield Measure("start-pycognito", what, ours, 0.5, "pycognito + its boto3 client", peer, guard=0.45)


def _sign_ins() -> Iterator[Measure]:
    def sign_ins(contender: str, server: str = "local", name: str = "rate") -> Figure:
        return Figure(Job("sign_ins", contender, server), name, "/s")

    what = "whole SRP sign-ins per second of CPU, local pool in another process"
    ours, fast, peer = (sign_ins(contender) for contender in ("default", "fast", "pycognito"))
    yield Measure("sign-in", what, ours, 2.6, "pycognito", peer, more=True)
    yield Measure("sign-in-fast", what + ", `[fast]`", fast, 10, "pycognito", peer, more=True)
    what = "local pool, `[fast]`: SRP sign-ins that it serves per second of its CPU"
    ours, peer = (sign_ins("fast", server, "served_rate") for server in ("local", "ministack"))
    yield Measure("served", what, ours, 8, "ministack", peer, more=True)
    held, gone = Job("memory", "fast", "local"), Job("leftovers", "fast", "local")
    yield Measure("memory", "memory per signed-in user beyond its token text", Figure(held, "each", "B"), 4096)
    late, early = Figure(gone, "late", "B"), Figure(gone, "early", "B")
    yield Measure("leftovers", "memory of the process after 20,000 sign-ins", late, 1.05, "after 2,000", early)


def _crowds() -> Iterator[Measure]:
    def crowd(contender: str, count: int, name: str, unit: Unit) -> Figure:
        return Figure(Job("crowd", contender, "local", (f"concurrent={count}",)), name, unit)

    for contender, label in (("default", ""), ("fast", ", `[fast]`")):
        for count in (1_000, 10_000):
            named, at = f"crowd-{contender}-{count}", f"{count:,} sign-ins at once{label}"
            ours, few = (crowd(contender, number, "cpu", "s") for number in (count, 100))
            yield Measure(named, f"{at}: CPU for each", ours, 1.25, "100 at once", few)
            ours, few = (crowd(contender, number, "peak_each", "B") for number in (count, 100))
            yield Measure(f"{named}-memory", f"{at}: memory for each", ours, 1.25, "100 at once", few)


def _verifications() -> Iterator[Measure]:
    def verify(name: str) -> Figure:
        return Figure(Job("verifications", "default"), name, "s")

    ours, nowait, pyjwt = verify("cpu"), verify("nowait"), verify("pyjwt")
    what = "verify an access token, keys cached, CPU"
    same, bare = "PyJWT with the same checks", "cryptography's bare signature check"
    yield Measure("verify", what, ours, 0.5, same, pyjwt, guard=0.55)
    yield Measure("verify-nowait", f"{what}, `verify_nowait`", nowait, 0.5, same, pyjwt, guard=0.55)
    yield Measure("verify-decode", what, ours, None, "bare `jwt.decode` of PyJWT", verify("decode"))
    yield Measure("verify-signature", what, ours, 2.6, bare, verify("signature"), guard=2.6)
    node = Figure(Job("verifications", "aws-jwt-verify"), "cpu", "s")
    yield Measure("verify-js", what, ours, None, "aws-jwt-verify in Node", node)


def _routes() -> Iterator[Measure]:
    ours, allowed, verifying = (Figure(Job("routes", "default"), name, "s") for name in ("cpu", "allowed", "verifying"))
    what = "FastAPI route behind `CognitoBearer`, CPU"
    yield Measure("route", what, ours, 1.1, "bare route + 1.5 × `verify`", allowed)
    yield Measure("route-verifying", what, ours, None, "route that only verifies", verifying, guard=1.25)


MEASURES = tuple(_measures())
