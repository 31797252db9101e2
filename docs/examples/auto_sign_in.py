"""Sign in after a sign-up, without asking for the password again."""

from cognito_async import UserPool


async def main(pool: UserPool, username: str, password: str, code: str) -> None:
    signed_up = await pool.sign_up(
        username, password, attributes={"email": "alice@example.com"}
    )
    confirmed = await pool.confirm_sign_up(username, code, sign_up=signed_up)
    result = await pool.auto_sign_in(confirmed)
    print(result.user.username)
