"""Running the jobs of the benchmarks: the schedule, one process each, and failures."""

from __future__ import annotations

import json
import subprocess
import sys

import httpx
import pytest

from benchmarks.measures import MEASURES, Job
from benchmarks.running import HERE, IN_NODE, Crashed, Figures, error_line, read_figures, run_all, schedule
from benchmarks.servers import ROOT, Missing
from benchmarks.wire import ACCESS_TOKEN, BODY, HEADERS, reply_to
from cognito_async import UserPool
from cognito_async.lowlevel import invoke, profile

OURS, PEER, LONG = Job("calls", "ours"), Job("calls", "peer"), Job("leftovers", "ours")


def test_contenders_alternate_and_each_round_starts_with_another() -> None:
    assert list(schedule([OURS, LONG, PEER], 3)) == [OURS, PEER, PEER, OURS, OURS, PEER, LONG]


def test_short_jobs_run_more_often_and_long_ones_once() -> None:
    start, few, many = Job("imports", "ours"), *(Job("crowd", "ours", None, (f"concurrent={n}",)) for n in (100, 10000))
    made = list(schedule([start, few, many], 2))
    assert [made.count(job) for job in (start, few, many)] == [10, 2, 1]


def test_failed_job_is_reported_once_and_others_continue() -> None:
    reported: list[str] = []
    tried: list[Job] = []

    def run(job: Job) -> Figures:
        tried.append(job)
        if job is PEER:
            raise Missing("pycognito")
        if job is LONG:
            raise Crashed("OSError: no")
        return {"cpu": 1.0}

    found = run_all([OURS, PEER, LONG], 3, run, reported.append)
    assert found[OURS].samples == [{"cpu": 1.0}] * 3 and found[OURS].reason is None
    assert (found[PEER].reason, found[LONG].reason) == ("missing: pycognito", "crashed: OSError: no")
    assert tried.count(PEER) == tried.count(LONG) == 1
    assert sum("missing: pycognito" in line for line in reported) == 1


def test_figures_are_read_from_the_last_line_of_output() -> None:
    assert read_figures(0, 'noise\n{"cpu": 2}\n', "") == {"cpu": 2}
    with pytest.raises(Missing, match="aiohttp"):
        read_figures(0, '{"missing": "aiohttp"}\n', "")
    with pytest.raises(Crashed, match="ValueError: a / b"):
        read_figures(1, "", "Traceback\n  File x\nValueError: a | b\n")
    with pytest.raises(Crashed, match="exit status -9"):
        read_figures(-9, "", "")


@pytest.mark.parametrize("out", ["", "\n", "not JSON\n"])
def test_process_without_figures_counts_as_crashed(out: str) -> None:
    with pytest.raises(Crashed, match="printed no figures"):
        read_figures(0, out, "")


def test_error_line_of_an_exception_group_is_the_inner_exception() -> None:
    group = (
        "  + Exception Group Traceback:\n  +-+---------------- 1 ----------------\n    | ValueError: no\n    +------\n"
    )
    assert error_line(group) == "ValueError: no"


def test_error_line_of_node_is_not_its_version() -> None:
    assert error_line("Error: no\n    at x\n\nNode.js v20.0.0\n") == "Error: no"


def test_contenders_in_node_have_a_script_of_their_workload_and_a_pinned_package() -> None:
    jobs = {figure.job for one in MEASURES for figure in (one.ours, one.theirs) if figure}
    in_node = {job.contender: (HERE / f"{job.workload}.js").is_file() for job in jobs if job.contender in IN_NODE}
    assert in_node == dict.fromkeys(IN_NODE, True)
    packages = json.loads((ROOT / "tests" / "peers" / "package.json").read_text("utf-8"))["dependencies"]
    assert set(IN_NODE.values()) <= packages.keys()


@pytest.mark.parametrize(("contender", "hidden"), [("default", True), ("other", False)])
def test_contender_default_cannot_import_the_extra_fast(contender: str, hidden: bool) -> None:
    code = (
        "import sys\nfrom benchmarks.worker import FAST, run\n"
        "run(lambda arguments: {'hidden': all(sys.modules.get(name, 1) is None for name in FAST)})"
    )
    assert json.loads(printed(code, contender)) == {"hidden": hidden}


def test_workload_names_a_missing_peer_but_crashes_without_our_package() -> None:
    code = "from benchmarks.worker import run\ndef load(_): import {}\nrun(load)"
    assert json.loads(printed(code.format("no_such_peer.part"))) == {"missing": "no_such_peer"}
    with pytest.raises(subprocess.CalledProcessError):
        printed(code.format("cognito_async.no_such_module"))


def printed(code: str, contender: str = "peer") -> str:
    command = [sys.executable, "-c", code, contender, "1"]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout


@pytest.mark.anyio
async def test_peers_send_the_same_bytes_as_our_package() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        head, _, body = reply_to(b"GetUser", b"Thu, 01 Jan 2026 00:00:00 GMT").partition(b"\r\n\r\n")
        lines = [line.split(b": ", 1) for line in head.splitlines()[1:]]
        return httpx.Response(200, headers=[(name, value) for name, value in lines], content=body)

    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as client:
        pool = UserPool("eu-central-1_AbCdEfGhI", "client", endpoint="http://127.0.0.1", http_client=client)
        found = await invoke(pool, profile.GET_USER, profile.GetUserRequest(access_token=ACCESS_TOKEN))
    assert found.username == "alice" and len(found.user_attributes or ()) == 7
    assert sent[0].content == BODY
    assert HEADERS.items() <= dict(sent[0].headers).items()
