"""Create a local pool with other settings than the defaults."""

from cognito_async.local import (
    AppClientSettings,
    LocalUserPool,
    PasswordPolicy,
    PoolSettings,
)


async def main() -> None:
    settings = PoolSettings(
        alias_attributes=("email",), password_policy=PasswordPolicy(minimum_length=12)
    )
    client = AppClientSettings(
        secret="a_secret_for_tests_0123456789", access_token_validity=300
    )
    async with LocalUserPool(settings, client) as local:
        pool = local.user_pool()
        await pool.sign_up(
            "alice", "A-l0ng-passw0rd", attributes={"email": "alice@example.com"}
        )
