"""URLs and their origins, checked and parsed once."""

from __future__ import annotations

import re
from typing import NamedTuple, Self
from urllib.parse import SplitResult, urlsplit

from .._core.errors import ConfigurationError
from .._core.redact import mask
from .._core.secret import Text, opened
from .._core.value_class import value_class

_DEFAULT_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9._-]+|\[[0-9a-f:.]+\]")


class Origin(NamedTuple):
    """The address of a server to which connections are opened."""

    scheme: str
    host: str
    port: int

    @property
    def authority(self) -> str:
        """Return the host, and the port unless it is the default one: the value of the `host` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


@value_class
class Url:
    """An absolute URL, in one spelling. `target` is its path and query, as in the first line of a request."""

    text: str
    origin: Origin
    target: str

    @classmethod
    def parse(cls, text: Text, name: str = "URL") -> Self:
        """Parse a URL.

        Raises:
            ConfigurationError: if the URL is not http(s)://host[:port][/path][?query]. The message begins with `name`.
                Neither it nor the traceback's local variables show the URL, which may hold a password.
        """
        text = mask(text)
        problem = _problem(opened(text)) or ("must not have a fragment" if "#" in opened(text) else None)
        if problem:
            raise ConfigurationError(f"{name}: {problem}; a valid URL looks like 'https://host:port'")
        parts = _split(text)
        query = f"?{parts.query}" if parts.query else ""
        origin = _origin(parts)
        whole = f"{origin.scheme}://{origin.authority}{parts.path}{query}"
        return cls(whole, origin, f"{parts.path or '/'}{query}")


def check_base_url(text: Text, name: str) -> str:
    """Return the URL of a service in the form that requests and signatures use: without a slash at its end.

    Raises:
        ConfigurationError: if the URL is not http(s)://host[:port][/path]. It is like that of `Url.parse`.
    """
    text = mask(text)
    problem = _problem(opened(text))
    if problem is None and ("?" in opened(text) or "#" in opened(text)):
        problem = "must not have a query or a fragment"
    if problem:
        raise ConfigurationError(f"{name}: {problem}; a valid URL looks like 'https://host:port'")
    parts = _split(text)
    return f"{parts.scheme}://{_origin(parts).authority}{parts.path.rstrip('/')}"


def _split(text: Text) -> SplitResult:
    return urlsplit(str(opened(text)))


def _origin(parts: SplitResult) -> Origin:
    return Origin(parts.scheme, parts.hostname or "", parts.port or _DEFAULT_PORTS[parts.scheme])


def _problem(text: str) -> str | None:
    # This check comes first, because urlsplit silently drops line breaks and tabs.
    if not re.fullmatch(r"[!-~]+", text):
        return "contains a character that is invalid in a URL"
    try:
        parts = urlsplit(text)
        host, port = parts.netloc.lower(), parts.port
    except ValueError:
        return "is malformed"
    if parts.scheme not in ("http", "https"):
        return "must begin with http:// or https://"
    if "@" in host:
        return "must not contain a user name or password"
    if not _HOST.fullmatch(re.sub(r":\d*$", "", host)):
        return "has no valid host"
    return "must not have the port 0" if port == 0 else None
