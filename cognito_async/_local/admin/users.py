"""What administrators do with users that are there: their accounts, passwords, attributes and factors."""

from __future__ import annotations

from ..accounts.codes import FORGOT_PASSWORD, send_code
from ..accounts.contacts import CONTACTS, set_contact
from ..accounts.mfa_settings import delete_software_token, set_options, set_preference
from ..accounts.passwords import check_password
from ..accounts.profile import check_changes, delete_attribute, delete_attributes, describe_factors, describe_mfa
from ..accounts.sign_up import check_unconfirmed, confirm
from ..sign_in.new_password import set_password
from ..state.attributes import from_wire
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal
from ..wire.replies import Reply
from ..wire.requests import Request
from .known_users import NO_CLIENT, describe_user, require_user, start_temporary


async def admin_get_user(state: ServiceState, request: Request) -> Reply:
    _, user = require_user(state, request)
    return {**describe_user(user, "UserAttributes"), **describe_mfa(user)}


async def admin_confirm_sign_up(state: ServiceState, request: Request) -> Reply:
    """Confirms the user without a code, so no contact becomes verified by it."""
    pool, user = require_user(state, request)
    check_unconfirmed(user)
    await confirm(state, pool, NO_CLIENT, user, request, source="PostConfirmation_ConfirmSignUp")
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
    """The user's sessions end, for good: they are not there again when the user is enabled."""
    pool, user = require_user(state, request)
    user.enabled, user.modified = False, state.now()
    pool.revoke_tokens(user)
    return {}


async def admin_user_global_sign_out(state: ServiceState, request: Request) -> Reply:
    pool, user = require_user(state, request)
    pool.revoke_tokens(user)
    return {}


async def admin_set_user_password(state: ServiceState, request: Request) -> Reply:
    """A permanent password confirms the user; any other is a temporary one."""
    pool, user = require_user(state, request)
    check_password(request["Password"], pool.settings.password_policy)
    await set_password(state, pool.settings.srp_name, user, request["Password"])
    if request.get("Permanent"):
        user.status, user.temporary_until = "CONFIRMED", None
    else:
        user.status = "FORCE_CHANGE_PASSWORD"
        start_temporary(state, pool, user)
    return {}


async def admin_reset_user_password(state: ServiceState, request: Request) -> Reply:
    """The old password is good for nothing, and a code for a new one goes out."""
    pool, user = require_user(state, request)
    user.status, user.modified = "RESET_REQUIRED", state.now()
    for contact in CONTACTS:
        if user.attributes.get(f"{contact}_verified") == "true":
            send_code(state, pool, user, contact, "forgot_password", FORGOT_PASSWORD)
            break
    return {}


async def admin_update_user_attributes(state: ServiceState, request: Request) -> Reply:
    """Unlike users, administrators may say that a contact is verified."""
    pool, user = require_user(state, request)
    given = from_wire(request["UserAttributes"])
    check_changes(pool, user, given)
    for contact in CONTACTS:
        if given.get(contact, user.attributes.get(contact)) != user.attributes.get(contact):
            set_contact(user, contact, given[contact])
    for name, value in given.items():
        if value:
            user.attributes[name] = value
        else:
            delete_attribute(user, name)
    user.modified = state.now()
    return {}


async def admin_delete_user_attributes(state: ServiceState, request: Request) -> Reply:
    pool, user = require_user(state, request)
    delete_attributes(state, pool, user, request["UserAttributeNames"])
    return {}


async def admin_set_user_mfa_preference(state: ServiceState, request: Request) -> Reply:
    return set_preference(*require_user(state, request), request)


async def admin_set_user_settings(state: ServiceState, request: Request) -> Reply:
    return set_options(*require_user(state, request), request)


async def admin_get_user_auth_factors(state: ServiceState, request: Request) -> Reply:
    return describe_factors(*require_user(state, request))


async def admin_delete_software_token(state: ServiceState, request: Request) -> Reply:
    """Who has none is left as is: no error is declared for that."""
    _, user = require_user(state, request)
    if user.status == "UNCONFIRMED":
        raise Refusal("UserNotConfirmedException", "User is not confirmed.")
    delete_software_token(user)
    user.modified = state.now()
    return {}
