"""SignUp, ConfirmSignUp and ResendConfirmationCode."""

from __future__ import annotations

import uuid

from .._ground.arithmetic import run_sliced
from .attributes import (
    check_attributes,
    check_required,
    check_writable,
    from_wire,
    is_email,
    is_phone_number,
)
from .codes import check_code, code_mismatch, deliverable, pretended_delivery, send_code
from .passwords import check_password
from .records import Pool, User
from .settings import AppClientSettings, PoolSettings
from .srp_server import new_salt, verifier
from .state import State, check_attempts, check_secret_hash, user_not_found
from .wire import Refusal, Reply, Request, invalid_parameter, not_authorized

_CONFIRMATIONS_PER_HOUR = 15
_CODES_PER_HOUR = 5


async def sign_up(state: State, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    name = request["Username"]
    check_secret_hash(client, name, request.get("SecretHash"))
    if pool.settings.admin_create_user_only:
        raise not_authorized("SignUp is not permitted for this user pool")
    attributes = with_contact(name, from_wire(request.get("UserAttributes", [])), pool.settings)
    if not request.get("Password"):
        raise invalid_parameter(
            "1 validation error detected: Value at 'password' failed to satisfy constraint: Member must not be null"
        )
    check_password(request["Password"], pool.settings.password_policy)
    check_attributes(attributes, pool.settings)
    check_required(attributes, pool.settings)
    check_writable((each["Name"] for each in request.get("UserAttributes", [])), client)
    user = await make_user(state, pool, name, request["Password"], attributes)
    # After the arithmetic and with no await before the user is added: two sign-ups at once cannot both pass.
    check_is_new(pool, name)
    pool.add(user)
    reply: Reply = {"UserConfirmed": False, "UserSub": user.sub}
    attribute = deliverable(pool, user)
    if attribute is not None:
        reply["CodeDeliveryDetails"] = send_code(state, pool, user, attribute, "sign_up")
    return reply


async def confirm_sign_up(state: State, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    name = request["Username"]
    check_secret_hash(client, name, request.get("SecretHash"))
    check_attempts(pool, "ConfirmSignUp", name, _CONFIRMATIONS_PER_HOUR, state.now())
    user = pool.find(name)
    if user is None:
        if _hides_unknown(client):
            raise code_mismatch()
        raise user_not_found("Username/client id combination not found.")
    if not user.enabled and not _hides_unknown(client):
        raise not_authorized("User is disabled.")
    check_unconfirmed(user)
    code = user.codes.get("sign_up")
    attribute = check_code(state, user, request["ConfirmationCode"])
    other = pool.owner(attribute, user.attributes[attribute]) if attribute in pool.settings.alias_attributes else None
    if other is not None:
        if not request.get("ForceAliasCreation"):
            user.codes["sign_up"] = code
            raise alias_exists(attribute)
        other.attributes[f"{attribute}_verified"] = "false"
    user.attributes[f"{attribute}_verified"] = "true"
    confirm(state, user)
    return {}


async def resend_confirmation_code(state: State, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"])
    name = request["Username"]
    check_secret_hash(client, name, request.get("SecretHash"))
    check_attempts(pool, "ResendConfirmationCode", name, _CODES_PER_HOUR, state.now())
    user = pool.find(name)
    if user is None or not user.enabled:
        if _hides_unknown(client):
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
    return {"CodeDeliveryDetails": send_code(state, pool, user, attribute, "resend_code")}


async def make_user(state: State, pool: Pool, name: str, password: str, attributes: dict[str, str]) -> User:
    """A new user, not yet added to the pool; where people sign up with a contact, the username is the `sub`."""
    sub = str(uuid.uuid4())
    username = sub if pool.settings.username_attributes else name
    salt = new_salt()
    steps = verifier(pool.settings.srp_name, username, password, salt)
    now = state.now()
    return User(username, sub, attributes, salt, await run_sliced(steps, urgent=False), "UNCONFIRMED", now, now)


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


def confirm(state: State, user: User) -> None:
    user.status = "CONFIRMED"
    user.modified = state.now()


def alias_exists(attribute: str) -> Refusal:
    return Refusal("AliasExistsException", f"An account with the {attribute} already exists.")


def _hides_unknown(client: AppClientSettings) -> bool:
    return client.prevent_user_existence_errors == "ENABLED"
