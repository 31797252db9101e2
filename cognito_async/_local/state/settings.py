"""Settings of a local pool and its app clients; the defaults make a pool that works immediately."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal, get_args

from ..._core import ids
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
    """An attribute that calls name `custom:<name>`. The lengths apply to strings only."""

    name: str
    type: Literal["String", "Number"] = "String"
    minimum_length: int = 0
    maximum_length: int = 2048


@dataclass(frozen=True, slots=True)
class PoolSettings:
    """The settings of a user pool.

    Args:
        auto_verified: the contacts to which the pool sends a code at sign-up and after a change; the email address by
            default. At sign-up, a user with both contacts gets the code by SMS only.
        username_attributes: the contacts with which users sign up, instead of a username; none by default. The
            username is then the user's `sub`.
        alias_attributes: the contacts with which users can sign in once they are verified, as well as with the
            username; none by default.
        username_case_sensitive: whether `Alice` and `alice` are two users; off, as in pools made in the AWS console.
        required_attributes: the attributes that users must set when they sign up, and cannot delete; none by default.
        verify_before_update: the contacts that keep their old value until the user confirms the new one with a code;
            none by default.
        mfa: which users need a second factor: none (`OFF`, the default), those who have switched one on (`OPTIONAL`),
            or all (`ON`).
        mfa_methods: the second factors that users can switch on; all three by default.
        first_factors: the factors with which a sign-in by `USER_AUTH` can begin; the password by default.
        device_tracking: the devices to remember: none (`OFF`, the default), all (`ALWAYS`), or those that
            `UpdateDeviceStatus` names (`OPT_IN`).
        device_replaces_mfa: whether a user with a remembered device needs no other second factor; on by default. The
            console calls this "challenge required on new device".
        admin_create_user_only: whether `SignUp` is refused, so that only administrators create users; off by default.
        triggers: async functions that replace the pool's Lambda functions.
        issuer_endpoint: the `iss` of tokens is `{issuer_endpoint}/{id}`; AWS's endpoint of the region by default.
        fixed_code: one value for all codes that the pool sends, for demonstrations and for clients in other processes,
            which cannot read the outbox; random codes by default.

    A sign-in by `USER_AUTH` can request authentication levels (`TARGET_ACR_VALUES`). The pool does not check them: it
    puts the first one into the tokens, as the claim `acr`.
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
            hint = ids.hint("user_pool_id", self.id)
            raise ConfigurationError(f"the user pool id must look like us-east-1_LocalPool{hint}")
        if self.username_attributes and self.alias_attributes:
            raise ConfigurationError("a pool must not have both username_attributes and alias_attributes")
        if self.fixed_code is not None and not re.fullmatch(r"\S+", self.fixed_code):
            raise ConfigurationError("fixed_code must be one or more characters without spaces")

    @property
    def region(self) -> str:
        """Return the part of the id before `_`."""
        return self.id.partition("_")[0]

    @property
    def srp_name(self) -> str:
        """Return the part of the id after `_`. It is part of SRP's hashes."""
        return self.id.partition("_")[2]

    @property
    def issuer(self) -> str:
        """Return the `iss` of the pool's tokens."""
        endpoint = self.issuer_endpoint or f"https://cognito-idp.{self.region}.amazonaws.com"
        return f"{endpoint.rstrip('/')}/{self.id}"


@dataclass(frozen=True, slots=True)
class AppClientSettings:
    """The settings of an app client. All times are in seconds.

    Args:
        secret: the client secret; `None` (the default) for a client without one.
        explicit_auth_flows: the flows that the client may use; all by default.
        prevent_user_existence_errors: whether replies hide that a user does not exist (`ENABLED`); `LEGACY` by default.
        refresh_token_rotation: whether each `GetTokensFromRefreshToken` replaces the refresh token; off by default. The
            new token expires when the old one would have. With rotation, `REFRESH_TOKEN_AUTH` is not allowed, whatever
            `explicit_auth_flows` says.
        refresh_token_grace_period: the time for which a replaced refresh token stays valid after its first use, up to
            60 seconds; 0 by default.
        auth_session_validity: the time within which a challenge must be answered; 180 seconds by default.
        enable_token_revocation: whether `RevokeToken` is allowed; on by default.
        read_attributes, write_attributes: the attributes that the client can read and write; all by default (`None`).
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
            hint = ids.hint("client_id", self.id)
            raise ConfigurationError(f"the app client id must have 1 to 128 letters, digits, _ or +{hint}")
        if self.secret is not None and not re.fullmatch(r"[\w+]{24,64}", self.secret):
            raise ConfigurationError("the client secret must have 24 to 64 letters, digits, underscores and plus signs")
        if not 0 <= self.refresh_token_grace_period <= 60:
            raise ConfigurationError("refresh_token_grace_period must be 0 to 60 seconds")

    @property
    def allowed_flows(self) -> frozenset[AuthFlow]:
        """Return the `explicit_auth_flows`. With rotation, remove the flow that Cognito does not allow with it."""
        if self.refresh_token_rotation:
            return self.explicit_auth_flows - {"ALLOW_REFRESH_TOKEN_AUTH"}
        return self.explicit_auth_flows
