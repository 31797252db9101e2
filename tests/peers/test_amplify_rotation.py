"""aws-amplify 6 against our served local pool with refresh token rotation and a movable clock."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from .running import AppClient
from .test_amplify import IN, VOID, refresh, refusal, run_with_account, sign_in

pytestmark = pytest.mark.peer
REUSED, REVOKED = "RefreshTokenReuseException", "Refresh Token has been revoked"


@pytest.fixture(params=["moving", "moving_with_devices"])
def rotating(request: pytest.FixtureRequest) -> AppClient:
    client: AppClient = request.getfixturevalue(request.param)
    return client


@pytest.fixture
def error_of(rotating: AppClient, connect: Callable[..., Any]) -> Callable[..., str]:
    """Return a function that makes a call with boto3, and returns its error as "code: message", or "" without one."""
    client = connect(rotating.endpoint, rotating.region)

    def error_of(operation: str, **members: str) -> str:
        try:
            getattr(client, operation)(**members)
        except client.exceptions.ClientError as error:
            return f"{error.response['Error']['Code']}: {error.response['Error']['Message']}"
        return ""

    return error_of


def read_token(device: str) -> list[Any]:
    return ["refreshToken", device]


def advance(device: str, seconds: int) -> list[Any]:
    return ["advance", device, {"seconds": seconds}]


def refresh_members(client: AppClient, outcome: dict[str, Any], token: str) -> dict[str, str]:
    """Return the members of a refresh request with this token, on the device of the sign-in."""
    key = outcome["key"]["ok"]
    return {"ClientId": client.client_id, "RefreshToken": token, **({"DeviceKey": key} if key else {})}


def test_refresh_returns_a_new_token_and_spends_the_old(
    rotating: AppClient, name: str, error_of: Callable[..., str]
) -> None:
    outcome = run_with_account(
        rotating,
        name,
        signed_in=sign_in(name),
        key=["deviceKey", name],
        first=read_token(name),
        refreshed=refresh(name),
        second=read_token(name),
        refreshed_again=refresh(name),
        third=read_token(name),
        slept=advance(name, 299),
        renewed=["fetchAuthSession", name],
        fourth=read_token(name),
        attributes=["fetchUserAttributes", name],
        slept_again=advance(name, 400),
        attributes_again=["fetchUserAttributes", name],
        fifth=read_token(name),
    )
    assert outcome["signed_in"] == IN
    tokens = [outcome[each]["ok"] for each in ("first", "second", "third", "fourth", "fifth")]
    assert len(set(tokens)) == 5 and all(tokens)
    sessions = [outcome[each]["ok"] for each in ("refreshed", "refreshed_again", "renewed")]
    assert len({each["access"] for each in sessions}) == 3
    assert len({each["claims"]["origin_jti"] for each in sessions}) == 1
    assert outcome["attributes"]["ok"]["email"] == outcome["attributes_again"]["ok"]["email"] == "alice@example.com"
    for token in tokens[:3]:
        error = error_of("get_tokens_from_refresh_token", **refresh_members(rotating, outcome, token))
        assert error.startswith(REUSED)
    # The newest token is valid, and the one before it is in its grace period.
    for token in tokens[3:]:
        assert error_of("get_tokens_from_refresh_token", **refresh_members(rotating, outcome, token)) == ""


def test_session_expires_with_the_first_refresh_token(rotating: AppClient, name: str) -> None:
    outcome = run_with_account(
        rotating,
        name,
        signed_in=sign_in(name),
        slept=advance(name, 1800),
        refreshed=refresh(name),
        slept_again=advance(name, 1700),
        renewed=refresh(name),
        slept_too_long=advance(name, 100),
        expired=refresh(name),
        token=read_token(name),
        no_user=["getCurrentUser", name],
    )
    assert outcome["refreshed"]["ok"]["userSub"] == outcome["renewed"]["ok"]["userSub"]
    # Amplify ends the session when a refresh is refused.
    assert outcome["expired"] == outcome["token"] == VOID
    assert refusal(outcome["no_user"]) == "UserUnAuthenticatedException"


def test_sign_out_revokes_all_tokens_of_the_session(
    rotating: AppClient, name: str, error_of: Callable[..., str]
) -> None:
    outcome = run_with_account(
        rotating,
        name,
        signed_in=sign_in(name),
        key=["deviceKey", name],
        session=["fetchAuthSession", name],
        first=read_token(name),
        refreshed=refresh(name),
        second=read_token(name),
        out=["signOut", name],
        nothing=read_token(name),
    )
    assert outcome["out"] == outcome["nothing"] == VOID
    for each in ("first", "second"):
        error = error_of("get_tokens_from_refresh_token", **refresh_members(rotating, outcome, outcome[each]["ok"]))
        assert error == f"NotAuthorizedException: {REVOKED}"
    for each in ("session", "refreshed"):
        error = error_of("get_user", AccessToken=outcome[each]["ok"]["access"])
        assert error == "NotAuthorizedException: Access Token has been revoked"


def test_reuse_ends_the_session_but_a_retry_in_grace_does_not(rotating: AppClient, name: str) -> None:
    outcome = run_with_account(
        rotating,
        name,
        signed_in=sign_in(name),
        first=read_token(name),
        refreshed=refresh(name),
        put_back=["putBack", name, {"number": 0}],
        retried=refresh(name),
        second=read_token(name),
        slept=advance(name, 10),
        put_back_again=["putBack", name, {"number": 0}],
        reused=refresh(name),
        token=read_token(name),
        no_user=["getCurrentUser", name],
        again=sign_in(name),
    )
    assert outcome["retried"]["ok"]["userSub"] == outcome["refreshed"]["ok"]["userSub"]
    assert outcome["second"]["ok"] not in (None, outcome["first"]["ok"])
    assert refusal(outcome["reused"]) == REUSED
    assert outcome["token"] == VOID and refusal(outcome["no_user"]) == "UserUnAuthenticatedException"
    assert outcome["again"] == IN
