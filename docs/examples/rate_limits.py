"""Send no more requests per second than the service allows."""

import anyio

from cognito_async import RateLimits, UserPool

# Sign-ups per second, because this account has a higher quota than the default.
# This process uses 80 % of all quotas.
limits = RateLimits({"UserCreation": 200}, share=0.8)
pool = UserPool(
    "eu-central-1_AbCdEfGhI", "4example5client6id7890", rate_limits=limits, timeout=None
)


async def main(username: str, password: str) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(10):
            group.start_soon(pool.sign_in, username, password)
    # 96.0 (80 % of 120), or less if the service has throttled sign-ins
    print(limits.current["UserAuthentication"])
