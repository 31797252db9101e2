"""Connections of whole processes: a forked one shares none with its parent, and one that ends warns of none."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.blocking_server import BlockingServer


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.parametrize("how", ["between two runs", "while the loop runs"])
@pytest.mark.table
def test_forked_process_shares_no_connection_with_its_parent(server: BlockingServer, how: str) -> None:
    program = (Path(__file__).parent.parent / "programs" / "forked.py").read_text("utf-8")
    # Python warns of the connections that the child has dropped, and since Python 3.12 of forks while a thread runs,
    # even if it is an idle one of anyio.
    ignored = ["-W", "ignore::ResourceWarning", "-W", "ignore:This process:DeprecationWarning"]
    run_program(program, server.url, how, options=ignored)
    server.wait_until_closed()
    assert server.accepted == 2


@pytest.mark.parametrize("missing", ["", "httptools"], ids=["httptools", "httpcore"])
@pytest.mark.table
def test_ends_of_loops_are_silent_in_development_mode(server: BlockingServer, missing: str) -> None:
    program = f"""
import asyncio, logging, sys, trio
if {missing!r}:
    sys.modules[{missing!r}] = None
from cognito_async import UserPool

async def main():
    local = UserPool("eu-central-1_Script", "client", endpoint=sys.argv[1])
    await local.forgot_password("alice")
    await pool.forgot_password("alice")

logging.getLogger("asyncio").setLevel("ERROR")  # in this mode, it logs slow steps
pool = UserPool("eu-central-1_Script", "client", endpoint=sys.argv[1])
for _ in range(2):
    asyncio.run(main())
    trio.run(main)
"""
    run_program(program, server.url, options=["-X", "dev"])
    server.wait_until_closed()


def run_program(program: str, *arguments: str, options: list[str]) -> None:
    """Run a program, in which all warnings are errors. It must succeed and print nothing."""
    command = [sys.executable, "-W", "error", *options, "-c", program, *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
