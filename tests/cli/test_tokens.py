"""The command `token`, which prints a token for scripts."""

from __future__ import annotations

import logging

import anyio
import httpx
import pytest

from cognito_async import Tokens, errors
from cognito_async._cli import session
from cognito_async._cli.program import ACCOUNT_COMMANDS
from cognito_async.local import AppClientSettings, LocalTransport, LocalUserPool
from tests.cli.conftest import PASSWORD, MakeLocal, Program
from tests.support import adopt, jwt, make_user


@pytest.fixture
def local(make_local: MakeLocal, program: Program) -> LocalUserPool:
    """A pool in which alice is signed in. Her ID token expires after ten minutes."""
    local = make_local(client=AppClientSettings(id_token_validity=600))
    anyio.run(make_user, local, "alice", PASSWORD)
    assert program("sign-in", "alice").status == 0
    return local


async def attributes(local: LocalUserPool, token: str) -> dict[str, str]:
    return dict(await local.user_pool().user_from_access_token(token).attributes())


def test_token_prints_only_a_token_that_the_pool_accepts(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    outcome = program("token")
    assert (outcome.status, outcome.err) == (0, "") and outcome.out == f"{outcome.out.strip()}\n"
    assert anyio.run(attributes, local, outcome.out.strip())["email"] == "alice@example.com"
    assert program("token", "--json").json == {"token": outcome.out.strip(), "token_use": "access"}


def test_token_is_refreshed_first_if_it_has_expired(local: LocalUserPool, program: Program) -> None:
    first = program("token").out
    local.clock.advance(3600)
    with pytest.raises(errors.CognitoError):
        anyio.run(attributes, local, first.strip())
    second = program("token").out
    assert second != first and anyio.run(attributes, local, second.strip())
    assert program("token").out == second, "the new tokens are saved"


def test_id_token_is_printed_on_request(local: LocalUserPool, program: Program) -> None:
    first = program("token", "--id").out.strip()
    claims = Tokens(first).unverified_access_claims
    assert claims["token_use"] == "id" and claims["email"] == "alice@example.com"
    assert program("token", "--id", "--json").json == {"token": first, "token_use": "id"}
    local.clock.advance(600)
    assert program("token", "--id").out.strip() != first, "it has expired before the access token"


def test_session_without_an_id_token_is_reported(
    make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = make_local()
    auth = local.auth()
    anyio.run(adopt, auth, auth.pool.user_from_access_token(jwt(username="alice", exp=4_000_000_000)))
    monkeypatch.setattr(session.Target, "auth", lambda self: auth)
    assert program("token").status == 0
    refused = program("token", "--id", "--json")
    assert (refused.status, refused.json["error"]["code"]) == (1, "NoIdToken")


def test_token_without_a_session_names_the_next_step(make_local: MakeLocal, program: Program) -> None:
    make_local()
    refused = program("token")
    assert (refused.status, refused.out) == (1, "")
    assert refused.err == "cognito-async: no user is signed in: run cognito-async sign-in first\n"


def test_failed_refresh_prints_no_expired_token(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def down(transport: LocalTransport, request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused")

    local.clock.advance(3600)
    monkeypatch.setattr(LocalTransport, "handle_async_request", down)
    refused = program("token")
    assert (refused.status, refused.out) == (1, "") and refused.err.startswith("cognito-async: ")


def test_help_says_that_the_output_is_a_secret(program: Program) -> None:
    assert "The output is a secret" in program("token", "--help").out
    assert "a secret" in ACCOUNT_COMMANDS["token"]


@pytest.mark.parametrize("option", ["", "--id"])
def test_token_is_not_logged(
    local: LocalUserPool, program: Program, caplog: pytest.LogCaptureFixture, option: str
) -> None:
    caplog.set_level(logging.DEBUG)
    local.clock.advance(3600)
    printed = program("token", *filter(None, [option])).out.strip()
    assert "GetTokensFromRefreshToken, attempt 1: 200" in caplog.text, "the logs were on"
    assert printed.split(".")[1] not in caplog.text + "".join(repr(vars(record)) for record in caplog.records)
