"""The answers of Lambda handlers, and those that the local pool refuses."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cognito_async._local.settings.functions import Event
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from cognito_async.triggers import PreTokenGeneration, PreTokenGenerationV2

from ..helpers import PASSWORD, Wire, claims
from .test_lambda_calls import SIGN_UP, UNRECOGNIZABLE, failed, pool_of

pytestmark = pytest.mark.anyio


class NotJson:
    pass


def returning(value: Any) -> Any:
    def handler(event: Event, context: Any) -> Any:
        return value

    return handler


@pytest.mark.table
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, UNRECOGNIZABLE),
        ("yes", UNRECOGNIZABLE),
        ({"autoConfirmUser": True}, UNRECOGNIZABLE),
        ({"response": {"autoConfirmUser": "yes"}}, UNRECOGNIZABLE),
        ({"response": {"claimsOverrideDetails": {}}}, UNRECOGNIZABLE),
        ({"response": {"autoConfirmUser": float("nan")}}, UNRECOGNIZABLE),
        (NotJson(), failed("Unable to marshal response: Object of type NotJson is not JSON serializable")),
        ({"response": {}, 1: {2}}, failed("Unable to marshal response: Object of type set is not JSON serializable")),
        (
            {"response": {}, "padding": "x" * 6_300_000},
            failed("Response payload size exceeded maximum allowed payload size (6291556 bytes)."),
        ),
    ],
    ids=lambda value: str(value)[:40] if not isinstance(value, NotJson) else "object",
)
async def test_nonsense_refuses_the_call(value: Any, expected: tuple[str, str]) -> None:
    assert await pool_of(pre_sign_up=returning(value)).refused("SignUp", **SIGN_UP) == expected


@pytest.mark.table
@pytest.mark.parametrize("member", ["version", "userName", "callerContext", "triggerSource", "request", "response"])
async def test_handler_must_return_the_whole_event(member: str) -> None:
    def handler(event: Event, context: Any) -> Event:
        del event[member]
        return event

    assert await pool_of(pre_sign_up=handler).refused("SignUp", **SIGN_UP) == UNRECOGNIZABLE


@pytest.mark.parametrize("error", [PermissionError("only colleagues"), SystemExit(3)])
@pytest.mark.parametrize("is_async", [True, False])
async def test_handler_that_raises_refuses_the_call(error: BaseException, is_async: bool) -> None:
    calls: list[Event] = []

    def handler(event: Event, context: Any) -> None:
        calls.append(event)
        raise error

    async def async_handler(event: Event, context: Any) -> None:
        handler(event, context)

    kind, text = await pool_of(pre_sign_up=async_handler if is_async else handler).refused("SignUp", **SIGN_UP)
    assert kind == "UserLambdaValidationException"
    assert text in (
        "PreSignUp failed with error only colleagues.",
        f"{text.partition(' Error: ')[0]} Error: Runtime exited with error: exit status 3.",
    )
    assert len(calls) == 1, "a failed call is not repeated"


@pytest.mark.parametrize("version", ["V1_0", "V2_0", "V3_0"])
async def test_answer_of_another_version_is_refused(version: Any) -> None:
    def handler(event: Event, context: Any) -> Event:
        other = PreTokenGeneration if version != "V1_0" else PreTokenGenerationV2
        answer = other.parse({"triggerSource": event["triggerSource"]}).change_tokens(id_claims={"tenant": "a"})
        return event | {"response": answer["response"]}

    triggers = Triggers.from_lambda(pre_token_generation=handler)
    wire = Wire(PoolSettings(triggers=triggers, pre_token_generation_version=version))
    await wire.signed_up()
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == UNRECOGNIZABLE


@pytest.mark.parametrize(("number", "fits"), [(4_950, True), (5_000, False)])
async def test_tokens_have_at_most_five_thousand_claims(number: int, fits: bool) -> None:
    def handler(event: Event, context: Any) -> Event:
        return PreTokenGenerationV2.parse(event).change_tokens(id_claims={f"c{each}": 1 for each in range(number)})

    triggers = Triggers.from_lambda(pre_token_generation=handler)
    wire = Wire(PoolSettings(triggers=triggers, pre_token_generation_version="V2_0"))
    await wire.signed_up()
    if fits:
        assert claims((await wire.tokens())["IdToken"])[1]["c7"] == 1
    else:
        assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == UNRECOGNIZABLE


@pytest.mark.parametrize("version", ["V1_0", "V2_0", "V3_0"])
async def test_version_of_the_token_trigger_is_in_its_error(version: Any) -> None:
    def handler(event: Event, context: Any) -> None:
        raise ValueError("no tokens")

    triggers = Triggers.from_lambda(pre_token_generation=handler)
    wire = Wire(PoolSettings(triggers=triggers, pre_token_generation_version=version))
    await wire.signed_up()
    name = "PreTokenGeneration" + ("" if version == "V1_0" else version)
    expected = ("UserLambdaValidationException", f"{name} failed with error no tokens.")
    assert await wire.initiate_refused(USERNAME="alice", PASSWORD=PASSWORD) == expected


@pytest.mark.parametrize(("number", "claim"), [(Decimal("3"), 3), (Decimal("3.5"), 3.5)])
async def test_decimal_of_an_answer_is_a_number(number: Decimal, claim: float) -> None:
    """DynamoDB has such numbers, and AWS's runtime sends them."""

    def handler(event: Event, context: Any) -> Event:
        return PreTokenGenerationV2.parse(event).change_tokens(id_claims={"seats": number})

    triggers = Triggers.from_lambda(pre_token_generation=handler)
    wire = Wire(PoolSettings(triggers=triggers, pre_token_generation_version="V2_0"))
    await wire.signed_up()
    assert claims((await wire.tokens())["IdToken"])[1]["seats"] == claim
