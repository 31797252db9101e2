"""`cognito-async local`: a pool for clients in other processes."""

from __future__ import annotations

import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from cognito_async._cli import serve as serving
from cognito_async._cli.program import _parser, run
from cognito_async._local.listening import endpoint_of
from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from tests.cli.conftest import PASSWORD, Program
from tests.cli.program import CODE, PATIENCE, Served, serve

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
SECRET = "markerclientsecret0123456789"


def rpc(pool: Served, operation: str, **members: Any) -> httpx.Response:
    return httpx.post(
        pool.endpoint,
        content=json.dumps({"ClientId": pool.settings["client_id"], **members}),
        headers={
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
        },
        trust_env=False,
    )


def sign_up(pool: Served) -> httpx.Response:
    attributes = [{"Name": "email", "Value": "alice@example.com"}]
    return rpc(pool, "SignUp", Username="alice", Password=PASSWORD, UserAttributes=attributes)


def test_first_line_is_json_and_the_server_is_ready(served: Served) -> None:
    assert set(served.settings) == {"endpoint", "user_pool_id", "client_id"}
    assert served.endpoint.startswith("http://127.0.0.1:")
    assert httpx.get(f"{served.endpoint}/health", trust_env=False).json() == {"status": "ok"}


def test_issuer_is_the_served_address(served: Served) -> None:
    issuer = f"{served.endpoint}/{served.settings['user_pool_id']}"
    document = httpx.get(f"{issuer}/.well-known/openid-configuration", trust_env=False).json()
    assert document["issuer"] == issuer
    assert len(httpx.get(document["jwks_uri"], trust_env=False).json()["keys"]) == 2


def test_ids_and_secret_are_configurable() -> None:
    options = ("--user-pool-id", "eu-west-1_Mine", "--client-id", "mine")
    with serve(*options, COGNITO_CLIENT_SECRET=SECRET) as pool:
        assert pool.settings["user_pool_id"] == "eu-west-1_Mine"
        assert pool.settings["client_id"] == "mine"
        refused = sign_up(pool)
        assert refused.json()["__type"] == "NotAuthorizedException"
        assert "SECRET_HASH" in refused.json()["message"]


@posix
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_the_server_without_further_output(number: signal.Signals) -> None:
    with serve("--code", CODE) as pool:
        assert sign_up(pool).status_code == 200
        pool.process.send_signal(number)
        rest, errors = pool.process.communicate(timeout=PATIENCE)
    assert (pool.process.returncode, rest, errors) == (0, "", "")


@posix
def test_show_codes_prints_sent_codes() -> None:
    with serve("--show-codes") as pool:
        sign_up(pool)
        assert pool.process.stdout is not None
        shown = json.loads(pool.process.stdout.readline())
        assert shown | {"code": None} == {
            "username": "alice",
            "to": "alice@example.com",
            "kind": "sign_up",
            "code": None,
        }
        assert rpc(pool, "ConfirmSignUp", Username="alice", ConfirmationCode=shown["code"]).status_code == 200


def test_server_ends_on_a_signal_and_restores_the_handlers(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
    replies: list[httpx.Response] = []

    def visit(ready: dict[str, Any]) -> None:
        if "endpoint" not in ready:
            codes.append(ready["code"])
            return

        def call() -> None:
            try:
                replies.extend(httpx.get(ready["endpoint"] + path, trust_env=False) for path in ("/health", "/"))
                attributes = [{"Name": "email", "Value": "alice@example.com"}]
                members = {"Username": "alice", "Password": PASSWORD, "UserAttributes": attributes}
                headers = {"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp"}
                body = {"ClientId": ready["client_id"], **members}
                replies.append(httpx.post(ready["endpoint"], json=body, headers=headers, trust_env=False))
            finally:
                os.kill(os.getpid(), signal.SIGTERM)

        caller.append(threading.Thread(target=call))
        caller[0].start()

    codes: list[str] = []
    caller: list[threading.Thread] = []
    monkeypatch.setattr(serving, "print_json", visit)
    assert run(["local", "--show-codes", "--code", CODE]) == 0
    caller[0].join()
    assert [reply.status_code for reply in replies] == [200, 404, 200]
    assert codes == [CODE]
    assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before
    assert capsys.readouterr() == ("", "")


def test_signal_before_start_up_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    run_server = serving._Server.run

    def late(self: serving._Server, sockets: list[socket.socket] | None = None) -> None:
        signal.raise_signal(signal.SIGTERM)
        run_server(self, sockets)

    monkeypatch.setattr(serving._Server, "run", late)
    assert run(["local"]) == 0


@pytest.mark.timed
def test_replies_are_not_delayed_by_nagles_algorithm(served: Served) -> None:
    """uvicorn writes headers and body separately: without TCP_NODELAY the body waits 40 ms for the client's ACK."""
    url = f"{served.endpoint}/{served.settings['user_pool_id']}/.well-known/jwks.json"
    with httpx.Client(trust_env=False) as client:
        client.get(url)
        seconds = sorted(client.get(url).elapsed.total_seconds() for _ in range(30))
    assert seconds[15] < 0.02


def test_used_port_is_one_line_and_status_1(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        outcome = program("local", "--port", str(port))
    assert (outcome.status, outcome.out) == (1, "")
    assert outcome.err.startswith(f"cognito-async: cannot listen on 127.0.0.1, port {port}: ")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize("host", ["999.0.0.1", "a" * 64 + ".invalid", "..invalid"])
def test_invalid_host_is_one_line_and_status_1(program: Program, host: str) -> None:
    outcome = program("local", "--host", host)
    assert outcome.status == 1
    assert outcome.err.startswith(f"cognito-async: cannot listen on {host}")
    assert outcome.err.count("\n") == 1


@pytest.mark.parametrize(
    ("host", "called"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("localhost", "http://localhost:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("::1", "http://[::1]:80"),
    ],
)
def test_endpoint_is_an_address_that_clients_can_call(host: str, called: str) -> None:
    assert endpoint_of(host, 80) == called


class _Listener:
    def __init__(self, address: str) -> None:
        self._address = address

    def getsockname(self) -> tuple[str, int]:
        return self._address, 80


@pytest.mark.parametrize(
    ("address", "warned"),
    [("127.0.0.1", False), ("::1", False), ("0.0.0.0", True), ("::", True), ("192.0.2.1", True), ("fe80::1%lo", True)],
)
def test_listening_beyond_loopback_prints_a_warning(
    address: str, warned: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    serving._warn_unless_loopback(_Listener(address))  # type: ignore[arg-type]
    assert ("other machines" in capsys.readouterr().err) is warned


def test_invalid_client_secret_is_refused_and_not_shown(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COGNITO_CLIENT_SECRET", "hunter2")
    outcome = program("local")
    assert (outcome.status, outcome.out) == (2, "")
    assert "the client secret must have 24 to 64" in outcome.err
    assert "hunter2" not in outcome.err


SETTINGS = """
[user_pool]
id = "eu-west-1_Mine"
mfa = "ON"
[app_client]
id = "mine"
[triggers]
pre_sign_up = "beside_the_settings:confirm"
"""
TRIGGER = """
async def confirm(event):
    event["response"]["autoConfirmUser"] = event["request"]["clientMetadata"]["invited"] == "yes"
"""


def settings_file(folder: Path, text: str = SETTINGS) -> str:
    (folder / "beside_the_settings.py").write_text(TRIGGER, "utf-8")
    file = folder / "pool.toml"
    file.write_text(text, "utf-8")
    return str(file)


def test_settings_file_with_triggers_in_its_folder(tmp_path: Path) -> None:
    with serve("--settings", settings_file(tmp_path), "--client-id", "other") as pool:
        assert pool.settings["user_pool_id"] == "eu-west-1_Mine"
        assert pool.settings["client_id"] == "other"
        reply = rpc(pool, "SignUp", Username="alice", Password=PASSWORD, ClientMetadata={"invited": "yes"})
        assert reply.json()["UserConfirmed"] is True
        parameters = {"USERNAME": "alice", "PASSWORD": PASSWORD}
        asked = rpc(pool, "InitiateAuth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)
        assert asked.json()["ChallengeName"] == "MFA_SETUP"


def settings_of(*arguments: str) -> tuple[PoolSettings, AppClientSettings]:
    return serving._settings(_parser().parse_args(["local", *arguments]), "http://127.0.0.1:80")


def test_common_settings_have_options() -> None:
    contacts = ("--sign-up-with", "email", "--sign-up-with", "phone_number")
    factors = ("--first-factor", "PASSWORD", "--first-factor", "EMAIL_OTP")
    pool, client = settings_of("--mfa", "OPTIONAL", "--device-tracking", "ALWAYS", *contacts, *factors)
    assert (pool.mfa, pool.device_tracking, pool.issuer_endpoint) == ("OPTIONAL", "ALWAYS", "http://127.0.0.1:80")
    assert (pool.username_attributes, pool.first_factors) == (("email", "phone_number"), ("PASSWORD", "EMAIL_OTP"))
    assert client == AppClientSettings()


def test_options_and_environment_override_the_settings_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setenv("COGNITO_CLIENT_SECRET", SECRET)
    text = "[user_pool]\nmfa = 'ON'\nfixed_code = '1'\nissuer_endpoint = 'https://example.com'\n[app_client]\nid = 'x'"
    pool, client = settings_of("--settings", settings_file(tmp_path, text), "--mfa", "OPTIONAL")
    assert (pool.mfa, pool.fixed_code, pool.issuer_endpoint) == ("OPTIONAL", "1", "https://example.com")
    assert (client.id, client.secret) == ("x", SECRET)


def test_invalid_settings_file_is_wrong_usage(
    program: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", list(sys.path))
    outcome = program("local", "--settings", settings_file(tmp_path, "[user_pool]\nmfaa = 'ON'"))
    assert (outcome.status, outcome.out) == (2, "")
    assert "user_pool.mfaa: unknown setting" in outcome.err
    outcome = program("local", "--settings", str(tmp_path / "missing.toml"))
    assert outcome.status == 2 and "cannot read" in outcome.err
