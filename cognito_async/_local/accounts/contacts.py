"""Setting and verifying users' contacts. A contact with which users sign in belongs to one user only."""

from __future__ import annotations

from ..settings.pool import Contact
from ..state.entities import User
from ..state.pools import Pool
from ..wire.refusals import Refusal

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


def take_alias(pool: Pool, user: User, attribute: str, value: str, *, force: bool) -> None:
    """Call this before a user gets a contact: refuse it if another user signs in with it.

    With `force`, take over an alias from the other user instead.
    """
    is_name = attribute in pool.settings.username_attributes
    is_alias = attribute in pool.settings.alias_attributes
    other = pool.find(value) if is_name else pool.owner(attribute, value) if is_alias else None
    if other is not None and other is not user:
        if is_name or not force:
            raise Refusal("AliasExistsException", f"An account with the {attribute} already exists.")
        other.attributes[f"{attribute}_verified"] = "false"
    if (is_name or is_alias) and pool.find_by_sub(user.sub) is user:
        pool.add_contact(user, value)


def claim_aliases(pool: Pool, user: User, *, force: bool) -> None:
    """Call `take_alias` for each alias of a new user that the administrator or a trigger has set as verified."""
    for attribute in pool.settings.alias_attributes:
        if user.attributes.get(f"{attribute}_verified") == "true" and attribute in user.attributes:
            take_alias(pool, user, attribute, user.attributes[attribute], force=force)
