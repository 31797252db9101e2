"""Find out whether a sign-up worked, when its reply was lost."""

from cognito_async import RetryPolicy, UserPool, errors


async def main(pool: UserPool, username: str, password: str) -> None:
    patient = pool.with_options(retry=RetryPolicy(max_attempts=6), timeout=60)
    try:
        await patient.sign_up(
            username, password, attributes={"email": "alice@example.com"}
        )
    except errors.OutcomeUnknown:
        # If this raises UserNotFoundException, the sign-up has created no account
        await patient.resend_sign_up(username)
