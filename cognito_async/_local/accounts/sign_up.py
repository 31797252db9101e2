"""SignUp: a new user, and the code that confirms it."""

from __future__ import annotations

from ..._triggers.sign_up import PreSignUpResponse
from ..settings.client import AppClientSettings
from ..settings.pool import PoolSettings
from ..state.attributes import check_attributes, check_required, check_writable, from_wire
from ..state.callers import Caller
from ..state.checks import check_secret_hash
from ..state.entities import User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import issue_sign_up_session
from ..triggers.calls import invalid_response
from ..wire.refusals import Refusal, not_authorized
from ..wire.replies import Reply
from ..wire.requests import Request
from ..wire.validation import broken_constraint
from .codes import SIGN_UP, deliverable, send_code
from .confirmation import confirm
from .contacts import check_preferred_username, claim_aliases, mark_unverified
from .new_users import check_is_new, new_user, pre_sign_up, with_contact
from .passwords import check_password


async def sign_up(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    caller = Caller.of(pool, client.id, request)
    name, password = request["Username"], request.get("Password")
    check_secret_hash(client, name, request.get("SecretHash"))
    if pool.settings.admin_create_user_only:
        raise not_authorized("SignUp is not permitted for this user pool")
    attributes = with_contact(name, from_wire(request.get("UserAttributes", [])), pool.settings)
    if password:
        check_password(password, pool.settings.password_policy)
    elif not _is_passwordless(pool.settings, client):
        raise broken_constraint("password", "not be null")
    check_attributes(attributes, pool.settings)
    check_required(attributes, pool.settings)
    check_preferred_username(pool, "UNCONFIRMED", attributes)
    check_writable((each["Name"] for each in request.get("UserAttributes", [])), client)
    user = await new_user(state, pool, name, password, attributes)
    response = await pre_sign_up(state, caller, user, "PreSignUp_SignUp", request)
    # Check this after the slow arithmetic, and do not await before the user is added. Otherwise, two concurrent
    # sign-ups could both pass.
    check_is_new(pool, name, attributes)
    mark_unverified(user)
    confirmed = _apply(response, pool, user)
    pool.add(user)
    attribute = deliverable(pool, user)
    reply: Reply = {"UserConfirmed": confirmed, "UserSub": user.sub}
    if confirmed:
        await confirm(state, caller, user, "PostConfirmation_ConfirmSignUp")
    elif attribute is not None:
        reply["CodeDeliveryDetails"] = await send_code(state, caller, user, attribute, "sign_up", SIGN_UP)
    session = issue_sign_up_session(state, pool, client, user)
    return reply if session is None else {**reply, "Session": session}


def _apply(response: PreSignUpResponse, pool: Pool, user: User) -> bool:
    """Verify the contacts that the trigger names, and return whether it has confirmed the user."""
    for contact, flag, verifies in (
        ("email", "autoVerifyEmail", response.auto_verify_email),
        ("phone_number", "autoVerifyPhone", response.auto_verify_phone),
    ):
        if not verifies:
            continue
        if not user.attributes.get(contact):
            raise invalid_response(f"{flag} needs the attribute {contact}")
        user.attributes[f"{contact}_verified"] = "true"
    try:
        claim_aliases(pool, user, force=True)
    except Refusal as refusal:  # SignUp does not declare AliasExistsException
        raise Refusal("UsernameExistsException", refusal.message) from None
    return response.auto_confirm_user


def _is_passwordless(settings: PoolSettings, client: AppClientSettings) -> bool:
    return settings.has_one_time_passwords and "ALLOW_USER_AUTH" in client.explicit_auth_flows
