"""`sign-in` prompts for the answer to every challenge."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import anyio
import pytest

from cognito_async import FileStore
from cognito_async._cli import session
from cognito_async.local import AppClientSettings, LocalUserPool, PoolSettings, Triggers
from cognito_async.lowlevel import admin_users, invoke, totp_code
from tests.cli.conftest import PASSWORD, FakeTerminal, MakeLocal, Program
from tests.support import make_user, refusal, scripted, tokens_reply

SIGNED_IN = "Signed in as alice.\n"


class LazyTerminal(FakeTerminal):
    """A fake terminal whose answers may be functions, which are called at the prompt."""

    def prompt(self, text: str, **options: Any) -> str:
        answer: Any = super().prompt(text, **options)
        return str(answer() if callable(answer) else answer)


def type_answers(*answers: Any, monkeypatch: pytest.MonkeyPatch) -> LazyTerminal:
    terminal = LazyTerminal(*answers)
    terminal.install(monkeypatch)
    return terminal


def add_alice(local: LocalUserPool, **settings: Any) -> Any:
    """Create the user alice with an e-mail address and a phone number, and set `settings` on the user entity."""

    async def make() -> None:
        pool = local.user_pool()
        attributes = {"email": "alice@example.com", "phone_number": "+4912345"}
        await pool.sign_up("alice", PASSWORD, attributes=attributes)
        await pool.confirm_sign_up("alice", local.outbox[-1].code)

    anyio.run(make)
    user: Any = local.service.find_user(local.settings.id, "alice")
    for name, value in settings.items():
        setattr(user, name, value)
    return user


def last_code(local: LocalUserPool) -> Any:
    return lambda: local.outbox[-1].code


def test_sign_in_prompts_for_a_sent_code(
    make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = make_local(PoolSettings(mfa="OPTIONAL"))
    add_alice(local, mfa=("SMS_MFA",))
    type_answers("000000", last_code(local), monkeypatch=monkeypatch)
    outcome = program("sign-in", "alice")
    assert outcome.out == SIGNED_IN
    assert outcome.err.count("A code was sent to +*******2345.") == 1, "the code was sent only once"


def test_second_factor_is_chosen_by_name_or_number(
    make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = make_local(PoolSettings(mfa="OPTIONAL"))
    add_alice(local, mfa=("SMS_MFA", "EMAIL_OTP"))
    for choice in ("EMAIL_OTP", "2"):
        terminal = type_answers("", "3", "0", "pigeon", choice, last_code(local), monkeypatch=monkeypatch)
        outcome = program("sign-in", "alice")
        assert outcome.out == SIGNED_IN and terminal.answers == []
        assert "1. SMS_MFA\n2. EMAIL_OTP\n" in outcome.err
        assert local.outbox[-1].medium == "EMAIL"


def test_sign_in_sets_up_an_app_with_a_qr_code(
    make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    local = make_local(PoolSettings(mfa="ON"))
    add_alice(local, attributes={})
    shown: list[str] = []

    def code() -> str:
        shown.append(capsys.readouterr().err)
        secret = shown[0].split("type into it: ")[1].split()[0]
        return totp_code(secret, local.clock.now())

    # The first code is wrong. This function also saves the screen, from which `code` reads the secret.
    def wrong() -> str:
        shown.append(capsys.readouterr().err)
        return "000000"

    type_answers("SOFTWARE_TOKEN_MFA", wrong, code, monkeypatch=monkeypatch)
    assert program("sign-in", "alice").out == SIGNED_IN
    assert "▀" in shown[0] or "█" in shown[0]
    assert "Code mismatch" in shown[1]

    local.clock.advance(31)
    secret = shown[0].split("type into it: ")[1].split()[0]
    type_answers(lambda: totp_code(secret, local.clock.now()), monkeypatch=monkeypatch)
    assert program("sign-in", "alice").out == SIGNED_IN


def test_sign_in_sets_up_email_mfa(make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    local = make_local(PoolSettings(mfa="ON", mfa_methods=("EMAIL_OTP",)))
    add_alice(local, attributes={})
    type_answers("alice@example.org", last_code(local), monkeypatch=monkeypatch)
    assert program("sign-in", "alice").out == SIGNED_IN
    assert local.outbox[-1].destination == "alice@example.org"


def test_temporary_password_and_missing_attributes_are_set(
    make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = make_local(PoolSettings(required_attributes=("given_name",)))
    request = admin_users.AdminCreateUserRequest(
        user_pool_id=local.settings.id, username="alice", temporary_password=PASSWORD, message_action="SUPPRESS"
    )
    anyio.run(invoke, local.user_pool(), admin_users.ADMIN_CREATE_USER, request)
    terminal = type_answers("weak", "Alice", "N3w-passw0rd", "Alice", monkeypatch=monkeypatch)
    assert program("sign-in", "alice").out == SIGNED_IN
    assert terminal.hidden == ["New password", "New password"]
    user = local.service.find_user(local.settings.id, "alice")
    assert user is not None and user.attributes["given_name"] == "Alice"


def test_custom_challenge_shows_parameters_and_hides_answers(
    make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def define(event: dict[str, Any]) -> None:
        rounds = event["request"]["session"]
        done = bool(rounds) and rounds[-1]["challengeResult"] and rounds[-1]["challengeName"] == "CUSTOM_CHALLENGE"
        event["response"] |= {"issueTokens": True} if done else {"challengeName": "CUSTOM_CHALLENGE"}

    async def create(event: dict[str, Any]) -> None:
        event["response"]["publicChallengeParameters"] = {"question": "6 * 7\x1b[2J"}

    async def verify(event: dict[str, Any]) -> None:
        event["response"]["answerCorrect"] = event["request"]["challengeAnswer"] == "42"

    triggers = Triggers(
        define_auth_challenge=define, create_auth_challenge=create, verify_auth_challenge_response=verify
    )
    local = make_local(PoolSettings(triggers=triggers))
    add_alice(local)
    terminal = type_answers("41", "42", monkeypatch=monkeypatch)
    outcome = program("sign-in", "alice", "--flow", "CUSTOM_AUTH")
    assert (outcome.out, outcome.err) == (SIGNED_IN, "question: 6 * 7 [2J\n" * 2)
    assert terminal.hidden == ["Answer", "Answer"]


@pytest.mark.parametrize(
    ("options", "answers"),
    [
        ((), ["EMAIL_OTP", "code"]),
        ((), ["PASSWORD"]),
        ((), ["PASSWORD_SRP"]),
        (("--preferred-challenge", "EMAIL_OTP"), ["code"]),
        (("--preferred-challenge", "PASSWORD"), []),
        (("--with-password",), []),
    ],
)
def test_first_factor_comes_from_a_prompt_or_an_option(
    make_local: MakeLocal,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    answers: list[Any],
) -> None:
    local = make_local(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")))
    add_alice(local)
    type_answers(*[last_code(local) if answer == "code" else answer for answer in answers], monkeypatch=monkeypatch)
    assert program("sign-in", "alice", "--flow", "USER_AUTH", *options).out == SIGNED_IN


@pytest.mark.parametrize("name", ["PASSWORD", "PASSWORD_SRP"])
def test_password_challenge_uses_the_password_variable(
    program: Program, make_local: MakeLocal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    make_local()
    asked = {"ChallengeName": name, "Session": "s" * 20, "ChallengeParameters": {"USERNAME": "alice"}}
    pool, recorder = scripted(asked, tokens_reply())
    monkeypatch.setattr(session.Target, "auth", lambda self: pool.auth(store=FileStore(tmp_path / "other.json")))
    type_answers(monkeypatch=monkeypatch)
    assert program("sign-in", "alice", "--flow", "USER_AUTH").out == SIGNED_IN
    assert recorder.calls[1][1]["ChallengeName"] == name


def test_unknown_challenge_prompts_for_names_and_values(
    program: Program, make_local: MakeLocal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_local()
    asked = {
        "ChallengeName": "NOT_YET",
        "Session": "s" * 20,
        "ChallengeParameters": {"\x1b[2J": "x", "USERNAME": "alice"},
    }
    pool, recorder = scripted(asked, refusal("CodeMismatchException", "no"), tokens_reply())
    monkeypatch.setattr(session.Target, "auth", lambda self: pool.auth(store=FileStore(tmp_path / "other.json")))
    terminal = type_answers("A", "1", "", "A", "2", "B", "3", "", monkeypatch=monkeypatch)
    outcome = program("sign-in", "alice", "--flow", "USER_AUTH")
    assert outcome.out == SIGNED_IN and "the service asks for NOT_YET (parameters: [2J, USERNAME)" in outcome.err
    assert terminal.hidden == ["A", "A", "B"]
    assert recorder.calls[2][1]["ChallengeResponses"] == {"USERNAME": "alice", "A": "2", "B": "3"}


def test_unknown_flow_is_wrong_usage(make_local: MakeLocal, program: Program) -> None:
    make_local()
    outcome = program("sign-in", "alice", "--flow", "NONE")
    assert outcome.status == 2 and "--flow" in outcome.err


def test_expired_session_ends_the_sign_in(
    make_local: MakeLocal, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = make_local(PoolSettings(mfa="OPTIONAL"), AppClientSettings(auth_session_validity=180))
    add_alice(local, mfa=("SMS_MFA",))

    def too_late() -> str:
        local.clock.advance(181)
        return local.outbox[-1].code

    type_answers(too_late, monkeypatch=monkeypatch)
    outcome = program("sign-in", "alice")
    assert (outcome.status, outcome.out) == (1, "")
    assert "session is expired" in outcome.err


def test_challenge_without_a_terminal_is_an_error(make_local: MakeLocal, program: Program) -> None:
    local = make_local(PoolSettings(mfa="ON"))
    add_alice(local)
    assert not sys.stdin.isatty()
    outcome = program("sign-in", "alice", "--json")
    assert outcome.status == 1 and outcome.json["error"]["code"] == "ChallengeRequired"


def test_sign_in_stores_the_session(make_local: MakeLocal, program: Program) -> None:
    local = make_local()
    anyio.run(make_user, local, "alice", PASSWORD)
    assert program("sign-in", "alice").status == 0
    assert "alice@example.com" in program("whoami").out
