"""What the calls return: small typed values that dump, copy and appear in an OpenAPI page, and hold nothing secret."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema

from .._aws._generated import common, devices
from .._core.errors import CognitoError
from .._flows.sign_out import Remote
from .._session.outcomes import SignOutOutcome
from .._tokens.tokens import Tokens as Tokens  # noqa: PLC0414 - by this name the facade knows it


class Result(BaseModel):
    """Base of the results."""

    model_config = ConfigDict(frozen=True)

    def __getstate__(self) -> dict[Any, Any]:
        # Private members carry a `Session`: they stay in this process.
        state = super().__getstate__()
        private = state["__pydantic_private__"]
        return {**state, "__pydantic_private__": private and dict.fromkeys(private)}


class CodeDelivery(Result):
    """Where the service sent a code, to tell the user where to look.

    Attributes:
        destination: the address, masked by the service (`a***@e***`).
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
    """What `sign_out` returns: here the session has ended in any case, `remote` tells about the service.

    Attributes:
        remote: `"done"`: the service ended what was asked for. `"already"`: it was over before.
            `"unknown"`: it may or may not have. `"failed"`: it has not. `"none"`: there was nothing to end there.
        error: why, where `remote` is not `"done"` or `"none"`.
    """

    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)

    remote: Remote
    error: Annotated[
        CognitoError | None,
        PlainSerializer(_error_name, return_type=str | None),
        WithJsonSchema({"anyOf": [{"type": "string"}, {"type": "null"}]}),
    ] = None


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


def signed_out(outcome: SignOutOutcome) -> SignOutResult:
    """The outcome of a session's end as a result."""
    return SignOutResult(remote=outcome.remote, error=outcome.error)


def code_delivery(details: common.CodeDeliveryDetailsType | None) -> CodeDelivery | None:
    """The service's delivery details in our words."""
    if details is None:
        return None
    return CodeDelivery(
        destination=details.destination, medium=details.delivery_medium, attribute=details.attribute_name
    )


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
