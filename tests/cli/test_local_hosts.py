"""`cognito-async local` answers for the hosts and web pages that it should, by requests over a socket."""

from __future__ import annotations

import argparse
import http.client
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from cognito_async._cli import serve as serving
from cognito_async._cli.program import _parser
from cognito_async._local.service import ACCESS_KEY_ID, SECRET_ACCESS_KEY, LocalService
from tests.cli.conftest import PASSWORD, Program
from tests.cli.program import Served, serve

TARGET = {"X-Amz-Target": "AWSCognitoIdentityProviderService.SignUp"}


@pytest.fixture(scope="module")
def pool() -> Iterator[Served]:
    with serve("--allow-host", "cognito", "--allow-host", ".example.test") as served:
        yield served


def send(
    pool: Served, *hosts: str, method: str = "GET", path: str = "/health", body: str = "", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Send a request with these headers `Host`. Return the status, the headers and the body."""
    connection = http.client.HTTPConnection(urlsplit(pool.endpoint).netloc)
    connection.putrequest(method, path, skip_host=True)
    for host in hosts:
        connection.putheader("Host", host.encode())
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        connection.putheader(name.replace("_", "-"), value)
    connection.endheaders(body.encode())
    reply = connection.getresponse()
    done = reply.status, {name.lower(): value for name, value in reply.getheaders()}, reply.read()
    connection.close()
    return done


@pytest.mark.parametrize(
    "host",
    [
        *("localhost", "LOCALHOST:1", "localhost.", "pool.localhost", "127.0.0.1", "127.8.9.1:80", "[::1]:9229"),
        *("[::ffff:127.0.0.1]", "cognito:9229", "Cognito", "example.test", "a.b.example.test.:80"),
    ],
)
def test_loopback_and_allowed_hosts_are_answered(pool: Served, host: str) -> None:
    assert send(pool, host)[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        *("evil.test", "localhost.evil.test", "127.0.0.1.nip.io", "cognito.evil.test", "badexample.test", "0.0.0.0"),
        *("10.0.0.1", "[::]", "127.1", "localhost@evil.test", "evil.test@localhost", "localhost:80x", "localhost:"),
        *("localhost:65536", "localhost:80:80", "[::1%25lo]", "[::1%lo]", "::1", "l\xf6calhost", "localhost..", "null"),
        *("\uff4cocalhost", "localho\u017ft", "localhost,evil.test", "localhost evil.test", "http://localhost", "*"),
    ],
)
def test_other_hosts_are_refused(pool: Served, host: str) -> None:
    status, headers, body = send(pool, host)
    assert (status, json.loads(body)["__type"]) == (403, "ForbiddenException")
    assert headers["x-amzn-errortype"] == "ForbiddenException:"
    assert not [name for name in headers if name.startswith("access-control-")]


@pytest.mark.parametrize("hosts", [(), ("",), ("localhost", "localhost"), ("localhost", "evil.test")])
def test_missing_or_repeated_host_is_refused(pool: Served, hosts: tuple[str, ...]) -> None:
    assert send(pool, *hosts)[0] in (400, 403)  # some parsers of uvicorn refuse these requests themselves


def test_refusal_says_how_to_allow_the_host(pool: Served) -> None:
    message = json.loads(send(pool, "pool.internal:9229")[2])["message"]
    assert "'pool.internal'" in message and "`cognito-async local --allow-host pool.internal`" in message


def sign_up(pool: Served, host: str, username: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
    body = {"ClientId": pool.settings["client_id"], "Username": username, "Password": PASSWORD}
    return send(pool, host, method="POST", path="/", body=json.dumps(body), **TARGET, **headers)


def test_rebound_name_cannot_change_the_pool(pool: Served) -> None:
    for name, headers in (
        ("evil.test", {"Origin": "http://evil.test"}),
        ("evil.test", {}),
        ("localhost.evil.test", {}),
    ):
        assert sign_up(pool, name, "rebound", **headers)[0] == 403
    assert sign_up(pool, "localhost", "rebound")[0] == 200


@pytest.mark.parametrize("origin", ["http://localhost:3000", "http://[::1]:5173", "https://app.example.test"])
def test_pages_of_loopback_and_allowed_hosts_may_call(pool: Served, origin: str) -> None:
    asked = send(pool, "cognito:9229", method="OPTIONS", path="/", Origin=origin, Access_Control_Request_Method="POST")
    done = sign_up(pool, "cognito:9229", f"user-{len(origin)}", Origin=origin)
    refused = sign_up(pool, "cognito:9229", f"user-{len(origin)}", Origin=origin)
    assert (asked[0], done[0], refused[0]) == (200, 200, 400)
    for _, headers, _ in (asked, done, refused):
        assert (headers["access-control-allow-origin"], headers["vary"]) == (origin, "Origin")


@pytest.mark.parametrize("origin", ["https://evil.test", "null", "http://localhost.evil.test", "http://localhost@evil"])
def test_pages_of_strangers_are_refused(pool: Served, origin: str) -> None:
    simple = {"Origin": origin, "Content_Type": "text/plain"}
    path = f"/{pool.settings['user_pool_id']}/.well-known/jwks.json"
    for status, headers, _ in (
        send(pool, "localhost", method="OPTIONS", path="/", Origin=origin, Access_Control_Request_Method="POST"),
        sign_up(pool, "localhost", "stranger", **simple),
        send(pool, "localhost", **simple),
        send(pool, "localhost", path=path, **simple),
    ):
        assert status == 403
        assert not [name for name in headers if name.startswith("access-control-")]


def test_listening_on_every_address_allows_no_further_host() -> None:
    with serve("--host", "0.0.0.0", "--allow-host", "cognito") as pool:
        assert send(pool, "cognito")[0] == send(pool, "127.0.0.1")[0] == 200
        assert send(pool, "0.0.0.0")[0] == send(pool, "evil.test")[0] == 403


class _Listener:
    def __init__(self, address: str) -> None:
        self._address = address

    def getsockname(self) -> tuple[str, int]:
        return self._address, 80


def options(*arguments: str) -> argparse.Namespace:
    return _parser().parse_args(["local", *arguments])


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("host", "address", "called", "status"),
    [
        ("192.0.2.1", "192.0.2.1", "192.0.2.1:80", 200),
        ("pool.example.test", "192.0.2.1", "pool.example.test", 200),
        ("2001:db8::1", "2001:db8::1", "[2001:db8::1]", 200),
        ("fe80::1%lo", "fe80::1%lo", "[fe80::1]", 200),
        ("::", "::", "[::]", 403),
        ("0", "0.0.0.0", "0", 403),
        ("192.0.2.1", "192.0.2.1", "192.0.2.2", 403),
    ],
)
@pytest.mark.table
async def test_host_that_is_bound_is_allowed(host: str, address: str, called: str, status: int) -> None:
    listener: Any = _Listener(address)
    app = serving._app(LocalService(), options("--host", host), listener)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://127.0.0.1") as client:
        assert (await client.get("/health", headers={"Host": called})).status_code == status


@pytest.mark.parametrize("name", ["cognito:9229", "http://cognito", "*.example.test", "*"])
def test_malformed_name_is_wrong_usage(program: Program, name: str) -> None:
    outcome = program("local", "--allow-host", name)
    assert (outcome.status, outcome.out) == (2, "")
    assert f"'{name}' is not a host" in outcome.err and outcome.err.count("\n") == 1


def test_help_says_that_the_admin_keys_are_public(capsys: pytest.CaptureFixture[str], program: Program) -> None:
    with pytest.raises(SystemExit):
        program("local", "--help")
    shown = " ".join(capsys.readouterr().out.split())
    assert "its admin keys are public" in shown
    assert ACCESS_KEY_ID in shown and SECRET_ACCESS_KEY in shown
