"""Take an account from sign-up to sign-out, on a local user pool."""

# --8<-- [start:imports]
import anyio

from cognito_async.local import LocalUserPool

# --8<-- [end:imports]


# --8<-- [start:pool]
async def main() -> None:
    async with LocalUserPool() as local:
        pool = local.user_pool()
        auth = pool.auth()
        # --8<-- [end:pool]

        # --8<-- [start:sign-up]
        signed_up = await auth.sign_up(
            "alice", "Passw0rd!", attributes={"email": "alice@example.com"}
        )
        print("confirmed:", signed_up.user_confirmed)
        if signed_up.code_delivery is not None:
            print("a code was sent to", signed_up.code_delivery.destination)
        # --8<-- [end:sign-up]

        # --8<-- [start:resend]
        delivery = await auth.resend_sign_up("alice")
        print("a new code was sent to", delivery.destination)
        # --8<-- [end:resend]

        # --8<-- [start:confirm]
        code = local.outbox[-1].code
        await auth.confirm_sign_up("alice", code)
        # --8<-- [end:confirm]

        # --8<-- [start:sign-in]
        result = await auth.sign_in("alice", "Passw0rd!")
        print(result.user.username, "is signed in until", result.tokens.expires_at)
        print(await result.user.attributes())
        # --8<-- [end:sign-in]

        # --8<-- [start:sign-out]
        signed_out = await auth.sign_out()
        print("sign-out:", signed_out.remote)
        # --8<-- [end:sign-out]

        # --8<-- [start:global-sign-out]
        await auth.sign_in("alice", "Passw0rd!")
        signed_out = await auth.sign_out(global_=True)
        print("sign-out everywhere:", signed_out.remote)
        # --8<-- [end:global-sign-out]


# --8<-- [start:run]
if __name__ == "__main__":
    anyio.run(main)
# --8<-- [end:run]
