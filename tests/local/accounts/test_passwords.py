"""The rules for passwords: their characters, and that old ones are not used again."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.passwords import PasswordPolicy
from cognito_async._local.settings.pool import PoolSettings

from ..helpers import PASSWORD, Wire, answer, answer_refused, begin_srp, hours, respond

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NO_SYMBOL = ("InvalidPasswordException", "Password did not conform with policy: Password must have symbol characters")
OUTER_SPACE = (
    "1 validation error detected: Value at 'password' failed to satisfy constraint: "
    r"Member must satisfy regular expression pattern: ^[\S]+.*[\S]+$"
)
USED = ("PasswordHistoryPolicyViolationException", "Password has previously been used")


@pytest.mark.parametrize("password", ["Correct horse 1 battery", "Pass w0rd", "Passw0rd\u00a0!", "Passw0rd\t!"])
async def test_passphrase_with_inner_spaces_signs_in(password: str) -> None:
    wire = Wire()
    await wire.signed_up("alice", password)
    assert await wire.tokens(password=password)
    srp, asked = await begin_srp(wire)
    proof = srp.answer(asked["ChallengeParameters"], password, wire.clock.now())
    assert "AuthenticationResult" in await wire.call("RespondToAuthChallenge", **respond(proof))


@pytest.mark.parametrize("password", [" Passw0rd!", "Passw0rd! ", "\tPassw0rd!", "Passw0rd!\n", "Pass\nw0rd!", "x"])
async def test_password_that_begins_or_ends_with_a_space_is_refused(password: str) -> None:
    refused = await Wire().refused("SignUp", Username="alice", Password=password)
    assert refused == ("InvalidParameterException", OUTER_SPACE)


async def test_very_long_password_is_refused_quickly() -> None:
    fault, message = await Wire().refused("SignUp", Username="alice", Password="x" * 100_000 + " ")
    assert (fault, "less than or equal to 256" in message) == ("InvalidParameterException", True)


async def test_only_an_inner_space_counts_as_a_symbol() -> None:
    wire = Wire()
    created = {"UserPoolId": wire.pool.id, "Username": "alice", "TemporaryPassword": PASSWORD}
    await wire.admin("AdminCreateUser", **created)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    for outer in (" Passw0rd", "Passw0rd "):
        assert await answer_refused(wire, asked, NEW_PASSWORD=outer) == NO_SYMBOL
    assert "AuthenticationResult" in await answer(wire, asked, NEW_PASSWORD="Pass w0rd")


def remembering(history: int) -> Wire:
    return Wire(PoolSettings(password_policy=PasswordPolicy(history=history)))


async def change(wire: Wire, old: str, new: str) -> Any:
    access = (await wire.tokens(password=old))["AccessToken"]
    given = {"PreviousPassword": old, "ProposedPassword": new, "AccessToken": access}
    return await wire.post("ChangePassword", given)


async def test_last_passwords_cannot_be_used_again() -> None:
    wire = remembering(2)
    await wire.signed_up()
    for old, new in ((PASSWORD, "N3w-Passw0rd"), ("N3w-Passw0rd", "N3wer-Passw0rd")):
        assert (await change(wire, old, old)).json()["__type"] == USED[0]
        assert (await change(wire, old, new)).json() == {}
    wire.clock.advance(hours(1))
    assert (await change(wire, "N3wer-Passw0rd", "N3w-Passw0rd")).json() == {"__type": USED[0], "message": USED[1]}
    assert await wire.tokens(password="N3wer-Passw0rd")
    assert (await change(wire, "N3wer-Passw0rd", PASSWORD)).json() == {}


async def test_passwords_are_not_remembered_by_default() -> None:
    wire = Wire()
    user = await wire.signed_up()
    assert (await change(wire, PASSWORD, PASSWORD)).json() == {}
    assert user.old_passwords == []


async def test_used_password_does_not_spend_a_reset_code() -> None:
    wire = remembering(1)
    await wire.signed_up()
    await wire.call("ForgotPassword", Username="alice")
    code = wire.service.outbox[-1].code
    confirmation = {"Username": "alice", "ConfirmationCode": code}
    wrong = await wire.refused("ConfirmForgotPassword", **{**confirmation, "ConfirmationCode": "x"}, Password=PASSWORD)
    assert wrong[0] == "CodeMismatchException"
    assert await wire.refused("ConfirmForgotPassword", **confirmation, Password=PASSWORD) == USED
    assert await wire.call("ConfirmForgotPassword", **confirmation, Password="N3w-Passw0rd") == {}


async def test_administrators_and_new_users_follow_the_history_too() -> None:
    wire = remembering(24)
    user = {"UserPoolId": wire.pool.id, "Username": "alice"}
    await wire.admin("AdminCreateUser", **user, TemporaryPassword=PASSWORD)
    asked = await wire.initiate(USERNAME="alice", PASSWORD=PASSWORD)
    assert await answer_refused(wire, asked, NEW_PASSWORD=PASSWORD) == USED
    assert "AuthenticationResult" in await answer(wire, asked, NEW_PASSWORD="N3w-Passw0rd")
    assert await wire.admin_refused("AdminSetUserPassword", **user, Password=PASSWORD) == USED
    assert await wire.admin("AdminSetUserPassword", **user, Password="N3wer-Passw0rd") == {}
