"""ConfirmSignUp and ResendConfirmationCode."""

from __future__ import annotations

from ..._triggers.sign_up import PostConfirmation, PostConfirmationRequest
from ..settings.pool import Contact
from ..state.attributes import trigger_attributes
from ..state.callers import Caller
from ..state.checks import check_hourly_limit, check_secret_hash, hides_unknown_users
from ..state.entities import User
from ..state.pools import Pool
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import check_sign_up_session, issue_sign_up_session
from ..state.trigger_events import ConfirmationSource
from ..triggers.calls import fire
from ..wire.refusals import Refusal, invalid_parameter, not_authorized, user_disabled, user_not_found
from ..wire.replies import Reply
from ..wire.requests import Request
from .codes import SIGN_UP, check_code, code_mismatch, decoy_delivery, deliverable, knows_code, send_code
from .contacts import take_alias

_CONFIRMATIONS_PER_HOUR = 15
_CODES_PER_HOUR = 5


async def confirm_sign_up(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    name = request["Username"]
    check_secret_hash(client, name, request.get("SecretHash"))
    check_hourly_limit(pool, "ConfirmSignUp", name, _CONFIRMATIONS_PER_HOUR, state.now())
    user = pool.find(name)
    if hides_unknown_users(client) and not knows_code(user, SIGN_UP, request["ConfirmationCode"]):
        # Only the right code lets a client learn that the code has expired, or that the user cannot be confirmed.
        raise code_mismatch()
    user = known_user(user)
    check_unconfirmed(user)
    if "Session" in request:
        check_sign_up_session(state, request["Session"], client, user)
    attribute = check_code(state, user, SIGN_UP, request["ConfirmationCode"])
    take_alias(pool, user, attribute, user.attributes[attribute], force=bool(request.get("ForceAliasCreation")))
    user.attributes[f"{attribute}_verified"] = "true"
    await confirm(state, Caller.of(pool, client.id, request), user, "PostConfirmation_ConfirmSignUp")
    # aws-amplify 6 needs a `Session` in this reply, although its request has none.
    session = issue_sign_up_session(state, pool, client, user)
    return {} if session is None else {"Session": session}


async def resend_confirmation_code(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    name = request["Username"]
    check_secret_hash(client, name, request.get("SecretHash"))
    check_hourly_limit(pool, "ResendConfirmationCode", name, _CODES_PER_HOUR, state.now())
    if not pool.settings.auto_verified:
        raise _no_verification()
    found = pool.find(name)
    try:
        user, contact = _recipient(pool, found)
    except Refusal:
        if not hides_unknown_users(client):
            raise
        return {"CodeDeliveryDetails": decoy_delivery(state, pool, name, found)}
    caller = Caller.of(pool, client.id, request)
    return {"CodeDeliveryDetails": await send_code(state, caller, user, contact, "resend_code", SIGN_UP)}


def known_user(user: User | None) -> User:
    """Return the user. Refuse a user who is unknown or disabled."""
    if user is None:
        raise user_not_found("Username/client id combination not found.")
    if not user.enabled:
        raise user_disabled()
    return user


def _recipient(pool: Pool, found: User | None) -> tuple[User, Contact]:
    """Return the user and the contact for a new sign-up code. Refuse a user who needs no code, or has no contact."""
    user = known_user(found)
    if user.status != "UNCONFIRMED":
        raise invalid_parameter("User is already confirmed.")
    contact = deliverable(pool, user)
    if contact is None:
        raise _no_verification()
    return user, contact


def _no_verification() -> Refusal:
    return invalid_parameter("Auto verification not turned on.")


def check_unconfirmed(user: User) -> None:
    if user.status != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")


async def confirm(state: ServiceState, caller: Caller, user: User, source: ConfirmationSource) -> None:
    """Confirm a user, and call the post-confirmation trigger."""
    user.status, user.modified = "CONFIRMED", state.now()
    user.codes.pop(SIGN_UP, None)
    request = PostConfirmationRequest(user_attributes=trigger_attributes(user), client_metadata=caller.metadata)
    await fire(state, caller.origin, PostConfirmation(user_name=user.username, trigger_source=source, request=request))
