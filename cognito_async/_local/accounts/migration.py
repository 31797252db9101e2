"""The user-migration trigger, which adds users of another directory when they first sign in or reset a password."""

from __future__ import annotations

import uuid

from ..state.attributes import check_attributes
from ..state.callers import Caller
from ..state.entities import Status, User
from ..state.service_state import ServiceState
from ..state.trigger_calls import TriggerResponse, fire
from ..state.trigger_events import UserMigration
from ..wire.refusals import Refusal
from .contacts import claim_aliases
from .password_verifiers import new_verifier
from .srp_server import new_salt


async def migrate(state: ServiceState, caller: Caller, name: str, password: str | None) -> User | None:
    """Add a user to the pool and return it, if the trigger knows the name. Otherwise, return `None`.

    `password` is `None` if the user has forgotten it. No welcome message is sent, whatever `messageAction` says.
    """
    pool = caller.pool
    found = await _ask_directory(state, caller, name, password)
    attributes = found.string_map("userAttributes")
    if not attributes:
        return None
    given = {key: value for key, value in attributes.items() if key not in ("sub", "username")}
    check_attributes(given, pool.settings)
    confirmed = found.value("finalUserStatus") == "CONFIRMED" and password is not None
    sub, now = str(uuid.uuid4()), state.now()
    username = sub if pool.settings.username_attributes else name
    salt, known_verifier = new_salt(), None
    if password is not None:
        # Do not check the pool's policy, because the other directory has accepted the password.
        salt, known_verifier = await new_verifier(pool, username, password)
    status: Status = "CONFIRMED" if confirmed else "RESET_REQUIRED"
    user = User(username, sub, given, salt, known_verifier, status, now, now)
    if found.is_true("enableSMSMFA") and given.get("phone_number"):
        user.mfa = ("SMS_MFA",)
    moved = pool.find(name)
    if moved is not None:  # another sign-in has added the user in the meantime
        return moved
    claim_aliases(pool, user, force=found.is_true("forceAliasCreation"))
    pool.add(user)
    return user


async def _ask_directory(state: ServiceState, caller: Caller, name: str, password: str | None) -> TriggerResponse:
    """Call the trigger. If it fails or is not set, return an empty response, so that the name stays unknown."""
    event = UserMigration(
        caller.origin,
        name,
        source="UserMigration_Authentication" if password is not None else "UserMigration_ForgotPassword",
        validation_data=caller.metadata,
        client_metadata=caller.metadata,
        password=password,
    )
    try:
        return await fire(state, event)
    except Refusal:
        return TriggerResponse({})
