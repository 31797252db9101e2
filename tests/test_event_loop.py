"""The event loop is never blocked, nobody starves, and one pool serves loop after loop."""

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
def test_construction_and_first_sign_in_never_hold_the_loop(
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
    felt = json.loads(run.stdout)
    assert felt["signed_in"] and felt["steps"] > 20
    assert felt["opened"] == [], "no file is opened on the loop"
    assert felt["longest_step"] < 0.005, felt
    assert felt["ticker_p99_of_own_work"] < 0.015, felt
    assert felt["ticker_p99"] < 0.015, felt


@pytest.mark.anyio
async def test_three_hundred_calls_in_process_starve_nobody() -> None:
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
    assert len(finished_when_run) >= 5, "the bystander had its turns while the calls went on"
    assert finished_when_run[2] < 150, "and not only when most of them were over"


@pytest.mark.anyio
async def test_many_sign_ins_at_once_all_succeed() -> None:
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


class _Canned(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["content-length"]))
        body = b'{"Username": "alice", "UserAttributes": [{"Name": "sub", "Value": "s"}]}'
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def canned() -> Iterator[str]:
    """A server with real sockets that knows one user."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Canned)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_a_pool_made_at_import_time_serves_loop_after_loop(canned: str) -> None:
    pool = UserPool("eu-central-1_Import", "client", endpoint=canned)
    user = pool.user_from_tokens(Tokens(jwt(username="alice")))

    async def use() -> dict[str, str]:
        async with pool:
            await user.attributes()
            return await user.attributes()

    assert asyncio.run(use()) == asyncio.run(use()) == trio.run(use) == asyncio.run(use()) == {"sub": "s"}


def test_a_pool_that_was_not_closed_in_an_earlier_loop_still_works(canned: str) -> None:
    pool = UserPool("eu-central-1_Import", "client", endpoint=canned)
    user = pool.user_from_tokens(Tokens(jwt(username="alice")))

    async def use_and_close() -> None:
        await user.attributes()
        await pool.aclose()
        await pool.aclose()
        assert await user.attributes() == {"sub": "s"}, "a closed pool opens again"
        await pool.aclose()

    asyncio.run(use_and_close())
    trio.run(use_and_close)


def test_making_a_pool_needs_no_loop_and_opens_nothing() -> None:
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
