"""Write a session as text, and continue it elsewhere."""

import secrets

from cognito_async import CognitoUser, UserPool

KEY = secrets.token_bytes(32)  # in a real program, read it from the configuration


async def main(pool: UserPool, user: CognitoUser) -> None:
    state = user.to_state(KEY)

    user = pool.user_from_state(state, KEY)
    print(await user.attributes())
    # Save the state again, because the call may have refreshed the tokens
    state = user.to_state(KEY)
