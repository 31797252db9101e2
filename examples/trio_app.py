"""Sign in several users concurrently on trio, with a nursery, one time limit and one `UserPool`.

pip install 'cognito-async' trio
export COGNITO_USER_POOL_ID=… COGNITO_CLIENT_ID=… COGNITO_PASSWORD=…
python examples/trio_app.py alice bob
"""

from __future__ import annotations

import os
import sys

import trio

from cognito_async import UserPool, errors

pool = UserPool(
    os.environ["COGNITO_USER_POOL_ID"],
    os.environ["COGNITO_CLIENT_ID"],
    client_secret=os.environ.get("COGNITO_CLIENT_SECRET"),
    endpoint=os.environ.get("COGNITO_ENDPOINT"),
)


async def greet(username: str, password: str) -> None:
    try:
        result = await pool.sign_in(username, password)
    except errors.ServiceError as error:
        print(f"{username}: {error.message}")
        return
    if result.challenge is not None:
        print(f"{username}: the service asks for {result.challenge.name}")
        return
    attributes = await result.user.attributes()
    print(f"{username}: signed in, {attributes.get('email', 'no e-mail address')}")
    await result.user.sign_out()


async def main(usernames: list[str]) -> None:
    async with pool:
        with trio.move_on_after(30) as limit:
            async with trio.open_nursery() as nursery:
                for username in usernames:
                    nursery.start_soon(greet, username, os.environ["COGNITO_PASSWORD"])
    if limit.cancelled_caught:
        print("timed out after 30 seconds", file=sys.stderr)


if __name__ == "__main__":
    trio.run(main, sys.argv[1:])
