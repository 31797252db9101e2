"""CUSTOM_AUTH: rounds of challenges that the pool's triggers define."""

from __future__ import annotations

from typing import Any, TypedDict

from ..._triggers.custom_challenges import (
    ChallengeResult,
    CreateAuthChallenge,
    CreateAuthChallengeRequest,
    DefineAuthChallenge,
    DefineAuthChallengeRequest,
    VerifyAuthChallengeRequest,
    VerifyAuthChallengeResponse,
)
from ..state.attributes import trigger_attributes
from ..state.checks import user_not_found_flag
from ..state.pending_sign_ins import PendingSignIn, auth_round
from ..state.service_state import ServiceState
from ..state.sign_in_sessions import issue_challenge
from ..triggers.calls import fire, invalid_response
from ..wire.refusals import not_authorized
from ..wire.replies import Reply
from .completion import complete
from .password_challenge import issue_password_verifier


class _Common(TypedDict):
    """The fields that the three events of a round share."""

    user_attributes: dict[str, str]
    client_metadata: dict[str, str]
    user_not_found: bool | None


async def next_round(state: ServiceState, pending: PendingSignIn) -> Reply:
    """Call DefineAuthChallenge, and act on its decision: issue tokens, refuse, or issue a challenge."""
    rounds = pending.rounds or []
    request = DefineAuthChallengeRequest(**_common(pending), session=_results(rounds))
    event = DefineAuthChallenge(
        user_name=pending.name, trigger_source="DefineAuthChallenge_Authentication", request=request
    )
    defined = await fire(state, pending.caller.origin, event)
    if defined.issue_tokens and pending.user is not None:
        return await complete(state, pending, pending.user)
    if defined.fail_authentication or defined.issue_tokens:
        raise not_authorized("Incorrect username or password.")
    match defined.challenge_name:
        case "CUSTOM_CHALLENGE":
            return await _create(state, pending, rounds)
        case "PASSWORD_VERIFIER" if pending.srp_a is not None:
            return await issue_password_verifier(state, pending, pending.srp_a, with_session=True)
        case _:
            raise invalid_response()


async def check_answer(state: ServiceState, pending: PendingSignIn, responses: dict[str, str]) -> Reply:
    """Check one answer, and continue with the next round even if the answer is wrong."""
    request = VerifyAuthChallengeRequest(
        **_common(pending),
        private_challenge_parameters=pending.private_parameters,
        challenge_answer=responses["ANSWER"],
    )
    event = VerifyAuthChallengeResponse(
        user_name=pending.name, trigger_source="VerifyAuthChallengeResponse_Authentication", request=request
    )
    verified = await fire(state, pending.caller.origin, event)
    rounds = list(pending.rounds or [])
    rounds[-1] = {**rounds[-1], "challengeResult": verified.answer_correct is True}
    pending.rounds = rounds
    return await next_round(state, pending)


async def _create(state: ServiceState, pending: PendingSignIn, rounds: list[dict[str, Any]]) -> Reply:
    request = CreateAuthChallengeRequest(
        **_common(pending), challenge_name="CUSTOM_CHALLENGE", session=_results(rounds)
    )
    event = CreateAuthChallenge(
        user_name=pending.name, trigger_source="CreateAuthChallenge_Authentication", request=request
    )
    created = await fire(state, pending.caller.origin, event)
    this = auth_round("CUSTOM_CHALLENGE", succeeded=False, metadata=created.challenge_metadata)
    return issue_challenge(
        state,
        pending,
        "CUSTOM_CHALLENGE",
        {"USERNAME": pending.name, **(created.public_challenge_parameters or {})},
        rounds=[*rounds, this],
        private_parameters=dict(created.private_challenge_parameters or {}),
    )


def _common(pending: PendingSignIn) -> _Common:
    user = pending.user
    return {
        "user_attributes": trigger_attributes(user) if user is not None else {},
        "client_metadata": pending.metadata,
        "user_not_found": user_not_found_flag(pending.client, user),
    }


def _results(rounds: list[dict[str, Any]]) -> list[ChallengeResult]:
    return [ChallengeResult.model_validate(each) for each in rounds]
