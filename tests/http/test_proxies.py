"""Proxies of the environment: which origins use one, and one error for each cause."""

from __future__ import annotations

import ipaddress
import logging
import sys
import urllib.request
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cognito_async import errors
from cognito_async._core.clock import Deadline
from cognito_async._http import proxies
from cognito_async._http.message import HttpReply, HttpRequest
from cognito_async._http.origin import Origin, Url
from cognito_async._http.proxies import proxy_for
from cognito_async._local.clock import MovableClock

PROXY = "http://proxy.test:3128"


def is_proxied(url: str) -> bool:
    return proxy_for(Url.parse(url).origin) is not None


@pytest.mark.parametrize(
    ("entry", "excluded", "proxied"),
    [
        ("*", ["http://a.test", "http://[::1]"], []),
        ("a.test", ["http://a.test", "http://A.Test:81", "http://b.a.test"], ["http://ba.test", "http://test"]),
        (".a.test", ["http://a.test", "http://b.a.test"], ["http://ba.test"]),
        ("*.a.test", ["http://a.test", "http://b.a.test"], ["http://ba.test"]),
        ("a.test.", ["http://a.test"], []),
        ("A.TEST", ["http://a.test"], []),
        ("a.test:81", ["http://a.test:81"], ["http://a.test", "http://a.test:8181"]),
        ("a.test:80", ["http://a.test"], []),
        ("http://a.test", ["http://a.test"], ["https://a.test"]),
        ("all://a.test", ["http://a.test", "https://a.test"], []),
        ("https://*", ["https://b.test"], ["http://b.test"]),
        ("localhost", ["http://localhost:9229"], ["http://127.0.0.1", "http://[::1]"]),
        ("under_score", ["http://under_score"], []),
        ("127.0.0.1", ["http://127.0.0.1:9"], ["http://127.0.0.2"]),
        ("127.0.0.1:9", ["http://127.0.0.1:9"], ["http://127.0.0.1"]),
        ("127.0.0.0/8", ["http://127.9.9.9"], ["http://128.0.0.1", "http://[::1]", "http://a.test"]),
        ("10.1.2.3/8", ["http://10.9.9.9"], []),
        ("::1", ["http://[::1]:9", "http://[0:0:0:0:0:0:0:1]"], ["http://[::2]"]),
        ("[::1]", ["http://[::1]:9"], ["http://[::2]"]),
        ("[::1]:9", ["http://[::1]:9"], ["http://[::1]"]),
        ("fd00::/8", ["http://[fd12::3]"], ["http://[fe80::1]"]),
        ("[fd00::]/8", ["http://[fd12::3]"], ["http://[fe80::1]"]),
        (" a.test , b.test ", ["http://a.test", "http://b.test"], ["http://c.test"]),
        ("a.test b.test", ["http://a.test", "http://b.test"], []),
        (",,a.test,", ["http://a.test"], ["http://b.test"]),
        ("", [], ["http://a.test"]),
    ],
)
def test_no_proxy_excludes_hosts_networks_and_ports(
    entry: str, excluded: list[str], proxied: list[str], monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setenv("ALL_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", entry)
    assert [is_proxied(url) for url in excluded] == [False] * len(excluded)
    assert [is_proxied(url) for url in proxied] == [True] * len(proxied)
    assert caplog.text == ""


@pytest.mark.parametrize(
    "entry",
    [
        *("[::1", "::1]", "10.0.0.0/99", "fd00::/200", "ftp://a.test", "a.*.test", "http://user:hunter22@a.test"),
        *("a..test", "a.test:port", "http://", "[a.test]", "[]", ":80", "bücher.test", "a.test/path", "**", "a:123456"),
    ],
)
def test_unreadable_entry_is_left_out_with_one_warning(
    entry: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("HTTP_PROXY", PROXY)
    monkeypatch.setenv("NO_PROXY", f"127.0.0.1,{entry},::1")
    proxies._exceptions.cache_clear()
    assert not is_proxied("http://127.0.0.1")
    assert not is_proxied("http://[::1]:9")
    assert is_proxied("http://a.test")
    assert [each.getMessage() for each in caplog.records] == [
        "NO_PROXY: entry 2 is neither a host nor an IP address or network, so it is ignored"
    ]
    assert caplog.records[0].levelno == logging.WARNING


@given(st.ip_addresses(), st.integers(0, 128), st.ip_addresses())
def test_network_excludes_exactly_its_addresses(address: Any, length: int, other: Any) -> None:
    network = ipaddress.ip_network(f"{address}/{min(length, address.max_prefixlen)}", strict=False)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setenv("ALL_PROXY", PROXY)
        monkeypatch.setenv("NO_PROXY", str(network))
        for each in (address, other):
            assert (proxy_for(Origin("http", str(each), 80)) is None) == (each in network)


@given(st.text(st.characters(codec="utf-8", exclude_characters="\0")))
def test_any_no_proxy_is_read_without_an_error(text: str) -> None:
    proxies._exceptions.__wrapped__(text)


@pytest.mark.parametrize(
    ("variables", "url", "expected"),
    [
        ({"HTTPS_PROXY": PROXY}, "http://a.test", None),
        ({"HTTPS_PROXY": PROXY}, "https://a.test", "HTTPS_PROXY"),
        ({"HTTPS_PROXY": "http://x", "https_proxy": PROXY}, "https://a.test", "https_proxy"),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://x"}, "https://a.test", "HTTPS_PROXY"),
        ({"ALL_PROXY": PROXY}, "https://a.test", "ALL_PROXY"),
        ({"HTTP_PROXY": PROXY, "http_proxy": ""}, "http://a.test", None),
        ({"HTTP_PROXY": PROXY, "REQUEST_METHOD": "GET"}, "http://a.test", None),  # a header of a CGI request
        ({"HTTP_PROXY": "proxy.test:3128"}, "http://a.test", "HTTP_PROXY"),
        ({"HTTP_PROXY": f" {PROXY} "}, "http://a.test", "HTTP_PROXY"),
    ],
)
def test_proxy_is_the_one_that_the_environment_names(
    variables: dict[str, str], url: str, expected: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    proxy = proxy_for(Url.parse(url).origin)
    assert proxy == (None if expected is None else (PROXY, expected))
    assert "3128" not in repr(proxy)


def test_proxy_of_the_system_has_the_systems_exceptions(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(proxies, "getproxies", lambda: {"https": PROXY})
    monkeypatch.setattr(proxies, "proxy_bypass", lambda host: host == "a.test")
    assert proxy_for(Origin("https", "a.test", 443)) is None
    assert proxy_for(Origin("https", "b.test", 443)) == (PROXY, "the system's proxy for https")
    assert urllib.request.getproxies_environment() == {}


async def send(http: Any, url: str) -> int:
    request = HttpRequest("POST", Url.parse(url), {}, b"{}")
    reply: HttpReply = await http.send(request, Deadline(MovableClock(), 30))
    return reply.status_code


BAD_PROXIES = {
    "nonsense://user:hunter22@proxy": "must be the URL of a proxy",
    "socks4://user:hunter22@proxy": "must be the URL of a proxy",
    "http://user:hunter22@": "must be the URL of a proxy",
    "http://user:hunter22@proxy:port": "must be the URL of a proxy",
    "http://user:hunter22@[proxy": "must be the URL of a proxy",
    "http://user:hunter22@proxy\u00fc": "must be the URL of a proxy",
    "http://user:hunter22@%": "must be the URL of a proxy",
    "socks5://user:hunter22@proxy:1080": r"socksio: pip install 'httpx\[socks\]'",
    "socks5h://user:hunter22@proxy:1080": r"socksio: pip install 'httpx\[socks\]'",
}


@pytest.mark.anyio
@pytest.mark.parametrize("url", BAD_PROXIES)
@pytest.mark.parametrize("name", ["HTTP_PROXY", "all_proxy"])
@pytest.mark.table
async def test_bad_proxy_is_refused_by_its_variable(
    url: str, name: str, connections: Any, failure: Any, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv(name, url)
    async with connections(clock) as http:
        request = HttpRequest("POST", Url.parse("http://service.test"), {}, b"{}")
        error = await failure(http, request, clock, "hunter22")
        assert isinstance(error, errors.ConfigurationError)
        assert error.message.startswith(f"{name} ")
        with pytest.raises(errors.ConfigurationError, match=BAD_PROXIES[url]):
            await http.send(request, Deadline(clock, 30))


@pytest.mark.anyio
async def test_excluded_host_uses_our_own_connections(
    serve: Any, connections: Any, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply()

    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,[::1],fd00::/8")
    monkeypatch.delattr(httpx, "AsyncClient")
    async with serve(handler) as url, connections(clock) as http:
        assert await send(http, url) == 200


@pytest.mark.anyio
async def test_unusable_proxy_does_not_disturb_other_origins(
    serve: Any, connections: Any, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def handler(connection: Any) -> None:
        await connection.request()
        await connection.reply()

    monkeypatch.setenv("HTTPS_PROXY", "nonsense://proxy")
    async with serve(handler) as url, connections(clock) as http:
        with pytest.raises(errors.ConfigurationError, match="HTTPS_PROXY"):
            await send(http, "https://127.0.0.1:1")
        assert await send(http, url) == 200


@pytest.mark.anyio
async def test_any_other_failure_shows_only_its_kind(
    failure: Any, connections: Any, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(url: str, **options: Any) -> None:
        raise ValueError(f"unexpected {url}")

    monkeypatch.setattr(httpx, "Proxy", refuse)
    monkeypatch.setenv("HTTP_PROXY", "http://user:hunter22@proxy")
    async with connections(clock) as http:
        error = await failure(http, HttpRequest("POST", Url.parse("http://a.test"), {}, b""), clock, "hunter22")
    assert error.message == "no HTTP connections can be made (ValueError)"


@pytest.mark.anyio
async def test_https_proxy_connects_with_the_trusted_certificates(
    serve: Any, connections: Any, certificate: Any, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    heads: list[str] = []

    async def proxy(connection: Any) -> None:
        heads.append((await connection.request())[0])
        await connection.reply()

    async with serve(proxy, tls=certificate) as url, connections(clock) as http:
        monkeypatch.setenv("HTTP_PROXY", url)
        assert await send(http, "http://service.test/a") == 200
    assert heads[0].startswith("post http://service.test/a http/1.1")
