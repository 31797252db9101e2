from __future__ import annotations

from datetime import timedelta

import pytest

from cognito_async._local.settings.client import AppClientSettings

from ..helpers import (
    INCORRECT,
    PASSWORD,
    START,
    Wire,
    begin_srp,
    proven,
    respond,
)

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidParameterException"
DISABLED = ("NotAuthorizedException", "User is disabled.")
BAD_TIME = (INVALID, "TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")


@pytest.mark.parametrize("block", ["", "AAAA", "not base64!", "foreign", "altered", "other user", "other client"])
async def test_secret_block_of_another_sign_in_is_refused(block: str) -> None:
    wire = Wire()
    await wire.signed_up()
    responses = await proven(wire)
    spoiled = {**responses, "PASSWORD_CLAIM_SECRET_BLOCK": block}
    if block == "foreign":
        stranger = Wire()
        await stranger.signed_up()
        spoiled = await proven(stranger)
    elif block == "altered":
        right = responses["PASSWORD_CLAIM_SECRET_BLOCK"]
        spoiled["PASSWORD_CLAIM_SECRET_BLOCK"] = ("B" if right[0] == "A" else "A") + right[1:]
    elif block == "other user":
        await wire.signed_up("bob")
        spoiled = {**responses, "USERNAME": "bob"}
    elif block == "other client":
        wire.client = wire.service.add_client(wire.pool.id, AppClientSettings(id="other"))
        spoiled = responses
    expected = INCORRECT if block else (INVALID, "Missing required parameter PASSWORD_CLAIM_SECRET_BLOCK")
    assert await wire.refused("RespondToAuthChallenge", **respond(spoiled)) == expected


async def test_user_deleted_or_disabled_before_the_answer_is_refused() -> None:
    wire = Wire()
    user = await wire.signed_up()
    responses = await proven(wire)
    user.enabled = False
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == DISABLED
    await wire.admin("AdminDeleteUser", Username="alice")
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == INCORRECT


@pytest.mark.parametrize("stamp", ["Sat Sep 05 12:00:00 UTC 2026", "Sun Sep 5 12:00:00 UTC 2026"])
async def test_padded_day_or_wrong_weekday_is_refused(stamp: str) -> None:
    wire = Wire()
    await wire.signed_up()
    client, reply = await begin_srp(wire)
    responses = client.answer(reply["ChallengeParameters"], PASSWORD, stamp)
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == INCORRECT


async def test_day_may_have_two_digits() -> None:
    wire = Wire()
    wire.clock.advance(7 * 24 * 3600)
    await wire.signed_up()
    assert "Sep 12 " in (responses := await proven(wire))["TIMESTAMP"]
    assert await wire.call("RespondToAuthChallenge", **respond(responses))


async def test_names_in_a_timestamp_may_have_any_case() -> None:
    wire = Wire()
    await wire.signed_up()
    responses = {**await proven(wire), "TIMESTAMP": "SAT sep 5 12:00:00 GMT 2026"}
    assert await wire.call("RespondToAuthChallenge", **respond(responses))


@pytest.mark.parametrize(
    "stamp",
    [
        "yesterday",
        "2026-09-05T12:00:00Z",
        "Sat Sep 5 12:00:00 IST 2026",
        "Sat Sep 5 12:00:00 utc 2026",
        "Sat Sep 5 12:00:00 UTC 0000",
        "Sat Dec 99 12:00:00 UTC 9999",
        "Fri Sep 4 24:00:00 UTC 2026",
        "Sat Sep 5 11:60:00 UTC 2026",
        "Sat Sep 5 11:59:60 UTC 2026",
        "Sat Aug 36 12:00:00 UTC 2026",
        "Sat Feb 30 12:00:00 UTC 2026",
        "Sat Sep 0 12:00:00 UTC 2026",
        "Sat September 5 12:00:00 UTC 2026",
        "Saturday Sep 5 12:00:00 UTC 2026",
        "sam. sept. 5 12:00:00 UTC 2026",
        "Sat Sep 5 12:00:00 UTC 2026 ",
    ],
)
async def test_malformed_timestamp_is_refused(stamp: str) -> None:
    wire = Wire()
    await wire.signed_up()
    responses = {**await proven(wire), "TIMESTAMP": stamp}
    assert await wire.refused("RespondToAuthChallenge", **respond(responses)) == BAD_TIME


@pytest.mark.parametrize(("off", "accepted"), [(-301, False), (-299, True), (299, True), (301, False)])
async def test_timestamp_must_be_near_the_pools_time(off: int, accepted: bool) -> None:
    wire = Wire()
    await wire.signed_up()
    client, reply = await begin_srp(wire)
    answer = respond(client.answer(reply["ChallengeParameters"], PASSWORD, START + timedelta(seconds=off)))
    if accepted:
        assert await wire.call("RespondToAuthChallenge", **answer)
    else:
        assert await wire.refused("RespondToAuthChallenge", **answer) == INCORRECT
