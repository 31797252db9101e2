"""AdminCreateUser: a user with a temporary password, and the invitation."""

from __future__ import annotations

from ..accounts.codes import medium
from ..accounts.contacts import CONTACTS, claim_aliases
from ..accounts.passwords import check_password, temporary_password
from ..accounts.sign_up import check_is_new, new_user, pre_sign_up, with_contact
from ..sign_in.new_password import set_password
from ..state.attributes import check_attributes, from_wire
from ..state.entities import Message, Pool, User
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal
from ..wire.replies import Reply
from ..wire.requests import Request
from .known_users import NO_CLIENT, describe_user, require_user, start_temporary


async def admin_create_user(state: ServiceState, request: Request) -> Reply:
    """Leads to FORCE_CHANGE_PASSWORD: the user's first sign-in asks for a new password."""
    pool = state.pool(request["UserPoolId"])
    if request.get("MessageAction") == "RESEND":
        return await _resend_invitation(state, pool, request)
    name = request["Username"]
    attributes = with_contact(name, from_wire(request.get("UserAttributes", [])), pool.settings)
    check_attributes(attributes, pool.settings)
    passwordless = _is_passwordless(pool, attributes, request)
    password = "" if passwordless else _temporary(pool, request)
    user = await new_user(state, pool, name, password, attributes)
    await pre_sign_up(pool, NO_CLIENT, user, "PreSignUp_AdminCreateUser", request)
    check_is_new(pool, name, "User account already exists")
    claim_aliases(pool, user, force=bool(request.get("ForceAliasCreation")))
    if passwordless:
        user.status = "CONFIRMED"
    else:
        user.status = "FORCE_CHANGE_PASSWORD"
        start_temporary(state, pool, user)
    pool.add(user)
    if request.get("MessageAction") != "SUPPRESS":
        _invite(state, user, password, request)
    return {"User": describe_user(user, "Attributes")}


async def _resend_invitation(state: ServiceState, pool: Pool, request: Request) -> Reply:
    """A new temporary password for somebody who has not used the old one."""
    _, user = require_user(state, request)
    if user.status != "FORCE_CHANGE_PASSWORD":
        message = f"Resend not possible. {user.username} status is not FORCE_CHANGE_PASSWORD"
        raise Refusal("UnsupportedUserStateException", message)
    password = _temporary(pool, request)
    await set_password(state, pool.settings.srp_name, user, password)
    start_temporary(state, pool, user)
    _invite(state, user, password, request)
    return {"User": describe_user(user, "Attributes")}


def _is_passwordless(pool: Pool, attributes: dict[str, str], request: Request) -> bool:
    """Without an invitation a user who can have one-time passwords needs no other, and is confirmed at once."""
    if request.get("TemporaryPassword") or request.get("MessageAction") != "SUPPRESS":
        return False
    ways = {"EMAIL_OTP": "email_verified", "SMS_OTP": "phone_number_verified"}
    factors: tuple[str, ...] = pool.settings.first_factors
    return any(way in factors and attributes.get(flag) == "true" for way, flag in ways.items())


def _temporary(pool: Pool, request: Request) -> str:
    policy = pool.settings.password_policy
    password: str = request.get("TemporaryPassword") or temporary_password(policy)
    check_password(password, policy)
    return password


def _invite(state: ServiceState, user: User, password: str, request: Request) -> None:
    """Over the media asked for, which is SMS when nothing is said; a medium without a contact sends nothing."""
    wanted = request.get("DesiredDeliveryMediums") or ["SMS"]
    for contact in CONTACTS:
        if medium(contact) in wanted and contact in user.attributes:
            address = user.attributes[contact]
            state.post(Message(address, medium(contact), contact, password, user.username, "invitation"))
