"""The operations of users on their own account: GetUser, attributes and their verification, and the deletion."""

from __future__ import annotations

from collections.abc import Sequence

from ..settings.pool import Contact
from ..state.attribute_values import is_verified
from ..state.attributes import check_changes, check_writable, from_wire, readable, to_wire
from ..state.callers import Caller
from ..state.checks import check_hourly_limit
from ..state.entities import User
from ..state.pools import PREFERRED_USERNAME, Pool
from ..state.service_state import ServiceState
from ..state.trigger_events import MessageSource
from ..tokens.access_tokens import owner_of_access_token
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .codes import check_code, deliverable_contact, send_code
from .contacts import CONTACTS, check_preferred_username, set_contact, set_verified_contact, take_alias
from .factors import first_factors
from .mfa_settings import switch_off

_CODES_PER_HOUR = 5
_TRIES_PER_HOUR = 15


async def get_user(state: ServiceState, request: Request) -> Reply:
    """Return the attributes that the client may read. Like the service, leave out members about MFA that are empty."""
    _, client, user = await owner_of_access_token(state, request["AccessToken"])
    return {"Username": user.username, "UserAttributes": to_wire(readable(user, client)), **describe_mfa(user)}


async def get_user_auth_factors(state: ServiceState, request: Request) -> Reply:
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    return describe_factors(pool, user)


def describe_factors(pool: Pool, user: User) -> Reply:
    offered = first_factors(pool, user)
    factors = [("PASSWORD" if each == "PASSWORD_SRP" else each) for each in offered if each != "PASSWORD"]
    return {"Username": user.username, "ConfiguredUserAuthFactors": factors, **describe_mfa(user)}


async def delete_user(state: ServiceState, request: Request) -> Reply:
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    pool.remove(user)
    return {}


async def update_user_attributes(state: ServiceState, request: Request) -> Reply:
    """Change attributes. A new contact is unverified until the user confirms it with a code.

    If the pool's `verify_before_update` contains the contact, the old value stays until then.
    """
    pool, client, user = await owner_of_access_token(state, request["AccessToken"])
    caller, given = Caller.of(pool, client.id, request), from_wire(request["UserAttributes"])
    check_writable(given, client)
    _check_update(pool, user, given)
    return {"CodeDeliveryDetailsList": await change_attributes(state, caller, user, given)}


def _check_update(pool: Pool, user: User, given: dict[str, str]) -> None:
    """Refuse all changes if one of them is invalid. A blank value deletes the attribute."""
    check_changes(given, pool.settings)
    check_preferred_username(pool, user.status, given)
    for name in (*CONTACTS, PREFERRED_USERNAME):
        if given.get(name):
            take_alias(pool, user, name, given[name], force=False)


async def delete_user_attributes(state: ServiceState, request: Request) -> Reply:
    pool, client, user = await owner_of_access_token(state, request["AccessToken"])
    names: list[str] = request["UserAttributeNames"]
    check_writable(names, client)
    delete_attributes(state, pool, user, names)
    return {}


def delete_attributes(state: ServiceState, pool: Pool, user: User, names: list[str]) -> None:
    """Delete all of the attributes, or none if one cannot be deleted."""
    check_changes(dict.fromkeys(names, ""), pool.settings)
    for name in names:
        _delete_attribute(user, name)
    user.modified = state.now()


async def get_user_attribute_verification_code(state: ServiceState, request: Request) -> Reply:
    pool, client, user = await owner_of_access_token(state, request["AccessToken"])
    contact = deliverable_contact(request["AttributeName"])
    check_hourly_limit(pool, "GetUserAttributeVerificationCode", user.username, _CODES_PER_HOUR, state.now())
    destination = user.pending.get(contact) or user.attributes.get(contact)
    if destination is None:
        raise invalid_parameter(f"User does not have a value for {contact}.")
    if contact not in user.pending and is_verified(user.attributes, contact):
        raise invalid_parameter(f"{contact} is already verified.")
    caller = Caller.of(pool, client.id, request)
    details = await send_code(state, caller, user, contact, "verify_attribute", contact, destination)
    return {"CodeDeliveryDetails": details}


async def verify_user_attribute(state: ServiceState, request: Request) -> Reply:
    """Set a contact as verified. A new value that waited for this code replaces the old value."""
    pool, _, user = await owner_of_access_token(state, request["AccessToken"])
    contact = deliverable_contact(request["AttributeName"])
    check_hourly_limit(pool, "VerifyUserAttribute", user.username, _TRIES_PER_HOUR, state.now())
    check_code(state, user, contact, request["Code"])
    set_verified_contact(pool, user, contact, user.pending.get(contact) or user.attributes[contact])
    user.codes.pop(contact, None)
    user.modified = state.now()
    return {}


async def change_attributes(
    state: ServiceState, caller: Caller, user: User, given: dict[str, str], *, verified: Sequence[Contact] = ()
) -> list[Reply]:
    """Make changes that have been checked, and return the delivery details of the codes that this needs.

    A blank value deletes the attribute. The contacts in `verified` need no code. All changes come before the first
    code, because triggers take time: another user could get the same name meanwhile.
    """
    recipients: list[Contact] = []
    for name, value in given.items():
        if not value:
            _delete_attribute(user, name)
        elif name in CONTACTS and name not in verified and user.attributes.get(name) != value:
            recipients += _change_contact(caller.pool, user, name, value)
        else:
            # Setting a contact to its current value cancels a new value that is not confirmed yet.
            user.pending.pop(name, None)
            user.attributes[name] = value
    user.modified = state.now()
    source: MessageSource = "CustomMessage_UpdateUserAttribute"
    return [
        await send_code(state, caller, user, contact, "verify_attribute", contact, given[contact], source=source)
        for contact in recipients
    ]


def _change_contact(pool: Pool, user: User, contact: Contact, value: str) -> list[Contact]:
    """Change a contact to a value that is not verified. Return the contact if the pool sends a code to it."""
    if contact in pool.settings.verify_before_update:
        user.pending[contact] = value
    else:
        set_contact(user, contact, value)
    return [contact] if contact in pool.settings.auto_verified else []


def _delete_attribute(user: User, name: str) -> None:
    """Delete an attribute. If it is a contact, also switch off the factors that need it."""
    user.attributes.pop(name, None)
    user.attributes.pop(f"{name}_verified", None)
    user.pending.pop(name, None)
    switch_off(user, name)


def describe_mfa(user: User) -> Reply:
    """Return a reply's members with the factors that are switched on. Leave out empty members."""
    shown: Reply = {}
    if user.preferred_mfa is not None:
        shown["PreferredMfaSetting"] = user.preferred_mfa
    if user.mfa:
        shown["UserMFASettingList"] = list(user.mfa)
    return shown
