"""The metadata service of an EC2 instance, in its second version (IMDSv2), in which every request needs a token."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from urllib.parse import quote

from ..._core.clock import Clock
from ..._core.errors import TransportError
from ..._core.secret import Secret, Texts
from ..._http.origin import Url
from ..identity import Credentials
from ..settings.endpoint import check_endpoint
from .issuer import Issuer
from .source import NoCredentials, Source, fields_of_json, read_credentials

_TOKEN_PATH = "/latest/api/token"  # noqa: S105 - a path
_ROLE_PATH = "/latest/meta-data/iam/security-credentials/"
_WORD = re.compile(r"[!-~]{1,4096}")


@dataclass(frozen=True, slots=True)
class InstanceSource(Source):
    """The source that asks the metadata service for the instance's role, and then for the role's credentials."""

    async def load(self, clock: Clock) -> Credentials | NoCredentials:
        if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
            return NoCredentials("AWS_EC2_METADATA_DISABLED forbids requests to the instance's metadata service")
        async with Issuer(clock) as issuer:
            service = _MetadataService(issuer, _url())
            try:
                token = await service.ask("token", "PUT", _TOKEN_PATH, {"x-aws-ec2-metadata-token-ttl-seconds": "60"})
                headers = {"x-aws-ec2-metadata-token": token}
                role = await service.ask("role", "GET", _ROLE_PATH, headers)
                answer = await service.ask("credentials", "GET", _ROLE_PATH + quote(role.reveal()), headers)
            except TransportError as error:
                return NoCredentials(f"the instance's metadata service gave no {error.message}")
        return read_credentials("the instance's metadata service", fields_of_json(answer.reveal().encode()))


class _MetadataService:
    """The metadata service at one URL."""

    def __init__(self, issuer: Issuer, url: str) -> None:
        self._issuer = issuer
        self._url = url

    async def ask(self, what: str, method: str, path: str, headers: Texts) -> Secret[str]:
        """Send a request and return the body of its reply. `what` names the requested thing in error messages.

        Raises:
            TransportError: if the reply is unusable. The message consists of `what` and the reason.
        """
        try:
            reply = await self._issuer.ask(method, Url.parse(self._url + path), headers)
        except TransportError as error:
            problem = error.message
        else:
            text = Secret(reply.body.decode("ascii", "replace").strip())
            is_usable = text.reveal().isascii() if what == "credentials" else _WORD.fullmatch(text.reveal())
            if reply.status_code == 200 and is_usable:
                return text
            problem = f"status {reply.status_code}"
        raise TransportError(f"{what} ({problem})")


def _url() -> str:
    endpoint = Secret.maybe(os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT"))
    if endpoint:
        return check_endpoint(endpoint, "AWS_EC2_METADATA_SERVICE_ENDPOINT")
    is_v6 = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "").lower() == "ipv6"
    return "http://[fd00:ec2::254]" if is_v6 else "http://169.254.169.254"
