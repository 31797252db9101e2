"""The hosts under which a local pool can be called, and the origins of web pages that may call it.

A web page can make its own name resolve to this machine (DNS rebinding). The browser then takes the pool for a part of
that page's site, and only the header `Host` shows the name.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterable
from typing import cast

from .._core.errors import ConfigurationError

# The host and the port of RFC 9110, without the forms that no client sends: percent-encoding, zones, an empty port.
_NAME = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?", re.ASCII)
_IN_BRACKETS = re.compile(r"\[([0-9a-f:.]+)\]", re.ASCII)
_AUTHORITY = re.compile(r"(?P<host>.+?)(:(?P<port>[0-9]{1,5}))?", re.ASCII)
_ORIGIN = re.compile(r"(?i:https?)://(?P<authority>.+)")
_LAST_PORT = 65535


class AllowedHosts:
    """The loopback names and addresses, and `names`.

    Args:
        names: host names and IP addresses, without ports. A name that begins with a dot, such as `.example.com`, also
            allows all subdomains. These are the rules of Django's `ALLOWED_HOSTS`.

    Raises:
        ConfigurationError: if a name is malformed.
    """

    def __init__(self, names: Iterable[str] = ()) -> None:
        if isinstance(names, str):
            raise ConfigurationError("allowed_hosts must be a list of names, not one string")
        names = list(names)
        if not all(isinstance(cast("object", name), str) for name in names):
            raise ConfigurationError("allowed_hosts must be a list of names: strings")
        given = {name: _name(name) for name in names}
        self._hosts = frozenset(given.values())
        self._suffixes = tuple(f".{host}" for name, host in given.items() if name.startswith("."))

    def allows_host(self, authority: str) -> bool:
        """Return whether a request with this header `Host` may be answered."""
        host = host_of(authority)
        return host is not None and (_is_loopback(host) or host in self._hosts or host.endswith(self._suffixes))

    def allows_origin(self, origin: str) -> bool:
        """Return whether a web page with this header `Origin` may call. `null`, a page without an origin, may not."""
        found = _ORIGIN.fullmatch(origin)
        return found is not None and self.allows_host(found["authority"])


def host_of(authority: str) -> str | None:
    """Return the host of `host[:port]` in its normal form; `None` if it is malformed."""
    found = _AUTHORITY.fullmatch(authority) if authority.isascii() else None
    if found is None or int(found["port"] or 0) > _LAST_PORT:
        return None
    return _normalized(found["host"])


def is_address(host: str) -> bool:
    """Return whether a host is an IP address, in the form of `host_of`."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_loopback(host: str) -> bool:
    return ipaddress.ip_address(host).is_loopback if is_address(host) else f".{host}".endswith(".localhost")


def _name(name: str) -> str:
    """Return the host that an allowed name means, without the dot at its beginning."""
    plain = name.removeprefix(".")
    # IPv6 addresses may be given without brackets.
    host = _normalized(plain) or _normalized(f"[{plain}]")
    if host is None or (plain != name and is_address(host)):
        raise ConfigurationError(
            f"{name!r} is not a host that can be allowed: give a name or an IP address, without a scheme and a port, or"
            " .example.com for example.com and its subdomains"
        )
    return host


def _normalized(host: str) -> str | None:
    host = host.lower()
    if _NAME.fullmatch(host):
        return host.removesuffix(".")
    found = _IN_BRACKETS.fullmatch(host)
    try:
        address = ipaddress.IPv6Address(found[1]) if found is not None else None
    except ValueError:
        return None
    return str(address.ipv4_mapped or address) if address is not None else None
