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


async def greet(pool: UserPool, username: str, password: str) -> str:
    try:
        result = await pool.sign_in(username, password)
        if result.challenge is not None:
            return f"the service asks for {result.challenge.name}"
        try:
            attributes = await result.user.attributes()
        finally:  # otherwise a failed call would leave the session open
            await result.user.sign_out()
    except errors.CognitoError as error:  # an error of one user must not end the other sign-ins
        return error.message
    return f"signed in, {attributes.get('email', 'no e-mail address')}"


async def main(usernames: list[str]) -> None:
    pool = UserPool(
        setting("COGNITO_USER_POOL_ID"),
        setting("COGNITO_CLIENT_ID"),
        client_secret=os.environ.get("COGNITO_CLIENT_SECRET"),
        endpoint=os.environ.get("COGNITO_ENDPOINT"),
    )
    password = setting("COGNITO_PASSWORD")

    async def report(username: str) -> None:
        print(f"{username}: {await greet(pool, username, password)}", flush=True)

    async with pool:
        with trio.move_on_after(30) as limit:
            async with trio.open_nursery() as nursery:
                for username in usernames:
                    nursery.start_soon(report, username)
    if limit.cancelled_caught:
        sys.exit("timed out after 30 seconds")


def setting(name: str) -> str:
    return os.environ.get(name) or sys.exit(f"set the environment variable {name}")


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit("usage: python examples/trio_app.py USERNAME...")
    try:
        trio.run(main, sys.argv[1:])
    except errors.CognitoError as error:
        sys.exit(str(error))
    except BaseExceptionGroup as group:  # of the nursery
        if group.subgroup(KeyboardInterrupt):
            sys.exit(130)
        if group.subgroup(OSError):  # the output is a closed pipe, or on a full disk
            os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # otherwise Python would fail again when it exits
            sys.exit("cannot print the results")
        raise
