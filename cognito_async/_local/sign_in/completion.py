"""The end of a sign-in: the device, if there is one to prove, and the tokens."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

from ..state.entities import Device, PendingSignIn, TokenFamily, User
from ..state.pending_sign_ins import issue_challenge
from ..state.service_state import ServiceState, remember
from ..state.triggers import attributes_of, run
from ..tokens.rotation import issue_refresh_token
from ..tokens.sessions import issue_tokens
from ..wire.refusals import Refusal
from ..wire.replies import Reply

# Far more than can be confirmed at once.
_MOST_OFFERED = 1000


def set_named_device(pending: PendingSignIn, key: str | None) -> None:
    """Note the device that a request names by DEVICE_KEY; who is only pretended has none, like most users."""
    if key is None or pending.pool.settings.device_tracking == "OFF":
        return
    device = pending.user.devices.get(key) if pending.user is not None else None
    if device is None or device.verifier is None:
        raise Refusal("ResourceNotFoundException", "Device does not exist.")
    pending.device = device


def device_is_second_factor(pending: PendingSignIn) -> bool:
    return pending.device is not None and pending.device.remembered and pending.pool.settings.device_replaces_mfa


async def complete(state: ServiceState, pending: PendingSignIn, user: User) -> Reply:
    """Ask a named device to prove itself; else the tokens."""
    if pending.device is not None and user.devices.get(pending.device.key) is not pending.device:
        pending.device = None  # forgotten since it was named
    if pending.device is not None and "dev" not in pending.proven:
        return issue_challenge(
            state, pending, "DEVICE_SRP_AUTH", {"USERNAME": user.username, "DEVICE_KEY": pending.device.key}
        )
    return await sign_in(state, pending, user)


async def sign_in(state: ServiceState, pending: PendingSignIn, user: User) -> Reply:
    """A new session with all three tokens, and a new device where devices are tracked and none was named."""
    pool, now = pending.pool, int(state.now().timestamp())
    trigger = pool.settings.triggers.post_authentication
    device, offered = pending.device, None
    if device is not None:
        device.authenticated = state.now()
    elif pool.settings.device_tracking != "OFF":
        device = offered = _new_device(state, pending)
    if trigger is not None:
        request = {
            "userAttributes": attributes_of(user),
            "newDeviceUsed": offered is not None,
            "clientMetadata": pending.metadata,
        }
        source = "PostAuthentication_Authentication"
        await run(trigger, "PostAuthentication", source, pool, pending.client.id, user.username, request, {})
    # The last refresh may come at the very end, and its access token outlives it.
    ends = now + pending.client.refresh_token_validity + pending.client.access_token_validity
    session = TokenFamily(str(uuid.uuid4()), str(uuid.uuid4()), user.sub, pending.client.id, now, ends)
    if device is not None:
        session.device_key = device.key
    if pending.acr is not None:
        session.acr, session.amr = pending.acr, pending.proven
    result = await issue_tokens(
        state, pool, pending.client, user, session, source=pending.trigger_source, metadata=pending.metadata
    )
    remember(pool.token_families, session.event_id, session, state.now())
    result["RefreshToken"] = issue_refresh_token(state, pool, pending.client, user, session)
    if offered is not None:
        _offer(pending, user, offered)
        result["NewDeviceMetadata"] = {"DeviceKey": offered.key, "DeviceGroupKey": offered.group_key}
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


def _offer(pending: PendingSignIn, user: User, device: Device) -> None:
    """Remember a device until it is confirmed, or its session's access token is over: that cannot be renewed."""
    too_old = device.created - timedelta(seconds=pending.client.access_token_validity)
    offered = [each for each in reversed(user.devices.values()) if each.verifier is None]
    for number, each in enumerate(offered, 1):
        if number >= _MOST_OFFERED or each.created <= too_old:
            del user.devices[each.key]
    user.devices[device.key] = device


def _new_device(state: ServiceState, pending: PendingSignIn) -> Device:
    now = state.now()
    key = f"{pending.pool.settings.region}_{uuid.uuid4()}"
    return Device(key, f"-{secrets.token_urlsafe(6)}", now, now, now)
