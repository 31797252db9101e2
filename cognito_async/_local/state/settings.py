"""Settings of a local pool and its app clients; the defaults make a pool that works immediately."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

from ..._core.errors import ConfigurationError
from .triggers import Triggers

Contact = Literal["email", "phone_number"]
Mfa = Literal["SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP"]
FirstFactor = Literal["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
AuthFlow = Literal[
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]
DEFAULT_FLOWS: frozenset[AuthFlow] = frozenset(get_args(AuthFlow))


@dataclass(frozen=True, slots=True)
class PasswordPolicy:
    """Rules for passwords; the defaults are the service's."""

    minimum_length: int = 8
    require_uppercase: bool = True
    require_lowercase: bool = True
    require_numbers: bool = True
    require_symbols: bool = True
    temporary_password_days: int = 7


@dataclass(frozen=True, slots=True)
class CustomAttribute:
    """An attribute that users have as `custom:<name>`; lengths apply to strings only."""

    name: str
    type: Literal["String", "Number"] = "String"
    minimum_length: int = 0
    maximum_length: int = 2048


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """Describe a user pool for `LocalService.add_pool`.

    Args:
        auto_verified: contacts that get a code at sign-up; a phone number takes precedence if a user has both.
        username_attributes: contacts with which users sign up; their username is then their `sub`.
        alias_attributes: verified contacts with which users can sign in, as well as with the username.
        username_case_sensitive: off by default, as for pools made in the console.
        verify_before_update: contacts whose new value is used only after the user has sent its code back.
        mfa: the users who need a second factor: none, those who chose one, or all.
        mfa_methods: the offered second factors.
        first_factors: how USER_AUTH may begin. Levels of a step-up are not checked: the tokens get the first
            requested one.
        device_tracking: whether devices are remembered: never, always, or if `UpdateDeviceStatus` says so.
        device_replaces_mfa: a remembered device replaces the second factor ("challenge required on new device").
        admin_create_user_only: refuse `SignUp`.
        triggers: async functions that replace the pool's Lambda functions.
        issuer_endpoint: the issuer of tokens is `{issuer_endpoint}/{id}`; the service's address by default.
        fixed_code: the value of all codes, for demonstrations and clients in other processes.
    """

    id: str = "us-east-1_LocalPool"
    name: str = "local"
    auto_verified: tuple[Contact, ...] = ("email",)
    username_attributes: tuple[Contact, ...] = ()
    alias_attributes: tuple[Contact, ...] = ()
    username_case_sensitive: bool = False
    required_attributes: tuple[str, ...] = ()
    custom_attributes: tuple[CustomAttribute, ...] = ()
    password_policy: PasswordPolicy = PasswordPolicy()
    verify_before_update: tuple[Contact, ...] = ()
    mfa: Literal["OFF", "OPTIONAL", "ON"] = "OFF"
    mfa_methods: tuple[Mfa, ...] = ("SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP")
    first_factors: tuple[FirstFactor, ...] = ("PASSWORD",)
    device_tracking: Literal["OFF", "ALWAYS", "OPT_IN"] = "OFF"
    device_replaces_mfa: bool = True
    admin_create_user_only: bool = False
    triggers: Triggers = field(default_factory=Triggers)
    issuer_endpoint: str | None = None
    fixed_code: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w-]+_[0-9a-zA-Z]+", self.id) or len(self.id) > 55:
            raise ConfigurationError("the user pool id must look like us-east-1_LocalPool")
        if self.username_attributes and self.alias_attributes:
            raise ConfigurationError("a pool must not have both username_attributes and alias_attributes")

    @property
    def region(self) -> str:
        """Return the part of the id before `_`."""
        return self.id.partition("_")[0]

    @property
    def srp_name(self) -> str:
        """Return the part of the id after `_`, which SRP's hashes contain."""
        return self.id.partition("_")[2]

    @property
    def issuer(self) -> str:
        """Return the `iss` of the pool's tokens."""
        endpoint = self.issuer_endpoint or f"https://cognito-idp.{self.region}.amazonaws.com"
        return f"{endpoint.rstrip('/')}/{self.id}"


@dataclass(frozen=True, slots=True)
class AppClientSettings:
    """Describe an app client for `LocalService.add_client`; all times are in seconds.

    Args:
        refresh_token_rotation: each `GetTokensFromRefreshToken` replaces the refresh token, with the same end;
            `REFRESH_TOKEN_AUTH` is then not enabled, whatever `explicit_auth_flows` says.
        refresh_token_grace_period: seconds that a replaced refresh token stays valid after its first use, up to 60.
        read_attributes, write_attributes: the attributes that the client can read and write; `None` for all.
    """

    id: str = "1local2pool3client4example"
    secret: str | None = field(default=None, repr=False)
    explicit_auth_flows: frozenset[AuthFlow] = DEFAULT_FLOWS
    prevent_user_existence_errors: Literal["LEGACY", "ENABLED"] = "LEGACY"
    access_token_validity: int = 3600
    id_token_validity: int = 3600
    refresh_token_validity: int = 30 * 24 * 3600
    refresh_token_rotation: bool = False
    refresh_token_grace_period: int = 0
    auth_session_validity: int = 180
    enable_token_revocation: bool = True
    read_attributes: frozenset[str] | None = None
    write_attributes: frozenset[str] | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[\w+]{1,128}", self.id):
            raise ConfigurationError("the app client id must have 1 to 128 letters, digits, underscores and plus signs")
        if self.secret is not None and not re.fullmatch(r"[\w+]{24,64}", self.secret):
            raise ConfigurationError("the client secret must have 24 to 64 letters, digits, underscores and plus signs")
        if not 0 <= self.refresh_token_grace_period <= 60:
            raise ConfigurationError("refresh_token_grace_period must be 0 to 60 seconds")

    @property
    def allowed_flows(self) -> frozenset[AuthFlow]:
        """Return the `explicit_auth_flows`, without the one that excludes rotation."""
        if self.refresh_token_rotation:
            return self.explicit_auth_flows - {"ALLOW_REFRESH_TOKEN_AUTH"}
        return self.explicit_auth_flows
