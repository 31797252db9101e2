"""Read and change the account of a signed-in user."""

from cognito_async import CognitoUser, UserPool


async def main(
    pool: UserPool, user: CognitoUser, username: str, password: str, code: str
) -> None:
    # --8<-- [start:attributes]
    print(await user.attributes())
    print(await user.verified_contacts())

    deliveries = await user.update_attributes({"email": "new@example.com"})
    for name, delivery in deliveries.items():
        if delivery is not None:
            # Ask for the code that was sent to delivery.destination
            await user.confirm_attribute(name, code)
    # --8<-- [end:attributes]

    # --8<-- [start:factors]
    print(await user.auth_factors())
    print(await user.mfa_preference())
    print(await user.devices())
    # --8<-- [end:factors]

    # --8<-- [start:password]
    await user.change_password(password, "N3w-passw0rd")
    # --8<-- [end:password]

    # --8<-- [start:forgot-password]
    await pool.forgot_password(username)
    await pool.confirm_forgot_password(username, code, "An0ther-passw0rd")
    # --8<-- [end:forgot-password]

    # --8<-- [start:delete]
    await user.delete()
    # --8<-- [end:delete]
