"""The exchange of a refresh token for new tokens."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Literal, NamedTuple

from .._aws._generated import sign_in as operations
from .._aws.codes import is_unknown_operation
from .._core.errors import ServiceError, SessionExpired, convert_error
from .._core.secret import Secret, Text, as_member, as_members
from .._tokens import bearer
from .challenges import read_tokens
from .context import AppClient, CallerContext
from .protocol import Flow, call

if TYPE_CHECKING:
    from .._tokens.tokens import Tokens

RefreshFlow = Literal["GetTokensFromRefreshToken", "REFRESH_TOKEN_AUTH"]

# The errors on which AWS Amplify for JavaScript drops the tokens. The service's model lacks one of them.
_ENDS_SESSION = frozenset(
    {
        "NotAuthorizedException",
        "PasswordResetRequiredException",
        "RefreshTokenReuseException",
        "TokenRevokedException",
        "UserNotConfirmedException",
        "UserNotFoundException",
    }
)


class Refreshed(NamedTuple):
    """The new tokens, the flow that worked, and whether the service has replaced the refresh token."""

    tokens: Tokens
    flow: RefreshFlow
    rotated: bool


def refresh(
    client: AppClient,
    username: str,
    tokens: Tokens,
    device: str | None,
    caller: CallerContext,
    flow: RefreshFlow | None,
    rotating: bool = True,
) -> Flow[Refreshed]:
    """Refresh by GetTokensFromRefreshToken, or by REFRESH_TOKEN_AUTH if the server does not support that operation.

    Args:
        client: the app client.
        username: the user's name, for the secret hash of REFRESH_TOKEN_AUTH.
        tokens: the tokens to refresh.
        device: the key of the session's device; a pool that tracks devices refuses a refresh without it.
        caller: the metadata and user context of the requests.
        flow: the only flow to use; with `None`, try both.
        rotating: whether the service may replace the refresh token. If not, a request whose reply is lost is retried.

    Raises:
        SessionExpired: if there is no refresh token, or the service refuses it, which ends the attempts.
    """
    refresh_token = bearer.refresh_token(tokens)
    if refresh_token is None:
        raise SessionExpired("there is no refresh token: sign in again")
    try:
        if flow != "REFRESH_TOKEN_AUTH":
            try:
                tokens = yield from _get_tokens(client, refresh_token, device, caller, rotating)
                return Refreshed(tokens, "GetTokensFromRefreshToken", bearer.refresh_token(tokens) != refresh_token)
            except ServiceError as error:
                if flow is not None or not is_unknown_operation(error):
                    raise
        tokens = yield from _refresh_token_auth(client, username, refresh_token, device, caller)
        return Refreshed(tokens, "REFRESH_TOKEN_AUTH", bearer.refresh_token(tokens) != refresh_token)
    except ServiceError as error:
        if error.code not in _ENDS_SESSION:
            raise
        # Check the message, because a wrong client secret causes an error of the same type. That is a mistake in the
        # program, and does not end the session.
        if client.client_secret is not None and "secret" in error.message.lower():
            raise
        message = f"the service refused the refresh token, sign in again: {error.message}"
        raise convert_error(error, SessionExpired, message) from None


def _get_tokens(
    client: AppClient, refresh_token: Secret[str], device: str | None, caller: CallerContext, rotating: bool
) -> Flow[Tokens]:
    request = operations.GetTokensFromRefreshTokenRequest(
        refresh_token=as_member(refresh_token),
        client_id=client.client_id,
        client_secret=as_member(client.client_secret),
        device_key=device,
        client_metadata=caller.metadata,
    )
    reply = yield from call(replace(operations.GET_TOKENS_FROM_REFRESH_TOKEN, repeatable=not rotating), request)
    return read_tokens(reply.authentication_result, refresh_token=refresh_token)


def _refresh_token_auth(
    client: AppClient, username: str, refresh_token: Secret[str], device: str | None, caller: CallerContext
) -> Flow[Tokens]:
    parameters: dict[str, Text] = {"REFRESH_TOKEN": refresh_token}
    if (digest := client.secret_hash(username)) is not None:
        parameters["SECRET_HASH"] = digest
    if device is not None:
        parameters["DEVICE_KEY"] = device
    request = operations.InitiateAuthRequest(
        client_id=client.client_id,
        auth_flow="REFRESH_TOKEN_AUTH",
        auth_parameters=as_members(parameters),
        client_metadata=caller.metadata,
        user_context_data=caller.user_context_data,
    )
    reply = yield from call(operations.INITIATE_AUTH, request)
    return read_tokens(reply.authentication_result, refresh_token=refresh_token)
