"""A program for one user: it asks for the password once, and stays signed in between runs.

pip install 'cognito-async'
export COGNITO_USER_POOL_ID=… COGNITO_CLIENT_ID=…
python examples/device_cli.py             show the current user; sign in first if necessary
python examples/device_cli.py sign-out    end the session
"""

from __future__ import annotations

import os
import sys
from getpass import getpass
from pathlib import Path

import anyio
import anyio.to_thread

from cognito_async import Auth, CognitoUser, FileStore, errors

SESSION = Path(os.environ.get("SESSION_FILE") or Path.home() / ".my-device" / "session.json")


async def signed_in_user(auth: Auth) -> CognitoUser:
    """Return the current user. If there is none, ask for a user name and a password, and sign in."""
    try:
        return await auth.current_user()
    except errors.NoCurrentUser:
        return await sign_in(auth)


async def sign_in(auth: Auth) -> CognitoUser:
    result = await auth.sign_in(await ask("User name: "), await ask("Password: ", hidden=True))
    while result.challenge is not None:
        # A dictionary with the service's names of responses answers any challenge.
        print("The service asks for", result.challenge.name)
        result = await result.challenge.answer({await ask("Response name: "): await ask("Answer: ", hidden=True)})
    return result.user


async def ask(question: str, *, hidden: bool = False) -> str:
    """Prompt in a worker thread, because input() would block the event loop."""
    return await anyio.to_thread.run_sync(getpass if hidden else input, question)


async def main(command: str) -> None:
    async with Auth(
        os.environ["COGNITO_USER_POOL_ID"],
        os.environ["COGNITO_CLIENT_ID"],
        client_secret=os.environ.get("COGNITO_CLIENT_SECRET"),
        endpoint=os.environ.get("COGNITO_ENDPOINT"),
        store=FileStore(SESSION),
    ) as auth:
        if command == "sign-out":
            print("sign-out at the service:", (await auth.sign_out()).remote)
            return
        user = await signed_in_user(auth)
        try:
            attributes = await user.attributes()
        except (errors.SessionExpired, errors.NotAuthorizedException):
            # Another program has ended the session.
            user = await sign_in(auth)
            attributes = await user.attributes()
        print(user.username, attributes)


if __name__ == "__main__":
    anyio.run(main, sys.argv[1] if len(sys.argv) > 1 else "whoami")
