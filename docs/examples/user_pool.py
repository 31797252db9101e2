"""Sign in on a `UserPool`, and use the signed-in user of the result."""

from cognito_async import RetryPolicy, UserContext, UserPool


# --8<-- [start:sign-in]
async def main(pool: UserPool, username: str, password: str) -> None:
    result = await pool.sign_in(username, password)
    alice = result.user
    await alice.attributes()
    await alice.sign_out()
    # --8<-- [end:sign-in]

    # --8<-- [start:user-context]
    await pool.sign_in(
        username, password, user_context=UserContext(ip_address="203.0.113.7")
    )
    # --8<-- [end:user-context]

    # --8<-- [start:with-options]
    patient = pool.with_options(timeout=60, retry=RetryPolicy(max_attempts=6))
    await patient.sign_in(username, password)
    # --8<-- [end:with-options]
