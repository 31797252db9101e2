"""A program for one person that stays signed in between runs."""

from getpass import getpass

import anyio

from cognito_async import Auth, FileStore, errors


async def main(password: str | None = None) -> bool:
    """Show the current user, and return whether there is one."""
    store = FileStore("session.json")
    async with Auth(
        "eu-central-1_AbCdEfGhI", "4example5client6id7890", store=store
    ) as auth:
        if password is not None:
            await auth.sign_in("alice", password)
        try:
            user = await auth.current_user()
            print(await user.attributes())
        except (errors.SessionError, errors.NotAuthorizedException):
            return False
        return True


if __name__ == "__main__":
    # Ask outside of the event loop: inside it, Ctrl-C would not end the prompt
    if not anyio.run(main):
        anyio.run(main, getpass())
