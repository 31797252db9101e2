"""Sign several users in on one device, and read the events of their sessions."""

from cognito_async import UserPool


async def main(pool: UserPool, username: str, password: str) -> None:
    # --8<-- [start:users]
    auth = pool.auth()
    # Each sign-in adds a user and makes it the current one
    await auth.sign_in(username, password)
    print([user.username for user in await auth.users()])
    await auth.switch_user(username)
    # --8<-- [end:users]

    # --8<-- [start:on-event]
    # Prints a line with the name sign_in, sign_out, token_refresh, …
    auth.on_event(lambda event: print(event.name, event.user, event.error))
    # --8<-- [end:on-event]

    # --8<-- [start:events]
    with auth.events() as events:
        await auth.sign_out()
        async for event in events:
            assert event.name == "sign_out" and not event.failed
            break
    # --8<-- [end:events]
