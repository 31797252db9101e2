"""The hosts under which a pool answers, by requests that its ASGI application gets from a server with a socket."""

from __future__ import annotations

import ipaddress
import json
import re
from collections.abc import Sequence
from typing import Any

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async._core.errors import ConfigurationError
from cognito_async._local.asgi import LocalApp
from cognito_async._local.service import LocalService

pytestmark = [pytest.mark.anyio, pytest.mark.table]
SOCKET = ("127.0.0.1", 9229)
ALLOWED = ("cognito", "my_pool", ".example.test", "192.0.2.1", "2001:db8::1", "[2001:db8::2]", "Mixed.Case.")


async def ask(*hosts: str, allowed: Sequence[str] = (), server: Any = SOCKET) -> tuple[int, dict[str, Any]]:
    """Send a request with these headers `Host`. Return the status and the body."""
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request"}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [(b"host", host.encode("latin-1")) for host in hosts]
    scope = {"type": "http", "method": "GET", "path": "/health", "headers": headers, "server": server}
    await LocalApp(LocalService(), allowed_hosts=allowed)(scope, receive, send)
    assert (sent[0]["status"] == 200) == (json.loads(sent[1]["body"]) == {"status": "ok"})
    return sent[0]["status"], json.loads(sent[1]["body"])


@pytest.mark.parametrize(
    "host",
    [
        *(
            "localhost",
            "localhost:9229",
            "LocalHost",
            "localhost.",
            "localhost.:80",
            "pool.localhost",
            "a.b.LOCALHOST:1",
        ),
        *("127.0.0.1", "127.0.0.1:65535", "127.0.0.1.", "127.255.0.3", "[::1]", "[::1]:9229", "[0:0:0:0:0:0:0:1]"),
        *("[::ffff:127.0.0.1]", "[::FFFF:7f00:1]:80"),
    ],
)
async def test_loopback_hosts_are_answered(host: str) -> None:
    assert (await ask(host))[0] == 200


@pytest.mark.parametrize(
    "host",
    [
        *("cognito", "cognito:9229", "COGNITO.", "my_pool", "example.test", "a.example.test:1", "a.b.example.test."),
        *("192.0.2.1", "192.0.2.1:80", "[::ffff:192.0.2.1]", "[2001:db8::1]", "[2001:DB8:0::2]:80", "mixed.case"),
    ],
)
async def test_allowed_hosts_are_answered_besides_loopback(host: str) -> None:
    assert (await ask(host, allowed=ALLOWED))[0] == 200
    assert (await ask("localhost", allowed=ALLOWED))[0] == 200
    assert (await ask(host))[0] == 403


@pytest.mark.parametrize(
    "host",
    [
        *(
            "evil.test",
            "localhost.evil.test",
            "notlocalhost",
            "127.0.0.1.nip.io",
            "127.0.0.1.evil.test",
            "local",
            "com",
        ),
        *("cognito.evil.test", "a.cognito", "evilexample.test", "example.test.evil", "test", "my-pool"),
        *("0.0.0.0", "[::]", "0", "10.0.0.1", "192.0.2.10", "128.0.0.1", "2130706433", "127.1", "0177.0.0.1"),
        *("127.0.0.01", "0x7f.0.0.1", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2001:db8::3]", "[::ffff:10.0.0.1]"),
    ],
)
async def test_other_hosts_are_refused_with_the_way_to_allow_them(host: str) -> None:
    status, body = await ask(host, allowed=ALLOWED)
    assert (status, body["__type"]) == (403, "ForbiddenException")
    assert "--allow-host" in body["message"] and "allowed_hosts=" in body["message"]


@pytest.mark.parametrize(
    "hosts",
    [
        *((), ("",), (" ",), ("localhost", "localhost"), ("localhost", "evil.test"), ("localhost, evil.test",)),
        *(("localhost@evil.test",), ("evil.test@localhost",), ("user:pw@localhost",), ("http://localhost",)),
        *(("localhost/",), ("localhost#",), ("localhost?a",), ("localhost\\evil.test",), ("local host",), ("*",)),
        *(("localhost:",), ("localhost:x",), ("localhost:80x",), ("localhost:-1",), ("localhost:65536",)),
        *(("localhost:80:80",), ("localhost:\xb2",), ("localhost:000080",), (":80",), ("localhost..",)),
        *((".",), (".localhost",), ("a..localhost",), ("%6cocalhost",), ("localhos\xb5.localhost",), ("l\xf6calhost",)),
        *(("::1",), ("[::1",), ("::1]",), ("[::1]]",), ("[::1]80",), ("[::1%lo]",), ("[::1%25lo]",), ("[localhost]",)),
        *(("[127.0.0.1]",), ("[]",), ("[v1.a]",), ("localhost\n",), ("localhost\r",), ("localhost\t",), ("\0",)),
    ],
)
async def test_malformed_hosts_are_refused(hosts: tuple[str, ...]) -> None:
    status, body = await ask(*hosts, allowed=ALLOWED)
    assert (status, body["__type"]) == (403, "ForbiddenException")
    assert body["message"] == "The header Host is missing, repeated or malformed."


@pytest.mark.parametrize("server", [None, ("192.0.2.9", 80), ("/run/pool.sock", None), ["::1", 80]])
async def test_address_of_the_socket_allows_no_host(server: Any) -> None:
    for host in ("192.0.2.9", "evil.test", "pool.sock", "/run/pool.sock", ""):
        assert (await ask(host, server=server))[0] == 403
    assert (await ask("localhost", server=server))[0] == 200


@pytest.mark.parametrize("url", ["http://testserver", "http://pool.example.com:9229"])
async def test_clients_in_process_may_use_any_host_name(url: str) -> None:
    transport = httpx.ASGITransport(app=LocalApp(LocalService()))
    async with httpx.AsyncClient(transport=transport, base_url=url) as http:
        assert (await http.get("/health")).status_code == 200
        assert (await http.get("/health", headers={"Host": "evil.test"})).status_code == 403


@pytest.mark.parametrize(
    "name",
    [
        *("", ".", "..a", "a b", "cognito:9229", "http://cognito", "cognito/", "*", "*.example.test", "b\xfccher.test"),
        *("[::1]:80", "[::1", "::1%lo", ".192.0.2.1", ".[::1]", "a..b", "user@cognito"),
    ],
)
def test_malformed_names_cannot_be_allowed(name: str) -> None:
    with pytest.raises(ConfigurationError, match="without a scheme and a port"):
        LocalApp(LocalService(), allowed_hosts=[name])


@pytest.mark.parametrize("names", [b"cognito", [b"cognito"], [None], [7]])
def test_only_strings_name_allowed_hosts(names: Any) -> None:
    with pytest.raises(ConfigurationError, match="must be a list of names"):
        LocalApp(LocalService(), allowed_hosts=names)


def test_one_string_is_not_taken_for_a_list_of_hosts() -> None:
    with pytest.raises(ConfigurationError, match="not one string"):
        LocalApp(LocalService(), allowed_hosts="cognito")


@given(st.ip_addresses())
def test_exactly_the_addresses_of_loopback_are_answered(
    address: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    mapped = getattr(address, "ipv4_mapped", None)
    expected = (mapped or address).is_loopback
    for host in (f"[{address}]" if address.version == 6 else f"{address}", *_mapped(address)):
        assert (anyio.run(ask, host)[0] == 200) is expected


def _mapped(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> list[str]:
    return [f"[::ffff:{address}]"] if address.version == 4 else []


FORMS = ["{}localhost", "localhost{}", "local{}host", "127.0.0.1{}", "{}127.0.0.1", "[::1]{}", "[{}::1]", "{}"]
LOOPBACK = re.compile(
    r"(([a-z0-9_-]+\.)*localhost\.?|127\.[0-9]+\.[0-9]+\.[0-9]+\.?|\[(0*:)*:0*1\])(:[0-9]{1,5})?", re.ASCII | re.I
)


@given(st.text(st.characters(max_codepoint=255), min_size=1, max_size=20), st.sampled_from(FORMS))
def test_text_around_a_loopback_name_allows_nothing_else(text: str, form: str) -> None:
    host = form.format(text)
    assert anyio.run(ask, host)[0] == 403 or LOOPBACK.fullmatch(host)
