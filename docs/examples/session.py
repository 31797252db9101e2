"""Get valid tokens whenever you need them."""

import anyio

from cognito_async import CognitoUser


# --8<-- [start:session]
async def main(user: CognitoUser) -> None:
    tokens = await user.session()
    headers = {"Authorization": f"Bearer {tokens.access_token}"}  # for your own API
    # --8<-- [end:session]
    assert headers

    # --8<-- [start:refresh]
    await user.refresh()  # get new tokens, because attributes or groups have changed
    # --8<-- [end:refresh]

    # --8<-- [start:keep-fresh]
    async with anyio.create_task_group() as group:
        group.start_soon(user.keep_fresh)
        print("the work of your program")
        group.cancel_scope.cancel()
    # --8<-- [end:keep-fresh]
