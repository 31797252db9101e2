"""The addresses of an instance's service, a container's endpoint, and STS."""

from __future__ import annotations

from typing import Any

import pytest

from cognito_async import errors
from cognito_async._aws.credentials.issuer import Issuer
from cognito_async._http.origin import Url
from cognito_async.credentials import from_container, from_web_identity
from cognito_async.local import MovableClock


@pytest.mark.parametrize(
    ("mode", "expected"), [("", "http://169.254.169.254"), ("IPv6", "http://[fd00:ec2::254]"), ("IPv4", "http://169.")]
)
def test_endpoint_mode_selects_the_address_of_the_instance_service(
    monkeypatch: pytest.MonkeyPatch, mode: str, expected: str
) -> None:
    from cognito_async._aws.credentials.instance import _url

    monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", mode)
    assert _url().startswith(expected)


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("http://localhost:1/a", True),
        ("http://127.0.0.9/a", True),
        ("http://[::1]:81/", True),
        ("http://169.254.170.2/", True),
        ("http://169.254.170.23/v1/credentials", True),
        ("http://[fd00:ec2::23]/v1", True),
        ("https://credentials.example/v1?a=b", True),
        ("http://credentials.example/", False),
        ("http://169.254.169.254/", False),
        ("http://127.0.0.1@credentials.example/", False),
        ("http://credentials.example\\@127.0.0.1/", False),
        ("http://127.0.0.1.credentials.example/", False),
        ("http://127.0.0.1#@credentials.example/", False),
        ("http://127.0.0.1:1/a\r\nx: y", False),
        ("http://[::1/", False),
        ("ftp://127.0.0.1/", False),
        ("169.254.170.2/a", False),
    ],
)
@pytest.mark.anyio
@pytest.mark.table
async def test_container_endpoint_must_be_local_or_https(
    url: str, allowed: bool, monkeypatch: pytest.MonkeyPatch, clock: MovableClock
) -> None:
    asked: list[str] = []

    async def ask(issuer: Issuer, method: str, url: Url, headers: Any) -> None:
        asked.append(url.text)
        raise errors.TransportError("no server")

    monkeypatch.setattr(Issuer, "ask", ask)
    monkeypatch.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", url)
    with pytest.raises(errors.CredentialsError, match="no server" if allowed else "is refused"):
        await from_container()()
    assert asked == ([url] if allowed else [])


@pytest.mark.parametrize(
    ("given", "variables", "expected"),
    [
        (None, {}, "https://sts.amazonaws.com"),
        (None, {"AWS_USE_DUALSTACK_ENDPOINT": "true"}, "https://sts.us-east-1.api.aws"),
        ("eu-west-1", {"AWS_REGION": "us-east-1"}, "https://sts.eu-west-1.amazonaws.com"),
        (None, {"AWS_REGION": "us-east-1", "AWS_DEFAULT_REGION": "eu-west-1"}, "https://sts.us-east-1.amazonaws.com"),
        (None, {"AWS_DEFAULT_REGION": "cn-north-1"}, "https://sts.cn-north-1.amazonaws.com.cn"),
        ("us-east-1", {"AWS_USE_FIPS_ENDPOINT": "true"}, "https://sts-fips.us-east-1.amazonaws.com"),
        ("us-east-1", {"AWS_ENDPOINT_URL": "http://127.0.0.1:1/"}, "http://127.0.0.1:1"),
    ],
)
def test_region_and_environment_select_the_address_of_sts(
    monkeypatch: pytest.MonkeyPatch, given: str | None, variables: dict[str, str], expected: str
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    source: Any = from_web_identity(region=given)
    assert source._location().url.text == expected
