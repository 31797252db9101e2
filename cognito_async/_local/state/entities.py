"""Entities of a user pool: users with their devices and codes, groups, token families and messages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import count
from types import MappingProxyType
from typing import Final, Literal

from ..settings.pool import Mfa

MessageKind = Literal[
    "sign_up", "resend_code", "invitation", "forgot_password", "verify_attribute", "mfa", "one_time_password"
]
Status = Literal["UNCONFIRMED", "CONFIRMED", "RESET_REQUIRED", "FORCE_CHANGE_PASSWORD"]

_NONE: Final = MappingProxyType(dict[str, float]())
_DEVICE_NUMBERS = count()


@dataclass(frozen=True, slots=True)
class Message:
    """A message that a pool "sent". The `repr` shows neither `code` nor the texts, which contain it.

    `kind` is the purpose of the code; the code of an "invitation" is the temporary password. `body` is the text of the
    message, and `subject` the subject of a mail: those of the custom message trigger, or else of the pool. A message
    that a custom sender sends has neither.
    """

    destination: str
    medium: Literal["EMAIL", "SMS"]
    attribute: str
    code: str = field(repr=False)
    username: str
    kind: MessageKind
    body: str = field(default="", repr=False)
    subject: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class OutstandingCode:
    code: str = field(repr=False)
    attribute: str
    destination: str
    expires: datetime

    def has_expired(self, now: datetime) -> bool:
        return now >= self.expires


@dataclass(slots=True, eq=False)
class SoftwareToken:
    """A user's authenticator app (TOTP). `last_step` is the 30-second step of the newest accepted code."""

    secret: str = field(repr=False)
    verified: bool = False
    name: str | None = None
    last_step: int = 0


@dataclass(slots=True, eq=False)
class Device:
    """A device of a user, offered with `NewDeviceMetadata`. It is usable once `ConfirmDevice` has set its verifier."""

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
    # Later devices have higher numbers. Listings are sorted by number.
    number: int = field(default_factory=lambda: next(_DEVICE_NUMBERS))


@dataclass(slots=True, eq=False)
class User:
    """One user. A test may set `status` and `enabled` to get a state that no operation produces.

    `verifier` is `None` for a user without a password. `old_passwords` holds the salts and verifiers of earlier ones,
    the newest first, as many as the pool's policy forbids to use again. `codes` holds the outstanding code for each
    purpose: "sign_up", "forgot_password", or the name of an attribute. `pending` holds new contacts until they are
    verified, and `pending_software_token` an authenticator app until its first code. `groups` are names. Later users
    have higher numbers; a page of a listing starts after the number of the last user shown.
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
    old_passwords: list[tuple[bytes, int]] = field(default_factory=list[tuple[bytes, int]], repr=False)
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
    """A group of users. It has no list of them: `User.groups` has the names of a user's groups."""

    name: str
    created: datetime
    modified: datetime
    description: str | None = None
    role_arn: str | None = None
    precedence: int | None = None


@dataclass(slots=True, eq=False)
class TokenFamily:
    """The tokens of one sign-in, with those from its refreshes. Each contains the `event_id`.

    At `ends` (Unix time), all of them have expired. If refresh tokens are rotated, `refresh_tokens` maps the id of
    each valid one to the Unix time at which it expires; otherwise it is empty. By default, a pool stores the families
    of all sign-ins of the last 30 days, so a family must be small.
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

    def has_expired(self, now: datetime) -> bool:
        return now.timestamp() >= self.ends
