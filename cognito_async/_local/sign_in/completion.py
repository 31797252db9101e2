"""The end of a sign-in: the proof of a device, if one was named, and the tokens."""

from __future__ import annotations

import secrets
import uuid
from datetime import timedelta

from ..._triggers.authentication import PostAuthentication, PostAuthenticationRequest
from ..settings.client import AppClientSettings
from ..state.attributes import trigger_attributes
from ..state.checks import check_status
from ..state.entities import Device, TokenFamily, User
from ..state.pending_sign_ins import PendingSignIn
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import issue_challenge
from ..state.trigger_events import TokenSource
from ..tokens.grants import Grant
from ..tokens.issuing import issue_tokens
from ..tokens.rotation import issue_refresh_token
from ..triggers.calls import fire
from ..wire.refusals import Refusal, not_authorized
from ..wire.replies import Reply

# The most unconfirmed devices of a user. The oldest are deleted; the limit is so high that no client needs them.
_MOST_OFFERED = 1000


def set_named_device(pending: PendingSignIn, key: str | None) -> None:
    """Set the device that a request names by DEVICE_KEY. An unknown user is refused like one without devices."""
    if key is None or pending.pool.settings.device_tracking == "OFF":
        return
    device = pending.user.devices.get(key) if pending.user is not None else None
    if device is None or device.verifier is None:
        raise Refusal("ResourceNotFoundException", "Device does not exist.")
    pending.device = device


def device_is_second_factor(pending: PendingSignIn, user: User) -> bool:
    _drop_forgotten_device(pending, user)
    return pending.device is not None and pending.device.remembered and pending.pool.settings.device_replaces_mfa


async def complete(state: ServiceState, pending: PendingSignIn, user: User) -> Reply:
    """Issue DEVICE_SRP_AUTH for a named device; without one, issue the tokens."""
    check_status(user)
    _drop_forgotten_device(pending, user)
    if pending.device is not None and "dev" not in pending.proven:
        return issue_challenge(
            state, pending, "DEVICE_SRP_AUTH", {"USERNAME": user.username, "DEVICE_KEY": pending.device.key}
        )
    return await sign_in(state, pending, user)


def _drop_forgotten_device(pending: PendingSignIn, user: User) -> None:
    """Continue without the named device if ForgetDevice has deleted it since."""
    if pending.device is not None and user.devices.get(pending.device.key) is not pending.device:
        pending.device = None


async def sign_in(state: ServiceState, pending: PendingSignIn, user: User) -> Reply:
    """Issue all three tokens. If devices are tracked and none was named, offer a new one."""
    now = int(state.now().timestamp())
    device, offered = pending.device, None
    if device is not None:
        device.authenticated = state.now()
    elif pending.pool.settings.device_tracking != "OFF":
        device = offered = _new_device(state, pending)
    request = PostAuthenticationRequest(
        user_attributes=trigger_attributes(user),
        new_device_used=offered is not None,
        client_metadata=pending.metadata,
    )
    event = PostAuthentication(
        user_name=user.username, trigger_source="PostAuthentication_Authentication", request=request
    )
    await fire(state, pending.caller.origin, event)
    grant = Grant(pending.pool, pending.client, user, _new_family(pending, user, device, now))
    result = await start_session(state, grant, pending.trigger_source, pending.metadata)
    if offered is not None:
        _offer(pending, user, offered)
        result["NewDeviceMetadata"] = {"DeviceKey": offered.key, "DeviceGroupKey": offered.group_key}
    return {"ChallengeParameters": {}, "AuthenticationResult": result}


async def start_session(state: ServiceState, grant: Grant, source: TokenSource, metadata: dict[str, str]) -> Reply:
    """Issue all three tokens."""
    pool, user = grant.pool, grant.user
    result = await issue_tokens(state, grant, source, metadata)
    # An administrator may have deleted or disabled the user while a trigger ran.
    if pool.find_by_sub(user.sub) is not user:
        raise not_authorized("Incorrect username or password.")
    check_status(user)
    pool.add_tokens(grant.family, state.now())
    result["RefreshToken"] = issue_refresh_token(state, grant)
    return result


async def sign_in_directly(state: ServiceState, pool: Pool, client_id: str, user: User) -> Reply:
    """Sign a user in without a proof, without a device, and without the triggers of the authentication."""
    check_status(user)
    if user.status != "CONFIRMED":
        raise not_authorized(f"the status is {user.status}")
    client = pool.clients.get(client_id)
    if client is None:
        raise not_authorized(f"the pool has no app client {client_id}")
    grant = Grant(pool, client, user, _family(client, user, int(state.now().timestamp())))
    return await start_session(state, grant, "TokenGeneration_Authentication", {})


def _family(client: AppClientSettings, user: User, now: int) -> TokenFamily:
    # The last refresh may come just before the refresh token expires. Its access token is then valid for longer.
    ends = now + client.refresh_token_validity + client.access_token_validity
    return TokenFamily(str(uuid.uuid4()), str(uuid.uuid4()), user.sub, client.id, now, ends)


def _new_family(pending: PendingSignIn, user: User, device: Device | None, now: int) -> TokenFamily:
    family = _family(pending.client, user, now)
    if device is not None:
        family.device_key = device.key
    if pending.acr is not None:
        family.acr, family.amr = pending.acr, pending.proven
    return family


def _offer(pending: PendingSignIn, user: User, device: Device) -> None:
    """Store a new device. Delete unconfirmed devices once the access token of their sign-in has expired.

    After that, this sign-in can no longer confirm its device, because its session cannot be refreshed either.
    """
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
