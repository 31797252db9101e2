"""Answer a challenge in another request or process."""

import secrets

from cognito_async import UserPool, challenges

KEY = secrets.token_bytes(32)  # in a real program, read it from the configuration


async def main(pool: UserPool, username: str, password: str, new_password: str) -> None:
    # The first request.
    result = await pool.sign_in(username, password)
    assert result.challenge is not None
    state = result.challenge.to_state(KEY)

    # A later request, perhaps in another process.
    challenge = pool.resume(state, KEY)
    if isinstance(challenge, challenges.NewPasswordRequired):
        result = await challenge.answer(new_password)
    assert result.signed_in
