"""Lambda functions for the triggers of a user pool, and their run in a local pool."""

# --8<-- [start:handler]
from typing import Any

from cognito_async.triggers import PreSignUp


def confirm_colleagues(event: dict[str, Any], context: object) -> dict[str, Any]:
    sign_up = PreSignUp.parse(event)
    if not sign_up.request.user_attributes["email"].endswith("@example.com"):
        raise PermissionError("only for colleagues")
    return sign_up.confirm(verify_email=True)


# --8<-- [end:handler]

# --8<-- [start:several]
from cognito_async import triggers


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    match triggers.parse(event):
        case triggers.PreSignUp():
            return confirm_colleagues(event, context)
        case triggers.PreTokenGeneration() as generation:
            team = generation.request.user_attributes.get("custom:team", "none")
            return generation.change_tokens(id_claims={"team": team})
        case triggers.CustomMessage() as message:
            code = message.request.code_parameter
            return message.write(email=f"Your code: {code}", subject="Welcome")
        case other:
            return other.to_dict()


# --8<-- [end:several]

# --8<-- [start:challenge]
import secrets


def define(event: dict[str, Any], context: object) -> dict[str, Any]:
    """Let a user in after one right answer. End the sign-in after three wrong ones."""
    challenge = triggers.DefineAuthChallenge.parse(event)
    answers = [each.challenge_result for each in challenge.request.session]
    if answers and answers[-1]:
        return challenge.issue_tokens()
    return challenge.ask() if len(answers) < 3 else challenge.fail()


def create(event: dict[str, Any], context: object) -> dict[str, Any]:
    challenge = triggers.CreateAuthChallenge.parse(event)
    code = f"{secrets.randbelow(10**6):06}"
    # Send the code to the user here
    return challenge.challenge(public={"sent_to": "your phone"}, private={"code": code})


def verify(event: dict[str, Any], context: object) -> dict[str, Any]:
    challenge = triggers.VerifyAuthChallengeResponse.parse(event)
    right = challenge.request.private_challenge_parameters["code"]
    given = challenge.request.challenge_answer
    return challenge.answer(
        correct=secrets.compare_digest(given.encode(), right.encode())
    )


# --8<-- [end:challenge]

# --8<-- [start:local]
from cognito_async import errors
from cognito_async.local import LocalUserPool, PoolSettings, Triggers


async def main() -> None:
    functions = Triggers.from_lambda(
        handler,
        define_auth_challenge=define,
        create_auth_challenge=create,
        verify_auth_challenge_response=verify,
    )
    async with LocalUserPool(PoolSettings(triggers=functions)) as local:
        pool = local.user_pool()
        try:
            await pool.sign_up("bob", "Passw0rd!", attributes={"email": "b@other.com"})
        except errors.UserLambdaValidationException as refused:
            print(refused.message)
        email = {"email": "alice@example.com"}
        signed_up = await pool.sign_up("alice", "Passw0rd!", attributes=email)
        assert signed_up.user_confirmed
        result = await pool.sign_in("alice", "Passw0rd!")
        assert result.tokens.unverified_id_claims["team"] == "none"


# --8<-- [end:local]
