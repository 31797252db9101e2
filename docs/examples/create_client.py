"""Create a client of a user pool, and close its connections."""

# --8<-- [start:pool]
from cognito_async import Auth, UserPool

pool = UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890")
# --8<-- [end:pool]

# --8<-- [start:auth]
auth = Auth("eu-central-1_AbCdEfGhI", "4example5client6id7890")
# --8<-- [end:auth]

# --8<-- [start:auth-of-pool]
auth = pool.auth()
# --8<-- [end:auth-of-pool]

# --8<-- [start:endpoint]
emulated = UserPool(
    "eu-central-1_AbCdEfGhI", "4example5client6id7890", endpoint="http://127.0.0.1:9229"
)
# --8<-- [end:endpoint]


# --8<-- [start:close]
async def main(username: str, password: str) -> None:
    async with pool:
        await pool.sign_in(username, password)
    # --8<-- [end:close]
