"""The registration of an account: sign up, confirm, send another code."""

from __future__ import annotations

from collections.abc import Mapping

from .._aws._generated import common
from .._aws._generated import sign_up as operations
from .._core.secret import Secret, as_member
from .context import AppClient, CallerContext
from .protocol import Flow, call


def sign_up(
    client: AppClient,
    username: str,
    password: Secret[str] | None,
    attributes: Mapping[str, str],
    validation_data: Mapping[str, str],
    caller: CallerContext,
) -> Flow[operations.SignUpResponse]:
    """Call SignUp."""
    request = operations.SignUpRequest(
        client_id=client.client_id,
        secret_hash=as_member(client.secret_hash(username)),
        username=username,
        password=as_member(password),
        user_attributes=_pairs(attributes),
        validation_data=_pairs(validation_data),
        client_metadata=caller.metadata,
        user_context_data=caller.user_context_data,
    )
    return (yield from call(operations.SIGN_UP, request))


def confirm_sign_up(
    client: AppClient,
    username: str,
    code: Secret[str],
    session: Secret[str] | None,
    force_alias_creation: bool | None,
    caller: CallerContext,
) -> Flow[operations.ConfirmSignUpResponse]:
    """Call ConfirmSignUp."""
    request = operations.ConfirmSignUpRequest(
        client_id=client.client_id,
        secret_hash=as_member(client.secret_hash(username)),
        username=username,
        confirmation_code=as_member(code),
        session=as_member(session),
        force_alias_creation=force_alias_creation,
        client_metadata=caller.metadata,
        user_context_data=caller.user_context_data,
    )
    return (yield from call(operations.CONFIRM_SIGN_UP, request))


def resend_sign_up(
    client: AppClient, username: str, caller: CallerContext
) -> Flow[operations.ResendConfirmationCodeResponse]:
    """Call ResendConfirmationCode."""
    request = operations.ResendConfirmationCodeRequest(
        client_id=client.client_id,
        secret_hash=as_member(client.secret_hash(username)),
        username=username,
        client_metadata=caller.metadata,
        user_context_data=caller.user_context_data,
    )
    return (yield from call(operations.RESEND_CONFIRMATION_CODE, request))


def _pairs(texts: Mapping[str, str]) -> list[common.AttributeType] | None:
    return [common.AttributeType(name=name, value=value) for name, value in texts.items()] or None
