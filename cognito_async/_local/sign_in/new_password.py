"""NEW_PASSWORD_REQUIRED: a password that replaces a temporary one."""

from __future__ import annotations

from ..accounts.contacts import CONTACTS, set_contact, take_alias
from ..accounts.password_verifiers import check_history, new_verifier, store_password
from ..accounts.passwords import check_password
from ..settings.schema import VERIFIED_FLAGS
from ..state.attributes import check_attributes, check_writable, missing
from ..state.entities import User
from ..state.pending_sign_ins import PendingSignIn
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import user_of
from ..wire.refusals import invalid_parameter, not_authorized
from ..wire.replies import Reply
from .next_step import second_factor_or_end

_PREFIX = "userAttributes."


async def new_password(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    user, settings, password = user_of(pending), pending.pool.settings, responses["NEW_PASSWORD"]
    check_password(password, settings.password_policy)
    await check_history(pending.pool, user, password)
    secret = await new_verifier(pending.pool, user.username, password)
    # Do not await between this check and the change, so that only one of several sign-ins replaces the password.
    if user.status != "FORCE_CHANGE_PASSWORD":
        raise not_authorized("Invalid session for the user.")
    given = _given_attributes(pending, user, responses)
    store_password(state, pending.pool, user, secret)
    for name, value in given.items():
        if name in CONTACTS:
            set_contact(user, name, value)
        else:
            user.attributes[name] = value
    user.status, user.temporary_until = "CONFIRMED", None
    pending.trigger_source = "TokenGeneration_NewPasswordChallenge"
    return await second_factor_or_end(state, pending, user)


def _given_attributes(pending: PendingSignIn, user: User, responses: dict[str, str]) -> dict[str, str]:
    """Return the attributes that the answer adds.

    Refuse attributes outside of the pool's schema, attributes that the client may not write, and other users' contacts.
    """
    given = {key.removeprefix(_PREFIX): value for key, value in responses.items() if key.startswith(_PREFIX)}
    for name in given:
        if name in VERIFIED_FLAGS:  # aws-amplify/aws-sdk-ios#2203
            raise invalid_parameter(f"Cannot modify the non-mutable attribute {name}")
        if user.attributes.get(name):
            raise not_authorized(f"Cannot modify an already provided {name}")
    check_attributes(given, pending.pool.settings)
    check_writable(given, pending.client)
    for name in missing({**user.attributes, **given}, pending.pool.settings):
        raise invalid_parameter(f"Invalid attributes given, {name} is missing")
    for name, value in given.items():
        take_alias(pending.pool, user, name, value, force=False)
    return given
