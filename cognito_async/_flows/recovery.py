"""The reset of a forgotten password."""

from __future__ import annotations

from .._aws._generated import recovery as operations
from .._core.secret import Secret, as_member
from .context import AppClient, CallerContext
from .protocol import Flow, call


def forgot_password(client: AppClient, username: str, caller: CallerContext) -> Flow[operations.ForgotPasswordResponse]:
    """Call ForgotPassword."""
    request = operations.ForgotPasswordRequest(
        client_id=client.client_id,
        secret_hash=as_member(client.secret_hash(username)),
        username=username,
        client_metadata=caller.metadata,
        user_context_data=caller.user_context_data,
    )
    return (yield from call(operations.FORGOT_PASSWORD, request))


def confirm_forgot_password(
    client: AppClient, username: str, code: Secret[str], password: Secret[str], caller: CallerContext
) -> Flow[None]:
    """Call ConfirmForgotPassword."""
    request = operations.ConfirmForgotPasswordRequest(
        client_id=client.client_id,
        secret_hash=as_member(client.secret_hash(username)),
        username=username,
        confirmation_code=as_member(code),
        password=as_member(password),
        client_metadata=caller.metadata,
        user_context_data=caller.user_context_data,
    )
    yield from call(operations.CONFIRM_FORGOT_PASSWORD, request)
