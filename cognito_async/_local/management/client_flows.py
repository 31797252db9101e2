"""`ExplicitAuthFlows`: the flows of an app client, by their names and by older ones."""

from __future__ import annotations

from typing import Any, Final, get_args

from ..settings.client import AppClientSettings, AuthFlow
from ..wire.refusals import invalid_parameter
from ..wire.requests import Request
from .members import only

MEMBER: Final = "ExplicitAuthFlows"
_USUAL: Final[frozenset[AuthFlow]] = frozenset({"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"})
# An older name adds a flow to the usual ones, or leaves only CUSTOM_AUTH.
_OLDER: Final[dict[str, frozenset[str]]] = {
    "ADMIN_NO_SRP_AUTH": _USUAL | {"ALLOW_ADMIN_USER_PASSWORD_AUTH"},
    "USER_PASSWORD_AUTH": _USUAL | {"ALLOW_USER_PASSWORD_AUTH"},
    "CUSTOM_AUTH_FLOW_ONLY": frozenset({"ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_CUSTOM_AUTH"}),
}
_read = only(MEMBER, get_args(AuthFlow))


def read_flows(request: Request) -> dict[str, Any]:
    """Return the field of settings that a request sets."""
    given: list[str] = request.get(MEMBER) or []
    older = [_OLDER[each] for each in given if each in _OLDER]
    if older and len(older) != len(given):
        raise invalid_parameter("The older ExplicitAuthFlows cannot be mixed with those that begin with ALLOW_.")
    rotation = request.get("RefreshTokenRotation", {}).get("Feature") == "ENABLED"
    if rotation and "ALLOW_REFRESH_TOKEN_AUTH" in given:
        raise invalid_parameter("ALLOW_REFRESH_TOKEN_AUTH cannot be used with RefreshTokenRotation.")
    flows = frozenset[str]().union(*older) if older else frozenset(_read(given)) or _USUAL
    return {"explicit_auth_flows": flows}


def show_flows(settings: AppClientSettings, stored: list[str] | None) -> list[str] | None:
    """Return the member of a description: the names as they were set, or none for the usual flows."""
    if stored is not None or settings.explicit_auth_flows == _USUAL:
        return stored
    return sorted(settings.explicit_auth_flows)
