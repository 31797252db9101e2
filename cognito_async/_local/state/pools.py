"""User pools: their app clients, users, groups and token families."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count

from ..settings.client import AppClientSettings
from ..settings.pool import PoolSettings
from .attribute_values import is_verified
from .descriptions import Description, Domain, IdentityProvider, ResourceServer
from .entities import Group, OutstandingCode, TokenFamily, User
from .expiring import add_expiring
from .limits import Limits
from .signing_keys import KeyRing
from .trigger_events import Origin

PREFERRED_USERNAME = "preferred_username"
# The most contacts for which a user is indexed: the current ones, and those of the last changes.
_MOST_CONTACTS = 10


@dataclass(slots=True, eq=False)
class Pool:
    """One user pool. A family is deleted from `token_families` when it is revoked, or after it has expired."""

    settings: PoolSettings
    keys: KeyRing
    description: Description
    clients: dict[str, AppClientSettings] = field(default_factory=dict[str, AppClientSettings])
    client_descriptions: dict[str, Description] = field(default_factory=dict[str, Description])
    domains: dict[str, Domain] = field(default_factory=dict[str, Domain])
    resource_servers: dict[str, ResourceServer] = field(default_factory=dict[str, ResourceServer])
    identity_providers: dict[str, IdentityProvider] = field(default_factory=dict[str, IdentityProvider])
    users: dict[str, User] = field(default_factory=dict[str, User])
    groups: dict[str, Group] = field(default_factory=dict[str, Group])
    token_families: dict[str, TokenFamily] = field(default_factory=dict[str, TokenFamily])
    # The requests of ForgotPassword for which no code was sent, by name. Clients must not learn that none was sent.
    decoy_codes: dict[str, OutstandingCode] = field(default_factory=dict[str, OutstandingCode])
    limits: Limits = field(default_factory=Limits)
    _by_sub: dict[str, User] = field(default_factory=dict[str, User])
    # Two indexes: the users who have or had a contact, and these contacts. Each hit is checked, because attributes
    # change. Unknown contacts are looked up as fast as known ones, so that the time does not show which are known.
    _by_contact: dict[str, dict[User, None]] = field(default_factory=dict[str, dict[User, None]])
    _contacts_of: dict[User, dict[str, None]] = field(default_factory=dict[User, dict[str, None]])
    _numbers: Iterator[int] = field(default_factory=count)

    def origin(self, client_id: str) -> Origin:
        """Return the origin of the trigger events that calls of this app client cause."""
        return Origin(self.settings.id, client_id)

    def set_client(self, settings: AppClientSettings, description: Description) -> None:
        """Add an app client, or replace its settings."""
        self.clients[settings.id], self.client_descriptions[settings.id] = settings, description

    def remove_client(self, client_id: str) -> None:
        """Remove an app client, and revoke its tokens."""
        del self.clients[client_id], self.client_descriptions[client_id]
        for family in [each for each in self.token_families.values() if each.client_id == client_id]:
            del self.token_families[family.event_id]

    def key(self, name: str) -> str:
        """Return a name in the form for look-ups: case-folded, unless usernames are case-sensitive in this pool."""
        return name if self.settings.username_case_sensitive else name.casefold()

    def add(self, user: User) -> None:
        user.number = next(self._numbers)
        self.users[self.key(user.username)] = self._by_sub[user.sub] = user
        for value in self._contacts(user):
            self.add_contact(user, value)

    def remove(self, user: User) -> None:
        del self.users[self.key(user.username)], self._by_sub[user.sub]
        for key in list(self._contacts_of.get(user, ())):
            self._forget_contact(user, key)
        self._contacts_of.pop(user, None)
        # A pending sign-in may still read this object, and deleted groups are removed only from users of the pool.
        user.groups.clear()
        self.limits.forget(self.key(user.username))
        self.revoke_tokens(user)

    def add_tokens(self, family: TokenFamily, now: datetime) -> None:
        add_expiring(self.token_families, family.event_id, family, now)

    def revoke_tokens(self, user: User) -> None:
        for family in [each for each in self.token_families.values() if each.sub == user.sub]:
            del self.token_families[family.event_id]

    def find(self, name: str) -> User | None:
        """Find a user by username, by the contact used to sign up, or by an alias."""
        key = self.key(name)
        return self.users.get(key) or self._find_by_contact(key)

    def find_by_sub(self, sub: str) -> User | None:
        return self._by_sub.get(sub)

    def owner(self, attribute: str, value: str) -> User | None:
        """Return the user with this alias."""
        key = self.key(value)
        return next((user for user in self._by_contact.get(key, ()) if self._has_alias(user, attribute, key)), None)

    def add_contact(self, user: User, value: str) -> None:
        """Let look-ups find a user of the pool by a contact. Call this when the user gets it, or a little earlier."""
        key, known = self.key(value), self._contacts_of.setdefault(user, {})
        self._by_contact.setdefault(key, {})[user] = None
        known.pop(key, None)
        known[key] = None
        if len(known) > _MOST_CONTACTS:
            current = {self.key(each) for each in self._contacts(user)}
            self._forget_contact(user, next(each for each in known if each not in current))

    def _contacts(self, user: User) -> list[str]:
        names = (*self.settings.username_attributes, *self.settings.alias_attributes)
        return [user.attributes[each] for each in names if user.attributes.get(each)]

    def _forget_contact(self, user: User, key: str) -> None:
        del self._contacts_of[user][key], self._by_contact[key][user]
        if not self._by_contact[key]:
            del self._by_contact[key]

    def _find_by_contact(self, key: str) -> User | None:
        return next((user for user in self._by_contact.get(key, ()) if self._is_called(user, key)), None)

    def _is_called(self, user: User, key: str) -> bool:
        if any(self._has(user, attribute, key) for attribute in self.settings.username_attributes):
            return True
        return any(self._has_alias(user, attribute, key) for attribute in self.settings.alias_attributes)

    def _has_alias(self, user: User, attribute: str, key: str) -> bool:
        """Return whether the user has this alias. A contact must be verified, a preferred username cannot be."""
        if not self._has(user, attribute, key):
            return False
        return attribute == PREFERRED_USERNAME or is_verified(user.attributes, attribute)

    def _has(self, user: User, attribute: str, key: str) -> bool:
        value = user.attributes.get(attribute)
        return value is not None and self.key(value) == key
