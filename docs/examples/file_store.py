"""A program for one person that stays signed in between runs."""

from getpass import getpass

import anyio

from cognito_async import Auth, FileStore, errors


async def main() -> None:
    store = FileStore("session.json")
    async with Auth(
        "eu-central-1_AbCdEfGhI", "4example5client6id7890", store=store
    ) as auth:
        try:
            user = await auth.current_user()
        except errors.NoCurrentUser:
            user = (await auth.sign_in("alice", getpass())).user
        print(await user.attributes())


if __name__ == "__main__":
    anyio.run(main)
