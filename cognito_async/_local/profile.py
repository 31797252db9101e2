"""GetUser and what a user may change: attributes, their verification, and the account's end."""

from __future__ import annotations

from .attributes import check_attributes, check_writable, from_wire, is_required, readable, to_wire
from .choice import ways_in
from .codes import check_code, deliverable_contact, send_code
from .records import Attempt, Pool, User
from .sessions import owner_of_access_token
from .settings import Contact
from .sign_up import take_alias
from .state import State, check_attempts
from .wire import Reply, Request, invalid_parameter

_CODES_PER_HOUR = 5
_TRIES_PER_HOUR = 15
_CONTACTS: dict[str, Contact] = {"phone_number": "phone_number", "email": "email"}


async def get_user(state: State, request: Request) -> Reply:
    """The keys about MFA are left out, as the service does while there is nothing to say."""
    _, client, user = await owner_of_access_token(state, request["AccessToken"])
    return {"Username": user.username, "UserAttributes": to_wire(readable(user, client)), **_mfa(user)}


async def get_user_auth_factors(state: State, request: Request) -> Reply:
    pool, client, user = await owner_of_access_token(state, request["AccessToken"])
    ways = ways_in(Attempt(pool, client, user, user.username))
    factors = [("PASSWORD" if way == "PASSWORD_SRP" else way) for way in ways if way != "PASSWORD"]
    return {"Username": user.username, "ConfiguredUserAuthFactors": factors, **_mfa(user)}


async def delete_user(state: State, request: Request) -> Reply:
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    pool.remove(user)
    return {}


async def update_user_attributes(state: State, request: Request) -> Reply:
    """A new contact is unverified; or it waits, and the old one stands, until its code has come back."""
    pool, client, user = await owner_of_access_token(state, request["AccessToken"])
    given = from_wire(request["UserAttributes"])
    check_writable(given, client)
    check_attributes({name: value for name, value in given.items() if value}, pool.settings)
    _check_not_required([name for name, value in given.items() if not value], pool)
    deliveries: list[Reply] = []
    for name, value in given.items():
        contact = _CONTACTS.get(name)
        if not value:
            _delete(user, name)
        elif contact is None or user.attributes.get(name) == value:
            user.attributes[name] = value
        else:
            deliveries += _change_contact(state, pool, user, contact, value)
    user.modified = state.now()
    return {"CodeDeliveryDetailsList": deliveries}


async def delete_user_attributes(state: State, request: Request) -> Reply:
    pool, client, user = await owner_of_access_token(state, request["AccessToken"])
    names: list[str] = request["UserAttributeNames"]
    check_writable(names, client)
    check_attributes(dict.fromkeys(set(names) & {"sub"}, ""), pool.settings)
    _check_not_required(names, pool)
    for name in names:
        _delete(user, name)
    user.modified = state.now()
    return {}


async def get_user_attribute_verification_code(state: State, request: Request) -> Reply:
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    contact = deliverable_contact(request["AttributeName"])
    check_attempts(pool, "GetUserAttributeVerificationCode", user.username, _CODES_PER_HOUR, state.now())
    destination = user.pending.get(contact) or user.attributes.get(contact)
    if destination is None:
        raise invalid_parameter(f"User does not have a value for {contact}.")
    if contact not in user.pending and user.attributes.get(f"{contact}_verified") == "true":
        raise invalid_parameter(f"{contact} is already verified.")
    return {"CodeDeliveryDetails": send_code(state, pool, user, contact, "verify_attribute", contact, destination)}


async def verify_user_attribute(state: State, request: Request) -> Reply:
    """A value that was waiting takes the place of the old one."""
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    contact = deliverable_contact(request["AttributeName"])
    check_attempts(pool, "VerifyUserAttribute", user.username, _TRIES_PER_HOUR, state.now())
    outstanding = user.codes.get(contact)
    check_code(state, user, contact, request["Code"])
    value = user.pending.get(contact) or user.attributes[contact]
    try:
        take_alias(pool, user, contact, value, force=False)
    except Exception:
        if outstanding is not None:
            user.codes[contact] = outstanding
        raise
    user.pending.pop(contact, None)
    user.attributes |= {contact: value, f"{contact}_verified": "true"}
    user.modified = state.now()
    return {}


def _change_contact(state: State, pool: Pool, user: User, contact: Contact, value: str) -> list[Reply]:
    if contact in pool.settings.verify_before_update:
        user.pending[contact] = value
    else:
        user.pending.pop(contact, None)
        user.attributes |= {contact: value, f"{contact}_verified": "false"}
        if contact not in pool.settings.auto_verified:
            user.codes.pop(contact, None)
            return []
    return [send_code(state, pool, user, contact, "verify_attribute", contact, value)]


def _check_not_required(names: list[str], pool: Pool) -> None:
    for name in names:
        if is_required(name, pool.settings):
            raise invalid_parameter(f"Attributes did not conform to the schema: {name}: The attribute is required")


def _delete(user: User, name: str) -> None:
    user.attributes.pop(name, None)
    user.pending.pop(name, None)
    user.codes.pop(name, None)
    user.attributes.pop(f"{name}_verified", None)


def _mfa(user: User) -> Reply:
    shown: Reply = {}
    if user.preferred_mfa is not None:
        shown["PreferredMfaSetting"] = user.preferred_mfa
    if user.mfa:
        shown["UserMFASettingList"] = list(user.mfa)
    return shown
