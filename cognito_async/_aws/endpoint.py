"""Where the service is: the host of a region, or a URL that the caller gave."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from .._core.errors import ConfigurationError

_REGION = re.compile(r"[a-z]{2,4}(-[a-z]+){1,2}-\d{1,2}")
_DNS_SUFFIXES = {
    "cn-": "amazonaws.com.cn",
    "eusc-": "amazonaws.eu",
    "us-iso-": "c2s.ic.gov",
    "us-isob-": "sc2s.sgov.gov",
    "us-isof-": "csp.hci.ic.gov",
    "eu-isoe-": "cloud.adc-e.uk",
}
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")


def endpoint_for(region: str, *, service: str = "cognito-idp", fips: bool = False) -> str:
    """A service's URL in a region of any AWS partition; `fips`: with validated cryptography (not in all regions).

    Raises:
        ConfigurationError: when the text is no region's name.
    """
    if not _REGION.fullmatch(region):
        raise ConfigurationError(f"{region[:64]!r} is no AWS region; one looks like 'eu-central-1'")
    suffix = next((dns for prefix, dns in _DNS_SUFFIXES.items() if region.startswith(prefix)), "amazonaws.com")
    return f"https://{service}{'-fips' if fips else ''}.{region}.{suffix}"


def check_endpoint(url: str) -> str:
    """`url` in the one form that is sent to and signed.

    Raises:
        ConfigurationError: when it is not http(s)://host[:port][/path]; it is not repeated, for it may hold a password.
    """
    problem = _problem(url)
    if problem:
        raise ConfigurationError(f"endpoint: {problem}; it looks like 'https://host:port'")
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _problem(url: str) -> str | None:
    # urlsplit drops line breaks and tabs without a word.
    if not re.fullmatch(r"[!-~]+", url):
        return "has a character that no URL has"
    try:
        parts = urlsplit(url)
        host, _ = parts.netloc.lower(), parts.port
    except ValueError:
        return "is malformed"
    if parts.scheme not in ("http", "https"):
        return "must begin with http:// or https://"
    if "@" in host:
        return "must not hold a user name or password"
    if not _HOST.fullmatch(re.sub(r":\d*$", "", host)):
        return "has no valid host"
    if "?" in url or "#" in url:
        return "must not have a query or a fragment"
    return None
