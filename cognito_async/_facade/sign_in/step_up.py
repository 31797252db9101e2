"""Step-up: stronger authentication of a signed-in user, as a separate sign-in."""

from __future__ import annotations

from dataclasses import replace

from ..._client.call_options import CallOptions
from ..._core.errors import ConfigurationError
from ..._session.token_calls import REFUSALS, check_refused
from ..._session.user_session import UserSession
from ..._session.valid_tokens import freshest
from ..._tokens.bearer import access_token
from ..user.user import StepUpRequest
from ..users import Users
from . import results
from .context import SignInContext
from .running import OnChallenge, run_sign_in
from .starting import check_device, check_preferred, start, step_up_parameters


async def step_up(
    users: Users,
    session: UserSession,
    request: StepUpRequest,
    call: CallOptions,
    on_challenge: OnChallenge | None,
) -> results.SignInResult:
    """Start USER_AUTH for a signed-in user. The access token proves the earlier authentication."""
    preferred = check_preferred(request.preferred_challenge, request.password)
    levels = step_up_parameters(request.target_acr_values, request.max_age)
    if "TARGET_ACR_VALUES" not in levels:
        raise ConfigurationError("target_acr_values must name at least one level to reach")
    client = session.client
    device = check_device(request.device, client)
    deadline = client.deadline(call.timeout)
    tokens = session.check_signed_in(await freshest(session, session.tokens, client.caller(), deadline))
    try:
        return await run_sign_in(
            SignInContext(users, session.registry, device or session.device, session.username),
            start("USER_AUTH", request.password, preferred, {**levels, "ACCESS_TOKEN": access_token(tokens)}),
            replace(call, timeout=deadline),
            on_challenge,
        )
    except REFUSALS as error:
        if error.operation == "InitiateAuth":  # the only request that contains the access token
            await check_refused(session, tokens, error, deadline, has_proof=request.password is not None)
        raise
