"""Call the library from threads that have no event loop."""

import asyncio

from anyio import to_thread
from asgiref.sync import async_to_sync

from cognito_async import CognitoUser, UserPool


# --8<-- [start:run]
def email_of(user: CognitoUser) -> str:
    """Return the email address. Any thread without an event loop may call this."""
    return asyncio.run(user.attributes())["email"]


# --8<-- [end:run]


# --8<-- [start:asgiref]
def phone_of(user: CognitoUser) -> str | None:
    return async_to_sync(user.attributes)().get("phone_number")


# --8<-- [end:asgiref]


async def main(pool: UserPool, user: CognitoUser) -> None:
    print(await to_thread.run_sync(email_of, user))
    print(await to_thread.run_sync(phone_of, user))
