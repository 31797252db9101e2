"""The end of a sign-in: the device, if there is one to prove, and the tokens."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

from ..state.entities import Attempt, Device, SignIn, User
from ..state.pending_sign_ins import ask
from ..state.service_state import State, remember
from ..state.triggers import attributes_of, run
from ..tokens.rotation import issue_refresh_token
from ..tokens.sessions import issue_tokens
from ..wire.replies import Refusal, Reply

# Far more than can be confirmed at once.
_MOST_OFFERED = 1000


def name_device(attempt: Attempt, key: str | None) -> None:
    """Note the device that a request names by DEVICE_KEY; who is only pretended has none, like most users."""
    if key is None or attempt.pool.settings.device_tracking == "OFF":
        return
    device = attempt.user.devices.get(key) if attempt.user is not None else None
    if device is None or device.verifier is None:
        raise Refusal("ResourceNotFoundException", "Device does not exist.")
    attempt.device = device


def device_is_second_factor(attempt: Attempt) -> bool:
    return attempt.device is not None and attempt.device.remembered and attempt.pool.settings.device_replaces_mfa


async def complete(state: State, attempt: Attempt, user: User) -> Reply:
    """Ask a named device to prove itself; else the tokens."""
    if attempt.device is not None and user.devices.get(attempt.device.key) is not attempt.device:
        attempt.device = None  # forgotten since it was named
    if attempt.device is not None and "dev" not in attempt.proven:
        return ask(state, attempt, "DEVICE_SRP_AUTH", {"USERNAME": user.username, "DEVICE_KEY": attempt.device.key})
    return await sign_in(state, attempt, user)


async def sign_in(state: State, attempt: Attempt, user: User) -> Reply:
    """A new session with all three tokens, and a new device where devices are tracked and none was named."""
    pool, now = attempt.pool, int(state.now().timestamp())
    trigger = pool.settings.triggers.post_authentication
    device, offered = attempt.device, None
    if device is not None:
        device.authenticated = state.now()
    elif pool.settings.device_tracking != "OFF":
        device = offered = _new_device(state, attempt)
    if trigger is not None:
        request = {
            "userAttributes": attributes_of(user),
            "newDeviceUsed": offered is not None,
            "clientMetadata": attempt.metadata,
        }
        source = "PostAuthentication_Authentication"
        await run(trigger, "PostAuthentication", source, pool, attempt.client.id, user.username, request, {})
    # The last refresh may come at the very end, and its access token outlives it.
    ends = now + attempt.client.refresh_token_validity + attempt.client.access_token_validity
    session = SignIn(str(uuid.uuid4()), str(uuid.uuid4()), user.sub, attempt.client.id, now, ends)
    if device is not None:
        session.device_key = device.key
    if attempt.acr is not None:
        session.acr, session.amr = attempt.acr, attempt.proven
    result = await issue_tokens(
        state, pool, attempt.client, user, session, source=attempt.trigger_source, metadata=attempt.metadata
    )
    remember(pool.sign_ins, session.event_id, session, state.now())
    result["RefreshToken"] = issue_refresh_token(state, pool, attempt.client, user, session)
    if offered is not None:
        _offer(attempt, user, offered)
        result["NewDeviceMetadata"] = {"DeviceKey": offered.key, "DeviceGroupKey": offered.group_key}
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


def _offer(attempt: Attempt, user: User, device: Device) -> None:
    """Remember a device until it is confirmed, or its session's access token is over: that cannot be renewed."""
    too_old = device.created - timedelta(seconds=attempt.client.access_token_validity)
    offered = [each for each in reversed(user.devices.values()) if each.verifier is None]
    for number, each in enumerate(offered, 1):
        if number >= _MOST_OFFERED or each.created <= too_old:
            del user.devices[each.key]
    user.devices[device.key] = device


def _new_device(state: State, attempt: Attempt) -> Device:
    now = state.now()
    key = f"{attempt.pool.settings.region}_{uuid.uuid4()}"
    return Device(key, f"-{secrets.token_urlsafe(6)}", now, now, now)
