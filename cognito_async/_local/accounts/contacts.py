"""Users' contacts: given, verified, and, where people sign in by them, each one user's."""

from __future__ import annotations

from ..state.entities import Pool, User
from ..state.settings import Contact
from ..wire.refusals import Refusal

# In the order in which the service prefers them.
CONTACTS: tuple[Contact, Contact] = ("phone_number", "email")
# Where the code of a factor goes.
CONTACT_OF: dict[str, Contact] = {"SMS_MFA": "phone_number", "SMS_OTP": "phone_number", "EMAIL_OTP": "email"}


def set_contact(user: User, contact: Contact, value: str) -> None:
    """A new value is unverified, whatever is on the way to the old one."""
    user.pending.pop(contact, None)
    user.attributes |= {contact: value, f"{contact}_verified": "false"}


def set_verified_contact(pool: Pool, user: User, contact: Contact, value: str) -> None:
    """A code has come back from there."""
    take_alias(pool, user, contact, value, force=False)
    if value != user.attributes.get(contact):
        set_contact(user, contact, value)
    user.attributes[f"{contact}_verified"] = "true"


def take_alias(pool: Pool, user: User, attribute: str, value: str, *, force: bool) -> None:
    """Refuse a contact by which somebody else signs in; by force it is taken over, if it is but an alias."""
    is_name = attribute in pool.settings.username_attributes
    is_alias = attribute in pool.settings.alias_attributes
    other = pool.find(value) if is_name else pool.owner(attribute, value) if is_alias else None
    if other is None or other is user:
        return
    if is_name or not force:
        raise Refusal("AliasExistsException", f"An account with the {attribute} already exists.")
    other.attributes[f"{attribute}_verified"] = "false"


def claim_aliases(pool: Pool, user: User, *, force: bool) -> None:
    """The same for all that a new user brings along verified."""
    for attribute in pool.settings.alias_attributes:
        if user.attributes.get(f"{attribute}_verified") == "true" and attribute in user.attributes:
            take_alias(pool, user, attribute, user.attributes[attribute], force=force)
