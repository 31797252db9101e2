"""AdminInitiateAuth and AdminRespondToAuthChallenge: a server signs its users in.

All later steps are the same as after InitiateAuth and RespondToAuthChallenge, so a sign-in may mix the operations of
both pairs.
"""

from __future__ import annotations

from ..settings.client import AuthFlow
from ..sign_in.challenges import respond
from ..sign_in.initiate import COMMON_FLOWS, Flows, initiate
from ..state.service_state import ServiceState
from ..wire.replies import Reply
from ..wire.requests import Request

_NEEDED: tuple[AuthFlow, str] = ("ALLOW_ADMIN_USER_PASSWORD_AUTH", "Auth flow not enabled for this client")
# ADMIN_NO_SRP_AUTH is the old name of ADMIN_USER_PASSWORD_AUTH.
_FLOWS: Flows = {**COMMON_FLOWS, "ADMIN_USER_PASSWORD_AUTH": _NEEDED, "ADMIN_NO_SRP_AUTH": _NEEDED}


async def admin_initiate_auth(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"], request["UserPoolId"])
    return await initiate(state, pool, client, request, _FLOWS)


async def admin_respond_to_auth_challenge(state: ServiceState, request: Request) -> Reply:
    pool, client = state.client(request["ClientId"], request["UserPoolId"])
    return await respond(state, pool, client, request)
