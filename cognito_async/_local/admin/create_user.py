"""AdminCreateUser: a user with a temporary password, and the invitation."""

from __future__ import annotations

from ..accounts.contacts import CONTACT_OF, CONTACTS, claim_aliases
from ..accounts.messages import medium, send
from ..accounts.new_users import check_is_new, new_user, pre_sign_up, with_contact
from ..accounts.password_verifiers import set_password
from ..accounts.passwords import check_password, temporary_password
from ..settings.pool import ONE_TIME_PASSWORDS, Contact
from ..state.attribute_values import is_verified
from ..state.attributes import check_attributes, from_wire
from ..state.callers import NO_CLIENT, Caller
from ..state.entities import User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..wire.refusals import Refusal, invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .known_users import describe_user, require_user, start_temporary


async def admin_create_user(state: ServiceState, request: Request) -> Reply:
    """Create a user with a temporary password, or without any. The first sign-in must replace a temporary one."""
    pool = state.pool(request["UserPoolId"])
    if request.get("MessageAction") == "RESEND":
        return await _resend_invitation(state, pool, request)
    name = request["Username"]
    attributes = with_contact(name, from_wire(request.get("UserAttributes", [])), pool.settings)
    check_attributes(attributes, pool.settings)
    _check_contacts(attributes, request)
    passwordless = _is_passwordless(pool, attributes, request)
    password = "" if passwordless else _temporary_password(pool, request)
    user = await new_user(state, pool, name, password, attributes)
    caller = Caller.of(pool, NO_CLIENT, request)
    await pre_sign_up(state, caller, user, "PreSignUp_AdminCreateUser", request)
    check_is_new(pool, name, attributes, "User account already exists")
    _claim_aliases(pool, user, request)
    if passwordless:
        user.status = "CONFIRMED"
    else:
        user.status = "FORCE_CHANGE_PASSWORD"
        start_temporary(state, pool, user)
    pool.add(user)
    if request.get("MessageAction") != "SUPPRESS":
        await _invite(state, caller, user, password, request)
    return {"User": describe_user(user, "Attributes")}


def _check_contacts(attributes: dict[str, str], request: Request) -> None:
    """Refuse a flag or a requested medium without its contact. For the default medium, SMS, a contact may be missing.

    The service's text for a missing phone number is not known; that for an email address is.
    """
    for contact in CONTACTS:
        if attributes.get(contact):
            continue
        if is_verified(attributes, contact):
            raise invalid_parameter(f"{contact} is required, because {contact}_verified is true")
        if medium(contact) in request.get("DesiredDeliveryMediums", []) and request.get("MessageAction") != "SUPPRESS":
            what, by = ("email", "Email") if contact == "email" else ("phone number", "SMS")
            raise invalid_parameter(f"No {what} provided but desired delivery medium was {by}")


def _claim_aliases(pool: Pool, user: User, request: Request) -> None:
    """Take over aliases, if the request forces it.

    The documentation names AliasExistsException, but the model does not declare it, and boto/boto3#3213 saw
    UsernameExistsException.
    """
    try:
        claim_aliases(pool, user, force=bool(request.get("ForceAliasCreation")))
    except Refusal as refusal:
        raise Refusal("UsernameExistsException", refusal.message) from None


async def _resend_invitation(state: ServiceState, pool: Pool, request: Request) -> Reply:
    """Send a new temporary password to a user who has not replaced the old one."""
    _, user = require_user(state, request)
    if user.status != "FORCE_CHANGE_PASSWORD":
        message = f"Resend not possible. {user.username} status is not FORCE_CHANGE_PASSWORD"
        raise Refusal("UnsupportedUserStateException", message)
    password = _temporary_password(pool, request)
    await set_password(state, pool, user, password)
    start_temporary(state, pool, user)
    await _invite(state, Caller.of(pool, NO_CLIENT, request), user, password, request)
    return {"User": describe_user(user, "Attributes")}


def _is_passwordless(pool: Pool, attributes: dict[str, str], request: Request) -> bool:
    """Return whether to create the user without a password, for sign-ins with one-time passwords.

    The documentation: the service generates a password "unless you have passwordless options active".
    """
    if request.get("TemporaryPassword"):
        return False
    factors = [factor for factor in ONE_TIME_PASSWORDS if factor in pool.settings.first_factors]
    return any(is_verified(attributes, CONTACT_OF[factor]) for factor in factors)


def _temporary_password(pool: Pool, request: Request) -> str:
    policy = pool.settings.password_policy
    password: str = request.get("TemporaryPassword") or temporary_password(policy)
    check_password(password, policy)
    return password


async def _invite(state: ServiceState, caller: Caller, user: User, password: str, request: Request) -> None:
    """Send the invitation over the requested media. By default, it goes by SMS, and without a phone number by email.

    The documentation says "via email or phone", with SMS as the default; reapit/foundations#7052 saw which goes first.
    """
    known: list[Contact] = [contact for contact in CONTACTS if user.attributes.get(contact)]
    wanted = request.get("DesiredDeliveryMediums") or [medium(contact) for contact in known[:1]]
    for contact in known:
        if medium(contact) in wanted:
            await send(state, caller, user, contact, "invitation", password, user.attributes[contact])
