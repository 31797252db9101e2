"""The event loop is never blocked, no task starves, and one pool works on successive event loops."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import anyio
import pytest
import trio

from cognito_async import Tokens, UserPool
from cognito_async.local import LocalUserPool
from tests.support import jwt, make_user

PASSWORD = "Passw0rd!"


@pytest.fixture(scope="module")
def served() -> Iterator[dict[str, str]]:
    """A local pool in another process, with the user alice."""
    server = subprocess.Popen(
        [sys.executable, "-m", "cognito_async", "local", "--code", "123456"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout is not None
        ready: dict[str, str] = json.loads(server.stdout.readline())

        async def make_alice() -> None:
            async with UserPool(ready["user_pool_id"], ready["client_id"], endpoint=ready["endpoint"]) as pool:
                await pool.sign_up("alice", PASSWORD, attributes={"email": "alice@example.com"})
                await pool.confirm_sign_up("alice", "123456")
                await pool.sign_in("alice", PASSWORD)

        anyio.run(make_alice)
        yield ready
    finally:
        server.terminate()
        server.communicate(timeout=30)


@pytest.mark.timed
@pytest.mark.parametrize("without", ["", "gmpy2"], ids=["with gmpy2", "with pow"])
def test_construction_and_first_sign_in_never_block_the_loop(
    served: dict[str, str], anyio_backend: str, without: str
) -> None:
    run = subprocess.run(
        [
            sys.executable,
            str(Path(__file__).parent / "programs" / "first_sign_in.py"),
            anyio_backend,
            served["endpoint"],
            served["user_pool_id"],
            served["client_id"],
            "alice",
        ],
        env={
            **os.environ,
            "TEST_PASSWORD": PASSWORD,
            "TEST_WITHOUT": without,
            "PYTHONPATH": str(Path(__file__).parent.parent),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    measured = json.loads(run.stdout)
    assert measured["signed_in"] and measured["steps"] > 20
    assert measured["opened"] == [], "no file is opened on the loop"
    assert measured["longest_step"] < 0.005, measured
    assert measured["ticker_p99_of_own_work"] < 0.015, measured
    assert measured["ticker_p99"] < 0.015, measured


@pytest.mark.anyio
async def test_many_calls_in_process_do_not_starve_a_task() -> None:
    local = LocalUserPool()
    await make_user(local)
    user = (await local.user_pool().sign_in("alice", PASSWORD)).user
    finished, finished_when_run = 0, []

    async def call() -> None:
        nonlocal finished
        await user.attributes()
        finished += 1

    async def bystander() -> None:
        while finished < 300:
            finished_when_run.append(finished)
            await anyio.lowlevel.checkpoint()

    async with anyio.create_task_group() as group:
        for _ in range(300):
            group.start_soon(call)
        group.start_soon(bystander)
    assert finished == 300
    assert len(finished_when_run) >= 5, "the bystander ran while calls were in progress"
    assert finished_when_run[2] < 150, "the bystander ran before most calls had finished"


@pytest.mark.anyio
async def test_concurrent_sign_ins_all_succeed() -> None:
    local = LocalUserPool()
    await make_user(local)
    pool = local.user_pool()
    signed_in = []

    async def sign_in() -> None:
        signed_in.append((await pool.sign_in("alice", PASSWORD)).signed_in)

    async with anyio.create_task_group() as group:
        for _ in range(40):
            group.start_soon(sign_in)
    assert signed_in == [True] * 40


class _CannedReply(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"Username": "alice", "UserAttributes": [{"Name": "sub", "Value": "s"}]}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Log nothing."""


@pytest.fixture
def server_url() -> Iterator[str]:
    """Yield the URL of a server with real sockets, which knows one user."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _CannedReply)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_one_pool_works_on_successive_event_loops(server_url: str) -> None:
    pool = UserPool("eu-central-1_Import", "client", endpoint=server_url)
    user = pool.user_from_tokens(Tokens(jwt(username="alice")))

    async def use() -> dict[str, str]:
        async with pool:
            await user.attributes()
            return await user.attributes()

    assert asyncio.run(use()) == asyncio.run(use()) == trio.run(use) == asyncio.run(use()) == {"sub": "s"}


def test_closed_pool_works_again_on_another_loop(server_url: str) -> None:
    pool = UserPool("eu-central-1_Import", "client", endpoint=server_url)
    user = pool.user_from_tokens(Tokens(jwt(username="alice")))

    async def use_and_close() -> None:
        await user.attributes()
        await pool.aclose()
        await pool.aclose()
        assert await user.attributes() == {"sub": "s"}, "a closed pool opens again"
        await pool.aclose()

    asyncio.run(use_and_close())
    trio.run(use_and_close)


def test_construction_needs_no_loop_and_opens_nothing() -> None:
    code = (
        "import sys\nimport cognito_async\n"
        "def hook(event, args):\n"
        "    if event in ('open', 'socket.connect', 'socket.getaddrinfo'): raise SystemExit(event)\n"
        "sys.addaudithook(hook)\n"
        "pool = cognito_async.UserPool('eu-central-1_X', 'client')\n"
        "pool.auth(); cognito_async.Auth('eu-central-1_X', 'client')\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
