"""Answer the challenges of a sign-in, in any order."""

from cognito_async import SignInResult, UserPool, challenges


async def main(
    pool: UserPool, username: str, password: str, new_password: str, code: str
) -> SignInResult:
    result = await pool.sign_in(username, password)
    while result.challenge is not None:
        match result.challenge:
            case challenges.SmsMfa() | challenges.EmailOtp() as challenge:
                print("a code was sent to", challenge.delivery.destination)
                result = await challenge.answer(code)
            case challenges.NewPasswordRequired() as challenge:
                attributes = dict.fromkeys(challenge.required_attributes, "…")
                result = await challenge.answer(new_password, attributes)
            case challenges.SelectMfaType() as challenge:
                result = await challenge.choose(challenge.options[0])
            case challenge:
                raise RuntimeError(f"this program cannot answer {challenge.name}")
    return result
