"""Serve a request that carries an access token."""

from cognito_async import CognitoUser, UserPool


async def main(pool: UserPool, user: CognitoUser) -> None:
    # In a service, read it from the header `Authorization: Bearer …`
    access_token = user.tokens.access_token

    caller = pool.user_from_access_token(access_token)
    print(await caller.attributes())
