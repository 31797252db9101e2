"""A web identity: a token in a file, which STS exchanges for a role's credentials. EKS gives pods such files (IRSA)."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

import anyio.to_thread

from ..._core.clock import Clock
from ..._core.errors import CredentialsError, TransportError
from ..._core.redact import mask, scrub
from ..._core.secret import Secret, opened
from ..._http.message import HttpReply
from ..._http.options import HttpOptions
from ..identity import Credentials
from ..settings.endpoint import check_endpoint
from ..settings.files import Profile, read_text
from ..settings.location import Location, LocationOptions
from ..settings.service_location import ServiceLocation
from .issuer import Issuer
from .source import NoCredentials, Source, read_credentials

_SECONDS, _ATTEMPTS = 5.0, 3
_CODE = re.compile(r"[A-Za-z0-9.]{1,100}")


@dataclass(frozen=True, slots=True)
class WebIdentitySource(Source):
    """The source that reads the token from the file and exchanges it at STS, each time.

    Args: those of `from_web_identity`. For `None`, the environment variable is used; `""` means that there is no value.
        profile: has the settings of STS; by default, the one that the environment (`AWS_PROFILE`) names.
    """

    role_arn: str | None = None
    token_file: str | None = None
    session_name: str | None = None
    region: str | None = None
    endpoint: str | None = field(default=None, repr=False)  # may hold a password
    profile: Profile | None = None

    async def load(self, clock: Clock) -> Credentials | NoCredentials:
        token_file = _given(self.token_file, "AWS_WEB_IDENTITY_TOKEN_FILE")
        if not token_file:
            return NoCredentials("AWS_WEB_IDENTITY_TOKEN_FILE is not set")
        role_arn = _given(self.role_arn, "AWS_ROLE_ARN")
        if not role_arn:
            raise CredentialsError("a web identity needs a role: set AWS_ROLE_ARN")
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
        body = Secret(urlencode(opened(form)).encode())
        where = await anyio.to_thread.run_sync(self._location, abandon_on_cancel=True)
        connections = HttpOptions(clock, ca_bundle=lambda: where.ca_bundle)
        try:
            async with Issuer(clock, seconds=_SECONDS, attempts=_ATTEMPTS, options=connections) as sts:
                reply = await sts.ask("POST", where.url, headers, body)
        except TransportError as error:
            problem = error.message
        else:
            return await anyio.to_thread.run_sync(_read, reply, token, abandon_on_cancel=True)
        raise CredentialsError(f"STS gave no credentials for the web identity: {problem}")

    def _location(self) -> Location:
        endpoint = None if self.endpoint is None else check_endpoint(self.endpoint)
        return ServiceLocation("sts", LocationOptions(self.region, endpoint)).read(self.profile)


def read_token(path: str) -> Secret[str]:
    """Return the token in a file. Call it in a worker thread.

    Raises:
        CredentialsError: if the file cannot be read, or is not UTF-8.
    """
    try:
        return Secret(read_text(path))
    except (OSError, ValueError) as error:
        problem = type(error).__name__
    raise CredentialsError(f"the file {path!r}, which holds a token for AWS, cannot be read ({problem})")


def _given(value: str | None, variable: str) -> str:
    return os.environ.get(variable, "") if value is None else value


def _read(reply: HttpReply, token: Secret[str]) -> Credentials:
    fields = _fields(reply.body)
    if reply.status_code == 200:
        return read_credentials("STS", {**fields, "Token": fields.get("SessionToken")})
    code = str(opened(fields.get("Code")))
    code = code if _CODE.fullmatch(code) and scrub(code, (token,), len(code)) == code else "unreadable reason"
    raise CredentialsError(f"STS refused the web identity: {code}", code=code, status_code=reply.status_code)


def _fields(body: bytes) -> dict[str, str]:
    """Return the fields of the credentials or the error in a reply; an empty dictionary if it has neither."""
    from xml.etree import ElementTree as Xml  # noqa: PLC0415 - in a thread

    try:
        text = body.decode()
        # Refuse a document type, because it can declare entities that expand without limit. Parse a str, because then
        # the parser ignores a declared encoding, which could hide a document type from this check.
        root = None if "<!" in text else Xml.fromstring(text)  # noqa: S314
    except (UnicodeDecodeError, Xml.ParseError):
        root = None
    if root is None:
        return {}
    group = root.find(".//{*}Credentials")
    group = root.find(".//{*}Error") if group is None else group
    return mask({item.tag.rpartition("}")[2]: item.text or "" for item in group}) if group is not None else {}
