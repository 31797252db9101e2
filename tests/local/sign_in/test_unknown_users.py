from __future__ import annotations

import pytest

from cognito_async._local.settings.client import AppClientSettings

from ..helpers import (
    INCORRECT,
    PASSWORD,
    START,
    Wire,
    begin_srp,
    respond,
)

pytestmark = pytest.mark.anyio
NO_USER = ("UserNotFoundException", "User does not exist.")
HIDING = AppClientSettings(prevent_user_existence_errors="ENABLED")


async def test_unknown_user_is_reported_to_a_legacy_client() -> None:
    wire = Wire()
    assert await wire.initiate_refused("USER_SRP_AUTH", USERNAME="nobody", SRP_A="02") == NO_USER
    assert await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD) == NO_USER


async def test_unknown_user_is_hidden_if_existence_errors_are_prevented() -> None:
    wire = Wire(client=HIDING)
    await wire.signed_up()
    _, known = await begin_srp(wire)
    client, first = await begin_srp(wire, "nobody")
    _, second = await begin_srp(wire, "NOBODY")
    _, third = await begin_srp(wire, "somebody")
    for name in ("SALT", "USERNAME", "USER_ID_FOR_SRP"):
        assert first["ChallengeParameters"][name] == second["ChallengeParameters"][name]
        assert first["ChallengeParameters"][name] != third["ChallengeParameters"][name]
    for name in ("SALT", "SECRET_BLOCK"):
        assert len(first["ChallengeParameters"][name]) == len(known["ChallengeParameters"][name])
    assert [len(part) for part in first["ChallengeParameters"]["USERNAME"].split("-")] == [8, 4, 4, 4, 12]
    answer = client.answer(first["ChallengeParameters"], PASSWORD, START)
    assert await wire.refused("RespondToAuthChallenge", **respond(answer)) == INCORRECT
    assert await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD) == INCORRECT


async def test_unknown_user_is_locked_out_like_a_known_one() -> None:
    wire = Wire(client=HIDING)
    for _ in range(5):
        assert await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD) == INCORRECT
    assert (await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD))[1] == "Password attempts exceeded"
