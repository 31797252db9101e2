"""How long the tokens of an app client are valid: numbers with units in calls, seconds in settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from ..settings.client import AppClientSettings
from ..wire.refusals import invalid_parameter
from ..wire.replies import Reply
from ..wire.requests import Request

UNITS: Final = "TokenValidityUnits"
_SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1}
_MINUTES, _DAYS = 60, 86400


@dataclass(frozen=True, slots=True)
class _Kind:
    """A kind of tokens: its unit and validity if a request names none, and the limits of the validity, in seconds."""

    name: str
    field: str
    unit: str
    usual: int
    shortest: int
    longest: int

    @property
    def member(self) -> str:
        return f"{self.name}Validity"


_KINDS = (
    _Kind("RefreshToken", "refresh_token_validity", "days", 30 * _DAYS, 60 * _MINUTES, 3650 * _DAYS),
    _Kind("AccessToken", "access_token_validity", "hours", 60 * _MINUTES, 5 * _MINUTES, _DAYS),
    _Kind("IdToken", "id_token_validity", "hours", 60 * _MINUTES, 5 * _MINUTES, _DAYS),
)
MEMBERS: Final = (UNITS, *(each.member for each in _KINDS))


def read_validity(request: Request) -> dict[str, Any]:
    """Return the fields of settings that a request sets."""
    units: dict[str, str] = request.get(UNITS, {})
    fields: dict[str, Any] = {}
    for each in _KINDS:
        number: int | None = request.get(each.member)
        # The service takes a validity of 0 as none.
        seconds = number * _SECONDS[units.get(each.name, each.unit)] if number else each.usual
        if not each.shortest <= seconds <= each.longest:
            raise invalid_parameter("Invalid range for token validity.")
        fields[each.field] = seconds
    return fields


def show_validity(settings: AppClientSettings, units: dict[str, str]) -> Reply:
    """Return the members of a description. `units` are those in which the validities were set."""
    reply: Reply = {UNITS: dict(units)}
    for each in _KINDS:
        seconds: int = getattr(settings, each.field)
        unit = units.get(each.name, each.unit)
        if seconds % _SECONDS[unit]:
            unit = reply[UNITS][each.name] = "seconds"
        # Like the service, leave out what nobody has set, except for refresh tokens.
        if each.name == "RefreshToken" or each.name in reply[UNITS] or seconds != each.usual:
            reply[each.member] = seconds // _SECONDS[unit]
    return reply
