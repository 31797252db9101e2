"""Sign-out at the service, and its result.

Rules:
1. RevokeToken ends this session. If the service no longer accepts the token, the session had ended before: "already".
2. GlobalSignOut ends all sessions. A refusal means that *this* one has ended, but the others may be valid: "unknown".
   If the user no longer exists, all sessions have ended: "already".
3. If a reply is lost, the result is "unknown". If the service has certainly not ended the session, it is "failed".
"""

from __future__ import annotations

from typing import Literal

from .._aws._generated import errors as service
from .._aws._generated import sign_in as operations
from .._core.errors import CognitoError, ConnectFailed, SessionError, TransportError
from .._core.secret import Secret, as_member
from .context import AppClient
from .protocol import Flow, call

Remote = Literal["done", "already", "unknown", "failed", "none"]


def revoke(client: AppClient, refresh_token: Secret[str]) -> Flow[None]:
    """Call RevokeToken, which ends this session only."""
    request = operations.RevokeTokenRequest(
        token=as_member(refresh_token),
        client_id=client.client_id,
        client_secret=as_member(client.client_secret),
    )
    yield from call(operations.REVOKE_TOKEN, request)


def sign_out_everywhere(access_token: Secret[str]) -> Flow[None]:
    """Call GlobalSignOut, which ends every session of the user."""
    yield from call(operations.GLOBAL_SIGN_OUT, operations.GlobalSignOutRequest(access_token=as_member(access_token)))


def remote_outcome(error: CognitoError, *, everywhere: bool, sent: bool) -> Remote:
    """Return the result of a sign-out that failed with this error. `sent`: whether its request may have been sent."""
    if error.code == "UserNotFoundException":
        return "already"
    if isinstance(error, (service.NotAuthorizedException, SessionError)):
        return "unknown" if everywhere else "already"
    if not sent:
        return "failed"
    is_lost = isinstance(error, TransportError) and not isinstance(error, ConnectFailed)
    return "unknown" if is_lost or error.reply_was_lost else "failed"
