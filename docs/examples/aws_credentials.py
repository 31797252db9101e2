"""Choose the AWS credentials of signed operations."""

from datetime import datetime, timedelta, timezone

from cognito_async import UserPool
from cognito_async.credentials import Credentials, from_profile


async def main() -> None:
    # --8<-- [start:profile]
    admin = from_profile("admin")
    pool = UserPool(
        "eu-central-1_AbCdEfGhI", "4example5client6id7890", credentials=admin
    )
    print(pool)
    # --8<-- [end:profile]

    # --8<-- [start:callable]
    async def from_vault() -> Credentials:
        expires_at = datetime.now(timezone.utc) + timedelta(hours=1)
        return Credentials(
            "AKIDEXAMPLE",
            "a-secret-access-key",
            session_token="a-session-token",
            expires_at=expires_at,
        )

    pool = UserPool(
        "eu-central-1_AbCdEfGhI", "4example5client6id7890", credentials=from_vault
    )
    print(pool)
    # --8<-- [end:callable]
