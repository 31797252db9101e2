"""Making an account: one request each."""

from __future__ import annotations

from collections.abc import Mapping

from .._generated.common import AttributeType
from .._generated.sign_up import (
    CONFIRM_SIGN_UP,
    RESEND_CONFIRMATION_CODE,
    SIGN_UP,
    ConfirmSignUpRequest,
    ConfirmSignUpResponse,
    ResendConfirmationCodeRequest,
    ResendConfirmationCodeResponse,
    SignUpRequest,
    SignUpResponse,
)
from .context import AppClient, CallerContext
from .protocol import Flow, call


def sign_up(
    client: AppClient,
    username: str,
    password: str | None,
    attributes: Mapping[str, str],
    validation_data: Mapping[str, str],
    caller: CallerContext,
) -> Flow[SignUpResponse]:
    """SignUp."""
    request = SignUpRequest(
        client_id=client.client_id,
        secret_hash=client.secret_hash(username),
        username=username,
        password=password,
        user_attributes=_pairs(attributes),
        validation_data=_pairs(validation_data),
        client_metadata=caller.metadata,
        user_context_data=caller.user_context_data,
    )
    return (yield from call(SIGN_UP, request))


def confirm_sign_up(
    client: AppClient,
    username: str,
    code: str,
    session: str | None,
    force_alias_creation: bool | None,
    caller: CallerContext,
) -> Flow[ConfirmSignUpResponse]:
    """ConfirmSignUp."""
    request = ConfirmSignUpRequest(
        client_id=client.client_id,
        secret_hash=client.secret_hash(username),
        username=username,
        confirmation_code=code,
        session=session,
        force_alias_creation=force_alias_creation,
        client_metadata=caller.metadata,
        user_context_data=caller.user_context_data,
    )
    return (yield from call(CONFIRM_SIGN_UP, request))


def resend_sign_up(client: AppClient, username: str, caller: CallerContext) -> Flow[ResendConfirmationCodeResponse]:
    """ResendConfirmationCode."""
    request = ResendConfirmationCodeRequest(
        client_id=client.client_id,
        secret_hash=client.secret_hash(username),
        username=username,
        client_metadata=caller.metadata,
        user_context_data=caller.user_context_data,
    )
    return (yield from call(RESEND_CONFIRMATION_CODE, request))


def _pairs(texts: Mapping[str, str]) -> list[AttributeType] | None:
    return [AttributeType(name=name, value=value) for name, value in texts.items()] or None
