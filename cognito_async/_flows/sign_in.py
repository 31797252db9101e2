"""How a sign-in begins: one flow for each `AuthFlow`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from .._crypto.srp import SrpClient
from .._generated.sign_in import INITIATE_AUTH, InitiateAuthRequest, InitiateAuthResponse
from .._ground.redact import Masked
from .challenges import settle
from .context import SignIn
from .protocol import Flow, Outcome, call, paused

SignInFlow = Literal["USER_SRP_AUTH", "USER_PASSWORD_AUTH"]


def with_srp(sign_in: SignIn, password: Masked, new_srp: Callable[[str], SrpClient] = SrpClient) -> Flow[Outcome]:
    """USER_SRP_AUTH: the password never leaves this process."""
    srp = new_srp(sign_in.client.pool_name)
    srp_a = yield from paused(srp.start_steps(), urgent=False)
    sign_in.handshake = (srp, password)
    reply = yield from initiate(sign_in, "USER_SRP_AUTH", {"SRP_A": srp_a})
    return (yield from settle(sign_in, reply))


def with_password(sign_in: SignIn, password: Masked) -> Flow[Outcome]:
    """USER_PASSWORD_AUTH: the password is sent, for pools that migrate users or clients that allow nothing else."""
    reply = yield from initiate(sign_in, "USER_PASSWORD_AUTH", {"PASSWORD": password})
    return (yield from settle(sign_in, reply))


def initiate(sign_in: SignIn, flow: str, parameters: dict[str, str]) -> Flow[InitiateAuthResponse]:
    """The first request of a sign-in, under the name that the user typed."""
    request = InitiateAuthRequest(
        client_id=sign_in.client.client_id,
        auth_flow=flow,
        auth_parameters=sign_in.client.with_secret_hash({"USERNAME": sign_in.username, **parameters}),
        client_metadata=sign_in.caller.metadata,
        user_context_data=sign_in.caller.user_context_data,
    )
    return (yield from call(INITIATE_AUTH, request))
