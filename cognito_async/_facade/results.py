"""The results of the calls: small typed values that can be dumped, copied and put into an OpenAPI schema."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from .._aws._generated import common, devices
from .._core.errors import CognitoError
from .._flows.sign_out import Remote
from .._session.outcomes import SignOutOutcome
from .._tokens.tokens import Tokens as Tokens  # noqa: PLC0414 - re-exported under this name


class Result(BaseModel):
    """Base of the results. They show no secrets."""

    model_config = ConfigDict(frozen=True)

    def __getstate__(self) -> dict[Any, Any]:
        # Private members hold a `Session`, a secret, so pickles leave them out.
        state = super().__getstate__()
        private = state["__pydantic_private__"]
        return {**state, "__pydantic_private__": private and dict.fromkeys(private)}


class CodeDelivery(Result):
    """The address to which the service sent a code. Show it to the user.

    Attributes:
        destination: the address or phone number, masked by the service (`a***@e***`).
        medium: `"EMAIL"` or `"SMS"`.
        attribute: the attribute that the code verifies, such as `"email"`.

    Source: `CodeDeliveryDetailsType` of the service's model.
    """

    destination: str | None = None
    medium: str | None = None
    attribute: str | None = None


def _error_name(error: CognitoError | None) -> str | None:
    return None if error is None else error.code or type(error).__name__


class SignOutResult(Result):
    """The result of `sign_out`. The local session has always ended; `remote` says what happened at the service.

    Attributes:
        remote: what happened at the service to the session (with `global_`, to all sessions of the user).
            `"done"`: this call ended it. `"already"`: it had ended before. `"unknown"`: it may have ended, such as
            after a lost reply. `"failed"`: it has not ended. `"none"`: the service was not called, because the user
            was not signed in or had no refresh token.
        error: the error that led to `"already"`, `"unknown"` or `"failed"`; `None` otherwise.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    remote: Remote
    error: Annotated[
        CognitoError | None,
        PlainSerializer(_error_name, return_type=str | None),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ] = None


class VerifiedContacts(Result):
    """The user's e-mail address and phone number. `forgot_password` sends codes only to verified ones.

    Attributes:
        verified: the verified values by attribute name, `"email"` or `"phone_number"`.
        unverified: the unverified values by attribute name.
    """

    verified: dict[str, str]
    unverified: dict[str, str]


class MfaPreference(Result):
    """The second factors that are enabled for a user, by the service's names.

    Attributes:
        preferred: the factor that a sign-in asks for; `None` if the user prefers none.
        enabled: all enabled factors, such as `("SMS_MFA", "SOFTWARE_TOKEN_MFA")`.
    """

    preferred: str | None = None
    enabled: tuple[str, ...] = ()


class AuthFactors(Result):
    """The factors with which a user can sign in.

    Attributes:
        first: the first factors, such as `("PASSWORD", "EMAIL_OTP")`.
        mfa: the second factors.

    Source: GetUserAuthFactors.
    """

    first: tuple[str, ...] = ()
    mfa: MfaPreference = Field(default_factory=MfaPreference)


class Device(Result):
    """A user's device, as the user pool has registered it.

    Attributes:
        key: the device key.
        name: the name under which the program registered the device.
        last_ip: the IP address from which the device was last used.
        attributes: all attributes of the device, by the service's names.
        created: the time of the registration, with a time zone.
        modified: the time of the last change, with a time zone.
        last_authenticated: the time of the last sign-in on the device, with a time zone.

    Source: `DeviceType` of the service's model.
    """

    key: str
    name: str | None = None
    last_ip: str | None = None
    attributes: dict[str, str] = Field(default_factory=dict)
    created: datetime | None = None
    modified: datetime | None = None
    last_authenticated: datetime | None = None


def signed_out(outcome: SignOutOutcome) -> SignOutResult:
    """Convert the outcome of a sign-out."""
    return SignOutResult(remote=outcome.remote, error=outcome.error)


def code_delivery(details: common.CodeDeliveryDetailsType | None) -> CodeDelivery | None:
    """Convert the service's delivery details; return `None` if there are none."""
    if details is None:
        return None
    return CodeDelivery(
        destination=details.destination, medium=details.delivery_medium, attribute=details.attribute_name
    )


def device(device_type: devices.DeviceType) -> Device:
    """Convert a device of the service."""
    attributes = {each.name: each.value or "" for each in device_type.device_attributes or [] if each.name}
    return Device(
        key=device_type.device_key or "",
        name=attributes.get("device_name"),
        last_ip=attributes.get("last_ip_used"),
        attributes=attributes,
        created=device_type.device_create_date,
        modified=device_type.device_last_modified_date,
        last_authenticated=device_type.device_last_authenticated_date,
    )
