"""Remember a device in a service, so that its next sign-in needs no second factor."""

import secrets

from cognito_async.local import LocalUserPool, PoolSettings

KEY = secrets.token_bytes(32)  # in a real program, read it from the configuration


async def main() -> None:
    async with LocalUserPool(PoolSettings(device_tracking="ALWAYS")) as local:
        pool = local.user_pool()
        await pool.sign_up(
            "alice", "Passw0rd!", attributes={"email": "alice@example.com"}
        )
        await pool.confirm_sign_up("alice", local.outbox[-1].code)

        # --8<-- [start:remember]
        result = await pool.sign_in("alice", "Passw0rd!")
        device = result.user.device_secret
        # Save one text for each user and browser
        saved = device.to_state(KEY) if device is not None else None
        # --8<-- [end:remember]

        # --8<-- [start:sign-in]
        if saved is not None:
            device = pool.device_from_state(saved, KEY)
        result = await pool.sign_in("alice", "Passw0rd!", device=device)
        # --8<-- [end:sign-in]
        print([device.key for device in await result.user.devices()])
