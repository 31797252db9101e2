"""The settings of an app client; the defaults allow every flow."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from ..._core import ids
from ..._core.errors import ConfigurationError
from .field_types import check_fields
from .oauth import OAuthSettings
from .schema import VERIFIED_FLAGS, Attribute

AuthFlow = Literal[
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_CUSTOM_AUTH",
    "ALLOW_USER_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]
DEFAULT_FLOWS: frozenset[AuthFlow] = frozenset(get_args(AuthFlow))
_DAY = 24 * 3600
# The longest times, in seconds. The service's shortest ones are not required, so that tests can use shorter ones.
_LONGEST = {
    "access_token_validity": _DAY,
    "id_token_validity": _DAY,
    "refresh_token_validity": 3650 * _DAY,
    "auth_session_validity": 15 * 60,
}


@dataclass(frozen=True, slots=True)
class AppClientSettings:
    """The settings of an app client. All times are in seconds.

    Args:
        secret: the client secret; `None` (the default) for a client without one.
        explicit_auth_flows: the flows that the client may use; all by default.
        prevent_user_existence_errors: whether replies hide that a user does not exist (`ENABLED`); `LEGACY` by default.
            If hidden, users learn that they are disabled or not confirmed only after the right password or code.
        access_token_validity, id_token_validity: how long these tokens are valid, up to a day; an hour by default.
        refresh_token_validity: how long refresh tokens are valid, up to ten years; 30 days by default.
        refresh_token_rotation: whether each `GetTokensFromRefreshToken` replaces the refresh token; off by default. The
            new token expires when the old one would have. With rotation, `REFRESH_TOKEN_AUTH` is not allowed, whatever
            `explicit_auth_flows` says.
        refresh_token_grace_period: the time for which a replaced refresh token stays valid after its first use, up to
            60 seconds; 0 by default.
        auth_session_validity: the time within which a challenge must be answered, up to 15 minutes; 180 seconds by
            default.
        enable_token_revocation: whether `RevokeToken` is allowed; on by default.
        read_attributes, write_attributes: the attributes that the client can read and write; all by default (`None`).
            The pool's required attributes must be writable.
        oauth: what the client may do at the OAuth endpoints; the pool does not have them yet, and only describes it.

    Raises:
        ConfigurationError: if a setting is invalid.
    """

    id: str = "1local2pool3client4example"
    name: str = "local"
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
    oauth: OAuthSettings = field(default_factory=OAuthSettings)

    def __post_init__(self) -> None:
        check_fields(self)
        if not re.fullmatch(r"[\w+]{1,128}", self.id, re.ASCII):
            hint = ids.hint("client_id", self.id)
            raise ConfigurationError(f"the app client id must have 1 to 128 letters, digits, _ or +{hint}")
        if self.secret is not None and not re.fullmatch(r"[\w+]{24,64}", self.secret, re.ASCII):
            raise ConfigurationError("the client secret must have 24 to 64 letters, digits, underscores and plus signs")
        if not 0 <= self.refresh_token_grace_period <= 60:
            raise ConfigurationError("refresh_token_grace_period must be 0 to 60 seconds")
        if self.refresh_token_grace_period and not self.refresh_token_rotation:
            raise ConfigurationError("refresh_token_grace_period needs refresh_token_rotation")
        for name, longest in _LONGEST.items():
            if not 1 <= getattr(self, name) <= longest:
                raise ConfigurationError(f"{name} must be 1 to {longest} seconds")
        for name in ("read_attributes", "write_attributes"):
            if getattr(self, name) == frozenset():  # the service reads an empty list as no list (aws/aws-cdk#30608)
                raise ConfigurationError(f"{name} must name an attribute; None allows all of them")

    def check_schema(self, schema: Mapping[str, Attribute]) -> None:
        """Refuse `read_attributes` and `write_attributes` that do not fit the schema of the client's pool.

        The service does so with "Invalid write attributes specified while creating a client".
        """
        for setting in ("read_attributes", "write_attributes"):
            for name in sorted(getattr(self, setting) or ()):
                if name not in schema:
                    raise ConfigurationError(f"{setting}: the pool has no attribute {name}")
        if self.write_attributes is None:
            return
        for name in sorted(self.write_attributes):
            if name == "sub" or name in VERIFIED_FLAGS or schema[name].developer_only:
                raise ConfigurationError(f"write_attributes: no app client may write {name}")
        for name, attribute in schema.items():
            if attribute.required and name != "sub" and name not in self.write_attributes:
                raise ConfigurationError(f"write_attributes must include {name}, which the pool requires")

    @property
    def allowed_flows(self) -> frozenset[AuthFlow]:
        """Return the `explicit_auth_flows`. With rotation, remove the flow that Cognito does not allow with it."""
        if self.refresh_token_rotation:
            return self.explicit_auth_flows - {"ALLOW_REFRESH_TOKEN_AUTH"}
        return self.explicit_auth_flows
