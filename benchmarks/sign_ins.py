"""The workload `sign_ins`: complete SRP sign-ins per CPU second of the client, and per CPU second of the server.

The server is another process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread

from .servers import cpu_of_session
from .worker import KEYS, PASSWORD, USERNAME, Arguments, Figures, our_pool, run_async

CONCURRENT = 20


async def measure(arguments: Arguments) -> Figures:
    """Measure `size` sign-ins after the first."""
    server, count = int(arguments["pid"]), int(arguments.size)

    def now() -> tuple[float, float, float]:
        return time.process_time(), time.perf_counter(), cpu_of_session(server)

    if arguments.contender == "pycognito":
        sign_in = pycognito(arguments)
        sign_in()
        before = now()
        for _ in range(count):  # without threads, because they would compete for the GIL
            sign_in()
        after = now()
    else:
        async with our_pool(arguments) as pool:
            await pool.sign_in(USERNAME, PASSWORD)
            before = now()
            await sign_in_many(pool, count)
            after = now()
    cpu, wall, served = (later - earlier for later, earlier in zip(after, before, strict=True))
    return {"rate": count / cpu, "wall_rate": count / wall, "served_rate": count / served if served else 0.0}


async def sign_in_many(pool: Any, count: int, concurrent: int = CONCURRENT) -> None:
    """Sign in `count` times, at most `concurrent` at a time."""
    left = count

    async def sign_in_repeatedly() -> None:
        nonlocal left
        while left > 0:
            left -= 1
            await pool.sign_in(USERNAME, PASSWORD)

    async with anyio.create_task_group() as tasks:
        for _ in range(min(concurrent, count)):
            tasks.start_soon(sign_in_repeatedly)


def pycognito(arguments: Arguments) -> Callable[[], Any]:
    """Return a sign-in with `AWSSRP`. `Cognito.authenticate` would also verify the tokens; our package does not."""
    import boto3
    from botocore.config import Config
    from pycognito.aws_srp import AWSSRP

    region = arguments["pool_id"].partition("_")[0]
    client = boto3.client(
        "cognito-idp", region_name=region, endpoint_url=arguments["endpoint"], config=Config(proxies={}), **KEYS
    )

    def sign_in() -> Any:
        srp = AWSSRP(USERNAME, PASSWORD, arguments["pool_id"], arguments["client_id"], client=client)
        tokens = srp.authenticate_user()
        assert tokens["AuthenticationResult"]["AccessToken"]
        return tokens

    return sign_in


if __name__ == "__main__":
    run_async(measure)
