"""The events that hooks receive for every attempt of every call, with any HTTP client."""

from __future__ import annotations

import copy
import dataclasses
import json
import logging
import pickle
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import anyio
import httpx
import httpx2
import pytest

from cognito_async import (
    Auth,
    Hooks,
    ReplyEvent,
    RequestEvent,
    RetryEvent,
    RetryPolicy,
    UserPool,
    challenges,
    errors,
)
from cognito_async._local.clock import MovableClock
from cognito_async.local import LocalUserPool
from tests.support import CLIENT_ID, POOL_ID, make_user, recording, refusal, scripted, serving, tokens_reply

pytestmark = pytest.mark.anyio

THROTTLED = refusal("TooManyRequestsException", "Rate exceeded")


class EventLog:
    """Hooks that record all their events, in order."""

    def __init__(self) -> None:
        self.events: list[RequestEvent | ReplyEvent | RetryEvent] = []
        self.hooks = Hooks(self.events.append, self.events.append, self.events.append)

    @property
    def requests(self) -> list[RequestEvent]:
        return [event for event in self.events if isinstance(event, RequestEvent)]

    @property
    def replies(self) -> list[ReplyEvent]:
        return [event for event in self.events if isinstance(event, ReplyEvent)]

    @property
    def retries(self) -> list[RetryEvent]:
        return [event for event in self.events if isinstance(event, RetryEvent)]


@pytest.fixture
def log() -> EventLog:
    return EventLog()


async def test_hooks_run_before_and_after_each_attempt_and_before_waits(log: EventLog) -> None:
    pool, _ = scripted(THROTTLED, httpx.ConnectError("no"), tokens_reply(), hooks=log.hooks)
    await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    first, answered, wait, second, failed, longer_wait, third, done = log.events
    assert isinstance(first, RequestEvent) and (first.operation, first.attempt) == ("InitiateAuth", 1)
    assert isinstance(answered, ReplyEvent) and answered.request is first
    assert answered.status_code == 400 and isinstance(answered.error, errors.TooManyRequestsException)
    assert isinstance(wait, RetryEvent) and wait.error is answered.error
    assert (wait.operation, wait.attempt) == ("InitiateAuth", 1) and 0 <= wait.seconds <= 0.2
    assert isinstance(second, RequestEvent) and second.attempt == 2
    assert isinstance(failed, ReplyEvent) and failed.request is second
    assert failed.status_code is None and isinstance(failed.error, errors.ConnectFailed) and not failed.cancelled
    assert isinstance(longer_wait, RetryEvent) and longer_wait.attempt == 2 and longer_wait.error is failed.error
    assert isinstance(third, RequestEvent) and third.attempt == 3
    assert isinstance(done, ReplyEvent) and done.request is third
    assert (done.status_code, done.error, done.cancelled) == (200, None, False)


async def test_final_error_is_reported_without_a_retry(log: EventLog) -> None:
    pool, _ = scripted(refusal("NotAuthorizedException"), THROTTLED, hooks=log.hooks, retry=RetryPolicy(max_attempts=1))
    for _ in range(2):
        with pytest.raises(errors.ServiceError) as caught:
            await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
        assert log.replies[-1].error is caught.value
    assert len(log.events) == 4 and log.retries == []


async def test_reported_waits_are_the_real_ones(log: EventLog) -> None:
    waits: list[float] = []

    class RecordingClock(MovableClock):
        async def sleep(self, seconds: float) -> None:
            waits.append(seconds)
            await super().sleep(seconds)

    pool, _ = scripted(THROTTLED, THROTTLED, THROTTLED, tokens_reply(), hooks=log.hooks, clock=RecordingClock())
    await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert [event.seconds for event in log.retries] == waits and len(waits) == 3


async def test_body_is_the_request_with_secrets_masked(log: EventLog) -> None:
    with recording(LocalUserPool(), hooks=log.hooks) as (pool, recorder):
        await pool.sign_up("alice", "Passw0rd!", attributes={"email": "alice@example.com"})
    [event], [(_, sent)] = log.requests, recorder.calls
    assert set(event.body) == set(sent)
    assert event.body["Password"] == event.body["Username"] == "***"
    assert event.body["UserAttributes"] == [{"Name": "email", "Value": "***"}]
    assert event.size == len(json.dumps(sent, separators=(",", ":")))


async def test_body_is_dumped_only_on_access(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    from cognito_async._core.model import Model

    dumped: list[bool] = []
    dump = Model.model_dump

    def counting(model: Model, **options: Any) -> Any:
        dumped.append("context" in options)
        return dump(model, **options)

    monkeypatch.setattr(Model, "model_dump", counting)
    pool, _ = scripted(tokens_reply(), hooks=log.hooks)
    await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert False not in dumped
    assert log.requests[0].body["AuthFlow"] == "USER_PASSWORD_AUTH"
    assert dumped.count(False) == 1


async def test_event_is_hashable_and_its_copies_have_no_body(log: EventLog) -> None:
    pool, _ = scripted(tokens_reply(), tokens_reply(), hooks=log.hooks)
    for _ in range(2):
        await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    spans = weakref.WeakKeyDictionary({event: number for number, event in enumerate(log.requests)})
    assert [spans[reply.request] for reply in log.replies] == [0, 1], (
        "each event must be a separate key, although both calls look the same"
    )
    event = log.requests[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.attempt = 5  # type: ignore[misc]
    facts: dict[str, Any] = {"operation": "InitiateAuth", "attempt": 1, "size": event.size}
    assert dataclasses.asdict(event) == facts
    assert dataclasses.asdict(log.replies[0])["request"] == facts
    for other in (copy.copy(event), copy.deepcopy(event), pickle.loads(pickle.dumps(event)), RequestEvent(**facts)):
        assert dataclasses.asdict(other) == facts and other.body == {}
    assert event.body


async def test_reply_event_has_request_id_status_and_seconds(log: EventLog) -> None:
    clock = MovableClock()

    async def slow(operation: str, body: Any) -> Any:
        clock.advance(1.5)
        return tokens_reply()

    class WithId(httpx.AsyncBaseTransport):
        def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
            self.inner = inner

        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            response = await self.inner.handle_async_request(request)
            response.headers["x-amzn-RequestId"] = "r-1 for password-of-alice"
            return response

    _, recorder = serving(slow)
    client = httpx.AsyncClient(transport=WithId(recorder), trust_env=False)
    pool = UserPool(POOL_ID, CLIENT_ID, http_client=client, clock=clock, hooks=log.hooks)
    await pool.sign_in("alice", "password-of-alice", flow="USER_PASSWORD_AUTH")
    [reply] = log.replies
    assert (reply.status_code, reply.request_id) == (200, "r-1 for ***") and reply.seconds >= 1.5


@pytest.mark.parametrize("connected_by", ["own connections", "httpx", "httpx2"])
@pytest.mark.table
async def test_hooks_run_with_every_http_client(serve: Any, log: EventLog, connected_by: str, connection: None) -> None:
    async def handler(server: Any) -> None:
        while True:
            await server.request()
            await server.reply(b'{"UserConfirmed": false, "UserSub": "s"}', headers="x-amzn-RequestId: r-7\r\n")

    clients: dict[str, Callable[[], Any]] = {
        "own connections": lambda: None,
        "httpx": lambda: httpx.AsyncClient(trust_env=False),
        "httpx2": lambda: httpx2.AsyncClient(trust_env=False),
    }
    async with serve(handler) as url:
        client = clients[connected_by]()
        async with UserPool(POOL_ID, CLIENT_ID, endpoint=url, http_client=client, hooks=log.hooks) as pool:
            await pool.sign_up("alice", "p")
        if client is not None:
            await client.aclose()
    [request], [reply] = log.requests, log.replies
    assert reply.request is request and request.operation == "SignUp"
    assert (reply.status_code, reply.request_id) == (200, "r-7") and reply.seconds > 0


async def test_hooks_of_a_local_pool_cover_all_its_objects(log: EventLog) -> None:
    local = LocalUserPool()
    await make_user(local)
    auth = local.user_pool(hooks=log.hooks).auth()
    user = (await auth.sign_in("alice", "Passw0rd!")).user
    await user.attributes()
    await user.refresh()
    await auth.sign_out()
    operations = [event.operation for event in log.requests]
    assert operations[:3] == ["InitiateAuth", "RespondToAuthChallenge", "GetUser"]
    assert operations[-1] == "RevokeToken" and len(operations) == 5
    assert [reply.request for reply in log.replies] == log.requests


async def test_challenge_has_the_hooks_of_its_view(log: EventLog) -> None:
    asked = {"ChallengeName": "SMS_MFA", "Session": "s" * 20, "ChallengeParameters": {}}
    pool, _ = scripted(asked, tokens_reply(), tokens_reply(), asked, tokens_reply())
    view = pool.with_options(hooks=log.hooks)
    challenge = (await view.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).challenge
    assert isinstance(challenge, challenges.SmsMfa)
    await challenge.answer("123456")
    assert [event.operation for event in log.requests] == ["InitiateAuth", "RespondToAuthChallenge"]
    await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    await view.with_options(hooks=None).sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert len(log.requests) == 2, "other objects must have no hooks"
    resumed = view.with_options(timeout=5).resume(challenge.to_state())
    assert isinstance(resumed, challenges.SmsMfa)
    await resumed.answer("123456")
    assert len(log.requests) == 3


async def test_cancelled_attempt_is_reported(log: EventLog) -> None:
    begun = anyio.Event()

    async def never(operation: str, body: Any) -> Any:
        begun.set()
        await anyio.sleep_forever()

    pool, _ = serving(never, hooks=log.hooks)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH"))
        await begun.wait()
        tasks.cancel_scope.cancel()
    [reply] = log.replies
    assert reply.request is log.requests[0]
    assert reply.cancelled and (reply.error, reply.status_code, reply.request_id) == (None, None, None)


async def test_timed_out_attempt_is_reported(log: EventLog) -> None:
    clock = MovableClock()

    async def late(operation: str, body: Any) -> Any:
        clock.advance(31)
        await anyio.sleep_forever()

    pool, _ = serving(late, hooks=log.hooks, clock=clock)
    with pytest.raises(errors.CognitoError) as caught:
        await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert log.replies[-1].error is caught.value and not log.replies[-1].cancelled


@pytest.mark.parametrize("failing", ["on_request", "on_reply", "on_retry"])
async def test_failing_hook_is_logged_and_ignored(
    log: EventLog, caplog: pytest.LogCaptureFixture, failing: str
) -> None:
    def broken(event: object) -> None:
        raise RuntimeError("my own mistake")

    changed: dict[str, Any] = {failing: broken}
    hooks = dataclasses.replace(log.hooks, **changed)
    pool, recorder = scripted(THROTTLED, tokens_reply(), hooks=hooks)
    assert (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).signed_in
    assert len(recorder.calls) == 2
    assert len(log.events) == 5 - {"on_request": 2, "on_reply": 2, "on_retry": 1}[failing]
    assert f"the hook {failing} failed" in caplog.text and "my own mistake" in caplog.text


@pytest.mark.parametrize("one", ["on_request", "on_reply", "on_retry"])
async def test_each_hook_works_alone(one: str) -> None:
    events: list[Any] = []
    only: dict[str, Any] = {one: events.append}
    pool, _ = scripted(THROTTLED, tokens_reply(), hooks=Hooks(**only))
    await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    kinds = {"on_request": [RequestEvent] * 2, "on_reply": [ReplyEvent] * 2, "on_retry": [RetryEvent]}
    assert [type(event) for event in events] == kinds[one]


async def test_hooks_do_not_change_retries(log: EventLog) -> None:
    answers = [THROTTLED, httpx.ReadError("lost"), refusal("InternalErrorException", status=500)]

    async def outcome(first: Any, **options: Any) -> Any:
        pool, recorder = scripted(first, tokens_reply(), **options)
        with suppress(errors.CognitoError):
            await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
        return len(recorder.calls)

    for answer in answers:
        assert await outcome(answer) == await outcome(answer, hooks=log.hooks)
    assert len(log.retries) == 1


async def test_auth_accepts_hooks(log: EventLog) -> None:
    _, recorder = scripted(tokens_reply())
    client = httpx.AsyncClient(transport=recorder, trust_env=False)
    auth = Auth(POOL_ID, CLIENT_ID, http_client=client, hooks=log.hooks, clock=MovableClock())
    await auth.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")
    assert [event.operation for event in log.requests] == ["InitiateAuth"]


async def test_without_hooks_no_event_is_created(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*arguments: object) -> None:
        raise AssertionError("there are no hooks")

    for name in ("request_event", "ReplyEvent", "RetryEvent", "call_listener"):
        monkeypatch.setattr(f"cognito_async._http.attempt_hooks.{name}", never)
    pool, _ = scripted(THROTTLED, tokens_reply())
    assert (await pool.sign_in("alice", "p", flow="USER_PASSWORD_AUTH")).signed_in


async def test_log_of_a_failing_hook_has_no_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def broken(event: Any) -> None:
        raise RuntimeError(f"cannot write {event!r} {getattr(event, 'body', None)}")

    pool, _ = scripted(
        refusal("InvalidParameterException", "not Mark3r-Passw0rd!"), hooks=Hooks(on_request=broken, on_reply=broken)
    )
    with pytest.raises(errors.InvalidParameterException):
        await pool.sign_in("alice", "Mark3r-Passw0rd!", flow="USER_PASSWORD_AUTH")
    assert caplog.text.count("cannot write") >= 2 and "Mark3r" not in caplog.text
