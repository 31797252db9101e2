"""Triggers of CUSTOM_AUTH for tests: one question, after SRP if the client has started with it."""

from __future__ import annotations

from typing import Any

from cognito_async.local import Triggers


async def _custom(event: dict[str, Any]) -> None:
    """Act as all three triggers: require SRP, if the client started with it, and then ask one question."""
    response, rounds = event["response"], event["request"].get("session", [])
    last = rounds[-1]["challengeName"] if rounds else None
    if "answerCorrect" in response:
        response["answerCorrect"] = event["request"]["challengeAnswer"] == "right"
    elif "issueTokens" in response and last == "CUSTOM_CHALLENGE":
        response["issueTokens"] = rounds[-1]["challengeResult"]
    elif "issueTokens" in response:
        response["challengeName"] = "PASSWORD_VERIFIER" if last == "SRP_A" else "CUSTOM_CHALLENGE"


CUSTOM = Triggers(define_auth_challenge=_custom, create_auth_challenge=_custom, verify_auth_challenge_response=_custom)
