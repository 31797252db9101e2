"""A token in a file, changed by STS for the credentials of a role: pods with a service account's role (IRSA)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import anyio.to_thread

from ..._core.clock import Clock
from ..._core.errors import CredentialsError
from ..._core.redact import mask
from ..endpoint import check_endpoint, endpoint_for
from ..identity import Credentials
from . import environment
from .issuer import Answer, Question, ask
from .source import Absent, Source, read_credentials

_SECONDS, _TRIES = 5.0, 3
_CODE = re.compile(r"[A-Za-z0-9.]{1,100}")


@dataclass(frozen=True, slots=True)
class WebIdentitySource(Source):
    """Asks STS with the token that the file holds now.

    Args: those of `from_web_identity`; `""` is "none", where `None` is what the environment says.
    """

    role_arn: str | None = None
    token_file: str | None = None
    session_name: str | None = None
    region: str | None = None
    endpoint: str | None = None

    async def look(self, clock: Clock) -> Credentials | Absent:
        token_file = _given(self.token_file, "AWS_WEB_IDENTITY_TOKEN_FILE")
        if not token_file:
            return Absent("AWS_WEB_IDENTITY_TOKEN_FILE is not set")
        role_arn = _given(self.role_arn, "AWS_ROLE_ARN")
        if not role_arn:
            raise CredentialsError("a web identity needs the role that it stands for: set AWS_ROLE_ARN")
        token = await anyio.to_thread.run_sync(read_token, token_file, abandon_on_cancel=True)
        form = {
            "Action": "AssumeRoleWithWebIdentity",
            "Version": "2011-06-15",
            "RoleArn": role_arn,
            "RoleSessionName": _given(self.session_name, "AWS_ROLE_SESSION_NAME")
            or f"cognito-async-{int(clock.now().timestamp())}",
            "WebIdentityToken": token,
        }
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        body = mask(urlencode(form).encode())
        answer = await ask(Question("POST", self._url(), headers, body, _SECONDS, _TRIES), clock)
        return await anyio.to_thread.run_sync(_read, answer, abandon_on_cancel=True)

    def _url(self) -> str:
        variables = (os.environ.get("AWS_ENDPOINT_URL_STS"), os.environ.get("AWS_ENDPOINT_URL"))
        if given := self.endpoint or variables[0] or variables[1]:
            return check_endpoint(given)
        region = self.region or environment.region()
        if region is None:
            return "https://sts.amazonaws.com"
        fips = os.environ.get("AWS_USE_FIPS_ENDPOINT", "").lower() == "true"
        return endpoint_for(region, service="sts", fips=fips)


def read_token(path: str) -> str:
    """The token in a file; reads it, so for a worker thread.

    Raises:
        CredentialsError: when it cannot be read, or is no token.
    """
    try:
        return mask(Path(path).read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        problem = type(error).__name__
    raise CredentialsError(f"the file {path!r}, which holds a token for AWS, cannot be read ({problem})")


def _given(value: str | None, variable: str) -> str:
    return os.environ.get(variable, "") if value is None else value


def _read(answer: Answer | str) -> Credentials:
    if isinstance(answer, str):
        raise CredentialsError(f"STS gave no credentials for the web identity: {answer}")
    fields = _fields(answer.body)
    if answer.status == 200:
        return read_credentials("STS", {**fields, "Token": fields.get("SessionToken")})
    code = str(fields.get("Code"))
    code = code if _CODE.fullmatch(code) else "no reason that can be read"
    raise CredentialsError(f"STS refused the web identity: {code}", code=code, status_code=answer.status)


def _fields(body: bytes) -> dict[str, str]:
    """The texts of a reply under their names, of the one group that matters; none of what is no such reply."""
    from xml.etree import ElementTree as Xml  # noqa: PLC0415 - in a thread; why it is safe stands below

    try:
        text = body.decode()
        # No document type, so no entities that grow; as text, so that no declared encoding hides one.
        root = None if "<!" in text else Xml.fromstring(text)  # noqa: S314
    except (UnicodeDecodeError, Xml.ParseError):
        root = None
    if root is None:
        return {}
    group = root.find(".//{*}Credentials")
    group = root.find(".//{*}Error") if group is None else group
    return mask({item.tag.rpartition("}")[2]: item.text or "" for item in group}) if group is not None else {}
