"""Sign in from a program that has the secret of an authenticator app."""

from datetime import datetime, timezone

from cognito_async import CognitoUser, SignInResult, UserPool, challenges
from cognito_async.local import LocalUserPool, PoolSettings
from cognito_async.lowlevel import totp_code


# --8<-- [start:set-up]
async def set_up(user: CognitoUser) -> str:
    setup = await user.setup_totp()
    # A person would scan setup.uri("Example") as a QR code, and type the app's code
    await setup.verify(totp_code(setup.secret, datetime.now(timezone.utc)))
    await user.set_mfa_preference(totp="PREFERRED")
    return setup.secret


# --8<-- [end:set-up]


# --8<-- [start:answer]
async def sign_in(
    pool: UserPool, username: str, password: str, secret: str
) -> SignInResult:
    async def answer(challenge: challenges.AnyChallenge) -> SignInResult | None:
        if isinstance(challenge, challenges.SoftwareTokenMfa):
            return await challenge.answer_from_secret(secret)
        return None

    return await pool.sign_in(username, password, on_challenge=answer)


# --8<-- [end:answer]


async def main() -> None:
    async with LocalUserPool(PoolSettings(mfa="OPTIONAL")) as local:
        pool = local.user_pool()
        await pool.sign_up(
            "alice", "Passw0rd!", attributes={"email": "alice@example.com"}
        )
        await pool.confirm_sign_up("alice", local.outbox[-1].code)
        secret = await set_up((await pool.sign_in("alice", "Passw0rd!")).user)
        # The service accepts each code once, so wait for the next one
        local.clock.advance(60)
        result = await sign_in(pool, "alice", "Passw0rd!", secret)
        assert result.signed_in
