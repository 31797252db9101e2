"""`pool.api`: any operation of the service by name, with pages, options for one call, and nothing secret shown."""

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


def signed(*answers: Answer, **options: Any) -> tuple[UserPool, Recorder]:
    return scripted(*answers, credentials=KEYS, **options)


async def test_an_operation_is_a_method_and_its_reply_a_model() -> None:
    pool, recorder = signed({"Group": {"GroupName": "admins", "Precedence": 1, "New": "kept"}})
    reply = await pool.api.get_group(group_name="admins")
    assert recorder.calls == [("GetGroup", {"GroupName": "admins", "UserPoolId": POOL_ID})]
    assert reply.group is not None and reply.group.precedence == 1
    assert reply.group.model_extra == {"New": "kept"}
    assert repr(pool.api) == f"UserPoolApi(user_pool_id='{POOL_ID}', client_id='{CLIENT_ID}')"


async def test_the_ids_of_the_pool_stand_where_one_is_required_and_not_given() -> None:
    pool, recorder = signed(*[{}] * 4)
    await pool.api.sign_up(username="alice", password="Passw0rd!")
    await pool.api.admin_get_user(username="alice", user_pool_id="eu-central-1_Other")
    await pool.api.describe_risk_configuration()  # of all app clients: with an id it would be of that one
    await pool.api.set_risk_configuration(client_id="other")
    bodies = [body for _, body in recorder.calls]
    assert bodies[0]["ClientId"] == CLIENT_ID and "UserPoolId" not in bodies[0]
    assert bodies[1]["UserPoolId"] == "eu-central-1_Other"
    assert bodies[2] == {"UserPoolId": POOL_ID}
    assert bodies[3] == {"UserPoolId": POOL_ID, "ClientId": "other"}


async def test_nobody_deletes_the_own_user_pool_by_leaving_out_which() -> None:
    pool, recorder = signed()
    with pytest.raises(TypeError, match="user_pool_id"):
        await pool.api.delete_user_pool()  # type: ignore[call-arg]
    assert not recorder.calls


async def test_what_cannot_be_right_is_refused_by_name_before_anything_is_sent() -> None:
    pool, recorder = signed()
    api: Any = pool.api
    calls: list[tuple[Callable[[], Awaitable[Any]], str]] = [
        (lambda: api.admin_get_user(username=""), "AdminGetUserRequest: username"),
        (lambda: api.list_users(limit="many"), "ListUsersRequest: limit"),
        (lambda: api.list_users(retries=3), "no argument retries"),
        (lambda: api.list_users(timeout=0), "timeout"),
        (lambda: api.list_users(max_attempts=0), "max_attempts"),
        (lambda: api.list_users(extra_headers={"Host": "elsewhere"}), "host is set by the library"),
        (lambda: api.list_users(extra_headers={"x-note": 1}), "extra_headers"),
        (lambda: api.list_users(extra_headers={"x-note": "a\nb: c"}), "x-note"),
    ]
    for call, told in calls:
        with pytest.raises(errors.ConfigurationError, match=told):
            await call()
    assert not recorder.calls


async def test_a_reply_tells_its_id_and_how_often_was_asked() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        if len(asked) == 1:
            return httpx.Response(400, json={"__type": "TooManyRequestsException"})
        return httpx.Response(200, json={"Users": []}, headers={"x-amzn-requestid": "the-id"})

    asked: list[httpx.Request] = []
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False)
    pool = UserPool(POOL_ID, CLIENT_ID, http_client=client, credentials=KEYS, clock=MovableClock())
    reply = await pool.api.list_users()
    assert reply.meta == ("the-id", 2)
    assert reply == type(reply)(users=[]), "it is no part of the value"
    assert type(reply)().meta == (None, 0)


async def test_a_call_has_options_of_its_own() -> None:
    pool, recorder = signed(THROTTLED, THROTTLED, {}, retry=RetryPolicy(max_attempts=1))
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


async def test_no_secret_is_in_the_locals_of_a_traceback() -> None:
    pool, _ = signed(refusal("InvalidPasswordException", "too weak: Secret-passw0rd"), {"PaginationToken": 7})
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


def listing(*answers: Answer) -> tuple[UserPool, Recorder]:
    return signed(*answers)


async def test_pages_are_followed_past_empty_ones_and_each_is_asked_for_once() -> None:
    pool, recorder = listing(
        {"Users": [{"Username": "a"}], "PaginationToken": "1"},
        {"Users": [], "PaginationToken": "2"},
        {"PaginationToken": "3"},
        {"Users": [{"Username": "b"}, {"Username": "c"}]},
    )
    names = [user.username async for user in pool.api.items(pool.api.list_users, limit=2)]
    assert names == ["a", "b", "c"]
    assert [body.get("PaginationToken") for _, body in recorder.calls] == [None, "1", "2", "3"]
    assert {body["Limit"] for _, body in recorder.calls} == {2}


async def test_a_listing_goes_on_where_an_earlier_one_stopped() -> None:
    pool, recorder = listing({"Groups": [{"GroupName": "a"}], "NextToken": "1"}, {"Groups": [{"GroupName": "b"}]})
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
async def test_a_token_that_comes_again_is_an_error_and_the_end(given: str | None) -> None:
    answers = [{"NextToken": "1"}, {"NextToken": "2"}, {"NextToken": "1"}]
    pool, recorder = listing(*(answers if given is None else answers[1:]))
    found = pool.api.pages(pool.api.list_groups, next_token=given)
    with pytest.raises(errors.InvalidReply, match="repeats the token"):
        async for _ in found:
            pass
    assert [page async for page in found] == []
    assert len(recorder.calls) == (3 if given is None else 2)


async def test_a_page_that_failed_is_asked_for_again() -> None:
    pool, recorder = listing({"NextToken": "1"}, refusal("NotAuthorizedException"), {"Groups": [{"GroupName": "a"}]})
    found = pool.api.pages(pool.api.list_groups)
    await anext(found)
    with pytest.raises(errors.NotAuthorizedException):
        await anext(found)
    assert [group.group_name for group in (await anext(found)).page_items()] == ["a"]
    assert [body.get("NextToken") for _, body in recorder.calls] == [None, "1", "1"]


async def test_what_does_not_answer_in_pages_is_refused() -> None:
    pool, _ = serving(lambda operation, body: {}, credentials=KEYS)
    api: Any = pool.api
    with pytest.raises(errors.ConfigurationError, match="does not return pages"):
        await anext(api.pages(api.get_group, group_name="a"))


async def test_all_users_of_a_local_pool_are_listed_page_by_page() -> None:
    async with LocalUserPool() as local:
        pool = local.user_pool()
        for number in range(7):
            await pool.api.admin_create_user(username=f"user{number}", temporary_password="Passw0rd!")
        found = [user.username async for user in pool.api.items(pool.api.list_users, limit=3)]
    assert sorted(filter(None, found)) == [f"user{number}" for number in range(7)]


@pytest.mark.parametrize("hours", [-3, 3])
async def test_a_signed_call_from_a_machine_whose_clock_is_wrong_is_signed_anew(hours: int) -> None:
    local = LocalUserPool()
    wrong = MovableClock(local.clock.now() + timedelta(hours=hours))
    with recording(local, clock=wrong) as (pool, recorder):
        assert (await pool.api.list_users()).users == []
        assert recorder.operations == ["ListUsers"] * 2, "the refusal tells the service's time"
        await pool.api.list_users()
        assert recorder.operations == ["ListUsers"] * 3, "which is known from then on"


async def test_a_signature_that_is_refused_for_another_reason_is_not_made_anew() -> None:
    local = LocalUserPool()
    with (
        recording(local, credentials=Credentials("AKIDLOCAL", "another-secret")) as (pool, recorder),
        pytest.raises(errors.ServiceError, match="signature"),
    ):
        await pool.api.list_users()
    assert recorder.operations == ["ListUsers"]


async def test_a_clock_that_the_service_does_not_accept_at_all_ends_after_one_more_try() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.headers["x-amz-date"])
        date = f"Fri, 02 Jan 2026 {len(asked):02}:00:00 GMT"
        return httpx.Response(400, json={"__type": "InvalidSignatureException"}, headers={"date": date})

    asked: list[str] = []
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False)
    pool = UserPool(POOL_ID, CLIENT_ID, http_client=client, credentials=KEYS, clock=MovableClock())
    with pytest.raises(errors.ServiceError):
        await pool.api.list_users()
    assert len(asked) == 2 and asked[1] == "20260102T010000Z"


async def test_a_refusal_of_another_kind_is_told_although_it_shows_the_clock_to_be_wrong() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        date = "Fri, 02 Jan 2026 01:00:00 GMT"
        return httpx.Response(400, json={"__type": "UserNotFoundException"}, headers={"date": date})

    asked: list[httpx.Request] = []
    client = httpx.AsyncClient(transport=httpx.MockTransport(answer), trust_env=False)
    pool = UserPool(POOL_ID, CLIENT_ID, http_client=client, credentials=KEYS, clock=MovableClock())
    with pytest.raises(errors.UserNotFoundException):
        await pool.api.admin_get_user(username="nobody")
    assert len(asked) == 1
