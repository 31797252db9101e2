"""Save the session of a browser in its encrypted cookie, without a store."""

import secrets

from cognito_async import CognitoUser, UserPool

# In a real program, read it from the configuration: all processes need the same key
KEY = secrets.token_bytes(32)


async def main(pool: UserPool, user: CognitoUser) -> None:
    cookies = user.to_state(KEY)

    # A later request.
    user = pool.user_from_state(cookies, KEY)
    before = user.tokens
    try:
        print(await user.attributes())
    finally:
        # Even a failed call may have refreshed the tokens: set the cookies again
        if user.signed_in and user.tokens is not before:
            cookies = user.to_state(KEY)
