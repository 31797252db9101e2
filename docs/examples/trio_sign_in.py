"""Run three sign-ins at once, on trio."""

import trio

from cognito_async import UserPool


async def main(pool: UserPool, username: str, password: str) -> None:
    with trio.fail_after(10):
        async with pool, trio.open_nursery() as nursery:
            for _ in range(3):
                nursery.start_soon(pool.sign_in, username, password)
