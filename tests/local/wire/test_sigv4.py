from __future__ import annotations

import importlib
from datetime import datetime, timedelta, timezone

import pytest

from cognito_async._local.clock import MovableClock
from cognito_async._local.service import LocalService

from ..helpers import START, Wire, fault, sign

pytestmark = [pytest.mark.anyio, pytest.mark.table]
INVALID = "InvalidSignatureException"
INCOMPLETE = "IncompleteSignatureException"
BODY = {"UserPoolId": "us-east-1_LocalPool"}
RAW = b'{"UserPoolId": "us-east-1_LocalPool"}'


async def test_call_must_be_signed() -> None:
    reply = await Wire().post("ListUsers", BODY)
    assert fault(reply) == ("MissingAuthenticationTokenException", "Missing Authentication Token")


@pytest.mark.parametrize(
    ("how", "code", "message"),
    [
        ({"key_id": "NOBODY"}, "UnrecognizedClientException", "The security token included in the request is invalid."),
        ({"secret": "wrong"}, INVALID, "The request signature we calculated does not match"),
        ({"region": "eu-west-1"}, INVALID, "Credential should be scoped to a valid region"),
        ({"service": "s3"}, INVALID, "Credential should be scoped to correct service: 'cognito-idp'."),
        ({"end": "aws5"}, INVALID, "Credential should be scoped with a valid terminator"),
        ({"date": "20200101"}, INVALID, "Date in Credential scope does not match"),
        ({"unsigned": "host"}, INVALID, "'host' must be a 'SignedHeader' in the AWS Authorization."),
        ({"unsigned": "x-amz-target"}, INVALID, "'x-amz-target' must be a 'SignedHeader' in the AWS Authorization."),
        (
            {"at": START - timedelta(seconds=301)},
            INVALID,
            "Signature expired: 20260905T115459Z is now earlier than 20260905T115500Z (20260905T120000Z - 5 min.)",
        ),
        (
            {"at": START + timedelta(seconds=301)},
            INVALID,
            (
                "Signature not yet current: 20260905T120501Z is still later than 20260905T120500Z "
                "(20260905T120000Z + 5 min.)"
            ),
        ),
    ],
)
async def test_wrong_signatures_are_refused(how: dict[str, object], code: str, message: str) -> None:
    refused = fault(await Wire().signed("ListUsers", BODY, **how))
    assert refused[0] == code and refused[1].startswith(message)


@pytest.mark.parametrize("seconds", [-300, 0, 300])
async def test_clock_may_differ_by_five_minutes(seconds: int) -> None:
    reply = await Wire().signed("ListUsers", BODY, at=START + timedelta(seconds=seconds))
    assert reply.status_code == 200


async def test_body_other_than_the_signed_one_is_refused() -> None:
    headers = sign("ListUsers", RAW, at=START)
    reply = await Wire().post("ListUsers", RAW.replace(b"}", b" }"), headers)
    assert fault(reply)[0] == INVALID


@pytest.mark.parametrize(
    ("authorization", "message"),
    [
        (
            "AWS4-HMAC-SHA256 nonsense",
            (
                "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
                "parameter. Authorization header requires 'SignedHeaders' parameter."
            ),
        ),
        (
            "Bearer Credential=a, SignedHeaders=host, Signature=b",
            "Authorization header requires the algorithm AWS4-HMAC-SHA256.",
        ),
        (
            "AWS4-HMAC-SHA256 Credential=a/b, SignedHeaders=host, Signature=b",
            "Credential must have exactly 5 slash-delimited elements.",
        ),
    ],
)
async def test_malformed_authorization_is_refused(authorization: str, message: str) -> None:
    headers = {**sign("ListUsers", RAW, at=START), "Authorization": authorization}
    assert fault(await Wire().post("ListUsers", RAW, headers)) == (INCOMPLETE, message)


async def test_signature_needs_its_date() -> None:
    headers = {**sign("ListUsers", RAW, at=START), "X-Amz-Date": "today"}
    assert fault(await Wire().post("ListUsers", RAW, headers))[0] == INCOMPLETE


async def test_other_keys_can_be_configured() -> None:
    service = LocalService(clock=MovableClock(START), secret_keys={"AKIDMINE": "mine"})
    wire = Wire(service=service)
    assert service.secret_keys == {"AKIDMINE": "mine"}
    assert (await wire.signed("ListUsers", BODY, key_id="AKIDMINE", secret="mine")).status_code == 200
    assert fault(await wire.signed("ListUsers", BODY))[0] == "UnrecognizedClientException"


@pytest.mark.parametrize("token", [None, "session-token"])
async def test_botocores_signature_is_accepted(token: str | None) -> None:
    auth = importlib.import_module("botocore.auth")
    awsrequest = importlib.import_module("botocore.awsrequest")
    credentials = importlib.import_module("botocore.credentials")
    wire = Wire(clock=MovableClock())
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityProviderService.ListUsers",
    }
    request = awsrequest.AWSRequest(method="POST", url="http://pool.local/", data=RAW, headers=headers)
    keys = credentials.Credentials("AKIDLOCAL", "local-secret-key", token)
    auth.SigV4Auth(keys, "cognito-idp", "us-east-1").add_auth(request)
    reply = await wire.http.post("/", content=RAW, headers=dict(request.headers.items()))
    assert reply.json() == {"Users": []}
    assert abs(wire.clock.now() - datetime.now(timezone.utc)) < timedelta(seconds=5)
