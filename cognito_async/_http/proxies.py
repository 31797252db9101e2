"""The proxy that the environment, or the operating system, names for an origin."""

from __future__ import annotations

import functools
import ipaddress
import logging
import os
import re
from contextlib import suppress
from typing import NamedTuple
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

from .._core.errors import ConfigurationError
from .origin import Origin

_log = logging.getLogger("cognito_async")

_SCHEMES = ("http", "https", "socks5", "socks5h")
_BRACKETED = re.compile(r"^\[([^\]]*)\](/\d+)?$")
_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*")


class Proxy(NamedTuple):
    """A proxy. Its URL may contain a password. `origin` is the name of the variable that names the proxy."""

    url: str
    origin: str

    @property
    def scheme(self) -> str:
        return self.url.partition(":")[0].lower()

    def __repr__(self) -> str:
        return f"Proxy(origin={self.origin!r})"


def proxy_for(origin: Origin) -> Proxy | None:
    """Return the proxy for requests to an origin, or `None` if they go directly to the server.

    Call it in a worker thread, because on macOS and Windows it asks the operating system.

    Raises:
        ConfigurationError: if the proxy's URL is invalid. The message names the variable, but does not show the URL.
    """
    proxies = getproxies()
    scheme = next((each for each in (origin.scheme, "all") if proxies.get(each)), None)
    if scheme is None or _is_excluded(origin, proxies.get("no", "")):
        return None
    if not getproxies_environment() and proxy_bypass(origin.host):
        return None  # the operating system names the proxy, and this exception to it
    name = _variable(scheme)
    return Proxy(_checked(proxies[scheme], name), name)


def _variable(scheme: str) -> str:
    wanted = f"{scheme}_proxy"
    names = [name for name in os.environ if name.lower() == wanted and os.environ[name]]
    return wanted if wanted in names else next(iter(names), f"the system's proxy for {scheme}")


def _checked(url: str, name: str) -> str:
    # As in other programs, a proxy without a scheme is an HTTP proxy.
    url = url.strip() if "://" in url else f"http://{url.strip()}"
    try:
        parts = urlsplit(url)
        host, scheme = (parts.hostname or "").removesuffix("."), parts.scheme
        valid = (bool(_HOST.fullmatch(host)) or _network(host) is not None) and parts.port != 0
    except ValueError:
        valid, scheme = False, ""
    valid = valid and re.fullmatch(r"[!-~]+", url) is not None
    if not valid or scheme not in _SCHEMES:
        raise ConfigurationError(
            f"{name} must be the URL of a proxy, such as 'http://host:port', with one of the schemes "
            f"{', '.join(_SCHEMES)}"
        )
    return url


class _Exception(NamedTuple):
    """One entry of NO_PROXY: a network, or a host with all hosts below it. `None` matches everything."""

    scheme: str | None = None
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None = None
    host: str | None = None
    port: int | None = None

    def covers(self, origin: Origin) -> bool:
        if self.scheme not in (None, origin.scheme) or self.port not in (None, origin.port):
            return False
        if self.network is not None:
            with suppress(ValueError):
                return ipaddress.ip_address(origin.host) in self.network
            return False
        return self.host is None or f".{origin.host.rstrip('.')}".endswith(f".{self.host}")


def _is_excluded(origin: Origin, no_proxy: str) -> bool:
    return any(each.covers(origin) for each in _exceptions(no_proxy))


@functools.lru_cache(16)
def _exceptions(no_proxy: str) -> tuple[_Exception, ...]:
    """Parse NO_PROXY. Entries that cannot be read are left out; the first use of a value warns of them."""
    found: list[_Exception] = []
    for number, entry in enumerate(re.findall(r"[^\s,]+", no_proxy), 1):
        try:
            found.append(_exception(entry.lower()))
        except ValueError:
            # The entry is not shown, because it may be a URL with a password.
            _log.warning("NO_PROXY: entry %d is neither a host nor an IP address or network, so it is ignored", number)
    return tuple(found)


def _exception(entry: str) -> _Exception:
    """Parse one entry: `*`, or a host, an IP address or a network, perhaps with a scheme, a port, or `*.` before it.

    Raises:
        ValueError: if it is something else.
    """
    scheme, _, text = entry.rpartition("://")
    if scheme not in ("", "all", "http", "https"):
        raise ValueError
    only = None if scheme in ("", "all") else scheme
    if text == "*":
        return _Exception(only)
    if (network := _network(text)) is not None:  # before the port, because an IPv6 address has colons
        return _Exception(only, network)
    text, _, port = text.rpartition(":") if re.search(r":\d{1,5}$", text) else (text, "", "")
    number = int(port) if port else None
    if (network := _network(text)) is not None:
        return _Exception(only, network, None, number)
    host = text.removeprefix("*").removeprefix(".").removesuffix(".")
    if not _HOST.fullmatch(host):
        raise ValueError
    return _Exception(only, None, host, number)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """Return an address or a network, and `None` for other text. An IPv6 address may be in brackets."""
    with suppress(ValueError):
        return ipaddress.ip_network(_BRACKETED.sub(r"\1\2", text), strict=False)
    return None
