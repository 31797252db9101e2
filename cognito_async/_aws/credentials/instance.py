"""The metadata service of an EC2 instance, by its second version alone: first a token, by which everything is asked."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote

from ..._core.clock import Clock
from ..._core.redact import mask
from ..endpoint import check_endpoint
from ..identity import Credentials
from .issuer import Question, ask
from .source import Absent, Source, fields_of_json, read_credentials

_TOKEN_PATH = "/latest/api/token"  # noqa: S105 - a path
_ROLE_PATH = "/latest/meta-data/iam/security-credentials/"
_WORD = re.compile(r"[!-~]{1,4096}")


@dataclass(frozen=True, slots=True)
class InstanceSource(Source):
    """Asks for the role of the instance, and then for its credentials."""

    async def look(self, clock: Clock) -> Credentials | Absent:
        if os.environ.get("AWS_EC2_METADATA_DISABLED", "").lower() == "true":
            return Absent("AWS_EC2_METADATA_DISABLED forbids to ask the instance")
        url = _url()
        token = await _asked("token", "PUT", url + _TOKEN_PATH, {"x-aws-ec2-metadata-token-ttl-seconds": "60"}, clock)
        if isinstance(token, Absent):
            return token
        headers = {"x-aws-ec2-metadata-token": token}
        role = await _asked("role", "GET", url + _ROLE_PATH, headers, clock)
        if isinstance(role, Absent):
            return role
        answer = await _asked("credentials", "GET", url + _ROLE_PATH + quote(role), headers, clock)
        if isinstance(answer, Absent):
            return answer
        return read_credentials("the instance's metadata service", fields_of_json(answer.encode()))


async def _asked(what: str, method: str, url: str, headers: Mapping[str, str], clock: Clock) -> str | Absent:
    """The text that it answers."""
    answer = await ask(Question(method, url, headers), clock)
    if isinstance(answer, str):
        return Absent(f"the instance's metadata service gave no {what} ({answer})")
    text: str = mask(answer.body.decode("ascii", "replace").strip())
    if answer.status != 200 or not (text.isascii() if what == "credentials" else _WORD.fullmatch(text)):
        return Absent(f"the instance's metadata service gave no {what} (status {answer.status})")
    return text


def _url() -> str:
    endpoint = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT")
    if endpoint:
        return check_endpoint(endpoint)
    is_v6 = os.environ.get("AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE", "").lower() == "ipv6"
    return "http://[fd00:ec2::254]" if is_v6 else "http://169.254.169.254"
