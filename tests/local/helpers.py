"""Raw calls to a local pool, with signatures and codes computed independently of the package."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
from datetime import datetime, timedelta, timezone
from typing import Any

import httpx
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from cognito_async._local.clock import MovableClock
from cognito_async._local.httpx_adapter import LocalTransport
from cognito_async._local.service import LocalService
from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.state.entities import User
from cognito_async._local.state.signing_keys import SigningKeys
from tests.declared import check, service_model

from .srp_client import SrpClient

START = datetime(2026, 9, 5, 12, 0, 0, tzinfo=timezone.utc)
PASSWORD = "Passw0rd!"
SECRET = "localclientsecret0123456789"
INCORRECT = ("NotAuthorizedException", "Incorrect username or password.")


@functools.cache
def keys() -> SigningKeys:
    """Return one pair of signing keys for all tests, because generating a pair is slow."""
    return SigningKeys.generate()


class Wire:
    """One local pool and one app client, called by raw HTTP requests. Each reply must fit the model of the service."""

    def __init__(
        self,
        pool: PoolSettings | None = None,
        client: AppClientSettings | None = None,
        *,
        clock: MovableClock | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
        service: LocalService | None = None,
    ) -> None:
        self.clock = clock or MovableClock(START)
        self.service = service or LocalService(clock=self.clock)
        self.pool = self.service.add_pool(pool, keys=keys())
        self.client = self.service.add_client(self.pool.id, client)
        self.transport = transport or LocalTransport(self.service)
        self.http = httpx.AsyncClient(transport=self.transport, base_url="http://pool.local")

    async def post(self, operation: str, body: Any, headers: dict[str, str] | None = None) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        target = {"X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}"}
        kind = {"Content-Type": "application/x-amz-json-1.1"}
        # Without the client, which takes as long as the pool, and adds nothing that the pool reads.
        sent = {**kind, **target, **(headers or {})}
        reply = await self.transport.handle_async_request(
            httpx.Request("POST", "http://pool.local/", content=content, headers=sent)
        )
        await reply.aread()
        if reply.status_code in (200, 400) and operation in service_model().operation_names:
            check(service_model().operation_model(operation), reply.status_code, reply.content)
        return reply

    async def call(self, operation: str, /, **members: Any) -> Any:
        """Make a call that must succeed, and return its reply. `ClientId` is added if the operation has it."""
        reply = await self.post(operation, self._with_client(operation, members))
        assert reply.status_code == 200, reply.text
        assert reply.headers["content-type"] == "application/x-amz-json-1.1"
        return reply.json()

    async def refused(self, operation: str, /, **members: Any) -> tuple[str, str]:
        """Make a call that must be refused, and return the type and message of its error."""
        return fault(await self.post(operation, self._with_client(operation, members)))

    async def admin(self, operation: str, /, **members: Any) -> Any:
        reply = await self.signed(operation, {"UserPoolId": self.pool.id, **members})
        assert reply.status_code == 200, reply.text
        return reply.json()

    async def admin_refused(self, operation: str, /, **members: Any) -> tuple[str, str]:
        return fault(await self.signed(operation, {"UserPoolId": self.pool.id, **members}))

    async def signed(self, operation: str, body: Any, **how: Any) -> httpx.Response:
        content = json.dumps(body).encode()
        return await self.post(operation, content, sign(operation, content, at=how.pop("at", self.clock.now()), **how))

    async def initiate(self, flow: str = "USER_PASSWORD_AUTH", /, **parameters: str) -> Any:
        return await self.call("InitiateAuth", AuthFlow=flow, AuthParameters=parameters)

    async def initiate_refused(self, flow: str = "USER_PASSWORD_AUTH", /, **parameters: str) -> tuple[str, str]:
        return await self.refused("InitiateAuth", AuthFlow=flow, AuthParameters=parameters)

    async def signed_up(self, username: str = "alice", password: str = PASSWORD, /, **attributes: str) -> User:
        """Add a confirmed user with a verified address."""
        attributes = attributes or {"email": "f@example.com"}
        await self.call(
            "SignUp",
            Username=username,
            Password=password,
            UserAttributes=listed(attributes),
            **self.hashed(username),
        )
        code = self.service.outbox[-1].code
        await self.call("ConfirmSignUp", Username=username, ConfirmationCode=code, **self.hashed(username))
        user = self.service.find_user(self.pool.id, username)
        assert user is not None
        return user

    async def tokens(self, username: str = "alice", password: str = PASSWORD) -> dict[str, Any]:
        parameters = {"USERNAME": username, "PASSWORD": password}
        if self.client.secret:
            parameters["SECRET_HASH"] = secret_hash(username, self.client)
        result: dict[str, Any] = (await self.initiate(**parameters))["AuthenticationResult"]
        return result

    def hashed(self, username: str) -> dict[str, str]:
        return {"SecretHash": secret_hash(username, self.client)} if self.client.secret else {}

    def _with_client(self, operation: str, members: dict[str, Any]) -> dict[str, Any]:
        without = "AccessToken" in members or operation in ("AssociateSoftwareToken", "VerifySoftwareToken")
        return members if without else {"ClientId": self.client.id, **members}


def fault(reply: httpx.Response) -> tuple[str, str]:
    body = reply.json()
    assert reply.status_code == 400, reply.text
    assert reply.headers["x-amzn-errortype"] == f"{body['__type']}:"
    unreadable = body["__type"] == "SerializationException"
    return body["__type"], body.get("Message", "") if unreadable else body["message"]


def refusal(message: str) -> tuple[str, str]:
    """Return the type and message of a `NotAuthorizedException`."""
    return "NotAuthorizedException", message


def listed(attributes: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in attributes.items()]


def attributes_of(listed_attributes: list[dict[str, str]]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in listed_attributes}


def secret_hash(username: str, client: AppClientSettings) -> str:
    digest = hmac.new((client.secret or "").encode(), (username + client.id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def claims(token: str, key: rsa.RSAPublicKey | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the header and claims of a token. If a key is given, verify it."""
    parts = token.split(".")
    head, body, signature = (base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in parts)
    if key is not None:
        key.verify(signature, ".".join(parts[:2]).encode(), padding.PKCS1v15(), hashes.SHA256())
    return json.loads(head), json.loads(body)


async def begin_srp(wire: Wire, username: str = "alice", **more: str) -> tuple[SrpClient, Any]:
    client = SrpClient(wire.pool.id)
    return client, await wire.initiate("USER_SRP_AUTH", USERNAME=username, SRP_A=client.srp_a, **more)


async def proven(wire: Wire, username: str = "alice", password: str = PASSWORD) -> dict[str, str]:
    """Start a sign-in by SRP. Return the responses that prove the password, which a test can send or alter."""
    client, reply = await begin_srp(wire, username)
    return client.answer(reply["ChallengeParameters"], password, wire.clock.now())


def respond(responses: dict[str, str]) -> dict[str, Any]:
    return {"ChallengeName": "PASSWORD_VERIFIER", "ChallengeResponses": responses}


def sign(
    operation: str,
    body: bytes,
    *,
    at: datetime,
    key_id: str = "AKIDLOCAL",
    secret: str = "local-secret-key",
    region: str = "us-east-1",
    service: str = "cognito-idp",
    end: str = "aws4_request",
    date: str | None = None,
    unsigned: str = "",
    target: str = "AWSCognitoIdentityProviderService",
) -> dict[str, str]:
    """Return the headers of AWS Signature Version 4. `unsigned` names a header to leave out of the signature."""
    stamp = f"{at:%Y%m%dT%H%M%SZ}"
    headers = {
        "content-type": "application/x-amz-json-1.1",
        "host": "pool.local",
        "x-amz-date": stamp,
        "x-amz-target": f"{target}.{operation}",
    }
    names = [name for name in headers if name != unsigned]
    lines = "".join(f"{name}:{headers[name]}\n" for name in names)
    canonical = "\n".join(("POST", "/", "", lines, ";".join(names), hashlib.sha256(body).hexdigest()))
    scope = f"{date or stamp[:8]}/{region}/{service}/{end}"
    key = f"AWS4{secret}".encode()
    for part in scope.split("/"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{stamp}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    signature = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
    credential = f"AWS4-HMAC-SHA256 Credential={key_id}/{scope}, SignedHeaders={';'.join(names)}, Signature={signature}"
    return {"Authorization": credential, "X-Amz-Date": stamp}


def hours(number: float) -> float:
    return timedelta(hours=number).total_seconds()


def totp(secret: str, at: datetime, steps: int = 0) -> str:
    """Return the code of RFC 6238 for a time, or for `steps` periods of 30 seconds later (negative: earlier)."""
    counter = int(at.timestamp()) // 30 + steps
    digest = hmac.new(base64.b32decode(secret + "=" * (-len(secret) % 8)), counter.to_bytes(8, "big"), "sha1").digest()
    number = int.from_bytes(digest[digest[-1] % 16 :][:4], "big") % 2**31
    return f"{number % 10**6:06}"


async def answer(wire: Wire, asked: dict[str, Any], /, **responses: str) -> Any:
    """Answer a challenge, and return the reply. The pool must accept the answer."""
    return await wire.call("RespondToAuthChallenge", **answering(asked, responses))


async def answer_refused(wire: Wire, asked: dict[str, Any], /, **responses: str) -> tuple[str, str]:
    return await wire.refused("RespondToAuthChallenge", **answering(asked, responses))


def answering(asked: dict[str, Any], responses: dict[str, str]) -> dict[str, Any]:
    parameters = asked["ChallengeParameters"]
    name = parameters.get("USERNAME") or parameters.get("USER_ID_FOR_SRP") or "alice"
    session = {"Session": asked["Session"]} if "Session" in asked else {}
    return {
        "ChallengeName": asked["ChallengeName"],
        "ChallengeResponses": {"USERNAME": name, **responses},
        **session,
    }
