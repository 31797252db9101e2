"""aws-amplify 6 against our served local pool with refresh token rotation, on a clock that moves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .running import AppClient
from .test_amplify import IN, VOID, refresh, refusal, sign_in, story

pytestmark = pytest.mark.peer
REUSED, REVOKED = "RefreshTokenReuseException", "Refresh Token has been revoked"


@pytest.fixture(params=["moving", "moving_with_devices"])
def rotating(request: pytest.FixtureRequest) -> AppClient:
    client: AppClient = request.getfixturevalue(request.param)
    return client


@pytest.fixture
def ask(rotating: AppClient, connect: Callable[..., Any]) -> Callable[..., str]:
    """What somebody else with these tokens is told: the code and the text, or ""."""
    client = connect(rotating.endpoint, rotating.region)

    def ask(operation: str, **members: str) -> str:
        try:
            getattr(client, operation)(**members)
        except client.exceptions.ClientError as error:
            return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        return ""

    return ask


def look(who: str) -> list[Any]:
    return ["refreshToken", who]


def advance(who: str, seconds: int) -> list[Any]:
    return ["advance", who, {"seconds": seconds}]


def of_refresh(client: AppClient, outcome: dict[str, Any], token: str) -> dict[str, str]:
    """The members of a refresh on the same device."""
    key = outcome["key"]["ok"]
    return {"ClientId": client.client_id, "RefreshToken": token, **({"DeviceKey": key} if key else {})}


def test_each_refresh_brings_a_new_token_and_the_old_one_is_refused(
    rotating: AppClient, name: str, ask: Callable[..., str]
) -> None:
    outcome = story(
        rotating,
        name,
        signed_in=sign_in(name),
        key=["deviceKey", name],
        first=look(name),
        refreshed=refresh(name),
        second=look(name),
        refreshed_again=refresh(name),
        third=look(name),
        slept=advance(name, 299),
        renewed=["fetchAuthSession", name],
        fourth=look(name),
        attributes=["fetchUserAttributes", name],
        slept_again=advance(name, 400),
        attributes_again=["fetchUserAttributes", name],
        fifth=look(name),
    )
    assert outcome["signed_in"] == IN
    tokens = [outcome[each]["ok"] for each in ("first", "second", "third", "fourth", "fifth")]
    assert len(set(tokens)) == 5 and all(tokens)
    sessions = [outcome[each]["ok"] for each in ("refreshed", "refreshed_again", "renewed")]
    assert len({each["access"] for each in sessions}) == 3
    assert len({each["claims"]["origin_jti"] for each in sessions}) == 1
    assert outcome["attributes"]["ok"]["email"] == outcome["attributes_again"]["ok"]["email"] == "alice@example.com"
    for token in tokens[:3]:
        said = ask("get_tokens_from_refresh_token", **of_refresh(rotating, outcome, token))
        assert said.startswith(REUSED)
    # The newest one is good, and so is the one before it in its grace period.
    for token in tokens[3:]:
        assert ask("get_tokens_from_refresh_token", **of_refresh(rotating, outcome, token)) == ""


def test_the_end_of_the_first_token_ends_the_session(rotating: AppClient, name: str) -> None:
    outcome = story(
        rotating,
        name,
        signed_in=sign_in(name),
        slept=advance(name, 1800),
        refreshed=refresh(name),
        slept_again=advance(name, 1700),
        renewed=refresh(name),
        slept_too_long=advance(name, 100),
        over=refresh(name),
        token=look(name),
        nobody=["getCurrentUser", name],
    )
    assert outcome["refreshed"]["ok"]["userSub"] == outcome["renewed"]["ok"]["userSub"]
    # Amplify takes a refused refresh for the end of the session.
    assert outcome["over"] == outcome["token"] == VOID
    assert refusal(outcome["nobody"]) == "UserUnAuthenticatedException"


def test_a_sign_out_revokes_the_family(rotating: AppClient, name: str, ask: Callable[..., str]) -> None:
    outcome = story(
        rotating,
        name,
        signed_in=sign_in(name),
        key=["deviceKey", name],
        session=["fetchAuthSession", name],
        first=look(name),
        refreshed=refresh(name),
        second=look(name),
        out=["signOut", name],
        nothing=look(name),
    )
    assert outcome["out"] == outcome["nothing"] == VOID
    for each in ("first", "second"):
        said = ask("get_tokens_from_refresh_token", **of_refresh(rotating, outcome, outcome[each]["ok"]))
        assert said == f"NotAuthorizedException: {REVOKED}"
    for each in ("session", "refreshed"):
        said = ask("get_user", AccessToken=outcome[each]["ok"]["access"])
        assert said == "NotAuthorizedException: Access Token has been revoked"


def test_reuse_clears_the_tokens_and_a_retry_in_the_grace_period_does_not(rotating: AppClient, name: str) -> None:
    outcome = story(
        rotating,
        name,
        signed_in=sign_in(name),
        first=look(name),
        refreshed=refresh(name),
        put_back=["putBack", name, {"number": 0}],
        retried=refresh(name),
        second=look(name),
        slept=advance(name, 10),
        put_back_again=["putBack", name, {"number": 0}],
        reused=refresh(name),
        token=look(name),
        nobody=["getCurrentUser", name],
        again=sign_in(name),
    )
    assert outcome["retried"]["ok"]["userSub"] == outcome["refreshed"]["ok"]["userSub"]
    assert outcome["second"]["ok"] not in (None, outcome["first"]["ok"])
    assert refusal(outcome["reused"]) == REUSED
    assert outcome["token"] == VOID and refusal(outcome["nobody"]) == "UserUnAuthenticatedException"
    assert outcome["again"] == IN
