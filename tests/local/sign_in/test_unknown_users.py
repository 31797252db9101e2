"""Names without a user: reported to clients of the old behavior, hidden from others."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings

from ..helpers import (
    INCORRECT,
    PASSWORD,
    START,
    Wire,
    answer,
    answer_refused,
    begin_srp,
    listed,
    refusal,
    respond,
)
from ..observer import UUID

pytestmark = [pytest.mark.anyio, pytest.mark.table]
NO_USER = ("UserNotFoundException", "User does not exist.")
MISMATCH = ("CodeMismatchException", "Invalid code or auth state for the user.")
INVALID_SESSION = refusal("Invalid session for the user.")
HIDING = AppClientSettings(prevent_user_existence_errors="ENABLED")
ALIASES = PoolSettings(alias_attributes=("email", "phone_number"))
ONE_TIME = PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP", "SMS_OTP"))


async def shown_name(wire: Wire, name: str) -> str:
    """Return the username in the first reply of a sign-in by SRP."""
    parameters = (await begin_srp(wire, name))[1]["ChallengeParameters"]
    assert parameters["USERNAME"] == parameters["USER_ID_FOR_SRP"]
    shown: str = parameters["USERNAME"]
    return shown


async def begin_by_code(wire: Wire, name: str, factor: str = "EMAIL_OTP") -> Any:
    return await wire.initiate("USER_AUTH", USERNAME=name, PREFERRED_CHALLENGE=factor)


async def test_unknown_user_is_reported_to_a_legacy_client() -> None:
    wire = Wire()
    assert await wire.initiate_refused("USER_SRP_AUTH", USERNAME="nobody", SRP_A="02") == NO_USER
    assert await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD) == NO_USER


async def test_unknown_user_is_hidden_if_existence_errors_are_prevented() -> None:
    wire = Wire(client=HIDING)
    await wire.signed_up()
    client, first = await begin_srp(wire, "nobody")
    _, second = await begin_srp(wire, "NOBODY")
    _, third = await begin_srp(wire, "somebody")
    for name in ("SALT", "USERNAME", "USER_ID_FOR_SRP"):
        assert first["ChallengeParameters"][name] == second["ChallengeParameters"][name]
        assert first["ChallengeParameters"][name] != third["ChallengeParameters"][name]
    assert first["ChallengeParameters"]["USERNAME"] == "nobody"
    answered = client.answer(first["ChallengeParameters"], PASSWORD, START)
    assert await wire.refused("RespondToAuthChallenge", **respond(answered)) == INCORRECT
    assert await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD) == INCORRECT


async def test_unknown_name_of_a_case_sensitive_pool_is_shown_as_typed() -> None:
    wire = Wire(PoolSettings(username_case_sensitive=True), HIDING)
    assert (await shown_name(wire, "Nobody"), await shown_name(wire, "nobody")) == ("Nobody", "nobody")


async def test_unknown_contact_is_shown_as_a_sub_if_usernames_are_subs() -> None:
    wire = Wire(PoolSettings(username_attributes=("email",)), HIDING)
    user = await wire.signed_up("f@example.com", email="f@example.com")
    shown = await shown_name(wire, "n@example.com")
    assert UUID.fullmatch(shown) and UUID.fullmatch(user.username)
    assert shown == await shown_name(wire, "N@example.com") != await shown_name(wire, "m@example.com")
    # Users can also type their `sub`, which is then shown.
    for typed in (shown, user.sub):
        assert await shown_name(wire, typed.upper()) == typed


@pytest.mark.parametrize(
    ("username", "form"), [("Fl0-x.é", "Aa0-a.é"), ("0b9c2a1e-6d0f-4c1b-9f0a-0123456789ab", "a UUID")]
)
async def test_unknown_alias_is_shown_in_the_form_of_the_oldest_username(username: str, form: str) -> None:
    wire = Wire(ALIASES, HIDING)
    assert UUID.fullmatch(await shown_name(wire, "n@example.com")), "the form without users"
    await wire.signed_up(username, email="f@example.com")
    await wire.signed_up("a-younger-user", email="g@example.com")
    for alias in ("n@example.com", "+15550001"):
        shown = await shown_name(wire, alias)
        assert shown == await shown_name(wire, alias.upper()) != username
        kinds = [("A", str.isupper), ("a", str.islower), ("0", str.isdigit)]
        seen = "".join(next((k for k, is_kind in kinds if each.isascii() and is_kind(each)), each) for each in shown)
        assert seen == form or (form == "a UUID" and UUID.fullmatch(shown))
    # This name is no alias, so a user's own would be shown.
    assert await shown_name(wire, "nobody") == "nobody"


@pytest.mark.parametrize("character", ["n", "é", "😀"])
async def test_long_names_get_a_secret_block_of_one_length(character: str) -> None:
    wire = Wire(client=HIDING)
    await wire.signed_up(character * 127 + "1")
    lengths = {
        len((await begin_srp(wire, character * 127 + end))[1]["ChallengeParameters"]["SECRET_BLOCK"]) for end in "12"
    }
    assert len(lengths) == 1


async def test_unknown_user_is_locked_out_like_a_known_one() -> None:
    wire = Wire(client=HIDING)
    for _ in range(5):
        assert await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD) == INCORRECT
    assert (await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD))[1] == "Password attempts exceeded"


@pytest.mark.parametrize(
    ("name", "factor", "expected"),
    [
        ("nobody", "EMAIL_OTP", None),
        ("N@example.com", "EMAIL_OTP", "n***@e***"),
        ("+15550009934", "SMS_OTP", "+*******9934"),
    ],
)
async def test_all_operations_show_the_same_destination_for_a_name(
    name: str, factor: str, expected: str | None
) -> None:
    wire = Wire(ONE_TIME, HIDING)
    shown = {
        (await wire.call(operation, Username=name))["CodeDeliveryDetails"]["Destination"]
        for operation in ("ForgotPassword", "ResendConfirmationCode")
    }
    asked = await begin_by_code(wire, name, factor)
    shown.add(asked["ChallengeParameters"]["CODE_DELIVERY_DESTINATION"])
    assert len(shown) == 1 and shown == {expected or next(iter(shown))}
    assert not wire.service.outbox


async def test_user_deleted_during_a_sign_in_looks_like_an_unknown_one() -> None:
    wire = Wire(ONE_TIME, HIDING)
    await wire.signed_up()
    asked = await begin_by_code(wire, "alice")
    code = wire.service.outbox[-1].code
    await wire.admin("AdminDeleteUser", Username="alice")
    assert await answer_refused(wire, asked, EMAIL_OTP_CODE=code) == MISMATCH


async def test_user_added_during_a_sign_in_cannot_complete_it() -> None:
    wire = Wire(ONE_TIME, HIDING)
    asked = await begin_by_code(wire, "alice")
    client, proof = await begin_srp(wire)
    await wire.signed_up()
    assert await answer_refused(wire, asked, EMAIL_OTP_CODE="12345678") == MISMATCH
    answered = client.answer(proof["ChallengeParameters"], PASSWORD, wire.clock.now())
    assert await wire.refused("RespondToAuthChallenge", **respond(answered)) == INCORRECT


async def test_session_of_a_sign_up_is_useless_after_the_user_is_deleted() -> None:
    wire = Wire(client=HIDING)
    email = listed({"email": "f@example.com"})
    session = (await wire.call("SignUp", Username="alice", Password=PASSWORD, UserAttributes=email))["Session"]
    await wire.admin("AdminDeleteUser", Username="alice")
    call = {"AuthFlow": "USER_AUTH", "AuthParameters": {"USERNAME": "alice"}, "Session": session}
    assert await wire.refused("InitiateAuth", **call) == INVALID_SESSION


async def test_hidden_user_who_cannot_sign_in_gets_no_one_time_password() -> None:
    wire = Wire(ONE_TIME, HIDING)
    user = await wire.signed_up()
    user.enabled = False
    sent = len(wire.service.outbox)
    asked = await wire.initiate("USER_AUTH", USERNAME="alice")
    asked = await answer(wire, asked, ANSWER="EMAIL_OTP")
    assert len(wire.service.outbox) == sent
    user.enabled = True
    assert await answer_refused(wire, asked, EMAIL_OTP_CODE="12345678") == MISMATCH
