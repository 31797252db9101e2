"""Call the service through your own httpx client."""

import httpx

from cognito_async import UserPool
from cognito_async.lowlevel import PooledTransport


# --8<-- [start:client]
async def main() -> None:
    async with httpx.AsyncClient(trust_env=False) as client:
        pool = UserPool(
            "eu-central-1_AbCdEfGhI", "4example5client6id7890", http_client=client
        )
        print(pool)
    # --8<-- [end:client]

    # --8<-- [start:transport]
    transport = PooledTransport("https://cognito-idp.eu-central-1.amazonaws.com")
    async with httpx.AsyncClient(transport=transport) as client:
        pool = UserPool(
            "eu-central-1_AbCdEfGhI", "4example5client6id7890", http_client=client
        )
        print(pool)
    # --8<-- [end:transport]
