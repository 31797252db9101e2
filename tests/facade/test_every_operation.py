"""Every operation of both services, called by its method: signatures as by botocore, and a class for each error."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import botocore.auth
import botocore.awsrequest
import botocore.credentials
import httpx
import pytest
from names import attribute, snake
from source import Shape

from cognito_async import CognitoIdentity, CognitoIdentityProvider, RetryPolicy, UserPool, errors
from cognito_async._core.operation import Authorization
from cognito_async.credentials import Credentials
from cognito_async.local import MovableClock
from tests.codegen.services import CASES, Case, each_family, noting

pytestmark = [pytest.mark.anyio, pytest.mark.table]

KEYS = ("AKIDEXAMPLE", "secret-access-key", "session-token")
IDS = {"UserPoolId": "eu-central-1_Own", "ClientId": "ownclient"}
# The operations that create, change or delete a user pool or an app client, and take the id of one. Their callers must
# name it.
MANAGING = {
    "AddUserPoolClientSecret",
    "CancelPointInTimeRecovery",
    "CreateCIMDPolicy",
    "CreateUserPoolClient",
    "CreateUserPoolDomain",
    "CreateUserPoolReplica",
    "DeleteCIMDPolicy",
    "DeleteUserPool",
    "DeleteUserPoolClient",
    "DeleteUserPoolClientSecret",
    "DeleteUserPoolDomain",
    "DeleteUserPoolReplica",
    "InitiatePointInTimeRecovery",
    "SetUserPoolClientSessionConfiguration",
    "SetUserPoolMfaConfig",
    "SetUserPoolSessionConfiguration",
    "StartPointInTimeRecovery",
    "UpdateCIMDPolicy",
    "UpdateUserPool",
    "UpdateUserPoolClient",
    "UpdateUserPoolDomain",
    "UpdateUserPoolReplica",
}
TARGETS = {"cognito-idp": "AWSCognitoIdentityProviderService", "cognito-identity": "AWSCognitoIdentityService"}


class Server:
    """A server that records the requests. It replies with `error` if that is set, otherwise with `reply`."""

    def __init__(self, reply: dict[str, Any] | None = None) -> None:
        self.requests: list[httpx.Request] = []
        self.error: str | None = None
        self.reply = reply or {}
        self.clock = MovableClock()

    async def __call__(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        self.requests.append(request)
        if self.error is not None:
            return httpx.Response(400, json={"__type": self.error, "message": "an error"})
        return httpx.Response(200, json=self.reply)

    @property
    def http_client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(transport=httpx.MockTransport(self), trust_env=False)

    def pool(self) -> UserPool:
        return UserPool(*IDS.values(), http_client=self.http_client, credentials=Credentials(*KEYS), clock=self.clock)

    def client(self, service: str) -> CognitoIdentityProvider | CognitoIdentity:
        kind: type[CognitoIdentityProvider | CognitoIdentity] = (
            CognitoIdentityProvider if service == "cognito-idp" else CognitoIdentity
        )
        return kind(
            region="eu-central-1",
            http_client=self.http_client,
            credentials=Credentials(*KEYS),
            clock=self.clock,
            retry=RetryPolicy(max_attempts=1),
        )


def smallest(shapes: dict[str, Shape], name: str, timestamp: Any = datetime(2026, 1, 2, tzinfo=UTC)) -> Any:
    """Return the smallest valid value of a shape."""
    shape = shapes[name]
    size = max(shape.get("min", 1), 1)
    match shape["type"]:
        case "structure":
            required = shape.get("required", [])
            return {key: smallest(shapes, shape["members"][key]["shape"], timestamp) for key in required}
        case "list":
            return [smallest(shapes, shape["member"]["shape"], timestamp)] * size
        case "map":
            return {"key": smallest(shapes, shape["value"]["shape"], timestamp)}
        case "string":
            return shape["enum"][0] if "enum" in shape else "x" * size
        case "timestamp":
            return timestamp
        case "blob":
            return b"x" * size
        case other:
            return True if other == "boolean" else size


def smallest_reply(case: Case) -> dict[str, Any]:
    """Return the smallest reply. It has all required members, because structures shared with requests demand them."""
    if "output" not in case.description:
        return {}
    reply: dict[str, Any] = smallest(case.model.shapes, case.description["output"]["shape"], timestamp=1767326400)
    return reply


def signed_by_botocore(request: httpx.Request, service: str, now: datetime) -> Any:
    """Return the headers with which botocore would sign this request."""
    named = {name: request.headers[name] for name in ("content-type", "x-amz-target")}
    theirs = botocore.awsrequest.AWSRequest(method="POST", url=str(request.url), headers=named, data=request.content)
    signer = botocore.auth.SigV4Auth(botocore.credentials.Credentials(*KEYS), service, "eu-central-1")
    with mock.patch("botocore.auth.get_current_datetime", return_value=now):
        signer.add_auth(theirs)
    return theirs.headers


def required_arguments(case: Case) -> dict[str, Any]:
    """Return the required arguments of an operation."""
    members, required = case.input["members"], case.input.get("required", [])
    return {attribute(key): smallest(case.model.shapes, members[key]["shape"]) for key in required}


async def call(client: CognitoIdentityProvider | CognitoIdentity, case: Case, **arguments: Any) -> Any:
    return await getattr(client.api, snake(case.name))(**(arguments or required_arguments(case)))


@each_family
async def test_each_call_is_signed_as_by_botocore(cases: list[Case]) -> None:
    for case in cases:
        with noting(case):
            server = Server(smallest_reply(case))
            reply = await call(server.client(case.service), case)
            (request,) = server.requests
            assert str(request.url) == f"https://{case.service}.eu-central-1.amazonaws.com"
            assert request.headers["x-amz-target"] == f"{TARGETS[case.service]}.{case.name}"
            assert type(reply) is case.row.output and reply.meta.attempts == 1
            if case.row.authorization is Authorization.NONE:
                assert "authorization" not in request.headers and "x-amz-security-token" not in request.headers
                continue
            now = datetime.strptime(request.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")  # noqa: DTZ007 - botocore uses naive times
            assert abs(now - server.clock.now().replace(tzinfo=None)) < timedelta(minutes=1)
            theirs = signed_by_botocore(request, case.service, now)
            for name in ("authorization", "x-amz-date", "x-amz-security-token"):
                assert request.headers[name] == theirs[name]


@each_family
async def test_each_error_of_an_operation_has_a_class(cases: list[Case]) -> None:
    for case in cases:
        with noting(case):
            server = Server()
            client = server.client(case.service)
            modelled = [each["shape"] for each in case.description.get("errors", [])]
            assert modelled or case.name in ("ListUserSessions", "AdminListUserSessions")
            for name in modelled:
                server.error = name
                with pytest.raises(errors.ServiceError) as caught:
                    await call(client, case)
                assert type(caught.value) is getattr(errors, name)
                assert caught.value.code == name and caught.value.operation == case.name


@each_family
async def test_invalid_arguments_are_refused_by_name_and_not_sent(cases: list[Case]) -> None:
    for case in cases:
        with noting(case):
            server = Server()
            client, values = server.client(case.service), required_arguments(case)
            for key in case.input.get("required", []):
                without = {name: value for name, value in values.items() if name != attribute(key)}
                with pytest.raises((errors.ConfigurationError, TypeError), match=f"{attribute(key)}|{key}"):
                    await getattr(client.api, snake(case.name))(**without)
            is_reply_too = case.input is case.model.shapes.get(case.description.get("output", {}).get("shape"))
            for key, member in case.input["members"].items():
                shape = case.model.shapes[member["shape"]]
                if not shape.get("document"):
                    with pytest.raises(errors.ConfigurationError, match=f"{attribute(key)}|{key}"):
                        await call(client, case, **{**values, attribute(key): object()})
                if shape["type"] == "string" and shape.get("min") and not is_reply_too:
                    with pytest.raises(errors.ConfigurationError, match=f"{attribute(key)}|{key}"):
                        await call(client, case, **{**values, attribute(key): "x" * (shape["min"] - 1)})
            assert not server.requests


@each_family
async def test_ids_of_the_pool_are_filled_in_unless_a_call_changes_a_pool(cases: list[Case]) -> None:
    for case in cases:
        with noting(case):
            server = Server(smallest_reply(case))
            required = set(case.input.get("required", []))
            api = server.pool().api if case.service == "cognito-idp" else server.client(case.service).api
            method = getattr(api, snake(case.name))
            values = {key: value for key, value in required_arguments(case).items() if key not in map(attribute, IDS)}
            if case.name in MANAGING:
                with pytest.raises(TypeError, match="user_pool_id"):
                    await method(**values)
                assert not server.requests
                continue
            await method(**values)
            sent = json.loads(server.requests[0].content)
            assert {key: sent[key] for key in IDS if key in sent} == {key: IDS[key] for key in IDS if key in required}


def test_each_operation_that_changes_a_pool_exists() -> None:
    assert {case.name for case in CASES} > MANAGING


@each_family
async def test_unknown_members_of_a_reply_are_preserved(cases: list[Case]) -> None:
    for case in cases:
        with noting(case):
            server = Server({**smallest_reply(case), "BrandNew": {"Of": ["tomorrow"]}})
            assert (await call(server.client(case.service), case)).model_extra == {"BrandNew": {"Of": ["tomorrow"]}}
