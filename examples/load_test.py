"""Measure how many sign-ins per second one process can do: many users sign in to a local pool.

    pip install 'cognito-async[fast]'
    python examples/load_test.py --users 200 --at-once 50

The local pool runs in the same process, so the server uses about half of the time. To test another pool, assign it to
`pool` in `main`. Mind the service's quotas then.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import time

import anyio

from cognito_async import UserPool
from cognito_async.local import LocalUserPool

PASSWORD = "Passw0rd!"


async def make_users(local: LocalUserPool, pool: UserPool, users: int) -> None:
    for number in range(users):
        await pool.sign_up(f"user{number}", PASSWORD, attributes={"email": f"user{number}@example.com"})
        await pool.confirm_sign_up(f"user{number}", local.outbox[-1].code)


async def sign_in_all(pool: UserPool, users: int, at_once: int) -> list[float]:
    """Sign in all users, at most `at_once` at a time, and return the seconds that each sign-in took."""
    seconds: list[float] = []
    limiter = anyio.CapacityLimiter(at_once)

    async def sign_in(username: str) -> None:
        async with limiter:
            started = time.perf_counter()
            await pool.sign_in(username, PASSWORD)
            seconds.append(time.perf_counter() - started)

    async with anyio.create_task_group() as tasks:
        for number in range(users):
            tasks.start_soon(sign_in, f"user{number}")
    return seconds


async def main(users: int, at_once: int) -> None:
    async with LocalUserPool() as local:
        pool = local.user_pool()
        await make_users(local, pool, users)
        started = time.perf_counter()
        seconds = sorted(await sign_in_all(pool, users, at_once))
        total = time.perf_counter() - started
        print(f"{users} sign-ins, {at_once} at once: {users / total:.0f} per second")
        print(f"half within {seconds[users // 2]:.3f} s, the slowest {seconds[-1]:.3f} s")


def positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("must be a number of at least 1")
    return int(text)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--users", type=positive, default=100)
    parser.add_argument("--at-once", type=positive, default=50)
    parser.add_argument("--backend", choices=["asyncio", "trio"], default="asyncio")
    options = parser.parse_args()
    if importlib.util.find_spec(options.backend) is None:
        parser.error("pip install trio first")
    try:
        anyio.run(main, options.users, options.at_once, backend=options.backend)
        print(end="", flush=True)
    except KeyboardInterrupt:
        sys.exit(130)
    except OSError as error:  # the output is a closed pipe, or on a full disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # otherwise Python would fail again when it exits
        sys.exit(f"cannot print: {error.strerror}")
