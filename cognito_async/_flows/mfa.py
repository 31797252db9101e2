"""Second factors: setting up an authenticator app, and which factors a user has."""

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
    """AssociateSoftwareToken, by a signed-in user or within a sign-in: the secret, and the newest `Session`."""
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
    """VerifySoftwareToken; `require_success` looks at the status."""
    request = operations.VerifySoftwareTokenRequest(
        access_token=as_member(access_token),
        session=as_member(session),
        user_code=as_member(code),
        friendly_device_name=device_name,
    )
    return (yield from call(operations.VERIFY_SOFTWARE_TOKEN, request))


def require_success(reply: operations.VerifySoftwareTokenResponse) -> None:
    """Only the status SUCCESS is one."""
    if reply.status != "SUCCESS":
        raise service.EnableSoftwareTokenMFAException(
            "the service did not take the code of the authenticator app",
            code="EnableSoftwareTokenMFAException",
            operation="VerifySoftwareToken",
        )


def set_preference(
    access_token: Secret[str], sms: Choice | None, totp: Choice | None, email: Choice | None
) -> Flow[None]:
    """SetUserMFAPreference; a factor that is `None` stays as it is."""
    request = operations.SetUserMFAPreferenceRequest(
        access_token=as_member(access_token),
        sms_mfa_settings=None if sms is None else operations.SMSMfaSettingsType(**CHOICES[sms]),
        software_token_mfa_settings=None if totp is None else operations.SoftwareTokenMfaSettingsType(**CHOICES[totp]),
        email_mfa_settings=None if email is None else operations.EmailMfaSettingsType(**CHOICES[email]),
    )
    yield from call(operations.SET_USER_MFA_PREFERENCE, request)
