"""Sign in by sending the password, by a code, or in the way that the user chooses."""

from cognito_async import UserPool, challenges


async def main(pool: UserPool, username: str, password: str) -> None:
    # --8<-- [start:password]
    await pool.sign_in(username, password, flow="USER_PASSWORD_AUTH")
    # --8<-- [end:password]

    # --8<-- [start:email]
    result = await pool.sign_in(
        username, flow="USER_AUTH", preferred_challenge="EMAIL_OTP"
    )
    assert isinstance(result.challenge, challenges.EmailOtp)
    # --8<-- [end:email]

    # --8<-- [start:choice]
    result = await pool.sign_in(username, flow="USER_AUTH")
    assert isinstance(result.challenge, challenges.SelectChallenge)
    # --8<-- [end:choice]
