"""Administrators' operations on existing users: accounts, passwords, attributes and factors."""

from __future__ import annotations

from ..accounts.codes import FORGOT_PASSWORD, send_code
from ..accounts.confirmation import check_unconfirmed, confirm
from ..accounts.contacts import CONTACTS, check_alias, check_preferred_username, take_alias
from ..accounts.mfa_settings import delete_software_token, set_options, set_preference
from ..accounts.password_verifiers import check_history, set_password
from ..accounts.passwords import check_password
from ..accounts.profile import change_attributes, delete_attributes, describe_factors, describe_mfa
from ..accounts.recovery import recipient
from ..settings.pool import Contact
from ..state.attribute_values import is_verified
from ..state.attributes import check_changes, from_wire
from ..state.callers import NO_CLIENT, Caller
from ..state.entities import User
from ..state.pools import PREFERRED_USERNAME, Pool
from ..state.service_state import ServiceState
from ..wire.refusals import user_not_confirmed
from ..wire.replies import Reply
from ..wire.requests import Request
from .known_users import describe_user, require_user, start_temporary


async def admin_get_user(state: ServiceState, request: Request) -> Reply:
    _, user = require_user(state, request)
    return {**describe_user(user, "UserAttributes"), **describe_mfa(user)}


async def admin_confirm_sign_up(state: ServiceState, request: Request) -> Reply:
    """Confirm the user without a code, so no contact is verified."""
    pool, user = require_user(state, request)
    check_unconfirmed(user)
    await confirm(state, Caller.of(pool, NO_CLIENT, request), user, "PostConfirmation_ConfirmSignUp")
    return {}


async def admin_delete_user(state: ServiceState, request: Request) -> Reply:
    pool, user = require_user(state, request)
    pool.remove(user)
    return {}


async def admin_enable_user(state: ServiceState, request: Request) -> Reply:
    _, user = require_user(state, request)
    user.enabled, user.modified = True, state.now()
    return {}


async def admin_disable_user(state: ServiceState, request: Request) -> Reply:
    """Disable a user and revoke the user's tokens. They stay revoked if the user is enabled again."""
    pool, user = require_user(state, request)
    user.enabled, user.modified = False, state.now()
    pool.revoke_tokens(user)
    return {}


async def admin_user_global_sign_out(state: ServiceState, request: Request) -> Reply:
    pool, user = require_user(state, request)
    pool.revoke_tokens(user)
    return {}


async def admin_set_user_password(state: ServiceState, request: Request) -> Reply:
    """Set a permanent password, which confirms the user, or a temporary one."""
    pool, user = require_user(state, request)
    check_password(request["Password"], pool.settings.password_policy)
    await check_history(pool, user, request["Password"])
    await set_password(state, pool, user, request["Password"])
    if request.get("Permanent"):
        user.status, user.temporary_until = "CONFIRMED", None
    else:
        user.status = "FORCE_CHANGE_PASSWORD"
        start_temporary(state, pool, user)
    return {}


async def admin_reset_user_password(state: ServiceState, request: Request) -> Reply:
    """Make the user set a new password, and send the code that this needs."""
    pool, user = require_user(state, request)
    caller = Caller.of(pool, NO_CLIENT, request)
    _, contact = recipient(pool, user)
    await send_code(state, caller, user, contact, "forgot_password", FORGOT_PASSWORD)
    user.status, user.modified = "RESET_REQUIRED", state.now()
    return {}


async def admin_update_user_attributes(state: ServiceState, request: Request) -> Reply:
    """Change attributes. Unlike users, administrators may mark a contact as verified: then no code is sent."""
    pool, user = require_user(state, request)
    given = from_wire(request["UserAttributes"])
    check_changes(given, pool.settings)
    check_preferred_username(pool, user.status, given)
    verified: list[Contact] = [contact for contact in CONTACTS if is_verified(given, contact)]
    _take_aliases(pool, user, given, verified)
    for contact in verified:
        if contact in user.pending:  # it is verified by this call, so it replaces the old value
            user.attributes[contact] = user.pending.pop(contact)
    caller = Caller.of(pool, NO_CLIENT, request)
    await change_attributes(state, caller, user, given, verified=verified)
    return {}


def _take_aliases(pool: Pool, user: User, given: dict[str, str], verified: list[Contact]) -> None:
    """Take over the aliases that this call verifies, as boto/boto3#3213 saw. Contacts that are names stay unique."""
    for name in (*pool.settings.username_attributes, PREFERRED_USERNAME):
        if given.get(name):
            take_alias(pool, user, name, given[name], force=False)
    for take in (check_alias, take_alias):  # check all of them before taking the first
        for contact in verified:
            value = given.get(contact) or user.pending.get(contact) or user.attributes.get(contact)
            if value:
                take(pool, user, contact, value, force=True)


async def admin_delete_user_attributes(state: ServiceState, request: Request) -> Reply:
    pool, user = require_user(state, request)
    delete_attributes(state, pool, user, request["UserAttributeNames"])
    return {}


async def admin_set_user_mfa_preference(state: ServiceState, request: Request) -> Reply:
    _, user = require_user(state, request)
    return set_preference(user, request)


async def admin_set_user_settings(state: ServiceState, request: Request) -> Reply:
    _, user = require_user(state, request)
    return set_options(user, request)


async def admin_get_user_auth_factors(state: ServiceState, request: Request) -> Reply:
    return describe_factors(*require_user(state, request))


async def admin_delete_software_token(state: ServiceState, request: Request) -> Reply:
    """Delete a user's authenticator app. If there is none, raise no error, because the model declares none for it."""
    _, user = require_user(state, request)
    if user.status == "UNCONFIRMED":
        raise user_not_confirmed()
    delete_software_token(user)
    user.modified = state.now()
    return {}
