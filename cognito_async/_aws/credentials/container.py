"""The credentials endpoint that ECS, EKS Pod Identity and similar services provide to a container."""

from __future__ import annotations

import ipaddress
import os
import re
from contextlib import suppress
from dataclasses import dataclass

import anyio.to_thread

from ..._core.clock import Clock
from ..._core.errors import ConfigurationError, CredentialsError, TransportError
from ..._core.secret import Secret, Text
from ..._http.origin import Origin, Url
from ..identity import Credentials
from .issuer import Issuer
from .source import NoCredentials, Source, fields_of_json, read_credentials
from .web_identity import read_token

_RELATIVE, _FULL = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"
_TOKEN, _TOKEN_FILE = "AWS_CONTAINER_AUTHORIZATION_TOKEN", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"
_AGENT = "http://169.254.170.2"
# Hosts that may be called without TLS, besides loopback addresses: the agents of ECS and EKS.
_LOCAL_HOSTS = ("localhost", "169.254.170.2", "169.254.170.23", "fd00:ec2::23")
_SECONDS, _ATTEMPTS = 2.0, 3


@dataclass(frozen=True, slots=True)
class ContainerSource(Source):
    """The source that asks the endpoint named in the environment."""

    async def load(self, clock: Clock) -> Credentials | NoCredentials:
        url = _url()
        if url is None:
            return NoCredentials(f"{_RELATIVE} and {_FULL} are not set")
        headers: dict[str, Text] = {"accept": "application/json"}
        token = await _token()
        if token is not None:
            headers["authorization"] = token
        status_code: int | None = None
        try:
            async with Issuer(clock, seconds=_SECONDS, attempts=_ATTEMPTS) as endpoint:
                reply = await endpoint.ask("GET", url, headers)
        except TransportError as error:
            problem = error.message
        else:
            if reply.status_code == 200:
                return read_credentials("the container's endpoint", fields_of_json(reply.body))
            status_code = reply.status_code
            problem = f"status {status_code}"
        raise CredentialsError(f"the container's endpoint gave no credentials: {problem}", status_code=status_code)


def _url() -> Url | None:
    # Masked, because a path can be a secret, and a URL may hold a password.
    relative, full = Secret.maybe(os.environ.get(_RELATIVE)), Secret.maybe(os.environ.get(_FULL))
    if relative:
        if not re.fullmatch(r"/[!-~]*", relative.reveal()):
            raise CredentialsError(f"{_RELATIVE} must be a path, which begins with /")
        return Url.parse(_AGENT + relative.reveal().partition("#")[0])
    if not full:
        return None
    with suppress(ConfigurationError):
        url = Url.parse(full)
        if _is_allowed(url.origin):
            return url
    raise CredentialsError(
        f"{_FULL} is refused: without https, its host must be a loopback address or one of "
        + ", ".join(_LOCAL_HOSTS[1:])
    )


def _is_allowed(origin: Origin) -> bool:
    if origin.scheme == "https" or origin.host in _LOCAL_HOSTS:
        return True
    with suppress(ValueError):
        return ipaddress.ip_address(origin.host).is_loopback
    return False


async def _token() -> Secret[str] | None:
    token, path = Secret.maybe(os.environ.get(_TOKEN)), os.environ.get(_TOKEN_FILE)
    if path:
        token = await anyio.to_thread.run_sync(read_token, path, abandon_on_cancel=True)
    if token and not (token.reveal().isascii() and token.reveal().isprintable()):
        raise CredentialsError("the authorization token of the container's endpoint must be printable ASCII")
    return token or None
