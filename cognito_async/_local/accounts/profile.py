"""GetUser and what a user may change: attributes, their verification, and the account's end."""

from __future__ import annotations

from ..sign_in.choice import first_factors
from ..state.attributes import check_attributes, check_names, check_writable, from_wire, is_required, readable, to_wire
from ..state.entities import Pool, User
from ..state.service_state import ServiceState, check_hourly_limit
from ..state.settings import Contact
from ..tokens.sessions import owner_of_access_token
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .codes import check_code, deliverable_contact, send_code
from .contacts import CONTACTS, set_contact, set_verified_contact, take_alias
from .mfa_settings import switch_off

_CODES_PER_HOUR = 5
_TRIES_PER_HOUR = 15


async def get_user(state: ServiceState, request: Request) -> Reply:
    """The keys about MFA are left out, as the service does while there is nothing to say."""
    _, client, user = await owner_of_access_token(state, request["AccessToken"])
    return {"Username": user.username, "UserAttributes": to_wire(readable(user, client)), **describe_mfa(user)}


async def get_user_auth_factors(state: ServiceState, request: Request) -> Reply:
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    return describe_factors(pool, user)


def describe_factors(pool: Pool, user: User) -> Reply:
    ways = first_factors(pool, user)
    factors = [("PASSWORD" if way == "PASSWORD_SRP" else way) for way in ways if way != "PASSWORD"]
    return {"Username": user.username, "ConfiguredUserAuthFactors": factors, **describe_mfa(user)}


async def delete_user(state: ServiceState, request: Request) -> Reply:
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    pool.remove(user)
    return {}


async def update_user_attributes(state: ServiceState, request: Request) -> Reply:
    """A new contact is unverified; or it waits, and the old one stands, until its code has come back."""
    pool, client, user = await owner_of_access_token(state, request["AccessToken"])
    given = from_wire(request["UserAttributes"])
    check_writable(given, client)
    check_changes(pool, user, given)
    deliveries: list[Reply] = []
    for name, value in given.items():
        if not value:
            delete_attribute(user, name)
        elif name in CONTACTS and user.attributes.get(name) != value:
            deliveries += _change_contact(state, pool, user, name, value)
        else:
            # A contact that is as it was waits for no other value.
            user.pending.pop(name, None)
            user.attributes[name] = value
    user.modified = state.now()
    return {"CodeDeliveryDetailsList": deliveries}


def check_changes(pool: Pool, user: User, given: dict[str, str]) -> None:
    """Refuse all changes for one that cannot be; a blank value is a deletion."""
    check_attributes({name: value for name, value in given.items() if value}, pool.settings)
    _check_deletable([name for name, value in given.items() if not value], pool)
    for contact in CONTACTS:
        if given.get(contact):
            take_alias(pool, user, contact, given[contact], force=False)


async def delete_user_attributes(state: ServiceState, request: Request) -> Reply:
    pool, client, user = await owner_of_access_token(state, request["AccessToken"])
    names: list[str] = request["UserAttributeNames"]
    check_writable(names, client)
    delete_attributes(state, pool, user, names)
    return {}


def delete_attributes(state: ServiceState, pool: Pool, user: User, names: list[str]) -> None:
    """All of them, or none where one cannot be."""
    _check_deletable(names, pool)
    for name in names:
        delete_attribute(user, name)
    user.modified = state.now()


async def get_user_attribute_verification_code(state: ServiceState, request: Request) -> Reply:
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    contact = deliverable_contact(request["AttributeName"])
    check_hourly_limit(pool, "GetUserAttributeVerificationCode", user.username, _CODES_PER_HOUR, state.now())
    destination = user.pending.get(contact) or user.attributes.get(contact)
    if destination is None:
        raise invalid_parameter(f"User does not have a value for {contact}.")
    if contact not in user.pending and user.attributes.get(f"{contact}_verified") == "true":
        raise invalid_parameter(f"{contact} is already verified.")
    return {"CodeDeliveryDetails": send_code(state, pool, user, contact, "verify_attribute", contact, destination)}


async def verify_user_attribute(state: ServiceState, request: Request) -> Reply:
    """A value that was waiting takes the place of the old one."""
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    contact = deliverable_contact(request["AttributeName"])
    check_hourly_limit(pool, "VerifyUserAttribute", user.username, _TRIES_PER_HOUR, state.now())
    check_code(state, user, contact, request["Code"])
    set_verified_contact(pool, user, contact, user.pending.get(contact) or user.attributes[contact])
    user.codes.pop(contact, None)
    user.modified = state.now()
    return {}


def _change_contact(state: ServiceState, pool: Pool, user: User, contact: Contact, value: str) -> list[Reply]:
    if contact in pool.settings.verify_before_update:
        user.pending[contact] = value
    else:
        set_contact(user, contact, value)
        if contact not in pool.settings.auto_verified:
            return []
    return [send_code(state, pool, user, contact, "verify_attribute", contact, value)]


def _check_deletable(names: list[str], pool: Pool) -> None:
    check_names(names, pool.settings)
    for name in names:
        if is_required(name, pool.settings):
            raise invalid_parameter(f"Attributes did not conform to the schema: {name}: The attribute is required")


def delete_attribute(user: User, name: str) -> None:
    """With a contact goes all that needs it."""
    user.attributes.pop(name, None)
    user.attributes.pop(f"{name}_verified", None)
    user.pending.pop(name, None)
    switch_off(user, name)


def describe_mfa(user: User) -> Reply:
    """What is switched on; a key with nothing to say is left out."""
    shown: Reply = {}
    if user.preferred_mfa is not None:
        shown["PreferredMfaSetting"] = user.preferred_mfa
    if user.mfa:
        shown["UserMFASettingList"] = list(user.mfa)
    return shown
