"""`pool.api`: all operations of the service, pages, options for one call, and hidden secrets."""

from __future__ import annotations

import traceback
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest

from cognito_async import RetryPolicy, UserPool, errors
from cognito_async.local import LocalUserPool, MovableClock
from cognito_async.lowlevel import Credentials
from tests.support import CLIENT_ID, POOL_ID, Answer, Recorder, recording, refusal, scripted, serving

pytestmark = pytest.mark.anyio

KEYS = Credentials("AKIDEXAMPLE", "secret-access-key")
THROTTLED = refusal("TooManyRequestsException", "Rate exceeded")


def signing_pool(*answers: Answer, **options: Any) -> tuple[UserPool, Recorder]:
    return scripted(*answers, credentials=KEYS, **options)


async def test_operation_is_a_method_that_returns_a_model() -> None:
    pool, recorder = signing_pool({"Group": {"GroupName": "admins", "Precedence": 1, "New": "kept"}})
    reply = await pool.api.get_group(group_name="admins")
    assert recorder.calls == [("GetGroup", {"GroupName": "admins", "UserPoolId": POOL_ID})]
    assert reply.group is not None and reply.group.precedence == 1
    assert reply.group.model_extra == {"New": "kept"}
    assert repr(pool.api) == f"UserPoolApi(user_pool_id='{POOL_ID}', client_id='{CLIENT_ID}')"


async def test_required_ids_default_to_those_of_the_pool() -> None:
    pool, recorder = signing_pool(*[{}] * 4)
    await pool.api.sign_up(username="alice", password="Passw0rd!")
    await pool.api.admin_get_user(username="alice", user_pool_id="eu-central-1_Other")
    await pool.api.describe_risk_configuration()  # without a client id, which would restrict it to one app client
    await pool.api.set_risk_configuration(client_id="other")
    bodies = [body for _, body in recorder.calls]
    assert bodies[0]["ClientId"] == CLIENT_ID and "UserPoolId" not in bodies[0]
    assert bodies[1]["UserPoolId"] == "eu-central-1_Other"
    assert bodies[2] == {"UserPoolId": POOL_ID}
    assert bodies[3] == {"UserPoolId": POOL_ID, "ClientId": "other"}


async def test_deleting_a_user_pool_requires_its_id() -> None:
    pool, recorder = signing_pool()
    with pytest.raises(TypeError, match="user_pool_id"):
        await pool.api.delete_user_pool()  # type: ignore[call-arg]
    assert not recorder.calls


async def test_invalid_arguments_are_refused_by_name_and_not_sent() -> None:
    pool, recorder = signing_pool()
    api: Any = pool.api
    calls: list[tuple[Callable[[], Awaitable[Any]], str]] = [
        (lambda: api.admin_get_user(username=""), "AdminGetUserRequest: username"),
        (lambda: api.list_users(limit="many"), "ListUsersRequest: limit"),
        (lambda: api.list_users(retries=3), "unknown argument: retries"),
        (lambda: api.list_users(timeout=0), "timeout"),
        (lambda: api.list_users(max_attempts=0), "max_attempts"),
        (lambda: api.list_users(extra_headers={"Host": "elsewhere"}), "must not contain host: the library sets it"),
        (lambda: api.list_users(extra_headers={"x-note": 1}), "extra_headers"),
        (lambda: api.list_users(extra_headers={"x-note": "a\nb: c"}), "x-note"),
    ]
    for call, words in calls:
        with pytest.raises(errors.ConfigurationError, match=words):
            await call()
    assert not recorder.calls


async def test_reply_has_the_request_id_and_attempts() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        if len(requests) == 1:
            return httpx.Response(400, json={"__type": "TooManyRequestsException"})
        return httpx.Response(200, json={"Users": []}, headers={"x-amzn-requestid": "the-id"})

    requests: list[httpx.Request] = []
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False)
    pool = UserPool(POOL_ID, CLIENT_ID, http_client=client, credentials=KEYS, clock=MovableClock())
    reply = await pool.api.list_users()
    assert reply.meta == ("the-id", 2)
    assert reply == type(reply)(users=[]), "replies that differ only in `meta` must be equal"
    assert type(reply)().meta == (None, 0)


async def test_call_options_override_those_of_the_pool() -> None:
    pool, recorder = signing_pool(THROTTLED, THROTTLED, {}, retry=RetryPolicy(max_attempts=1))
    with pytest.raises(errors.TooManyRequestsException):
        await pool.api.list_users()
    assert (await pool.api.list_users(max_attempts=2, timeout=None)).meta.attempts == 2
    assert len(recorder.calls) == 3


async def test_extra_headers_are_sent_and_signed() -> None:
    sent: list[httpx.Headers] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request.headers)
        return httpx.Response(200, json={})

    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False)
    pool = UserPool(POOL_ID, CLIENT_ID, http_client=client, credentials=KEYS)
    await pool.api.list_users(extra_headers={"X-Note": "for the proxy"}, timeout=9)
    await pool.api.list_users()
    assert sent[0]["x-note"] == "for the proxy"
    assert "x-note" in sent[0]["authorization"].partition("SignedHeaders=")[2].partition(",")[0]
    assert "x-note" not in sent[1]


async def test_traceback_locals_show_no_secret() -> None:
    pool, _ = signing_pool(refusal("InvalidPasswordException", "too weak: Secret-passw0rd"), {"PaginationToken": 7})
    with pytest.raises(errors.InvalidPasswordException) as refused:
        await pool.api.admin_set_user_password(
            username="alice", password="Secret-passw0rd", extra_headers={"x-key": "a-secret-key"}
        )
    with pytest.raises(errors.InvalidReply) as failed:
        await anext(pool.api.pages(pool.api.list_devices, access_token="secret-access-token"))
    for error, secret in (
        (refused.value, "Secret-passw0rd"),
        (refused.value, "a-secret-key"),
        (failed.value, "secret-access-token"),
    ):
        for frame in traceback.TracebackException.from_exception(error, capture_locals=True).stack:
            if "/cognito_async/" in frame.filename:
                assert secret not in repr(frame.locals), frame.name
        assert secret not in str(error)


async def test_empty_pages_do_not_end_a_listing() -> None:
    pool, recorder = signing_pool(
        {"Users": [{"Username": "a"}], "PaginationToken": "1"},
        {"Users": [], "PaginationToken": "2"},
        {"PaginationToken": "3"},
        {"Users": [{"Username": "b"}, {"Username": "c"}]},
    )
    names = [user.username async for user in pool.api.items(pool.api.list_users, limit=2)]
    assert names == ["a", "b", "c"]
    assert [body.get("PaginationToken") for _, body in recorder.calls] == [None, "1", "2", "3"]
    assert {body["Limit"] for _, body in recorder.calls} == {2}


async def test_listing_continues_from_a_token() -> None:
    pool, recorder = signing_pool({"Groups": [{"GroupName": "a"}], "NextToken": "1"}, {"Groups": [{"GroupName": "b"}]})
    first = pool.api.pages(pool.api.list_groups)
    assert first.token is None
    page = await anext(first)
    assert [group.group_name for group in page.page_items()] == ["a"] and first.token == "1"
    later = pool.api.pages(pool.api.list_groups, next_token=first.token)
    assert [group.group_name async for page in later for group in page.page_items()] == ["b"]
    assert later.token is None and recorder.calls[1][1]["NextToken"] == "1"
    with pytest.raises(StopAsyncIteration):
        await anext(later)
    assert "token" in repr(later)


@pytest.mark.parametrize("given", [None, "1"])
async def test_repeated_page_token_raises_and_ends_the_listing(given: str | None) -> None:
    answers = [{"NextToken": "1"}, {"NextToken": "2"}, {"NextToken": "1"}]
    pool, recorder = signing_pool(*(answers if given is None else answers[1:]))
    found = pool.api.pages(pool.api.list_groups, next_token=given)
    with pytest.raises(errors.InvalidReply, match="repeats the token"):
        async for _ in found:
            pass
    assert [page async for page in found] == []
    assert len(recorder.calls) == (3 if given is None else 2)


async def test_failed_page_is_requested_again() -> None:
    pool, recorder = signing_pool(
        {"NextToken": "1"}, refusal("NotAuthorizedException"), {"Groups": [{"GroupName": "a"}]}
    )
    found = pool.api.pages(pool.api.list_groups)
    await anext(found)
    with pytest.raises(errors.NotAuthorizedException):
        await anext(found)
    assert [group.group_name for group in (await anext(found)).page_items()] == ["a"]
    assert [body.get("NextToken") for _, body in recorder.calls] == [None, "1", "1"]


async def test_pages_of_an_unpaged_operation_are_refused() -> None:
    pool, _ = serving(lambda operation, body: {}, credentials=KEYS)
    api: Any = pool.api
    with pytest.raises(errors.ConfigurationError, match="does not return pages"):
        await anext(api.pages(api.get_group, group_name="a"))


async def test_users_of_a_local_pool_are_listed_page_by_page() -> None:
    async with LocalUserPool() as local:
        pool = local.user_pool()
        for number in range(7):
            await pool.api.admin_create_user(username=f"user{number}", temporary_password="Passw0rd!")
        found = [user.username async for user in pool.api.items(pool.api.list_users, limit=3)]
    assert sorted(filter(None, found)) == [f"user{number}" for number in range(7)]


@pytest.mark.parametrize("hours", [-3, 3])
async def test_call_is_signed_again_if_the_clock_is_wrong(hours: int) -> None:
    local = LocalUserPool()
    wrong = MovableClock(local.clock.now() + timedelta(hours=hours))
    with recording(local, clock=wrong) as (pool, recorder):
        assert (await pool.api.list_users()).users == []
        assert recorder.operations == ["ListUsers"] * 2, (
            "the error has the service's time, with which the call must be signed again"
        )
        await pool.api.list_users()
        assert recorder.operations == ["ListUsers"] * 3, "from now on, the first signature must have the right time"


async def test_call_with_wrong_keys_is_not_signed_again() -> None:
    local = LocalUserPool()
    with (
        recording(local, credentials=Credentials("AKIDLOCAL", "another-secret")) as (pool, recorder),
        pytest.raises(errors.ServiceError, match="signature"),
    ):
        await pool.api.list_users()
    assert recorder.operations == ["ListUsers"]


async def test_call_is_signed_again_only_once() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request.headers["x-amz-date"])
        date = f"Fri, 02 Jan 2026 {len(requests):02}:00:00 GMT"
        return httpx.Response(400, json={"__type": "InvalidSignatureException"}, headers={"date": date})

    requests: list[str] = []
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False)
    pool = UserPool(POOL_ID, CLIENT_ID, http_client=client, credentials=KEYS, clock=MovableClock())
    with pytest.raises(errors.ServiceError):
        await pool.api.list_users()
    assert len(requests) == 2 and requests[1] == "20260102T010000Z"


async def test_other_errors_are_raised_even_if_the_clock_is_wrong() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        date = "Fri, 02 Jan 2026 01:00:00 GMT"
        return httpx.Response(400, json={"__type": "UserNotFoundException"}, headers={"date": date})

    requests: list[httpx.Request] = []
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False)
    pool = UserPool(POOL_ID, CLIENT_ID, http_client=client, credentials=KEYS, clock=MovableClock())
    with pytest.raises(errors.UserNotFoundException):
        await pool.api.admin_get_user(username="nobody")
    assert len(requests) == 1
