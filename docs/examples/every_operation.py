"""Call the operations of the service that have no method on `UserPool`."""

from cognito_async import CognitoIdentity, CognitoIdentityProvider, UserPool

# --8<-- [start:services]
provider = CognitoIdentityProvider(region="eu-central-1")
identity = CognitoIdentity(region="eu-central-1")
# --8<-- [end:services]


async def main(pool: UserPool) -> None:
    # --8<-- [start:call]
    await pool.api.admin_create_user(
        username="bob", temporary_password="A-temp0rary-passw0rd"
    )
    reply = await pool.api.admin_get_user(username="bob", timeout=5, max_attempts=1)
    print(reply.user_status, reply.meta.request_id)
    # --8<-- [end:call]

    # --8<-- [start:pages]
    async for user in pool.api.items(pool.api.list_users, limit=60):
        print(user.username, user.user_create_date)
    # --8<-- [end:pages]
