"""SignUp, ConfirmSignUp and ResendConfirmationCode."""

from __future__ import annotations

import uuid
from typing import Any

from ..._core.arithmetic import run_sliced
from ..sign_in.initiate import issue_sign_up_session
from ..state.attributes import (
    check_attributes,
    check_required,
    check_writable,
    from_wire,
    is_email,
    is_phone_number,
)
from ..state.entities import Pool, User
from ..state.service_state import ServiceState, check_hourly_limit, check_secret_hash
from ..state.settings import AppClientSettings, PoolSettings
from ..state.triggers import attributes_of, run
from ..wire.refusals import Refusal, invalid_parameter, not_authorized, user_not_found
from ..wire.replies import Reply
from ..wire.requests import Request
from .codes import SIGN_UP, check_code, code_mismatch, deliverable, pretended_delivery, send_code
from .contacts import take_alias
from .passwords import check_password
from .srp_server import new_salt, verifier

_CONFIRMATIONS_PER_HOUR = 15
_CODES_PER_HOUR = 5


async def sign_up(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    name, password = request["Username"], request.get("Password")
    check_secret_hash(client, name, request.get("SecretHash"))
    if pool.settings.admin_create_user_only:
        raise not_authorized("SignUp is not permitted for this user pool")
    attributes = with_contact(name, from_wire(request.get("UserAttributes", [])), pool.settings)
    if password:
        check_password(password, pool.settings.password_policy)
    elif not _is_passwordless(pool.settings, client):
        raise invalid_parameter(
            "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null"
        )
    check_attributes(attributes, pool.settings)
    check_required(attributes, pool.settings)
    check_writable((each["Name"] for each in request.get("UserAttributes", [])), client)
    user = await new_user(state, pool, name, password, attributes)
    verdict = await pre_sign_up(pool, client.id, user, "PreSignUp_SignUp", request)
    # After the arithmetic and with no await before the user is added: two sign-ups at once cannot both pass.
    check_is_new(pool, name)
    confirmed = _apply(verdict, pool, user)
    pool.add(user)
    attribute = deliverable(pool, user)
    reply: Reply = {"UserConfirmed": confirmed, "UserSub": user.sub}
    if confirmed:
        await confirm(state, pool, client.id, user, request, source="PostConfirmation_ConfirmSignUp")
    elif attribute is not None:
        reply["CodeDeliveryDetails"] = send_code(state, pool, user, attribute, "sign_up", SIGN_UP)
    return _with_session(state, pool, client, user, reply)


async def confirm_sign_up(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    name = request["Username"]
    check_secret_hash(client, name, request.get("SecretHash"))
    check_hourly_limit(pool, "ConfirmSignUp", name, _CONFIRMATIONS_PER_HOUR, state.now())
    user = pool.find(name)
    if user is None:
        if hides_unknown(client):
            raise code_mismatch()
        raise user_not_found("Username/client id combination not found.")
    if not user.enabled and not hides_unknown(client):
        raise not_authorized("User is disabled.")
    check_unconfirmed(user)
    attribute = check_code(state, user, SIGN_UP, request["ConfirmationCode"])
    take_alias(pool, user, attribute, user.attributes[attribute], force=bool(request.get("ForceAliasCreation")))
    user.attributes[f"{attribute}_verified"] = "true"
    await confirm(state, pool, client.id, user, request, source="PostConfirmation_ConfirmSignUp")
    # aws-amplify 6 relies on a `Session` here although it sends none.
    return _with_session(state, pool, client, user, {})


async def resend_confirmation_code(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    name = request["Username"]
    check_secret_hash(client, name, request.get("SecretHash"))
    check_hourly_limit(pool, "ResendConfirmationCode", name, _CODES_PER_HOUR, state.now())
    user = pool.find(name)
    if user is None or not user.enabled:
        if hides_unknown(client):
            return {"CodeDeliveryDetails": pretended_delivery(state, pool, name)}
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
    return {"CodeDeliveryDetails": send_code(state, pool, user, attribute, "resend_code", SIGN_UP)}


async def new_user(
    state: ServiceState, pool: Pool, name: str, password: str | None, attributes: dict[str, str]
) -> User:
    """A new user, not yet added to the pool; where people sign up with a contact, the username is the `sub`."""
    sub = str(uuid.uuid4())
    username = sub if pool.settings.username_attributes else name
    salt, known_verifier, now = new_salt(), None, state.now()
    if password:
        known_verifier = await run_sliced(verifier(pool.settings.srp_name, username, password, salt), urgent=False)
    return User(username, sub, attributes, salt, known_verifier, "UNCONFIRMED", now, now)


async def pre_sign_up(pool: Pool, client_id: str, user: User, source: str, request: Request) -> dict[str, Any]:
    """What the pre-sign-up trigger says; it may refuse by raising."""
    trigger = pool.settings.triggers.pre_sign_up
    if trigger is None:
        return {}
    event = {
        "userAttributes": user.attributes,
        "validationData": from_wire(request.get("ValidationData", [])),
        "clientMetadata": request.get("ClientMetadata", {}),
    }
    response = {"autoConfirmUser": False, "autoVerifyEmail": False, "autoVerifyPhone": False}
    return await run(trigger, "PreSignUp", source, pool, client_id, user.username, event, response)


def _apply(verdict: dict[str, Any], pool: Pool, user: User) -> bool:
    """Whether the trigger has confirmed the user; contacts that it calls verified are, and nobody else's any more."""
    for contact, flag in (("email", "autoVerifyEmail"), ("phone_number", "autoVerifyPhone")):
        if verdict.get(flag) is not True:
            continue
        if not user.attributes.get(contact):
            raise Refusal("InvalidLambdaResponseException", f"{flag} needs the attribute {contact}")
        take_alias(pool, user, contact, user.attributes[contact], force=True)
        user.attributes[f"{contact}_verified"] = "true"
    return verdict.get("autoConfirmUser") is True


def _is_passwordless(settings: PoolSettings, client: AppClientSettings) -> bool:
    one_time = {"EMAIL_OTP", "SMS_OTP"} & set(settings.first_factors)
    return bool(one_time) and "ALLOW_USER_AUTH" in client.explicit_auth_flows


def _with_session(state: ServiceState, pool: Pool, client: AppClientSettings, user: User, reply: Reply) -> Reply:
    session = issue_sign_up_session(state, pool, client, user)
    return reply if session is None else {**reply, "Session": session}


def check_is_new(pool: Pool, name: str, message: str = "User already exists") -> None:
    if pool.find(name) is None:
        return
    if pool.settings.username_attributes:
        contact = "email" if is_email(name) else "phone_number"
        message = f"An account with the given {contact} already exists."
    raise Refusal("UsernameExistsException", message)


def with_contact(name: str, attributes: dict[str, str], settings: PoolSettings) -> dict[str, str]:
    """Check the form of the name that somebody signs up with; where it is a contact, add it to the attributes."""
    allowed = settings.username_attributes
    if not allowed:
        if "email" in settings.alias_attributes and is_email(name):
            raise invalid_parameter(
                "Username cannot be of email format, since user pool is configured for email alias."
            )
        if "phone_number" in settings.alias_attributes and is_phone_number(name):
            raise invalid_parameter(
                "Username cannot be of phone number format, since user pool is configured for phone number alias."
            )
        return attributes
    for contact, matches in (("email", is_email), ("phone_number", is_phone_number)):
        if contact in allowed and matches(name):
            if (attributes.get(contact) or name) != name:
                raise invalid_parameter(
                    f"User {contact} should be empty or same as username, since username attribute is {contact}."
                )
            return {**attributes, contact: name}
    if len(allowed) > 1:
        raise invalid_parameter("Username should be either an email or a phone number.")
    raise invalid_parameter(f"Username should be {'an email' if 'email' in allowed else 'a phone number'}.")


def check_unconfirmed(user: User) -> None:
    if user.status != "UNCONFIRMED":
        raise not_authorized(f"User cannot be confirmed. Current status is {user.status}")


async def confirm(
    state: ServiceState, pool: Pool, client_id: str, user: User, request: Request, *, source: str
) -> None:
    """The user is confirmed, and the post-confirmation trigger hears of it."""
    user.status, user.modified = "CONFIRMED", state.now()
    user.codes.pop(SIGN_UP, None)
    trigger = pool.settings.triggers.post_confirmation
    if trigger is not None:
        event = {"userAttributes": attributes_of(user), "clientMetadata": request.get("ClientMetadata", {})}
        await run(trigger, "PostConfirmation", source, pool, client_id, user.username, event, {})


def hides_unknown(client: AppClientSettings) -> bool:
    return client.prevent_user_existence_errors == "ENABLED"
