"""CUSTOM_AUTH: what comes next is decided by the pool's triggers, round by round."""

from __future__ import annotations

from typing import Any, cast

from ..state.entities import Attempt
from ..state.pending_sign_ins import ask
from ..state.service_state import State
from ..state.triggers import Trigger, attributes_of, run, texts, unrecognizable
from ..wire.replies import Reply, not_authorized
from .completion import complete
from .password_challenge import ask_proof


async def next_round(state: State, attempt: Attempt) -> Reply:
    """Ask DefineAuthChallenge what is next: tokens, the end, or one more challenge."""
    rounds = attempt.rounds or []
    defined = await _run(
        attempt,
        attempt.pool.settings.triggers.define_auth_challenge,
        "DefineAuthChallenge",
        {"session": rounds},
        {"challengeName": None, "issueTokens": None, "failAuthentication": None},
    )
    if defined.get("issueTokens") is True and attempt.user is not None:
        return await complete(state, attempt, attempt.user)
    if defined.get("failAuthentication") is True or defined.get("issueTokens") is True:
        raise not_authorized("Incorrect username or password.")
    match defined.get("challengeName"):
        case "CUSTOM_CHALLENGE":
            return await _create(state, attempt, rounds)
        case "PASSWORD_VERIFIER" if attempt.srp_a is not None:
            return await ask_proof(state, attempt, attempt.srp_a, with_session=True)
        case _:
            raise unrecognizable()


async def judge(state: State, attempt: Attempt, answer: str) -> Reply:
    """One answer, right or wrong, and what DefineAuthChallenge makes of it."""
    verdict = await _run(
        attempt,
        attempt.pool.settings.triggers.verify_auth_challenge_response,
        "VerifyAuthChallengeResponse",
        {"privateChallengeParameters": attempt.private_parameters, "challengeAnswer": answer},
        {"answerCorrect": None},
    )
    rounds = list(attempt.rounds or [])
    rounds[-1] = {**rounds[-1], "challengeResult": verdict.get("answerCorrect") is True}
    attempt.rounds = rounds
    return await next_round(state, attempt)


async def _create(state: State, attempt: Attempt, rounds: list[dict[str, Any]]) -> Reply:
    created = await _run(
        attempt,
        attempt.pool.settings.triggers.create_auth_challenge,
        "CreateAuthChallenge",
        {"session": rounds, "challengeName": "CUSTOM_CHALLENGE"},
        {"publicChallengeParameters": None, "privateChallengeParameters": None, "challengeMetadata": None},
    )
    this: dict[str, Any] = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False}
    if created.get("challengeMetadata") is not None:
        this["challengeMetadata"] = created["challengeMetadata"]
    return ask(
        state,
        attempt,
        "CUSTOM_CHALLENGE",
        {"USERNAME": attempt.name, **texts(created, "publicChallengeParameters")},
        rounds=[*rounds, this],
        private_parameters=texts(created, "privateChallengeParameters"),
    )


async def _run(
    attempt: Attempt, trigger: Trigger | None, name: str, request: dict[str, Any], response: dict[str, Any]
) -> dict[str, Any]:
    user = attempt.user
    common = {
        "userAttributes": attributes_of(user) if user is not None else {},
        "clientMetadata": attempt.metadata,
        **({"userNotFound": True} if user is None else {}),
    }
    source = f"{name}_Authentication"
    # All three are there: InitiateAuth has looked.
    return await run(
        cast("Trigger", trigger),
        name,
        source,
        attempt.pool,
        attempt.client.id,
        attempt.name,
        {**common, **request},
        response,
    )
