"""The two calls of a sign-in. For an administrator, they have another name, a user pool id and a signature."""

from __future__ import annotations

from typing import TypeAlias

from .._aws._generated import admin_sign_in as admin
from .._aws._generated import sign_in as operations
from .._core.errors import ConfigurationError
from .._core.secret import Secret, Texts, as_member, as_members
from .context import CallerContext, PendingChallenge, SignIn
from .protocol import Flow, call

_ByUser: TypeAlias = "operations.InitiateAuthResponse | operations.RespondToAuthChallengeResponse"
_ByAdmin: TypeAlias = "admin.AdminInitiateAuthResponse | admin.AdminRespondToAuthChallengeResponse"
AuthReply: TypeAlias = "_ByUser | _ByAdmin"


def initiate(sign_in: SignIn, flow: str, parameters: Texts, session: Secret[str] | None = None) -> Flow[AuthReply]:
    """Call InitiateAuth or AdminInitiateAuth."""
    client, caller = sign_in.client, sign_in.caller
    if sign_in.by_admin:
        _check_user_context(caller)
        request = admin.AdminInitiateAuthRequest(
            user_pool_id=client.user_pool_id,
            client_id=client.client_id,
            auth_flow=flow,
            auth_parameters=as_members(client.with_secret_hash(parameters)),
            session=as_member(session),
            client_metadata=caller.metadata,
        )
        return (yield from call(admin.ADMIN_INITIATE_AUTH, request))
    return (
        yield from call(
            operations.INITIATE_AUTH,
            operations.InitiateAuthRequest(
                client_id=client.client_id,
                auth_flow=flow,
                auth_parameters=as_members(client.with_secret_hash(parameters)),
                session=as_member(session),
                client_metadata=caller.metadata,
                user_context_data=caller.user_context_data,
            ),
        )
    )


def respond(sign_in: SignIn, challenge: PendingChallenge, responses: Texts) -> Flow[AuthReply]:
    """Call RespondToAuthChallenge or AdminRespondToAuthChallenge."""
    client, caller = sign_in.client, sign_in.caller
    if sign_in.by_admin:
        _check_user_context(caller)
        request = admin.AdminRespondToAuthChallengeRequest(
            user_pool_id=client.user_pool_id,
            client_id=client.client_id,
            challenge_name=challenge.name,
            session=as_member(challenge.session),
            challenge_responses=as_members(client.with_secret_hash(responses)),
            client_metadata=caller.metadata,
        )
        return (yield from call(admin.ADMIN_RESPOND_TO_AUTH_CHALLENGE, request))
    return (
        yield from call(
            operations.RESPOND_TO_AUTH_CHALLENGE,
            operations.RespondToAuthChallengeRequest(
                client_id=client.client_id,
                challenge_name=challenge.name,
                session=as_member(challenge.session),
                challenge_responses=as_members(client.with_secret_hash(responses)),
                client_metadata=caller.metadata,
                user_context_data=caller.user_context_data,
            ),
        )
    )


def _check_user_context(caller: CallerContext) -> None:
    if caller.user_context is not None:
        raise ConfigurationError(
            "user_context must be None in an administrator's sign-in, whose calls do not accept it"
        )
