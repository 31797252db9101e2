"""A program for one user: it asks for the password once, and stays signed in between runs.

pip install 'cognito-async'
export COGNITO_USER_POOL_ID=… COGNITO_CLIENT_ID=…
python examples/device_cli.py             show the current user; sign in first if necessary
python examples/device_cli.py sign-out    end the session

The program prompts only between calls, never while an event loop runs, because then Ctrl-C would not end the prompt.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from getpass import getpass
from pathlib import Path
from typing import TypeVar

import anyio

from cognito_async import Auth, CognitoUser, FileStore, challenges, errors

T = TypeVar("T")
SESSION = Path(os.environ.get("SESSION_FILE") or Path.home() / ".my-device" / "session.json")


def main(command: str) -> None:
    auth = Auth(
        setting("COGNITO_USER_POOL_ID"),
        setting("COGNITO_CLIENT_ID"),
        client_secret=os.environ.get("COGNITO_CLIENT_SECRET"),
        endpoint=os.environ.get("COGNITO_ENDPOINT"),
        store=FileStore(SESSION),
    )
    if command == "sign-out":
        print("sign-out at the service:", call(auth, auth.sign_out).remote)
        return
    try:
        user = call(auth, auth.current_user)
        attributes = call(auth, user.attributes)
    except (errors.SessionError, errors.NotAuthorizedException):
        # No user is signed in, or another program has ended the session.
        user = sign_in(auth)
        attributes = call(auth, user.attributes)
    print(user.username, attributes)


def sign_in(auth: Auth) -> CognitoUser:
    username, password = ask("User name: "), ask("Password: ", getpass)
    result = call(auth, lambda: auth.sign_in(username, password))
    while (challenge := result.challenge) is not None:
        match challenge:
            case challenges.NewPasswordRequired():
                result = call(auth, partial(challenge.answer, ask("New password: ", getpass)))
            case challenges.SmsMfa() | challenges.EmailOtp() | challenges.SmsOtp() | challenges.SoftwareTokenMfa():
                result = call(auth, partial(challenge.answer, ask("Code: ", getpass)))
            case _:
                sys.exit(f"this program cannot answer {challenge.name} yet")
    return result.user


def call(auth: Auth, work: Callable[[], Awaitable[T]]) -> T:
    """Make a call on a new event loop."""

    async def run() -> T:
        async with auth:
            return await work()

    return anyio.run(run)


def ask(question: str, prompt: Callable[[str], str] = input) -> str:
    try:
        return prompt(question)
    except (EOFError, RuntimeError):  # stdin is at its end, or closed
        sys.exit(f"there is no terminal to ask for: {question}")


def setting(name: str) -> str:
    return os.environ.get(name) or sys.exit(f"set the environment variable {name}")


if __name__ == "__main__":
    try:
        main(sys.argv[1] if len(sys.argv) > 1 else "whoami")
        print(end="", flush=True)
    except KeyboardInterrupt:
        sys.exit(130)
    except errors.CognitoError as error:
        sys.exit(str(error))
    except OSError as error:  # the output is a closed pipe, or on a full disk
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # otherwise Python would fail again when it exits
        sys.exit(f"cannot print: {error.strerror}")
