"""Use an app client that has a secret."""

import os

from cognito_async import UserPool


async def main(username: str, password: str) -> None:
    secret = os.environ["COGNITO_CLIENT_SECRET"]
    async with UserPool(
        "eu-central-1_AbCdEfGhI", "4example5client6id7890", client_secret=secret
    ) as pool:
        await pool.sign_up(
            username, password, attributes={"email": "alice@example.com"}
        )
