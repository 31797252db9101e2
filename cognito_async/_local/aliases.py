"""Contacts by which people sign in: each belongs to one user."""

from __future__ import annotations

from .records import Pool, User
from .wire import Refusal


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
