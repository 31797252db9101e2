from __future__ import annotations

import json
import logging
import uuid
from email.utils import parsedate_to_datetime

import anyio
import pytest

from cognito_async._core.errors import ConfigurationError
from cognito_async._local.router import MOST_BYTES
from cognito_async._local.service import LocalService
from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.wire.requests import LocalRequest

from ..helpers import PASSWORD, START, Wire, fault, keys, listed

pytestmark = [pytest.mark.anyio, pytest.mark.table]


async def test_every_reply_has_the_headers_of_the_service() -> None:
    wire = Wire()
    replies = [
        await wire.post("SignUp", {"ClientId": wire.client.id, "Username": "alice", "Password": PASSWORD}),
        await wire.post("SignUp", {}),
        await wire.http.get("/health"),
    ]
    for reply in replies:
        assert parsedate_to_datetime(reply.headers["date"]) == START
        assert uuid.UUID(reply.headers["x-amzn-requestid"]).version == 4


async def test_error_is_in_headers_and_body() -> None:
    wire = Wire()
    reply = await wire.post("GetUser", {"AccessToken": "x"})
    assert reply.status_code == 400
    assert reply.headers["x-amzn-errortype"] == "NotAuthorizedException:"
    assert reply.headers["x-amzn-errormessage"] == "Invalid Access Token"
    assert reply.json() == {"__type": "NotAuthorizedException", "message": "Invalid Access Token"}


async def test_message_in_the_header_replaces_characters_outside_ascii() -> None:
    wire = Wire()
    attributes = listed({"größe": "1", "größe2": "2"})
    reply = await wire.post(
        "SignUp",
        {"ClientId": wire.client.id, "Username": "alice", "Password": PASSWORD, "UserAttributes": attributes},
    )
    assert "größe2" in reply.json()["message"] and "gr??e2" in reply.headers["x-amzn-errormessage"]


async def test_health_endpoint_replies_ok() -> None:
    wire = Wire()
    reply = await wire.http.get("/health")
    assert (reply.status_code, reply.json()) == (200, {"status": "ok"})
    head = await wire.http.head("/health")
    assert (head.status_code, head.headers["content-type"], head.content) == (200, "application/json", b"")


@pytest.mark.parametrize(
    ("method", "path", "code"),
    [
        ("GET", "/", "UnknownOperationException"),
        ("GET", "/us-east-1_Nowhere/.well-known/jwks.json", "ResourceNotFoundException"),
        ("POST", "/elsewhere", "UnknownOperationException"),
        ("DELETE", "/", "UnknownOperationException"),
    ],
)
async def test_other_paths_and_methods_are_refused(method: str, path: str, code: str) -> None:
    reply = await Wire().http.request(method, path)
    assert (reply.status_code, reply.json()["__type"]) == (404, code)


@pytest.mark.parametrize(
    "target",
    [
        "AWSCognitoIdentityProviderService.GetSigningCertificate",
        "AWSCognitoIdentityProviderService.",
        "DynamoDB_20120810.SignUp",
        "SignUp",
        "",
    ],
)
async def test_unsupported_operation_is_reported_as_unknown(target: str) -> None:
    reply = await Wire().http.post("/", content=b"{}", headers={"X-Amz-Target": target})
    code, message = fault(reply)
    assert code == "UnknownOperationException"
    assert message.startswith("The local pool does not have the operation")


async def test_too_large_request_is_refused() -> None:
    reply = await Wire().post("SignUp", b" " * (MOST_BYTES + 1))
    assert (reply.status_code, reply.json()["__type"]) == (413, "RequestEntityTooLargeException")


async def test_internal_error_reveals_nothing(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    wire = Wire()

    def fail(*_: object) -> None:
        raise ValueError("Passw0rd!")

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr("cognito_async._local.accounts.sign_up.check_password", fail)
    reply = await wire.post("SignUp", {"ClientId": wire.client.id, "Username": "alice", "Password": PASSWORD})
    assert reply.status_code == 500
    assert reply.json() == {"__type": "InternalErrorException", "message": "Internal error."}
    assert "ValueError" in caplog.text and PASSWORD not in caplog.text and PASSWORD not in reply.text


async def test_calls_yield_and_can_be_cancelled() -> None:
    wire = Wire()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await wire.service.handle(LocalRequest("GET", "/health", {}))
    assert scope.cancelled_caught


async def test_concurrent_sign_ups_of_one_name_create_one_user() -> None:
    wire = Wire()
    statuses: list[int] = []

    async def sign_up() -> None:
        body = {"ClientId": wire.client.id, "Username": "alice", "Password": PASSWORD}
        statuses.append((await wire.post("SignUp", body)).status_code)

    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(sign_up)
    assert sorted(statuses) == [200, 400, 400]


async def test_stored_objects_show_no_secret() -> None:
    wire = Wire(client=AppClientSettings(secret="s3cretsecretsecretsecret01"))
    user = await wire.signed_up()
    kept = repr((user, wire.client, wire.pool, wire.service.outbox, keys()))
    for secret in (PASSWORD, "s3cretsecretsecretsecret01", wire.service.outbox[0].code, str(user.verifier)):
        assert secret not in kept
    request = LocalRequest("POST", "/", {"authorization": PASSWORD}, json.dumps({"Password": PASSWORD}).encode())
    assert PASSWORD not in repr(request) and PASSWORD not in repr(await wire.service.handle(request))


def test_service_has_defaults_and_refuses_duplicates_and_unknown_pools() -> None:
    service = LocalService()
    pool = service.add_pool()
    client = service.add_client(pool.id)
    assert pool.srp_name == "LocalPool" and len(client.id) == 26 and service.clock.now()
    with pytest.raises(ConfigurationError):
        service.add_pool()
    with pytest.raises(ConfigurationError):
        service.add_client(pool.id)
    with pytest.raises(ConfigurationError):
        service.add_client("us-east-1_Nowhere")
    with pytest.raises(ConfigurationError):
        service.find_user("us-east-1_Nowhere", "alice")


@pytest.mark.parametrize("pool_id", ["", "nowhere", "us east_1", "a_" + "b" * 60])
def test_malformed_pool_id_is_refused(pool_id: str) -> None:
    with pytest.raises(ConfigurationError):
        PoolSettings(id=pool_id)


def test_invalid_settings_are_refused() -> None:
    with pytest.raises(ConfigurationError):
        PoolSettings(username_attributes=("email",), alias_attributes=("email",))
    with pytest.raises(ConfigurationError):
        AppClientSettings(id="a-b")
    with pytest.raises(ConfigurationError):
        AppClientSettings(secret="short")
