"""Second factors: set up an authenticator app, and choose which factors a user has."""

from __future__ import annotations

from typing import Literal

from .._aws._generated import errors as service
from .._aws._generated import mfa as operations
from .._core.errors import InvalidReply
from .._core.secret import Secret, as_member
from .context import open_session
from .protocol import Flow, call

Choice = Literal["PREFERRED", "NOT_PREFERRED", "ENABLED", "DISABLED"]
CHOICES: dict[Choice, dict[str, bool]] = {
    "PREFERRED": {"enabled": True, "preferred_mfa": True},
    "NOT_PREFERRED": {"enabled": True, "preferred_mfa": False},
    "ENABLED": {"enabled": True},
    "DISABLED": {"enabled": False},
}


def associate(
    *, access_token: Secret[str] | None = None, session: Secret[str] | None = None
) -> Flow[tuple[Secret[str], Secret[str] | None]]:
    """Call AssociateSoftwareToken; return the secret, and the newest `Session`.

    A signed-in user passes `access_token`, a sign-in in progress passes `session`.
    """
    request = operations.AssociateSoftwareTokenRequest(access_token=as_member(access_token), session=as_member(session))
    reply = yield from call(operations.ASSOCIATE_SOFTWARE_TOKEN, request)
    if not reply.secret_code:
        raise InvalidReply("the reply to AssociateSoftwareToken has no SecretCode", operation="AssociateSoftwareToken")
    return Secret(reply.secret_code), open_session(reply)


def verify(
    code: Secret[str],
    device_name: str | None,
    *,
    access_token: Secret[str] | None = None,
    session: Secret[str] | None = None,
) -> Flow[operations.VerifySoftwareTokenResponse]:
    """Call VerifySoftwareToken. The caller checks the status with `require_success`."""
    request = operations.VerifySoftwareTokenRequest(
        access_token=as_member(access_token),
        session=as_member(session),
        user_code=as_member(code),
        friendly_device_name=device_name,
    )
    return (yield from call(operations.VERIFY_SOFTWARE_TOKEN, request))


def require_success(reply: operations.VerifySoftwareTokenResponse) -> None:
    """Check that the status is SUCCESS.

    Raises:
        EnableSoftwareTokenMFAException: if it is another status.
    """
    if reply.status != "SUCCESS":
        raise service.EnableSoftwareTokenMFAException(
            "the service rejected the code of the authenticator app",
            code="EnableSoftwareTokenMFAException",
            operation="VerifySoftwareToken",
        )


def set_preference(
    access_token: Secret[str], sms: Choice | None, totp: Choice | None, email: Choice | None
) -> Flow[None]:
    """Call SetUserMFAPreference. A factor whose argument is `None` does not change."""
    request = operations.SetUserMFAPreferenceRequest(
        access_token=as_member(access_token),
        sms_mfa_settings=None if sms is None else operations.SMSMfaSettingsType(**CHOICES[sms]),
        software_token_mfa_settings=None if totp is None else operations.SoftwareTokenMfaSettingsType(**CHOICES[totp]),
        email_mfa_settings=None if email is None else operations.EmailMfaSettingsType(**CHOICES[email]),
    )
    yield from call(operations.SET_USER_MFA_PREFERENCE, request)
