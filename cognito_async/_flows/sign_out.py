"""Ending a session at the service, and telling truthfully what became of it.

Rules:
1. RevokeToken ends this session. A token that the service no longer takes is the end of it too: "already".
2. GlobalSignOut ends all sessions. A refusal says that *this* one is over, and nothing about the others:
   "unknown". Only the end of the user is the end of all of them: "already".
3. A reply that was lost is "unknown"; anything that surely did not happen is "failed".
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
    """RevokeToken: this session only."""
    request = operations.RevokeTokenRequest(
        token=as_member(refresh_token),
        client_id=client.client_id,
        client_secret=as_member(client.client_secret),
    )
    yield from call(operations.REVOKE_TOKEN, request)


def sign_out_everywhere(access_token: Secret[str]) -> Flow[None]:
    """GlobalSignOut: every session of the user."""
    yield from call(operations.GLOBAL_SIGN_OUT, operations.GlobalSignOutRequest(access_token=as_member(access_token)))


def remote_outcome(error: CognitoError, *, everywhere: bool, sent: bool) -> Remote:
    """What a failed sign-out says about the sessions at the service; `sent`: it was not only prepared."""
    if error.code == "UserNotFoundException":
        return "already"
    if isinstance(error, (service.NotAuthorizedException, SessionError)):
        return "unknown" if everywhere else "already"
    if not sent:
        return "failed"
    if isinstance(error, TransportError) and not isinstance(error, ConnectFailed):
        return "unknown"
    return "failed"
