"""URLs parsed into the origin and the target of a request."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from cognito_async._core.errors import ConfigurationError
from cognito_async._http.origin import Origin, Url, check_base_url


@pytest.mark.parametrize(
    ("text", "origin", "target", "authority"),
    [
        ("https://example.test", Origin("https", "example.test", 443), "/", "example.test"),
        ("http://example.test/", Origin("http", "example.test", 80), "/", "example.test"),
        ("HTTPS://Example.TEST:443/Path", Origin("https", "example.test", 443), "/Path", "example.test"),
        ("http://127.0.0.1:8080?a=b&c", Origin("http", "127.0.0.1", 8080), "/?a=b&c", "127.0.0.1:8080"),
        ("http://[::1]:80/a/b?c=/?d", Origin("http", "::1", 80), "/a/b?c=/?d", "[::1]"),
        ("https://[::1]:80/a?", Origin("https", "::1", 80), "/a", "[::1]:80"),
        ("https://example.test:", Origin("https", "example.test", 443), "/", "example.test"),
        ("https://example.test:00443", Origin("https", "example.test", 443), "/", "example.test"),
        ("https://example.test:08080", Origin("https", "example.test", 8080), "/", "example.test:8080"),
    ],
)
def test_url_has_an_origin_and_a_target(text: str, origin: Origin, target: str, authority: str) -> None:
    url = Url.parse(text)
    assert (url.origin, url.target, url.origin.authority) == (origin, target, authority)
    assert urlsplit(url.text).netloc == authority
    again = Url.parse(url.text)
    assert (again.origin, again.target) == (origin, target)


@pytest.mark.parametrize(
    "text",
    [
        *("", "example.test", "ftp://example.test", "http://", "http://:80", "http://user:hunter22@example.test"),
        *("http://example.test/#hunter22", "http://example.test#", "http://example.test/hunter22\r\nx: y"),
        *("http://exa mple.test", "http://example.test:port", "http://example.test:99999", "http://[::1"),
        *("http://example.test:0", "https://example.test:000/"),
    ],
)
def test_malformed_url_is_refused_without_quoting_it(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"jwks_url: .*; a valid URL looks like 'https://host:port'") as caught:
        Url.parse(text, "jwks_url")
    assert "hunter22" not in str(caught.value)
    assert caught.value.__context__ is None


def test_base_url_has_no_query_and_no_final_slash() -> None:
    assert check_base_url("HTTP://Example.test:01/Prefix/", "domain") == "http://example.test:1/Prefix"
    assert check_base_url("https://Example.test:443", "domain") == "https://example.test"
    with pytest.raises(ConfigurationError, match="domain: must not have a query or a fragment"):
        check_base_url("http://example.test?a", "domain")
