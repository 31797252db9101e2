"""The commands for a user pool, against a pool in another process."""

from __future__ import annotations

import functools
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from cognito_async import Auth, FileStore, SignOutResult, errors
from cognito_async._cli import session
from tests.cli.conftest import PASSWORD, FakeTerminal, Program
from tests.cli.program import CODE, Served, process
from tests.support import refusal, scripted, tokens_reply


def test_all_commands_from_sign_up_to_sign_out(program: Program, pool: Served) -> None:
    name = "peter"
    outcome = program("sign-up", name, "--attribute", "email=peter@example.com", "--attribute", "name=Peter = P.")
    assert outcome.status == 0
    assert outcome.out == (
        "peter has an account now.\nA code was sent by EMAIL to p***@e***.\nNext: cognito-async confirm peter CODE\n"
    )
    assert program("resend", name).out == "A code was sent by EMAIL to p***@e***.\n"
    assert program("confirm", name, CODE).out == "peter is confirmed.\nNext: cognito-async sign-in peter\n"
    assert program("sign-in", name).out == "Signed in as peter.\n"
    shown = program("whoami").out
    assert shown.startswith("peter")
    assert "Peter = P." in shown
    assert program("sign-out").out == "Signed out.\n"
    assert program("sign-out").out == "No user was signed in.\n"
    gone = program("whoami")
    assert (gone.status, gone.out) == (1, "")
    assert gone.err == "cognito-async: no user is signed in: run cognito-async sign-in first\n"


def test_json_is_one_object_without_tokens(program: Program, pool: Served) -> None:
    made = program("sign-up", "paul", "--attribute", "email=paul@example.com", "--json").json
    sub = made["user_sub"]
    delivery = {"destination": "p***@e***", "medium": "EMAIL", "attribute": "email"}
    user = {"username": "paul", "sub": sub}
    assert made == {"user": user, "user_confirmed": False, "user_sub": sub, "code_delivery": delivery}
    assert program("resend", "paul", "--json").json == {"code_delivery": delivery}
    assert program("confirm", "paul", CODE, "--json").json == {"user": {"username": "paul", "sub": None}}
    assert program("sign-in", "paul", "--json").json == {"user": user, "challenge": None}
    attributes = {"sub": sub, "email": "paul@example.com", "email_verified": "true"}
    assert program("whoami", "--json").json == {"user": user, "attributes": attributes}
    assert program("sign-out", "--json").json == {"remote": "done"}
    assert program("sign-out", "--json").json == {"remote": "none"}
    assert program("whoami", "--json").json["error"]["code"] == "NoCurrentUser"


def test_the_session_lasts_from_one_process_to_the_next(user: str, pool: Served) -> None:
    assert process("sign-in", user).returncode == 0
    assert json.loads(process("whoami", "--json").stdout)["user"]["username"] == user
    assert process("sign-out", "--global").stdout == "Signed out everywhere.\n"
    assert process("whoami").returncode == 1


def test_empty_variables_count_as_unset(user: str, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COGNITO_CLIENT_SECRET", "")
    monkeypatch.setenv("COGNITO_REGION", "")
    assert program("sign-in", user).status == 0
    monkeypatch.setenv("COGNITO_PASSWORD", "")
    assert program("sign-in", user).err == (
        "cognito-async: there is no terminal to ask for the password: set COGNITO_PASSWORD\n"
    )


@pytest.mark.parametrize(
    ("arguments", "password", "code"),
    [
        (("sign-in", "{user}"), "Wrong-Passw0rd!", "NotAuthorizedException"),
        (("sign-in", "nobody"), PASSWORD, "UserNotFoundException"),
        (("sign-up", "{user}", "--attribute", "email=x@example.com"), PASSWORD, "UsernameExistsException"),
        (("sign-up", "new", "--attribute", "email=x@example.com"), "short", "InvalidPasswordException"),
        (("sign-up", ""), PASSWORD, "ConfigurationError"),
        (("resend", "{user}"), PASSWORD, "InvalidParameterException"),
        (("confirm", "{user}", CODE), PASSWORD, "NotAuthorizedException"),
    ],
)
def test_service_error_is_one_line_or_one_json_object(
    program: Program,
    user: str,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    password: str,
    code: str,
) -> None:
    monkeypatch.setenv("COGNITO_PASSWORD", password)
    command = [text.format(user=user) for text in arguments]
    outcome = program(*command)
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("cognito-async: ")
    assert outcome.err.count("\n") == 1
    assert password not in outcome.err
    refused = program(*command, "--json")
    assert refused.status == 1
    assert refused.json["error"]["code"] == code
    assert refused.json["error"]["message"]


def test_failed_connection_is_one_line_and_status_1(
    program: Program, pool: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COGNITO_ENDPOINT", "http://127.0.0.1:9")
    outcome = program("resend", "alice")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith("cognito-async: no connection to the service")
    assert outcome.err.count("\n") == 1


def test_sign_out_without_network_ends_only_the_local_session(
    program: Program, user: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = os.environ["COGNITO_ENDPOINT"]
    program("sign-in", user)
    monkeypatch.setenv("COGNITO_ENDPOINT", "http://127.0.0.1:9")
    outcome = program("sign-out", "--json")
    assert outcome.status == 1
    assert outcome.json["remote"] == "failed"
    assert outcome.json["error"]["code"] == "ConnectFailed"
    assert outcome.json["error"]["message"].startswith("signed out locally; the service may still have the session: ")
    monkeypatch.setenv("COGNITO_ENDPOINT", endpoint)
    assert program("whoami").status == 1


def test_unusable_store_is_one_line_and_status_1(program: Program, user: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    outcome = program("sign-in", user, "--store", str(tmp_path / "file" / "sessions.json"))
    assert outcome.status == 1
    assert "cannot be used as a store: " in outcome.err
    assert outcome.err.count("\n") == 1
    (tmp_path / "broken").write_text("nonsense")
    (tmp_path / "broken").chmod(0o600)
    outcome = program("whoami", "--store", str(tmp_path / "broken"))
    assert outcome.status == 1
    assert "not a file of cognito_async" in outcome.err


@pytest.mark.parametrize(
    ("platform", "variables", "expected"),
    [
        ("linux", {"XDG_STATE_HOME": "/state"}, "/state/cognito-async/sessions.json"),
        ("linux", {"XDG_STATE_HOME": "relative"}, "/home/alice/.local/state/cognito-async/sessions.json"),
        ("darwin", {"XDG_STATE_HOME": ""}, "/home/alice/.local/state/cognito-async/sessions.json"),
        ("win32", {"LOCALAPPDATA": "/local"}, "/local/cognito-async/sessions.json"),
        ("win32", {"LOCALAPPDATA": ""}, "/home/alice/AppData/Local/cognito-async/sessions.json"),
    ],
)
def test_default_store_follows_the_platform(
    monkeypatch: pytest.MonkeyPatch, platform: str, variables: dict[str, str], expected: str
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(Path, "home", lambda: Path("/home/alice"))
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert session.default_store().as_posix() == expected


def test_user_without_a_home_must_name_the_store(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless() -> Path:
        raise RuntimeError("Could not determine home directory.")

    monkeypatch.setattr(Path, "home", homeless)
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    outcome = program("whoami", "--user-pool-id", "eu-central-1_Abc", "--client-id", "client")
    assert (outcome.status, outcome.err) == (2, "cognito-async: this user has no home folder: pass --store\n")


def test_empty_code_is_refused(program: Program, pool: Served) -> None:
    outcome = program("confirm", "alice", "")
    assert outcome.status == 1 and "must not be empty" in outcome.err


def test_terminal_prompts_for_password_and_code(
    program: Program, pool: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COGNITO_PASSWORD")
    terminal = FakeTerminal(PASSWORD, CODE, PASSWORD).install(monkeypatch)
    assert program("sign-up", "mary", "--attribute", "email=mary@example.com").status == 0
    assert program("confirm", "mary").status == 0
    assert program("sign-in", "mary").status == 0
    assert terminal.hidden == ["Password", "Code", "Password"]


def test_ctrl_c_at_a_prompt_is_one_line_and_status_1(
    program: Program, pool: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("COGNITO_PASSWORD")
    FakeTerminal().install(monkeypatch)
    outcome = program("sign-in", "mary")
    assert (outcome.status, outcome.out, outcome.err) == (1, "", "cognito-async: aborted\n")


def test_missing_code_without_a_terminal_is_one_line(program: Program, pool: Served) -> None:
    outcome = program("confirm", "mary")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err == "cognito-async: there is no terminal to ask for the code: give it as the last argument\n"


def _script_server(*answers: Any, store: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make the commands call a server that sends these replies."""
    user_pool, recorder = scripted(*answers)
    monkeypatch.setattr(session.Target, "auth", lambda self: user_pool.auth(store=FileStore(store)))
    return recorder


CHALLENGE = {
    "ChallengeName": "SMS_MFA",
    "Session": "MarkerSessionOfTheService",
    "ChallengeParameters": {"CODE_DELIVERY_DESTINATION": "+*******1234", "\x1b[2J": "x", "USERNAME": "alice"},
}


@pytest.fixture
def without_srp(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sign in with one request, because the scripted server does not know SRP."""
    monkeypatch.setattr(Auth, "sign_in", functools.partialmethod(Auth.sign_in, flow="USER_PASSWORD_AUTH"))


@pytest.mark.usefixtures("without_srp")
def test_challenge_prompts_until_the_code_is_right(
    program: Program, pool: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "sessions.json"
    replies = CHALLENGE, refusal("CodeMismatchException", "Invalid code."), tokens_reply()
    recorder = _script_server(*replies, store=store, monkeypatch=monkeypatch)
    terminal = FakeTerminal("000000", "123456").install(monkeypatch)
    outcome = program("sign-in", "alice")
    assert (outcome.status, outcome.out) == (0, "Signed in as alice.\n")
    asked = "A code was sent to +*******1234."
    assert outcome.err.splitlines() == [asked, "Invalid code. (operation RespondToAuthChallenge)"]
    assert terminal.answers == []
    answers = [body["ChallengeResponses"]["SMS_MFA_CODE"] for _, body in recorder.calls[1:]]
    assert answers == ["000000", "123456"]


@pytest.mark.usefixtures("without_srp")
def test_challenge_with_an_invalid_session_ends_the_sign_in(
    program: Program, pool: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replies = {**CHALLENGE, "ChallengeParameters": {}}, refusal("NotAuthorizedException", "Invalid session.")
    _script_server(*replies, store=tmp_path / "sessions.json", monkeypatch=monkeypatch)
    FakeTerminal("123456").install(monkeypatch)
    outcome = program("sign-in", "alice")
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.splitlines() == [
        "A code was sent to you.",
        "cognito-async: Invalid session: sign in again (operation RespondToAuthChallenge)",
    ]


@pytest.mark.usefixtures("without_srp")
def test_challenge_without_a_terminal_is_a_clear_error(
    program: Program, pool: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _script_server(CHALLENGE, store=tmp_path / "sessions.json", monkeypatch=monkeypatch)
    error = program("sign-in", "alice", "--json").json["error"]
    assert error["code"] == "ChallengeRequired"
    assert error["message"].startswith("the service asks for SMS_MFA (parameters: ")
    assert error["message"].endswith("; run sign-in in a terminal to answer it")
    assert "MarkerSessionOfTheService" not in error["message"]


def test_auto_confirmed_sign_up_mentions_no_code(
    program: Program, pool: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reply = {"UserConfirmed": True, "UserSub": "alice-sub"}
    _script_server(reply, store=tmp_path / "sessions.json", monkeypatch=monkeypatch)
    assert program("sign-up", "alice").out == "alice has an account now.\n"


def test_service_error_cannot_control_the_terminal(
    program: Program, pool: Served, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = refusal("UserLambdaValidationException", "no\x1b]0;pwned\x07\n[bold]this[/bold]\u202e")
    _script_server(said, store=tmp_path / "sessions.json", monkeypatch=monkeypatch)
    outcome = program("sign-up", "alice")
    assert outcome.err == "cognito-async: no ]0;pwned [bold]this[/bold] (operation SignUp)\n"


@pytest.mark.parametrize(("remote", "status"), [("already", 0), ("unknown", 1), ("failed", 1)])
def test_sign_out_fails_if_the_remote_result_is_uncertain(
    program: Program, pool: Served, monkeypatch: pytest.MonkeyPatch, remote: Any, status: int
) -> None:
    async def sign_out(self: Auth, *, global_: bool) -> SignOutResult:
        return SignOutResult(remote=remote, error=errors.NotAuthorizedException("Access Token has been revoked"))

    monkeypatch.setattr(Auth, "sign_out", sign_out)
    outcome = program("sign-out", "--global", "--json")
    assert (outcome.status, outcome.json["remote"]) == (status, remote)
    assert ("error" in outcome.json) is bool(status)


def test_store_key_variable_encrypts_the_store(
    program: Program, user: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = tmp_path / "sealed.json"
    monkeypatch.setenv("COGNITO_STORE", str(store))
    monkeypatch.setenv("COGNITO_STORE_KEY", "k" * 32)
    assert program("sign-in", user).status == 0
    assert '"sealed"' in store.read_text()
    assert program("whoami").status == 0
    monkeypatch.setenv("COGNITO_STORE_KEY", "z" * 32)
    outcome = program("whoami")
    assert outcome.status == 1 and "encrypted with another key" in outcome.err
    monkeypatch.setenv("COGNITO_STORE_KEY", "hunter2")
    outcome = program("whoami")
    assert outcome.status == 2 and "at least 32" in outcome.err and "hunter2" not in outcome.err
    monkeypatch.setenv("COGNITO_STORE_KEY", "")
    outcome = program("whoami")
    assert outcome.status == 1 and "it is encrypted" in outcome.err
