"""What a pool remembers: its clients, users, groups and sign-ins."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from types import MappingProxyType
from typing import Any, Final, Literal

from .limits import HourlyLimit, Lockout
from .settings import AppClientSettings, Mfa, PoolSettings
from .signing_keys import KeyRing

MessageKind = Literal[
    "sign_up", "resend_code", "invitation", "forgot_password", "verify_attribute", "mfa", "one_time_password"
]
Status = Literal["UNCONFIRMED", "CONFIRMED", "RESET_REQUIRED", "FORCE_CHANGE_PASSWORD"]

_NONE: Final = MappingProxyType(dict[str, float]())
_DEVICE_NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Message:
    """Something that a pool "sent"; `code` is shown only to those who ask for it by name.

    `kind` tells what the code is for; the code of an "invitation" is the temporary password.
    """

    destination: str
    medium: Literal["EMAIL", "SMS"]
    attribute: str
    code: str = field(repr=False)
    username: str
    kind: MessageKind


@dataclass(frozen=True, slots=True)
class OutstandingCode:
    code: str = field(repr=False)
    attribute: str
    destination: str
    expires: datetime


@dataclass(slots=True, eq=False)
class SoftwareToken:
    """A user's TOTP generator; `last_step` is the 30-second step of the newest code that was taken."""

    secret: str = field(repr=False)
    verified: bool = False
    name: str | None = None
    last_step: int = 0


@dataclass(slots=True, eq=False)
class Device:
    """A device of a user: announced with `NewDeviceMetadata`, and of use once `ConfirmDevice` gave it a verifier."""

    key: str
    group_key: str
    created: datetime
    modified: datetime
    authenticated: datetime
    last_ip: str = "127.0.0.1"
    name: str | None = None
    salt: bytes = field(default=b"", repr=False)
    verifier: int | None = field(default=None, repr=False)
    remembered: bool = False
    number: int = field(default_factory=lambda: next(_DEVICE_NUMBERS))  # for listings, as that of a user


@dataclass(slots=True, eq=False)
class User:
    """One user. A test may set `status` and `enabled` to get a state that no operation here leads to.

    Without a password `verifier` is `None`. `codes` holds the outstanding code for each purpose: "sign_up",
    "forgot_password", or the name of an attribute. `pending` holds new contacts that count once verified, and
    `pending_software_token` an authenticator app that does. `groups` are names. `number`, higher for later users, tells
    a listing where its page ended.
    """

    username: str
    sub: str
    attributes: dict[str, str]
    salt: bytes = field(repr=False)
    verifier: int | None = field(repr=False)
    status: Status
    created: datetime
    modified: datetime
    enabled: bool = True
    codes: dict[str, OutstandingCode] = field(default_factory=dict[str, OutstandingCode], repr=False)
    pending: dict[str, str] = field(default_factory=dict[str, str])
    temporary_until: datetime | None = None
    software_token: SoftwareToken | None = None
    pending_software_token: SoftwareToken | None = None
    mfa: tuple[Mfa, ...] = ()
    preferred_mfa: Mfa | None = None
    devices: dict[str, Device] = field(default_factory=dict[str, Device])
    groups: set[str] = field(default_factory=set[str])
    number: int = 0


@dataclass(slots=True, eq=False)
class Group:
    """A group of users; who is in it, each of them knows."""

    name: str
    created: datetime
    modified: datetime
    description: str | None = None
    role_arn: str | None = None
    precedence: int | None = None


@dataclass(slots=True, eq=False)
class TokenFamily:
    """One sign-in with all tokens that come from it, by `event_id`, which each of them carries.

    After `ends` none of them is good any more. `refresh_tokens` says until when each one is, by its id; it stays
    empty where they are not rotated. A pool holds one of these for every session of a month: it has to be small.
    """

    event_id: str
    origin_jti: str
    sub: str
    client_id: str
    auth_time: int
    ends: int
    device_key: str | None = None
    acr: str | None = None
    amr: tuple[str, ...] = ()
    refresh_tokens: Mapping[str, float] = field(default_factory=lambda: _NONE)

    def is_over(self, now: datetime) -> bool:
        return now.timestamp() >= self.ends


@dataclass(slots=True, eq=False)
class PendingSignIn:
    """A sign-in at one of its challenges; the `Session` that the client holds is only the handle to it.

    `user` is `None` for somebody who does not exist and is not to find out; `name` is then the pretended one.
    `proven` are the factors so far, in the words of RFC 8176. The members below `metadata` belong to one kind of
    challenge each.
    """

    pool: Pool
    client: AppClientSettings
    user: User | None
    name: str
    challenge: str = ""
    ends: float = 0.0
    used: bool = False
    proven: tuple[str, ...] = ()
    acr: str | None = None
    device: Device | None = None
    trigger_source: str = "TokenGeneration_Authentication"
    metadata: dict[str, str] = field(default_factory=dict[str, str], repr=False)
    available: tuple[str, ...] = ()
    code: str | None = field(default=None, repr=False)
    software_token: SoftwareToken | None = None
    email: str | None = None
    handshake: tuple[int, int, int] | None = field(default=None, repr=False)
    srp_a: int | None = None
    rounds: list[dict[str, Any]] | None = None
    private_parameters: dict[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(slots=True, eq=False)
class Pool:
    """One user pool. `sign_ins` holds sessions that are neither over nor revoked."""

    settings: PoolSettings
    keys: KeyRing
    clients: dict[str, AppClientSettings] = field(default_factory=dict[str, AppClientSettings])
    users: dict[str, User] = field(default_factory=dict[str, User])
    groups: dict[str, Group] = field(default_factory=dict[str, Group])
    token_families: dict[str, TokenFamily] = field(default_factory=dict[str, TokenFamily])
    # Kept by name, not by user: a name that nobody has must look like any other.
    lockouts: dict[tuple[str, str], Lockout] = field(default_factory=dict[tuple[str, str], Lockout])
    hourly_limits: dict[tuple[str, str], HourlyLimit] = field(default_factory=dict[tuple[str, str], HourlyLimit])
    _by_sub: dict[str, User] = field(default_factory=dict[str, User])
    # Whom a contact has led to: attributes change, so it is looked at again each time.
    _by_contact: dict[str, User] = field(default_factory=dict[str, User])
    _numbers: Iterator[int] = field(default_factory=count)

    def key(self, name: str) -> str:
        """How a name is looked up: case counts only where the settings say so."""
        return name if self.settings.username_case_sensitive else name.casefold()

    def add(self, user: User) -> None:
        user.number = next(self._numbers)
        self.users[self.key(user.username)] = self._by_sub[user.sub] = user

    def remove(self, user: User) -> None:
        del self.users[self.key(user.username)], self._by_sub[user.sub]
        self._by_contact.clear()
        user.groups.clear()  # a sign-in that is under way must find no group that has gone since
        for what in ("password", "code"):
            self.lockouts.pop((what, self.key(user.username)), None)
        self.revoke_tokens(user)

    def revoke_tokens(self, user: User) -> None:
        for family in [each for each in self.token_families.values() if each.sub == user.sub]:
            del self.token_families[family.event_id]

    def find(self, name: str) -> User | None:
        """By username, by the contact that people signed up with, or by a verified alias."""
        key = self.key(name)
        return self.users.get(key) or self._find_by_contact(key)

    def find_by_sub(self, sub: str) -> User | None:
        return self._by_sub.get(sub)

    def owner(self, attribute: str, value: str) -> User | None:
        """The user for whom this contact is verified."""
        for user in self.users.values():
            if self._has(user, attribute, self.key(value)) and user.attributes.get(f"{attribute}_verified") == "true":
                return user
        return None

    def _find_by_contact(self, key: str) -> User | None:
        if not self.settings.username_attributes and not self.settings.alias_attributes:
            return None
        known = self._by_contact.get(key)
        if known is not None and self._is_called(known, key):
            return known
        found = next((user for user in self.users.values() if self._is_called(user, key)), None)
        if found is not None:
            if len(self._by_contact) > 2 * len(self.users):
                self._by_contact.clear()  # most of it were contacts that people no longer have
            self._by_contact[key] = found
        return found

    def _is_called(self, user: User, key: str) -> bool:
        if any(self._has(user, attribute, key) for attribute in self.settings.username_attributes):
            return True
        return any(
            self._has(user, attribute, key) and user.attributes.get(f"{attribute}_verified") == "true"
            for attribute in self.settings.alias_attributes
        )

    def _has(self, user: User, attribute: str, key: str) -> bool:
        value = user.attributes.get(attribute)
        return value is not None and self.key(value) == key
