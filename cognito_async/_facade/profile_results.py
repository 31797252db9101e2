"""What a user is told about itself: contacts, factors and devices."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from .._generated import devices
from .results import Result


class VerifiedContacts(Result):
    """The user's addresses and numbers, by whether they are verified; only such ones can receive codes.

    Attributes:
        verified, unverified: by the attribute's name, `"email"` or `"phone_number"`.
    """

    verified: dict[str, str]
    unverified: dict[str, str]


class MfaPreference(Result):
    """The second factors that the user has switched on, by the service's names.

    Attributes:
        preferred: the one that a sign-in asks for; `None` if none is preferred.
        enabled: all of them, such as `("SMS_MFA", "SOFTWARE_TOKEN_MFA")`.
    """

    preferred: str | None = None
    enabled: tuple[str, ...] = ()


class AuthFactors(Result):
    """How the user can sign in.

    Attributes:
        first: the first factors, such as `("PASSWORD", "EMAIL_OTP")`.
        mfa: the second factors.

    Source: GetUserAuthFactors.
    """

    first: tuple[str, ...] = ()
    mfa: MfaPreference = Field(default_factory=MfaPreference)


class Device(Result):
    """A device that the user pool knows of a user.

    Attributes:
        key: the device key.
        name: what the program called it that confirmed it.
        last_ip: where it was last seen.
        attributes: all that the service tells, by its names.
        created, modified, last_authenticated: aware datetimes.

    Source: `DeviceType` of the service's model.
    """

    key: str
    name: str | None = None
    last_ip: str | None = None
    attributes: dict[str, str] = Field(default_factory=dict)
    created: datetime | None = None
    modified: datetime | None = None
    last_authenticated: datetime | None = None


def device(shown: devices.DeviceType) -> Device:
    """The service's device in our words."""
    attributes = {each.name: each.value or "" for each in shown.device_attributes or [] if each.name}
    return Device(
        key=shown.device_key or "",
        name=attributes.get("device_name"),
        last_ip=attributes.get("last_ip_used"),
        attributes=attributes,
        created=shown.device_create_date,
        modified=shown.device_last_modified_date,
        last_authenticated=shown.device_last_authenticated_date,
    )
