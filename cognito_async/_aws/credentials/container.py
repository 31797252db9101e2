"""The endpoint that ECS, EKS Pod Identity and the like put beside a container."""

from __future__ import annotations

import ipaddress
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

import anyio.to_thread

from ..._core.clock import Clock
from ..._core.errors import CredentialsError
from ..._core.redact import mask
from ..identity import Credentials
from .issuer import Question, ask
from .source import Absent, Source, fields_of_json, read_credentials
from .web_identity import read_token

_RELATIVE, _FULL = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_TOKEN, _TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
_AGENT = "http://169.254.170.2"
# What may be asked without TLS, besides the loopback addresses: the agents of ECS and EKS.
_LOCAL_HOSTS = ("localhost", "169.254.170.2", "169.254.170.23", "fd00:ec2::23")
_SECONDS, _TRIES = 2.0, 3


@dataclass(frozen=True, slots=True)
class ContainerSource(Source):
    """Asks the endpoint that the environment names."""

    async def look(self, clock: Clock) -> Credentials | Absent:
        url = _url()
        if url is None:
            return Absent(f"{_RELATIVE} and {_FULL} are not set")
        headers = {"accept": "application/json"}
        token = await _token()
        if token is not None:
            headers["authorization"] = token
        answer = await ask(Question("GET", url, headers, b"", _SECONDS, _TRIES), clock)
        if isinstance(answer, str):
            raise CredentialsError(f"the container's endpoint gave no credentials: {answer}")
        if answer.status != 200:
            raise CredentialsError(
                f"the container's endpoint gave no credentials: status {answer.status}", status_code=answer.status
            )
        return read_credentials("the container's endpoint", fields_of_json(answer.body))


def _url() -> str | None:
    relative, full = os.environ.get(_RELATIVE), os.environ.get(_FULL)
    if relative:
        if not re.fullmatch(r"/[!-~]*", relative):
            raise CredentialsError(f"{_RELATIVE} is no path, which begins with /")
        return _AGENT + relative
    if full and not _may_be_asked(full):
        raise CredentialsError(
            f"{_FULL} is refused: without https it must lead to a loopback address, or to one of "
            + ", ".join(_LOCAL_HOSTS[1:])
        )
    return full or None


def _may_be_asked(url: str) -> bool:
    if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]_-]+([/?][!-~]*)?", url):
        return False
    with suppress(ValueError):
        parts = urlsplit(url)
        host = parts.hostname or ""
        if parts.scheme == "https" or host in _LOCAL_HOSTS:
            return True
        return ipaddress.ip_address(host).is_loopback
    return False


async def _token() -> str | None:
    token, path = mask(os.environ.get(_TOKEN)), os.environ.get(_TOKEN_FILE)
    if path:
        token = await anyio.to_thread.run_sync(read_token, path, abandon_on_cancel=True)
    if token and not (token.isascii() and token.isprintable()):
        raise CredentialsError("the authorization token of the container's endpoint has a character that none may have")
    return token or None
