"""Setting and verifying users' contacts. A contact with which users sign in belongs to one user only."""

from __future__ import annotations

from collections.abc import Mapping

from ..settings.pool import Contact
from ..state.attribute_values import is_verified
from ..state.entities import Status, User
from ..state.pools import PREFERRED_USERNAME, Pool
from ..wire.refusals import Refusal, invalid_parameter

# If a user has both, the service sends a code to the first.
CONTACTS: tuple[Contact, Contact] = ("phone_number", "email")
# Maps each factor whose code the pool sends to the contact that gets the code.
CONTACT_OF: dict[str, Contact] = {"SMS_MFA": "phone_number", "SMS_OTP": "phone_number", "EMAIL_OTP": "email"}


def set_contact(user: User, contact: Contact, value: str) -> None:
    """Set a contact to a new, unverified value. An earlier change that still waits for its code is dropped."""
    user.pending.pop(contact, None)
    user.attributes |= {contact: value, f"{contact}_verified": "false"}


def set_verified_contact(pool: Pool, user: User, contact: Contact, value: str) -> None:
    """Set a contact as verified, after the user has confirmed it with the code sent to it."""
    take_alias(pool, user, contact, value, force=False)
    if value != user.attributes.get(contact):
        set_contact(user, contact, value)
    user.attributes[f"{contact}_verified"] = "true"


def mark_unverified(user: User) -> None:
    """Mark the contacts of a user who has signed up as unverified (aws-amplify/aws-sdk-android#142).

    Users whom an administrator creates have no such attributes, unless they are given (aws-cli's example of
    `admin-create-user`).
    """
    for contact in CONTACTS:
        if user.attributes.get(contact):
            user.attributes.setdefault(f"{contact}_verified", "false")


def take_alias(pool: Pool, user: User, attribute: str, value: str, *, force: bool) -> None:
    """Call this before a user gets a contact or a preferred username: refuse it if another user signs in with it.

    With `force`, take over a contact from the other user instead. A name that is no contact of the other user stays
    with that user.
    """
    other = check_alias(pool, user, attribute, value, force=force)
    if other is not None:
        other.attributes[f"{attribute}_verified"] = "false"
    if attribute in _sign_in_attributes(pool) and pool.find_by_sub(user.sub) is user:
        pool.add_contact(user, value)


def check_alias(pool: Pool, user: User, attribute: str, value: str, *, force: bool) -> User | None:
    """Return the other user from whom `take_alias` would take over a contact; raise what it would raise."""
    other = pool.find(value) if attribute in _sign_in_attributes(pool) else None
    if other is None or other is user:
        return None
    is_contact = attribute in pool.settings.alias_attributes and pool.owner(attribute, value) is other
    if not force or not is_contact or attribute == PREFERRED_USERNAME:
        raise Refusal("AliasExistsException", f"An account with the {attribute} already exists.")
    return other


def _sign_in_attributes(pool: Pool) -> tuple[str, ...]:
    return (*pool.settings.username_attributes, *pool.settings.alias_attributes)


def check_preferred_username(pool: Pool, status: Status, attributes: Mapping[str, str]) -> None:
    """Refuse a preferred username before the user is confirmed, if it is an alias (aws-amplify/amplify-js#1669)."""
    is_alias = PREFERRED_USERNAME in pool.settings.alias_attributes
    if is_alias and status == "UNCONFIRMED" and attributes.get(PREFERRED_USERNAME):
        raise invalid_parameter(
            "Preferred username cannot be provided for unconfirmed account, since user pool is configured for "
            "preferred username alias."
        )


def claim_aliases(pool: Pool, user: User, *, force: bool) -> None:
    """Call `take_alias` for each name that an administrator or a trigger gives to a new user; for all or for none."""
    aliases = {each for each in pool.settings.alias_attributes if each != PREFERRED_USERNAME}
    taken = {
        attribute: user.attributes[attribute]
        for attribute in _sign_in_attributes(pool)
        if user.attributes.get(attribute) and (attribute not in aliases or is_verified(user.attributes, attribute))
    }
    for attribute, value in taken.items():
        check_alias(pool, user, attribute, value, force=force)
    for attribute, value in taken.items():
        take_alias(pool, user, attribute, value, force=force)
