"""A server without GetTokensFromRefreshToken: a refresh uses the older flow, however the server says it."""

from __future__ import annotations

import json

import httpx
import pytest

from cognito_async import RetryPolicy, Tokens, UserPool, errors
from tests.support import CLIENT_ID, POOL_ID, jwt, tokens_reply

pytestmark = pytest.mark.anyio

TOKENS = Tokens(jwt(username="alice", sub="s", exp=1), "id", "old-refresh")
JSON, HTML = "application/json", "text/html; charset=utf-8"
PAGE = "<!doctype html>\n<html lang=en>\n<title>500 Internal Server Error</title>"
Form = tuple[int, str, str]


def form(status: int, code: str, member: str = "__type") -> Form:
    return status, JSON, json.dumps({member: code, "message": "The operation is unknown."})


# The forms in which the service and the emulators say that they do not have an operation.
MISSING: dict[str, Form] = {
    "AWS, local-web-services": form(400, "UnknownOperationException"),
    "AWS, with a namespace": form(400, "com.amazon.coral.service#UnknownOperationException"),
    "Floci": form(400, "UnsupportedOperation"),
    "Floci, without the service": form(404, "UnknownOperationException"),
    "MiniStack, kumo": form(400, "InvalidAction"),
    "fakecloud": form(501, "InvalidAction"),
    "cognito-local": form(500, "CognitoLocal#Unsupported"),
    "cognito-local, older": form(500, "CognitoLocal#Unsupported", "code"),
    "LocalStack": form(501, "InternalFailure"),
    "a server without JSON": (501, "text/plain", "Not Implemented"),
    "moto": (500, HTML, PAGE),
    "moto, behind a proxy": (500, "", f"  {PAGE}"),
}
# Failures of a server that may have the operation.
FAILURES: dict[str, Form] = {
    "the service": form(500, "InternalErrorException"),
    "a gateway": (500, JSON, '{"message": "Internal server error"}'),
    "without a body": (500, "", ""),
    "a proxy": (502, HTML, PAGE),
    "a web server": (404, HTML, PAGE),
}


async def refresh_at(form: Form, endpoint: str | None) -> list[str]:
    """Refresh at a server that replies to GetTokensFromRefreshToken with this form; return the operations called."""

    def answer(request: httpx.Request) -> httpx.Response:
        operations.append(request.headers["x-amz-target"].partition(".")[2])
        if operations[-1] == "GetTokensFromRefreshToken":
            return httpx.Response(form[0], headers={"content-type": form[1]} if form[1] else {}, text=form[2])
        return httpx.Response(200, json=tokens_reply())

    operations: list[str] = []
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False)
    pool = UserPool(POOL_ID, CLIENT_ID, http_client=client, endpoint=endpoint, retry=RetryPolicy(max_attempts=1))
    await pool.user_from_tokens(TOKENS).refresh()
    return operations


@pytest.mark.parametrize("form", MISSING.values(), ids=MISSING)
@pytest.mark.table
async def test_every_form_of_a_missing_operation_leads_to_the_older_flow(form: Form) -> None:
    assert await refresh_at(form, "http://127.0.0.1:1") == ["GetTokensFromRefreshToken", "InitiateAuth"]


@pytest.mark.parametrize("form", FAILURES.values(), ids=FAILURES)
@pytest.mark.table
async def test_failure_does_not_lead_to_the_older_flow(form: Form) -> None:
    with pytest.raises(errors.ServiceError):
        await refresh_at(form, "http://127.0.0.1:1")


@pytest.mark.parametrize("endpoint", [None, "https://vpce-1.cognito-idp.us-east-1.vpce.amazonaws.com"])
async def test_page_with_status_500_is_a_failure_at_an_endpoint_of_aws(endpoint: str | None) -> None:
    with pytest.raises(errors.UnknownServiceError):
        await refresh_at(MISSING["moto"], endpoint)
