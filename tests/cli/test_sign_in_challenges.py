"""`sign-in` walks through whatever the service asks for."""

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
from tests.cli.conftest import PASSWORD, Locally, Program, Terminal
from tests.support import make_user, refusal, scripted, tokens_reply

SIGNED_IN = "Signed in as alice.\n"


class Typist(Terminal):
    """Somebody whose answers may depend on what has happened until they are asked for."""

    def prompt(self, text: str, **options: Any) -> str:
        answer: Any = super().prompt(text, **options)
        return str(answer() if callable(answer) else answer)


def typist(*answers: Any, monkeypatch: pytest.MonkeyPatch) -> Typist:
    someone = Typist(*answers)
    someone.sit_down(monkeypatch)
    return someone


def alice(local: LocalUserPool, **settings: Any) -> Any:
    """A user of the pool, with a phone number too."""

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


def sent(local: LocalUserPool) -> Any:
    return lambda: local.outbox[-1].code


def test_a_sent_code_is_asked_for(locally: Locally, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    local = locally(PoolSettings(mfa="OPTIONAL"))
    alice(local, mfa=("SMS_MFA",))
    typist("000000", sent(local), monkeypatch=monkeypatch)
    outcome = program("sign-in", "alice")
    assert outcome.out == SIGNED_IN
    assert outcome.err.count("A code was sent to +*******2345.") == 1, "no other code went there"


def test_a_second_factor_is_chosen_by_name_or_number(
    locally: Locally, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = locally(PoolSettings(mfa="OPTIONAL"))
    alice(local, mfa=("SMS_MFA", "EMAIL_OTP"))
    for choice in ("EMAIL_OTP", "2"):
        someone = typist("", "3", "0", "pigeon", choice, sent(local), monkeypatch=monkeypatch)
        outcome = program("sign-in", "alice")
        assert outcome.out == SIGNED_IN and someone.answers == []
        assert "1. SMS_MFA\n2. EMAIL_OTP\n" in outcome.err
        assert local.outbox[-1].medium == "EMAIL"


def test_an_app_is_set_up_within_the_sign_in_with_its_secret_as_a_picture(
    locally: Locally, program: Program, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    local = locally(PoolSettings(mfa="ON"))
    alice(local)
    shown: list[str] = []

    def code() -> str:
        shown.append(capsys.readouterr().err)
        secret = shown[0].split("type into it: ")[1].split()[0]
        return totp_code(secret, local.clock.now())

    typist("SOFTWARE_TOKEN_MFA", "000000", code, monkeypatch=monkeypatch)

    # The first code is wrong, and what was shown until then is read by the second.
    def wrong() -> str:
        shown.append(capsys.readouterr().err)
        return "000000"

    typist("SOFTWARE_TOKEN_MFA", wrong, code, monkeypatch=monkeypatch)
    assert program("sign-in", "alice").out == SIGNED_IN
    assert "▀" in shown[0] or "█" in shown[0]
    assert "Code mismatch" in shown[1]

    local.clock.advance(31)
    secret = shown[0].split("type into it: ")[1].split()[0]
    typist(lambda: totp_code(secret, local.clock.now()), monkeypatch=monkeypatch)
    assert program("sign-in", "alice").out == SIGNED_IN


def test_an_address_is_set_up_within_the_sign_in(
    locally: Locally, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = locally(PoolSettings(mfa="ON", mfa_methods=("EMAIL_OTP",)))
    alice(local)
    typist("alice@example.org", sent(local), monkeypatch=monkeypatch)
    assert program("sign-in", "alice").out == SIGNED_IN
    assert local.outbox[-1].destination == "alice@example.org"


def test_a_temporary_password_is_replaced_with_the_attributes_that_are_missing(
    locally: Locally, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    local = locally(PoolSettings(required_attributes=("given_name",)))
    request = admin_users.AdminCreateUserRequest(
        user_pool_id=local.settings.id, username="alice", temporary_password=PASSWORD, message_action="SUPPRESS"
    )
    anyio.run(invoke, local.user_pool(), admin_users.ADMIN_CREATE_USER, request)
    someone = typist("weak", "Alice", "N3w-passw0rd", "Alice", monkeypatch=monkeypatch)
    assert program("sign-in", "alice").out == SIGNED_IN
    assert someone.hidden == ["New password", "New password"]
    user = local.service.find_user(local.settings.id, "alice")
    assert user is not None and user.attributes["given_name"] == "Alice"


def test_custom_challenges_show_what_is_public_and_hide_the_answer(
    locally: Locally, program: Program, monkeypatch: pytest.MonkeyPatch
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
    local = locally(PoolSettings(triggers=triggers))
    alice(local)
    someone = typist("41", "42", monkeypatch=monkeypatch)
    outcome = program("sign-in", "alice", "--flow", "CUSTOM_AUTH")
    assert (outcome.out, outcome.err) == (SIGNED_IN, "question: 6 * 7 [2J\n" * 2)
    assert someone.hidden == ["Answer", "Answer"]


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
def test_how_to_sign_in_is_chosen_or_said_at_once(
    locally: Locally,
    program: Program,
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[str, ...],
    answers: list[Any],
) -> None:
    local = locally(PoolSettings(first_factors=("PASSWORD", "EMAIL_OTP")))
    alice(local)
    typist(*[sent(local) if answer == "code" else answer for answer in answers], monkeypatch=monkeypatch)
    assert program("sign-in", "alice", "--flow", "USER_AUTH", *options).out == SIGNED_IN


@pytest.mark.parametrize("name", ["PASSWORD", "PASSWORD_SRP"])
def test_a_password_that_is_asked_for_later(
    program: Program, locally: Locally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    locally()
    asked = {"ChallengeName": name, "Session": "s" * 20, "ChallengeParameters": {"USERNAME": "alice"}}
    pool, recorder = scripted(asked, tokens_reply())
    monkeypatch.setattr(session.Target, "auth", lambda self: pool.auth(store=FileStore(tmp_path / "other.json")))
    typist(monkeypatch=monkeypatch)
    assert program("sign-in", "alice", "--flow", "USER_AUTH").out == SIGNED_IN
    assert recorder.calls[1][1]["ChallengeName"] == name


def test_a_challenge_of_the_future_is_answered_by_the_services_names(
    program: Program, locally: Locally, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locally()
    asked = {
        "ChallengeName": "NOT_YET",
        "Session": "s" * 20,
        "ChallengeParameters": {"\x1b[2J": "x", "USERNAME": "alice"},
    }
    pool, recorder = scripted(asked, refusal("CodeMismatchException", "no"), tokens_reply())
    monkeypatch.setattr(session.Target, "auth", lambda self: pool.auth(store=FileStore(tmp_path / "other.json")))
    someone = typist("A", "1", "", "A", "2", "B", "3", "", monkeypatch=monkeypatch)
    outcome = program("sign-in", "alice", "--flow", "USER_AUTH")
    assert outcome.out == SIGNED_IN and "the service asks for NOT_YET (parameters: [2J, USERNAME)" in outcome.err
    assert someone.hidden == ["A", "A", "B"]
    assert recorder.calls[2][1]["ChallengeResponses"] == {"USERNAME": "alice", "A": "2", "B": "3"}


def test_a_flow_that_is_none_is_wrong_usage(locally: Locally, program: Program) -> None:
    locally()
    outcome = program("sign-in", "alice", "--flow", "NONE")
    assert outcome.status == 2 and "--flow" in outcome.err


def test_a_refused_answer_ends_the_sign_in(locally: Locally, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    local = locally(PoolSettings(mfa="OPTIONAL"), AppClientSettings(auth_session_validity=180))
    alice(local, mfa=("SMS_MFA",))

    def too_late() -> str:
        local.clock.advance(181)
        return local.outbox[-1].code

    typist(too_late, monkeypatch=monkeypatch)
    outcome = program("sign-in", "alice")
    assert (outcome.status, outcome.out) == (1, "")
    assert "session is expired" in outcome.err


def test_without_a_terminal_what_is_asked_for_is_told(locally: Locally, program: Program) -> None:
    local = locally(PoolSettings(mfa="ON"))
    alice(local)
    assert not sys.stdin.isatty()
    outcome = program("sign-in", "alice", "--json")
    assert outcome.status == 1 and outcome.json["error"]["code"] == "ChallengeRequired"


def test_it_stays_signed_in(locally: Locally, program: Program) -> None:
    local = locally()
    anyio.run(make_user, local, "alice", PASSWORD)
    assert program("sign-in", "alice").status == 0
    assert "alice@example.com" in program("whoami").out
