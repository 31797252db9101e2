"""Take an account from sign-up to sign-out, on Amazon Cognito."""

from cognito_async import UserPool

pool = UserPool("eu-central-1_AbCdEfGhI", "4example5client6id7890")


async def main(username: str, password: str, code: str) -> None:
    auth = pool.auth()

    signed_up = await auth.sign_up(
        username, password, attributes={"email": "alice@example.com"}
    )
    if signed_up.code_delivery is not None:
        print("a code was sent to", signed_up.code_delivery.destination)  # a***@e***
        await auth.resend_sign_up(username)  # if the code did not arrive
        await auth.confirm_sign_up(username, code)

    result = await auth.sign_in(username, password)
    print(result.user.username, result.tokens.expires_at)
    # {'sub': '…', 'email': 'alice@example.com', …}
    print(await result.user.attributes())

    signed_out = await auth.sign_out(global_=True)
    print(signed_out.remote)  # done
