"""The members of an app client in requests and descriptions, and its settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any, Final

from ..._core.errors import ConfigurationError
from ..settings.client import AppClientSettings
from ..state.pools import Pool
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request
from .client_flows import MEMBER as FLOWS
from .client_flows import read_flows, show_flows
from .members import (
    Refused,
    Setting,
    check_refused,
    put,
    read_settings,
    read_stored,
    settle,
    show_settings,
    show_stored,
)
from .oauth import OAUTH_SETTINGS, check_oauth, read_oauth
from .validity import UNITS, read_validity, show_validity


def _names(names: list[str]) -> frozenset[str] | None:
    """Return a set of attributes. Like the service, take an empty list as none."""
    return frozenset(names) or None


def _sorted(names: frozenset[str] | None) -> list[str] | None:
    return None if names is None else sorted(names)


def _minutes(seconds: int) -> int:
    return max(3, min(15, seconds // 60))


CLIENT_SETTINGS: Final = (
    # Without a list, all attributes: so say the console (aws/aws-aspnet-cognito-identity-provider#89) and AWS CDK. The
    # API reference says that a client then has no custom attributes.
    Setting("ReadAttributes", "read_attributes", None, _names, _sorted),
    Setting("WriteAttributes", "write_attributes", None, _names, _sorted),
    Setting("PreventUserExistenceErrors", "prevent_user_existence_errors", "LEGACY"),
    Setting("EnableTokenRevocation", "enable_token_revocation", True),
    Setting("AuthSessionValidity", "auth_session_validity", 180, lambda minutes: minutes * 60, _minutes),
    Setting(
        "RefreshTokenRotation.Feature",
        "refresh_token_rotation",
        False,
        lambda feature: feature == "ENABLED",
        lambda enabled: "ENABLED" if enabled else None,
    ),
)
_GRACE = "RefreshTokenRotation.RetryGracePeriodSeconds"
# Members that nothing but descriptions depends on. The context of users has an effect only on threat protection, which
# the local pool does not have.
STORED: Final = ("EnablePropagateAdditionalUserContextData", FLOWS, UNITS)
REFUSED: Final = (
    Refused("AnalyticsConfiguration", "analytics"),
    Refused("PublishSecretsInAWSSecretsManager", "Secrets Manager", (False,)),
)
# Members that the functions below and `clients` translate.
TRANSLATED: Final = ("ClientName", "GenerateSecret", "ClientSecret", _GRACE)


def read_client(
    request: Request, pool: Pool, base: AppClientSettings, doing: str
) -> tuple[AppClientSettings, dict[str, Any]]:
    """Return the settings of a client, and the members that only come back in descriptions.

    `base` has what the request does not set: the id and the secret. `doing` is a word for messages.
    """
    check_refused(request, REFUSED)
    fields = {
        **read_settings(request, CLIENT_SETTINGS),
        **read_validity(request),
        **read_flows(request),
        "name": request.get("ClientName", base.name),
        "refresh_token_grace_period": request.get("RefreshTokenRotation", {}).get("RetryGracePeriodSeconds", 0),
        "oauth": read_oauth(request),
    }
    settings = settle(partial(replace, base), fields)
    _check_attributes(settings, pool, doing)
    check_oauth(pool, settings)
    return settings, read_stored(request, STORED)


def _check_attributes(settings: AppClientSettings, pool: Pool, doing: str) -> None:
    try:
        settings.check_schema(pool.settings.schema)
    except ConfigurationError as error:
        kind = str(error).partition("_")[0]
    else:
        return
    raise invalid_parameter(f"Invalid {kind} attributes specified while {doing} a client")


def show_client(pool: Pool, settings: AppClientSettings) -> Reply:
    """Return the description of an app client, with its secret."""
    description = pool.client_descriptions[settings.id]
    stored: Mapping[str, Any] = description.members
    reply: Reply = {**show_client_identity(pool, settings), **description.times()}
    put(reply, "ClientSecret", settings.secret)
    show_settings(reply, settings, CLIENT_SETTINGS)
    show_settings(reply, settings.oauth, OAUTH_SETTINGS)
    if settings.refresh_token_rotation:
        put(reply, _GRACE, settings.refresh_token_grace_period)
    show_stored(reply, stored, {"EnablePropagateAdditionalUserContextData": False})
    put(reply, FLOWS, show_flows(settings, stored.get(FLOWS)))
    return {**reply, **show_validity(settings, stored.get(UNITS, {}))}


def show_client_identity(pool: Pool, settings: AppClientSettings) -> Reply:
    """Return the part of a client's description that is in listings too."""
    return {"UserPoolId": pool.settings.id, "ClientName": settings.name, "ClientId": settings.id}
