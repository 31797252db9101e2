"""CUSTOM_AUTH: what comes next is decided by the pool's triggers, round by round."""

from __future__ import annotations

from typing import Any, cast

from ..state.entities import PendingSignIn
from ..state.pending_sign_ins import issue_challenge
from ..state.service_state import ServiceState
from ..state.triggers import Trigger, attributes_of, run, texts, unrecognizable
from ..wire.refusals import not_authorized
from ..wire.replies import Reply
from .completion import complete
from .password_challenge import issue_password_verifier


async def next_round(state: ServiceState, pending: PendingSignIn) -> Reply:
    """Ask DefineAuthChallenge what is next: tokens, the end, or one more challenge."""
    rounds = pending.rounds or []
    defined = await _run(
        pending,
        pending.pool.settings.triggers.define_auth_challenge,
        "DefineAuthChallenge",
        {"session": rounds},
        {"challengeName": None, "issueTokens": None, "failAuthentication": None},
    )
    if defined.get("issueTokens") is True and pending.user is not None:
        return await complete(state, pending, pending.user)
    if defined.get("failAuthentication") is True or defined.get("issueTokens") is True:
        raise not_authorized("Incorrect username or password.")
    match defined.get("challengeName"):
        case "CUSTOM_CHALLENGE":
            return await _create(state, pending, rounds)
        case "PASSWORD_VERIFIER" if pending.srp_a is not None:
            return await issue_password_verifier(state, pending, pending.srp_a, with_session=True)
        case _:
            raise unrecognizable()


async def judge(state: ServiceState, pending: PendingSignIn, answer: str) -> Reply:
    """One answer, right or wrong, and what DefineAuthChallenge makes of it."""
    verdict = await _run(
        pending,
        pending.pool.settings.triggers.verify_auth_challenge_response,
        "VerifyAuthChallengeResponse",
        {"privateChallengeParameters": pending.private_parameters, "challengeAnswer": answer},
        {"answerCorrect": None},
    )
    rounds = list(pending.rounds or [])
    rounds[-1] = {**rounds[-1], "challengeResult": verdict.get("answerCorrect") is True}
    pending.rounds = rounds
    return await next_round(state, pending)


async def _create(state: ServiceState, pending: PendingSignIn, rounds: list[dict[str, Any]]) -> Reply:
    created = await _run(
        pending,
        pending.pool.settings.triggers.create_auth_challenge,
        "CreateAuthChallenge",
        {"session": rounds, "challengeName": "CUSTOM_CHALLENGE"},
        {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None},
    )
    this: dict[str, Any] = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False}
    if created.get("challengeMetadata") is not None:
        this["challengeMetadata"] = created["challengeMetadata"]
    return issue_challenge(
        state,
        pending,
        "CUSTOM_CHALLENGE",
        {"USERNAME": pending.name, **texts(created, "publicChallengeParameters")},
        rounds=[*rounds, this],
        private_parameters=texts(created, "privateChallengeParameters"),
    )


async def _run(
    pending: PendingSignIn, trigger: Trigger | None, name: str, request: dict[str, Any], response: dict[str, Any]
) -> dict[str, Any]:
    user = pending.user
    common = {
        "userAttributes": attributes_of(user) if user is not None else {},
        "clientMetadata": pending.metadata,
        **({"userNotFound": True} if user is None else {}),
    }
    source = f"{name}_Authentication"
    # All three are there: InitiateAuth has looked.
    return await run(
        cast("Trigger", trigger),
        name,
        source,
        pending.pool,
        pending.client.id,
        pending.name,
        {**common, **request},
        response,
    )
