"""A sign-in with a code by mail instead of a password."""

import secrets
from typing import Any

from cognito_async.triggers import CreateAuthChallenge, DefineAuthChallenge, VerifyAuthChallengeResponse

from . import outside

ATTEMPTS = 3


def define(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Let in who has given the right code. End the sign-in after three wrong ones."""
    challenge = DefineAuthChallenge.parse(event)
    results = [each.challenge_result for each in challenge.request.session]
    if results and results[-1]:
        return challenge.issue_tokens()
    return challenge.ask() if len(results) < ATTEMPTS else challenge.fail()


def create(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Send a code. After a wrong answer, the same one is asked for again."""
    challenge = CreateAuthChallenge.parse(event)
    earlier = challenge.request.session
    if earlier and earlier[-1].challenge_metadata:
        code = earlier[-1].challenge_metadata
    else:
        code = f"{secrets.randbelow(10**6):06}"
        if email := challenge.request.user_attributes.get("email"):  # unknown users have none, and are asked too
            outside.send_mail(email, f"Your code is {code}.")
    return challenge.challenge(public={"sent_by": "mail"}, private={"code": code}, metadata=code)


def verify(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Compare the answer with the code."""
    challenge = VerifyAuthChallengeResponse.parse(event)
    code = challenge.request.private_challenge_parameters["code"]
    given = challenge.request.challenge_answer
    return challenge.answer(correct=secrets.compare_digest(given.encode(), code.encode()))
