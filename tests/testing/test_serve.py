"""`LocalUserPool.serve`: the pool as a server, for programs in other languages and for sync clients."""

from __future__ import annotations

import socket
import sys
import time
from pathlib import Path
from typing import Any

import anyio
import anyio.to_thread
import botocore.session
import httpx
import pytest

from cognito_async import UserPool, errors
from cognito_async._cli.program import run
from cognito_async.local import AppClientSettings, LocalUserPool, PoolServer
from tests.serving import no_leak

__all__ = ["no_leak"]

pytestmark = pytest.mark.usefixtures("background")
SECRET = "markerclientsecret0123456789"
TARGET = "AWSCognitoIdentityProviderService"


@pytest.fixture(scope="module")
def background() -> None:
    """Start the background loop, so that its own files count for no test."""
    with LocalUserPool().serve():
        pass


def call(server: PoolServer, operation: str, *, timeout: float = 5, **members: Any) -> httpx.Response:
    with http(timeout) as client:
        return client.post(
            server.endpoint,
            json={"ClientId": server.client_id, **members},
            headers={"X-Amz-Target": f"{TARGET}.{operation}"},
        )


def get(url: str, **headers: str) -> httpx.Response:
    with http() as client:
        return client.get(url, headers=headers)


def http(timeout: float = 5) -> httpx.Client:
    return httpx.Client(timeout=timeout, trust_env=False, verify=False)  # otherwise it would read certificates


def sign_up(server: PoolServer, name: str, *, timeout: float = 5) -> httpx.Response:
    return call(server, "SignUp", Username=name, Password="Passw0rd!", timeout=timeout)


def test_sync_client_and_the_test_see_the_same_pool(no_leak: None) -> None:
    local = LocalUserPool()
    user = local.make_user("alice")
    with local.serve() as server:
        assert server.endpoint.startswith("http://127.0.0.1:")
        assert (server.user_pool_id, server.client_id) == (local.settings.id, local.client.id)
        assert call(server, "GetUser", AccessToken=user.access_token).json()["Username"] == "alice"
        email = [{"Name": "email", "Value": "bob@example.com"}]
        call(server, "SignUp", Username="bob", Password="Passw0rd!", UserAttributes=email)
        confirmed = call(server, "ConfirmSignUp", Username="bob", ConfirmationCode=local.outbox[-1].code)
        assert confirmed.status_code == 200
        assert get(server.jwks_url).json() == local.jwks
    with pytest.raises(httpx.ConnectError):
        sign_up(server, "carol")


@pytest.mark.anyio
async def test_async_test_uses_the_server_with_its_own_client() -> None:
    local = LocalUserPool()
    user = local.make_user("alice")
    with local.serve() as server:
        async with UserPool(server.user_pool_id, server.client_id, endpoint=server.endpoint, clock=local.clock) as pool:
            assert (await pool.sign_in("alice", user.password)).signed_in
            assert (await pool.verifier().verify(user.access_token)).username == "alice"


def test_several_servers_are_independent() -> None:
    pools = [LocalUserPool() for _ in range(2)]
    with pools[0].serve() as first, pools[0].serve("localhost") as again, pools[1].serve() as other:
        assert sign_up(first, "alice").status_code == 200
        assert sign_up(again, "alice").json()["__type"] == "UsernameExistsException"
        assert sign_up(other, "alice").status_code == 200


def test_environment_is_enough_for_another_program(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    local = LocalUserPool(client=AppClientSettings(secret=SECRET))
    user = local.make_user("alice")
    with local.serve() as server:
        assert server.env["COGNITO_CLIENT_SECRET"] == SECRET and SECRET not in repr(server)
        assert server.env["AWS_SECRET_ACCESS_KEY"] not in repr(server)
        assert repr(server).startswith("PoolServer(endpoint='http://127.0.0.1:")
        for name, value in {**server.env, "COGNITO_PASSWORD": user.password}.items():
            monkeypatch.setenv(name, value)
        assert run(["sign-in", "alice", "--store", str(tmp_path / "store")]) == 0
        assert "alice" in capsys.readouterr().out
        client = botocore.session.get_session().create_client("cognito-idp")
        assert [each["Username"] for each in client.list_users(UserPoolId=server.user_pool_id)["Users"]] == ["alice"]
    with LocalUserPool().serve() as server:
        assert "COGNITO_CLIENT_SECRET" not in server.env


def test_late_request_ends_with_the_patience_of_the_client(no_leak: None) -> None:
    local = LocalUserPool()
    with local.serve() as server:
        local.faults.time_out("SignUp")
        with pytest.raises(httpx.ReadTimeout):
            sign_up(server, "alice", timeout=0.05)
        assert sign_up(server, "alice").status_code == 200


def test_server_ends_while_a_client_waits(no_leak: None) -> None:
    local = LocalUserPool()
    caught: list[Exception] = []

    async def wait_for_reply() -> None:
        def wait() -> None:
            try:
                sign_up(server, "alice")
            except httpx.TransportError as error:
                caught.append(error)

        async with anyio.create_task_group() as tasks:
            with local.serve() as server:
                local.faults.time_out()
                tasks.start_soon(anyio.to_thread.run_sync, wait)
                while repr(local.faults) != "Faults()":  # noqa: ASYNC110 - there is no event for it
                    await anyio.sleep(0.002)
                started = time.monotonic()
        assert time.monotonic() - started < 1

    anyio.run(wait_for_reply)
    assert len(caught) == 1


def test_connection_is_closed_instead_of_a_lost_reply(no_leak: None) -> None:
    local = LocalUserPool()
    with local.serve() as server:
        local.faults.lose_reply("SignUp")
        with pytest.raises(httpx.RemoteProtocolError):
            sign_up(server, "alice")
        assert sign_up(server, "alice").json()["__type"] == "UsernameExistsException"


def test_sdk_of_aws_repeats_a_call_with_a_lost_reply(monkeypatch: pytest.MonkeyPatch) -> None:
    """It takes a body that is cut off for an empty one, if the reply has the header `content-length`."""
    local = LocalUserPool()
    user = local.make_user("alice")
    with local.serve() as server:
        for name, value in server.env.items():
            monkeypatch.setenv(name, value)
        client = botocore.session.get_session().create_client("cognito-idp")
        local.faults.lose_reply("GetUser")
        assert client.get_user(AccessToken=user.access_token)["Username"] == "alice"
        client.close()


def test_clock_and_keys_are_those_of_the_test() -> None:
    local = LocalUserPool()
    user = local.make_user("alice")
    token = user.access_token
    with local.serve() as server:
        local.rotate_keys()
        assert len(get(server.jwks_url).json()["keys"]) == 4
        local.clock.advance(3600)
        refused = call(server, "GetUser", AccessToken=token)
        assert refused.json()["message"] == "Access Token has expired"


def test_other_hosts_are_allowed_by_name() -> None:
    local = LocalUserPool()
    with local.serve(allowed_hosts=["cognito"]) as server:
        statuses = [get(server.jwks_url, host=host).status_code for host in ("cognito:80", "elsewhere")]
    assert statuses == [200, 403]


@pytest.mark.parametrize(
    ("host", "port"),
    [("nowhere.invalid", 0), ("127.0.0.1", -1), ("127.0.0.1", 65536), ("127.0.0.1", "x"), ("\udcff", 0)],
)
def test_address_that_cannot_be_used_is_refused(host: str, port: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: Any, **options: Any) -> Any:
        raise socket.gaierror("no such name")

    if host == "nowhere.invalid":  # without a look-up
        monkeypatch.setattr("socket.getaddrinfo", fail)
    with pytest.raises(errors.ConfigurationError, match="cannot listen on"), LocalUserPool().serve(host, port):
        pass


def test_host_must_be_a_text() -> None:
    nothing: Any = None
    with pytest.raises(errors.ConfigurationError, match="host must be a str"), LocalUserPool().serve(nothing):
        pass


def test_missing_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cognito_async._testing.server", None)
    with (
        pytest.raises(errors.ConfigurationError, match=r"pip install 'cognito-async\[local\]'"),
        LocalUserPool().serve(),
    ):
        pass
