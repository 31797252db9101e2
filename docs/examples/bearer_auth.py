"""Call your own API with the tokens of a user."""

import httpx

from cognito_async import CognitoUser, errors
from cognito_async.integrations.httpx import BearerAuth


# --8<-- [start:client]
async def show_orders(user: CognitoUser) -> None:
    async with httpx.AsyncClient(
        base_url="https://api.example.com", auth=BearerAuth(user)
    ) as client:
        try:
            reply = await client.get("/orders")
        except errors.SessionExpired:
            print("Please sign in again.")
        else:
            print(reply.status_code, reply.json())
    # --8<-- [end:client]


# --8<-- [start:id-token]
async def show_profile(user: CognitoUser, client: httpx.AsyncClient) -> None:
    auth = BearerAuth(user, token_use="id")
    reply = await client.get("https://api.example.com/profile", auth=auth)
    print(reply.json())
    # --8<-- [end:id-token]


async def main(user: CognitoUser) -> None:
    await show_orders(user)
    async with httpx.AsyncClient() as client:
        await show_profile(user, client)
