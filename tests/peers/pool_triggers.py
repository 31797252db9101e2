"""The triggers for custom challenges and for the claims of tokens. `pool.toml` names them."""

from __future__ import annotations

from typing import Any


async def define(event: dict[str, Any]) -> None:
    """Require two right answers. If the client began with SRP, first require the proof of the password."""
    rounds, response = event["request"]["session"], event["response"]
    right = sum(each["challengeName"] == "CUSTOM_CHALLENGE" and each["challengeResult"] for each in rounds)
    if rounds and rounds[-1]["challengeName"] == "SRP_A":
        response["challengeName"] = "PASSWORD_VERIFIER"
    elif right == 2:
        response["issueTokens"] = True
    elif rounds and rounds[-1]["challengeName"] == "CUSTOM_CHALLENGE" and not rounds[-1]["challengeResult"]:
        response["failAuthentication"] = True
    else:
        response["challengeName"] = "CUSTOM_CHALLENGE"


async def create(event: dict[str, Any]) -> None:
    number = len(event["request"]["session"])
    event["response"]["publicChallengeParameters"] = {"question": f"{number} + 1"}
    event["response"]["privateChallengeParameters"] = {"right": str(number + 1)}


async def verify(event: dict[str, Any]) -> None:
    right = event["request"]["privateChallengeParameters"]["right"]
    event["response"]["answerCorrect"] = event["request"]["challengeAnswer"] == right


async def add_claims(event: dict[str, Any]) -> None:
    """Add a scope and a claim that is an object, which version 2 of the event allows."""
    event["response"]["claimsAndScopeOverrideDetails"] = {
        "accessTokenGeneration": {"claimsToAddOrOverride": {"plan": {"seats": 3}}, "scopesToAdd": ["orders/read"]},
        "idTokenGeneration": {"claimsToAddOrOverride": {"plan": {"seats": 3}}, "claimsToSuppress": ["given_name"]},
    }
