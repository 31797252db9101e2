"""The members of an app client for the OAuth endpoints, and the rules for them."""

from __future__ import annotations

from typing import Final

from ..settings.client import AppClientSettings
from ..settings.oauth import OAuthSettings
from ..state.pools import Pool
from ..wire.refusals import Refusal, invalid_parameter
from ..wire.requests import Request
from .members import Setting, read_settings, settle

_SCOPES = frozenset({"phone", "email", "openid", "profile", "aws.cognito.signin.user.admin"})
_NATIVE = "COGNITO"


def _list(values: tuple[str, ...]) -> list[str] | None:
    return list(values) or None


OAUTH_SETTINGS: Final = (
    Setting("AllowedOAuthFlowsUserPoolClient", "enabled", False),
    Setting("AllowedOAuthFlows", "grants", (), tuple, _list),
    Setting("AllowedOAuthScopes", "scopes", (), tuple, _list),
    Setting("CallbackURLs", "callback_urls", (), tuple, _list),
    Setting("LogoutURLs", "logout_urls", (), tuple, _list),
    Setting("DefaultRedirectURI", "default_redirect_uri", None),
    Setting("SupportedIdentityProviders", "identity_providers", (), tuple, _list),
)


def read_oauth(request: Request) -> OAuthSettings:
    return settle(OAuthSettings, read_settings(request, OAUTH_SETTINGS))


def check_oauth(pool: Pool, client: AppClientSettings) -> None:
    """Refuse settings that do not fit together, or that name what the pool does not have."""
    oauth = client.oauth
    if oauth.enabled and not (oauth.grants and oauth.scopes):
        what = "AllowedOAuthFlows and AllowedOAuthScopes are required"
        raise invalid_parameter(f"{what} if user pool client is allowed to use OAuth flows.")
    if "client_credentials" in oauth.grants:
        if len(oauth.grants) > 1:
            raise _wrong_grants("can not be selected along with code flow or implicit flow.")
        if client.secret is None:
            raise _wrong_grants("can not be selected if client does not have a client secret.")
    if oauth.default_redirect_uri is not None and oauth.default_redirect_uri not in oauth.callback_urls:
        raise invalid_parameter("DefaultRedirectURI must be in the list of CallbackURLs.")
    for provider in oauth.identity_providers:
        if provider != _NATIVE and provider not in pool.identity_providers:
            raise invalid_parameter(f"The provider {provider} does not exist for User Pool {pool.settings.id}")
    servers = pool.resource_servers.values()
    custom = {f"{server.identifier}/{scope}" for server in servers for scope in server.scopes}
    for scope in oauth.scopes:
        if scope not in _SCOPES and scope not in custom:
            raise Refusal("ScopeDoesNotExistException", f"Invalid scope requested: {scope}")


def _wrong_grants(what: str) -> Refusal:
    return Refusal("InvalidOAuthFlowException", f"client_credentials flow {what}")
