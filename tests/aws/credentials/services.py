"""Servers on loopback that imitate an instance's metadata service, a container's endpoint, and STS."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs

import anyio
from anyio.abc import SocketStream
from anyio.streams.buffered import BufferedByteReceiveStream

from cognito_async._aws.identity import Credentials
from tests.serving import listening

START = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
# Far in the future, because botocore, which the tests compare with, uses the real time.
FAR = datetime(2100, 1, 2, 3, 4, 5, tzinfo=UTC)
KEYS = Credentials("ASIATEMPORARY", "Mark3r/secret", "Mark3r-session==", FAR)


@dataclass(frozen=True)
class Request:
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Answer = tuple[int, bytes]


@dataclass
class Service:
    """A server that replies with the result of `answer`. If it is `None`, it waits until the client disconnects."""

    answer: Callable[[Request], Answer | None]
    requests: list[Request] = field(default_factory=list)
    waiting: anyio.Event = field(default_factory=anyio.Event)
    headers: str = ""

    @asynccontextmanager
    async def served(self) -> AsyncIterator[str]:
        async with listening(self._serve) as port:
            yield f"http://127.0.0.1:{port}"

    async def _serve(self, stream: SocketStream) -> None:
        try:
            async with stream:
                request = await _read(BufferedByteReceiveStream(stream))
                self.requests.append(request)
                answer = self.answer(request)
                if answer is None:
                    self.waiting.set()
                    await stream.receive()
                    return
                status, body = answer
                head = f"HTTP/1.1 {status} X\r\n{self.headers}Connection: close\r\nContent-Length: {len(body)}\r\n\r\n"
                await stream.send(head.encode() + body)
        except (anyio.BrokenResourceError, anyio.EndOfStream, anyio.IncompleteRead):
            pass  # the client may disconnect at any time


async def _read(received: BufferedByteReceiveStream) -> Request:
    head = (await received.receive_until(b"\r\n\r\n", 65536)).decode()
    first, *lines = head.split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await received.receive_exactly(length) if (length := int(headers.get("content-length", 0))) else b""
    method, path, _ = first.split(" ")
    return Request(method, path, headers, body)


def as_json(keys: Credentials, **others: object) -> bytes:
    """Return credentials in the JSON of an instance's or a container's service."""
    found = {
        "AccessKeyId": keys.access_key_id,
        "SecretAccessKey": str(keys.secret_access_key),
        "Token": keys.session_token and str(keys.session_token),
        "Expiration": keys.expires_at and keys.expires_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return json.dumps({**found, **others}).encode()


def instance(keys: Callable[[], Answer | None] = lambda: (200, as_json(KEYS, Code="Success"))) -> Service:
    """Return the metadata service of an instance that allows only IMDSv2. `keys` returns the last reply."""

    def answer(request: Request) -> Answer | None:
        role = "/latest/meta-data/iam/security-credentials/"
        if request.method == "PUT" and request.path == "/latest/api/token":
            assert int(request.headers["x-aws-ec2-metadata-token-ttl-seconds"]) >= 1
            return 200, b"Mark3r-imds-token=="
        if request.headers.get("x-aws-ec2-metadata-token") != "Mark3r-imds-token==":
            return 401, b""
        if request.path == role:
            return 200, b"my-role"
        return keys() if request.path == f"{role}my-role" else (404, b"")

    return Service(answer)


def container(keys: Callable[[], Answer | None] = lambda: (200, as_json(KEYS)), token: str | None = None) -> Service:
    """Return a container's endpoint at /keys."""

    def answer(request: Request) -> Answer | None:
        if request.headers.get("authorization") != token:
            return 401, b"{}"
        return keys() if (request.method, request.path) == ("GET", "/keys?id=1") else (404, b"")

    return Service(answer)


def sts(keys: Callable[[], Credentials] = lambda: KEYS, token: str = "Mark3r.web.identity+/=") -> Service:
    """Return an STS that supports AssumeRoleWithWebIdentity."""

    def answer(request: Request) -> Answer:
        form = {name: values[0] for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}
        assert (request.method, request.path) == ("POST", "/")
        assert (form["Action"], form["Version"]) == ("AssumeRoleWithWebIdentity", "2011-06-15")
        if form["WebIdentityToken"] != token:
            return 400, sts_error("InvalidIdentityToken", f"no such token: {form['WebIdentityToken']}")
        return 200, sts_reply(keys(), form["RoleArn"], form["RoleSessionName"])

    return Service(answer)


def sts_reply(keys: Credentials, role: str, session: str) -> bytes:
    assert keys.expires_at is not None
    return f"""<AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/">
  <AssumeRoleWithWebIdentityResult>
    <SubjectFromWebIdentityToken>system:serviceaccount:default:a</SubjectFromWebIdentityToken>
    <AssumedRoleUser>
      <Arn>{role.replace("iam", "sts")}/{session}</Arn><AssumedRoleId>A:{session}</AssumedRoleId>
    </AssumedRoleUser>
    <Credentials>
      <SessionToken>{keys.session_token!s}</SessionToken>
      <SecretAccessKey>{keys.secret_access_key!s}</SecretAccessKey>
      <Expiration>{keys.expires_at:%Y-%m-%dT%H:%M:%SZ}</Expiration>
      <AccessKeyId>{keys.access_key_id}</AccessKeyId>
    </Credentials>
  </AssumeRoleWithWebIdentityResult>
  <ResponseMetadata><RequestId>11111111-2222-3333-4444-555555555555</RequestId></ResponseMetadata>
</AssumeRoleWithWebIdentityResponse>""".encode()


def sts_error(code: str, message: str) -> bytes:
    return (
        '<ErrorResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><Error><Type>Sender</Type>'
        f"<Code>{code}</Code><Message>{message}</Message></Error><RequestId>1</RequestId></ErrorResponse>"
    ).encode()
