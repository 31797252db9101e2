"""The command `decode`, which shows what a token says, and whether it holds."""

from __future__ import annotations

import io
import json
import sys
from typing import Any

import anyio
import httpx
import pytest
import typer

from cognito_async import UserPool
from cognito_async._cli import session
from cognito_async.local import LocalUserPool, SigningKeys
from tests.cli.conftest import PASSWORD, MakeLocal, Program
from tests.support import jwt, make_user


@pytest.fixture
def local(make_local: MakeLocal, program: Program) -> LocalUserPool:
    """A pool in which alice is signed in."""
    local = make_local()
    anyio.run(make_user, local, "alice", PASSWORD)
    assert program("sign-in", "alice").status == 0
    return local


@pytest.fixture
def decode(program: Program, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Run `decode` with this text on standard input."""

    def run(text: str, *options: str) -> Any:
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))
        monkeypatch.setenv("COLUMNS", "200")
        return program("decode", *options)

    return run


@pytest.mark.parametrize("form", ["{}", "{}\n", " Bearer {} \r\n"])
def test_token_that_holds_is_shown(local: LocalUserPool, program: Program, decode: Any, form: str) -> None:
    for option in ((), ("--id",)):
        token = program("token", *option).out.strip()
        outcome = decode(form.format(token))
        assert (outcome.status, outcome.err) == (0, "")
        assert local.issuer in outcome.out and " UTC)" in outcome.out and token not in outcome.out
        assert outcome.out.endswith(" token is valid for this user pool and app client.\n")
        found = decode(form.format(token), "--json").json
        assert (found["holds"], found["reason"]) == (True, None)
        assert found["claims"]["iss"] == local.issuer


def test_token_that_does_not_hold_is_shown_with_the_reason(local: LocalUserPool, program: Program, decode: Any) -> None:
    token = program("token").out.strip()
    local.clock.advance(3600)
    outcome = decode(token)
    assert outcome.status == 1 and local.issuer in outcome.out
    assert outcome.err == "cognito-async: the token has expired\n"
    outcome = decode(token, "--json")
    assert outcome.status == 1 and outcome.err == ""
    assert (outcome.json["holds"], outcome.json["reason"]) == (False, "expired")
    assert outcome.json["error"] == {"code": "TokenExpired", "message": "the token has expired"}
    assert outcome.json["claims"]["username"] == "alice"


def test_forged_token_is_shown_and_does_not_hold(local: LocalUserPool, decode: Any) -> None:
    outcome = decode(jwt(username="mallory", exp=1e400, text="\x1b[31m\n"), "--json")
    assert outcome.status == 1 and outcome.json["claims"]["username"] == "mallory"
    outcome = decode(jwt(username="mallory", exp=-1, list=[1], text="\x1b[31m"))
    assert outcome.status == 1 and "\x1b" not in outcome.out and "mallory" in outcome.out


def test_without_keys_it_is_not_known_whether_a_token_holds(
    local: LocalUserPool, program: Program, decode: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = program("token").out.strip()
    client = httpx.AsyncClient(transport=httpx.MockTransport(lambda _: httpx.Response(503)))
    pool = UserPool(local.settings.id, local.client.id, http_client=client, clock=local.clock)
    monkeypatch.setattr(session.Target, "auth", lambda _: pool.auth())
    outcome = decode(token, "--json")
    assert outcome.status == 1 and outcome.json["holds"] is None and outcome.json["reason"] is None
    assert outcome.json["error"]["code"] == "KeysUnavailable"


@pytest.mark.parametrize(("text", "code"), [("", "MissingInput"), (" \n", "MissingInput"), ("abc", "MalformedToken")])
def test_text_that_is_no_token_is_refused(local: LocalUserPool, decode: Any, text: str, code: str) -> None:
    outcome = decode(text, "--json")
    assert outcome.status == 1 and outcome.json["error"]["code"] == code


def test_input_that_is_too_long_is_not_a_token(local: LocalUserPool, decode: Any) -> None:
    assert decode(f"a.{'b' * 65536}.c", "--json").json["error"]["code"] == "MalformedToken"


def test_closed_standard_input_has_no_token(
    local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", None)
    assert program("decode", "--json").json["error"]["code"] == "MissingInput"


def test_token_is_never_an_argument(local: LocalUserPool, program: Program) -> None:
    token = program("token").out.strip()
    outcome = program("decode", token)
    assert outcome.status == 2 and token not in outcome.out + outcome.err


def test_terminal_prompts_without_echo(local: LocalUserPool, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    token, asked = program("token").out.strip(), list[Any]()

    def prompt(question: str, **options: Any) -> str:
        asked.append((question, options["hide_input"]))
        return token

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(typer, "prompt", prompt)
    assert json.loads(program("decode", "--json").out)["holds"] is True
    assert asked == [("Token", True)]


def test_invalid_pool_is_wrong_usage(local: LocalUserPool, decode: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = UserPool("local_1", "client", region="eu-central-1")
    monkeypatch.setattr(session.Target, "auth", lambda _: pool.auth())
    token = SigningKeys.generate().access.sign({"token_use": "access"})
    outcome = decode(token, "--json")
    assert outcome.status == 2 and outcome.json["error"]["code"] == "ConfigurationError"
