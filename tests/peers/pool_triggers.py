"""A sample of Lambda handlers, sync and async: custom challenges, claims of tokens, and users of another directory.

`pool.toml` names them.
"""

from __future__ import annotations

from typing import Any

from cognito_async.triggers import (
    CreateAuthChallenge,
    DefineAuthChallenge,
    PreTokenGenerationV2,
    UserMigration,
    VerifyAuthChallengeResponse,
)

# In the other directory, each user with such a name has this password.
MOVED, OLD_PASSWORD = "moved-", "0ld-passw0rd"


def define(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Require two right answers. If the client began with SRP, first require the proof of the password."""
    sign_in = DefineAuthChallenge.parse(event)
    asked = [each for each in sign_in.request.session if each.challenge_name == "CUSTOM_CHALLENGE"]
    if sign_in.request.session and sign_in.request.session[-1].challenge_name == "SRP_A":
        return sign_in.ask("PASSWORD_VERIFIER")
    if not all(each.challenge_result for each in asked):
        return sign_in.fail()
    return sign_in.issue_tokens() if len(asked) == 2 else sign_in.ask()


async def create(event: dict[str, Any], context: Any) -> dict[str, Any]:
    challenge = CreateAuthChallenge.parse(event)
    number = len(challenge.request.session)
    return challenge.challenge(public={"question": f"{number} + 1"}, private={"right": str(number + 1)})


def verify(event: dict[str, Any], context: Any) -> dict[str, Any]:
    response = VerifyAuthChallengeResponse.parse(event)
    right = response.request.private_challenge_parameters["right"]
    return response.answer(correct=response.request.challenge_answer == right)


async def add_claims(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Add a scope and a claim that is an object, which version 2 of the event allows."""
    plan = {"plan": {"seats": 3}}
    return PreTokenGenerationV2.parse(event).change_tokens(
        id_claims=plan, suppress_id_claims=["given_name"], access_claims=plan, add_scopes=["orders/read"]
    )


def migrate(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Add a user of the other directory, whose email address is verified there."""
    user = UserMigration.parse(event)
    forgot = user.trigger_source == "UserMigration_ForgotPassword"
    if not user.user_name.startswith(MOVED) or not (forgot or user.request.password == OLD_PASSWORD):
        raise LookupError("the other directory has no such user")
    return user.migrate({"email": "moved@example.com", "email_verified": "true"}, confirmed=not forgot)
