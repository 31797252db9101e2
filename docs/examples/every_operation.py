"""Call the operations of the service that have no method on `UserPool`."""

from cognito_async import CognitoIdentity, CognitoIdentityProvider, UserPool


async def main(pool: UserPool) -> None:
    # --8<-- [start:call]
    await pool.api.admin_create_user(username="bob", temporary_password="A-temp0rary-passw0rd")
    reply = await pool.api.admin_get_user(username="bob", timeout=5, max_attempts=1)
    print(reply.user_status, reply.meta.request_id)
    # --8<-- [end:call]

    # --8<-- [start:pages]
    async for user in pool.api.items(pool.api.list_users, limit=60):
        print(user.username, user.user_create_date)
    # --8<-- [end:pages]

    # --8<-- [start:services]
    provider = CognitoIdentityProvider(region="eu-central-1")
    print(provider.api.create_user_pool)  # await provider.api.create_user_pool(pool_name="people")

    identity = CognitoIdentity(region="eu-central-1")
    print(identity.api.get_id)  # await identity.api.get_id(identity_pool_id="eu-central-1:…")
    # --8<-- [end:services]
