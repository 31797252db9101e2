"""The user-migration trigger, which adds users of another directory when they first sign in or reset a password."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import Final

from ..._triggers.migration import UserMigration, UserMigrationRequest, UserMigrationResponse
from ..settings.client import AppClientSettings
from ..state.attributes import check_attributes
from ..state.callers import Caller
from ..state.checks import hides_unknown_users
from ..state.entities import Status, User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..triggers.calls import fire, invalid_response
from ..wire.refusals import Refusal, user_not_found
from .contacts import CONTACTS, claim_aliases
from .messages import medium, send
from .password_verifiers import new_verifier
from .srp_server import new_salt

# The accepted values. AWS's page of migration errors (re:Post) names the messages for others, and says that the service
# accepts CONFIRMED only. The developer guide documents RESET_REQUIRED too, which is also the default.
_STATUSES: Final = frozenset({None, "CONFIRMED", "RESET_REQUIRED"})
_ACTIONS: Final = frozenset({None, "SUPPRESS"})
_MEDIUMS: Final = frozenset({"EMAIL", "SMS"})


async def migrate(
    state: ServiceState, caller: Caller, client: AppClientSettings, name: str, password: str | None
) -> User | None:
    """Add a user to the pool and return it, if the trigger knows the name. Otherwise, return `None`.

    `password` is `None` if the user has forgotten it. A response with a wrong value makes the user unknown, as at the
    service: the call is refused, or `None` is returned if the client must not learn of it.
    """
    pool = caller.pool
    found = await fire(state, caller.origin, _event(caller, name, password))
    if not found.user_attributes:
        return None
    given = {key: value for key, value in found.user_attributes.items() if key not in ("sub", "username")}
    fault = _fault(pool, found, given)
    if fault is not None:
        if hides_unknown_users(client):
            return None
        raise user_not_found(fault)
    _check_supported(found, password)
    user = await _new_user(state, pool, found, given, name, password)
    moved = pool.find(name)
    if moved is not None:  # another sign-in has added the user in the meantime
        return moved
    try:
        claim_aliases(pool, user, force=found.force_alias_creation is True)
    except Refusal:  # no caller of this function declares AliasExistsException
        if hides_unknown_users(client):
            return None
        raise user_not_found(f"Exception migrating user in app client {client.id}") from None
    pool.add(user)
    if found.message_action != "SUPPRESS" and password is not None:
        await _welcome(state, caller, user, found, password)
    return user


def _event(caller: Caller, name: str, password: str | None) -> UserMigration:
    """Return the event. The `ClientMetadata` of a sign-in are its `validationData`; those of ForgotPassword are not."""
    forgot = password is None
    request = UserMigrationRequest(
        password=password,
        validation_data={} if forgot else caller.metadata,
        client_metadata=caller.metadata if forgot else {},
    )
    source = "UserMigration_ForgotPassword" if forgot else "UserMigration_Authentication"
    return UserMigration(user_name=name, trigger_source=source, request=request)


def _fault(pool: Pool, found: UserMigrationResponse, given: dict[str, str]) -> str | None:
    """Return why the values of a response are refused, in the words of the service, or `None`."""
    try:
        check_attributes(given, pool.settings)
    except Refusal as refusal:
        return refusal.message
    wrong = {
        "finalUserStatus": found.final_user_status not in _STATUSES,
        "messageAction": found.message_action not in _ACTIONS,
        "desiredDeliveryMediums": not _MEDIUMS.issuperset(found.desired_delivery_mediums or ()),
    }
    for member, is_wrong in wrong.items():
        if is_wrong:
            return f"Error during migration: Invalid {member}"
    if found.enable_sms_mfa and (pool.settings.mfa == "OFF" or not given.get("phone_number")):
        return "Error during migration: Invalid enableSMSMFA"
    return None


def _check_supported(found: UserMigrationResponse, password: str | None) -> None:
    """Refuse a request for a welcome message to a user without a password, because the message contains one."""
    if password is None and found.desired_delivery_mediums and found.message_action != "SUPPRESS":
        raise invalid_response()


async def _new_user(
    state: ServiceState,
    pool: Pool,
    found: UserMigrationResponse,
    given: dict[str, str],
    name: str,
    password: str | None,
) -> User:
    confirmed = found.final_user_status == "CONFIRMED" and password is not None
    sub, now = str(uuid.uuid4()), state.now()
    username = sub if pool.settings.username_attributes else name
    salt, known_verifier = new_salt(), None
    if password is not None:
        # Do not check the pool's policy, because the other directory has accepted the password.
        salt, known_verifier = await new_verifier(pool, username, password)
    status: Status = "CONFIRMED" if confirmed else "RESET_REQUIRED"
    user = User(username, sub, given, salt, known_verifier, status, now, now)
    if found.enable_sms_mfa:
        user.mfa = ("SMS_MFA",)
    return user


async def _welcome(
    state: ServiceState, caller: Caller, user: User, found: UserMigrationResponse, password: str
) -> None:
    """Send the welcome message over the media that the trigger names, by SMS if it names none.

    The service documents the message, but not its text, so this pool sends an invitation with the user's own password.
    The trigger for its text does not get the metadata of the sign-in.
    """
    caller = replace(caller, metadata={})
    for contact in CONTACTS:
        if medium(contact) in (found.desired_delivery_mediums or ("SMS",)) and user.attributes.get(contact):
            await send(state, caller, user, contact, "invitation", password, user.attributes[contact])
