"""ConfirmSignUp and ResendConfirmationCode."""

from __future__ import annotations

from ..state.attributes import trigger_attributes
from ..state.callers import Caller
from ..state.checks import check_hourly_limit, check_secret_hash, hides_unknown_users
from ..state.entities import User
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import issue_sign_up_session
from ..state.trigger_calls import fire
from ..state.trigger_events import ConfirmationSource, PostConfirmation
from ..wire.refusals import invalid_parameter, not_authorized, user_not_found
from ..wire.replies import Reply
from ..wire.requests import Request
from .codes import SIGN_UP, check_code, code_mismatch, deliverable, fake_delivery, send_code
from .contacts import take_alias

_CONFIRMATIONS_PER_HOUR = 15
_CODES_PER_HOUR = 5


async def confirm_sign_up(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    name = request["Username"]
    check_secret_hash(client, name, request.get("SecretHash"))
    check_hourly_limit(pool, "ConfirmSignUp", name, _CONFIRMATIONS_PER_HOUR, state.now())
    user = pool.find(name)
    if user is None:
        if hides_unknown_users(client):
            raise code_mismatch()
        raise user_not_found("Username/client id combination not found.")
    if not user.enabled and not hides_unknown_users(client):
        raise not_authorized("User is disabled.")
    check_unconfirmed(user)
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
    user = pool.find(name)
    if user is None or not user.enabled:
        if hides_unknown_users(client):
            return {"CodeDeliveryDetails": fake_delivery(state, pool, name)}
        raise (
            user_not_found("Username/client id combination not found.")
            if user is None
            else not_authorized("User is disabled.")
        )
    if user.status != "UNCONFIRMED":
        raise invalid_parameter("User is already confirmed.")
    attribute = deliverable(pool, user)
    if attribute is None:
        raise invalid_parameter("Auto verification not turned on.")
    caller = Caller.of(pool, client.id, request)
    return {"CodeDeliveryDetails": await send_code(state, caller, user, attribute, "resend_code", SIGN_UP)}


def check_unconfirmed(user: User) -> None:
    if user.status != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")


async def confirm(state: ServiceState, caller: Caller, user: User, source: ConfirmationSource) -> None:
    """Confirm a user, and call the post-confirmation trigger."""
    user.status, user.modified = "CONFIRMED", state.now()
    user.codes.pop(SIGN_UP, None)
    event = PostConfirmation(
        caller.origin,
        user.username,
        source=source,
        user_attributes=trigger_attributes(user),
        client_metadata=caller.metadata,
    )
    await fire(state, event)
