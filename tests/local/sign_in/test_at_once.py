"""Two concurrent calls that use the same single-use code, session or password."""

from __future__ import annotations

from typing import Any

import anyio
import pytest

from cognito_async._local.settings.passwords import PasswordPolicy
from cognito_async._local.settings.pool import PoolSettings

from ..helpers import INCORRECT, PASSWORD, Wire, answering, listed, totp
from .test_custom_auth import Quiz
from .test_second_factors import with_app

pytestmark = [pytest.mark.anyio, pytest.mark.table]


async def outcomes(wire: Wire, operation: str, *bodies: dict[str, Any]) -> list[str]:
    """Return the error message of each call, or "" if it succeeds."""
    said: list[str] = []

    async def send(body: dict[str, Any]) -> None:
        reply = await wire.post(operation, {"ClientId": wire.client.id, **body})
        said.append(reply.json().get("message", ""))

    async with anyio.create_task_group() as group:
        for body in bodies:
            group.start_soon(send, body)
    return sorted(said)


async def test_app_code_completes_one_of_two_sign_ins() -> None:
    wire = Wire(PoolSettings(mfa="OPTIONAL"))
    secret = await with_app(wire, await wire.signed_up())
    code = {"SOFTWARE_TOKEN_MFA_CODE": totp(secret, wire.clock.now())}
    asked = [await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD) for _ in range(2)]
    said = await outcomes(wire, "RespondToAuthChallenge", *(answering(each, code) for each in asked))
    assert said == ["", "Your software token has already been used once."]


async def test_custom_challenge_is_answered_once() -> None:
    wire = Wire(PoolSettings(triggers=Quiz().triggers()))
    await wire.signed_up()
    asked = await wire.initiate("CUSTOM_AUTH", USERNAME="alice")
    said = await outcomes(wire, "RespondToAuthChallenge", *[answering(asked, {"ANSWER": "1"})] * 2)
    assert said == ["", "Invalid session for the user, session can only be used once."]


async def test_confirmation_session_signs_in_once() -> None:
    wire = Wire()
    email = listed({"email": "f@example.com"})
    await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=email)
    code = wire.service.outbox[-1].code
    session = (await wire.call("ConfirmSignUp", Username="alice", ConfirmationCode=code))["Session"]
    body = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "alice"}, "Session": session}
    said = await outcomes(wire, "InitiateAuth", body, body)
    assert said == ["", "Invalid session for the user, session can only be used once."]


async def test_reset_code_works_once() -> None:
    wire = Wire()
    await wire.signed_up()
    await wire.call("ForgotPassword", Username="alice")
    confirmation = {"Username": "alice", "ConfirmationCode": wire.service.outbox[-1].code}
    passwords = ("F1rst-passw0rd", "S3cond-passw0rd")
    said = await outcomes(wire, "ConfirmForgotPassword", *({**confirmation, "Password": each} for each in passwords))
    assert said == ["", "Invalid code provided, please request a code again."]


async def test_password_is_changed_once() -> None:
    wire = Wire(PoolSettings(password_policy=PasswordPolicy(history=2)))
    await wire.signed_up()
    change = {
        "AccessToken": (await wire.tokens())["AccessToken"],
        "PreviousPassword": PASSWORD,
        "ProposedPassword": "Passw0rd!2",
    }
    assert await outcomes(wire, "ChangePassword", change, change) == ["", INCORRECT[1]]
    back = {**change, "PreviousPassword": "Passw0rd!2", "ProposedPassword": PASSWORD}
    assert await outcomes(wire, "ChangePassword", back) == ["Password has previously been used"]


async def test_one_of_two_sign_ins_replaces_a_temporary_password() -> None:
    wire = Wire()
    await wire.admin("AdminCreateUser", Username="alice", TemporaryPassword=PASSWORD)
    asked = [await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD) for _ in range(2)]
    responses = ({"NEW_PASSWORD": each} for each in ("F1rst-passw0rd", "S3cond-passw0rd"))
    bodies = (answering(*each) for each in zip(asked, responses, strict=True))
    said = await outcomes(wire, "RespondToAuthChallenge", *bodies)
    assert said == ["", "Invalid session for the user."]
