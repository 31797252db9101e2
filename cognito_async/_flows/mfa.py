"""Second factors: setting up an authenticator app, and which factors a user has."""

from __future__ import annotations

from .._generated import errors as service
from .._generated.mfa import (
    ASSOCIATE_SOFTWARE_TOKEN,
    VERIFY_SOFTWARE_TOKEN,
    AssociateSoftwareTokenRequest,
    AssociateSoftwareTokenResponse,
    VerifySoftwareTokenRequest,
    VerifySoftwareTokenResponse,
)
from .._ground.errors import InvalidReply
from .protocol import Flow, call


def associate(*, access_token: str | None = None, session: str | None = None) -> Flow[AssociateSoftwareTokenResponse]:
    """AssociateSoftwareToken, by a signed-in user or within a sign-in; the reply surely has a secret."""
    request = AssociateSoftwareTokenRequest(access_token=access_token, session=session)
    reply = yield from call(ASSOCIATE_SOFTWARE_TOKEN, request)
    if not reply.secret_code:
        raise InvalidReply("the reply to AssociateSoftwareToken has no SecretCode", operation="AssociateSoftwareToken")
    return reply


def verify(
    code: str, device_name: str | None, *, access_token: str | None = None, session: str | None = None
) -> Flow[VerifySoftwareTokenResponse]:
    """VerifySoftwareToken; only the status SUCCESS is one."""
    request = VerifySoftwareTokenRequest(
        access_token=access_token, session=session, user_code=code, friendly_device_name=device_name
    )
    reply = yield from call(VERIFY_SOFTWARE_TOKEN, request)
    if reply.status != "SUCCESS":
        raise service.EnableSoftwareTokenMFAException(
            "the service did not take the code of the authenticator app",
            code="EnableSoftwareTokenMFAException",
            operation="VerifySoftwareToken",
        )
    return reply
