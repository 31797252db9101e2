"""Create a local pool whose pre-sign-up trigger is an async function."""

from typing import Any

from cognito_async.local import LocalUserPool, PoolSettings, Triggers


async def confirm_colleagues(event: dict[str, Any]) -> dict[str, Any]:
    email = event["request"]["userAttributes"]["email"]
    event["response"]["autoConfirmUser"] = email.endswith("@example.com")
    return event


async def main() -> None:
    settings = PoolSettings(
        mfa="OPTIONAL", triggers=Triggers(pre_sign_up=confirm_colleagues)
    )
    async with LocalUserPool(settings) as local:
        signed_up = await local.user_pool().sign_up(
            "alice", "Passw0rd!", attributes={"email": "alice@example.com"}
        )
        assert signed_up.user_confirmed
