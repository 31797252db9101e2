"""The settings of an app client for sign-ins in a browser and for tokens of machines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .field_types import check_fields

Grant = Literal["code", "implicit", "client_credentials"]


@dataclass(frozen=True, slots=True)
class OAuthSettings:
    """What an app client may do at the OAuth endpoints; nothing by default.

    Args:
        enabled: whether the client may use the endpoints (`AllowedOAuthFlowsUserPoolClient`).
        grants: how the client may get tokens (`AllowedOAuthFlows`).
        scopes: the scopes that the client may request (`AllowedOAuthScopes`).
        callback_urls: the addresses to which a sign-in may return.
        logout_urls: the addresses to which a sign-out may return.
        default_redirect_uri: the address to which a sign-in returns that names none; one of `callback_urls`.
        identity_providers: the providers with which users may sign in; `COGNITO` for the pool's own users.

    Raises:
        ConfigurationError: if a setting is invalid.
    """

    enabled: bool = False
    grants: tuple[Grant, ...] = ()
    scopes: tuple[str, ...] = ()
    callback_urls: tuple[str, ...] = ()
    logout_urls: tuple[str, ...] = ()
    default_redirect_uri: str | None = None
    identity_providers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        check_fields(self)
