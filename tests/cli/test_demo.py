"""`cognito-async demo`, with and without optional packages."""

from __future__ import annotations

import re
import secrets
import sys
import time
from typing import Any

import pytest

from cognito_async import Auth, CodeDelivery, errors
from cognito_async._cli.demo import demonstrate
from cognito_async._cli.failure import Failure
from cognito_async.local import LocalUserPool
from tests.cli.conftest import Program
from tests.cli.program import process

EXTRAS = ("typer", "rich", "uvicorn", "trio", "gmpy2")


def test_demo_needs_no_extra_ends_within_five_seconds_and_shows_no_secret() -> None:
    started = time.monotonic()
    outcome = process("demo", without=EXTRAS)
    assert time.monotonic() - started < 5
    assert (outcome.returncode, outcome.stderr) == (0, "")
    assert "eyJ" not in outcome.stdout, "the output contains no token"
    assert not re.search(r"\b\d{6}\b", outcome.stdout), "the output contains no code"
    steps = re.findall(r"^ ?\d+\. await (.+)$", outcome.stdout, re.MULTILINE)
    assert [step.partition("(")[0].partition(".")[2] for step in steps] == [
        "sign_up",
        "sign_in",
        "resend_sign_up",
        "confirm_sign_up",
        "sign_in",
        "sign_in",
        "user.attributes",
        "sign_out",
        "current_user",
        "sign_in",
        "sign_out",
        "refresh",
    ]
    for shown in (
        "→ SignUpResult(",
        "user_confirmed=False",
        "→ raises UserNotConfirmedException",
        "→ CodeDelivery(destination='a***@e***'",
        "→ ConfirmSignUpResult(",
        "→ raises NotAuthorizedException: Incorrect username or password.",
        "→ SignInResult(",
        "'email_verified': 'true'",
        "→ SignOutResult(remote='done'",
        "→ raises SessionExpired",
        "All 12 steps succeeded",
    ):
        assert shown in outcome.stdout


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_demo_runs_on_both_event_loops(program: Program, backend: str) -> None:
    outcome = program("demo", "--backend", backend)
    assert outcome.status == 0
    assert "All 12 steps" in outcome.out


def test_demo_without_trio_says_how_to_install_it(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "trio", None)
    outcome = program("demo", "--backend", "trio")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "cognito-async: `demo --backend trio` needs trio: pip install trio\n"


@pytest.mark.anyio
async def test_demo_prints_no_password_code_or_token(monkeypatch: pytest.MonkeyPatch) -> None:
    marker, lines, tokens = "MarkerPassword", list[str](), list[str]()
    monkeypatch.setattr(secrets, "token_urlsafe", lambda size: marker)
    sign_in = Auth.sign_in

    async def note_tokens(self: Auth, *arguments: Any, **options: Any) -> Any:
        result = await sign_in(self, *arguments, **options)
        tokens.extend(str(value) for value in result.tokens.reveal().values() if isinstance(value, str))
        return result

    monkeypatch.setattr(Auth, "sign_in", note_tokens)
    local = LocalUserPool()
    await demonstrate(lines.append, local)
    shown = "\n".join(lines)
    codes = [message.code for message in local.outbox]
    assert len(codes) == 2
    assert len(tokens) == 3 * 4
    found = [secret for secret in (marker, *codes, *tokens) if secret in shown and secret != "Bearer"]
    assert found == []


@pytest.mark.parametrize(
    ("method", "outcome"),
    [
        ("resend_sign_up", errors.LimitExceededException("Attempt limit exceeded.")),
        ("resend_sign_up", CodeDelivery(medium="SMS")),
        ("sign_in", errors.ConnectFailed("no connection")),
    ],
    ids=["an error", "another value", "another error"],
)
def test_unexpected_result_ends_the_demo_with_status_1(
    program: Program, monkeypatch: pytest.MonkeyPatch, method: str, outcome: object
) -> None:
    async def surprise(*arguments: Any, **options: Any) -> object:
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(f"cognito_async.Auth.{method}", surprise)
    ended = program("demo")
    assert ended.status == 1
    assert ended.err.startswith("cognito-async: the demo failed: unexpected result of auth.")
    assert ended.err.count("\n") == 1


@pytest.mark.anyio
async def test_missing_error_ends_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    async def welcome(*arguments: Any, **options: Any) -> str:
        return "welcome"

    monkeypatch.setattr("cognito_async.Auth.sign_in", welcome)
    with pytest.raises(Failure, match="'welcome'"):
        await demonstrate(lambda line: None)
