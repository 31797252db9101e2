"""The reports about an attempt: the events that hooks receive, and the messages in the log."""

from __future__ import annotations

import logging
from typing import Any

import pytest

from cognito_async import Hooks, ReplyEvent, RequestEvent, RetryEvent, errors
from cognito_async._http.attempt_hooks import Attempt, report_retry
from cognito_async._local.clock import MovableClock


@pytest.fixture
def events() -> list[Any]:
    return []


@pytest.fixture
def hooks(events: list[Any]) -> Hooks:
    return Hooks(events.append, events.append, events.append)


def test_start_and_reply_of_an_attempt_are_reported(
    clock: MovableClock, hooks: Hooks, events: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "cognito_async")
    attempt = Attempt(clock, hooks, "GET https://example.test", 2, 0)
    [started] = events
    assert isinstance(started, RequestEvent) and started.body == {}
    assert (started.operation, started.attempt, started.size) == ("GET https://example.test", 2, 0)
    clock.advance(1.5)
    attempt.replied(404, "r-1")
    reply = events[-1]
    assert isinstance(reply, ReplyEvent) and reply.request is started
    assert (reply.status_code, reply.request_id, reply.seconds, reply.error) == (404, "r-1", 1.5, None)
    assert caplog.messages == ["GET https://example.test, attempt 2: 404 after 1.500 s"]


def test_error_of_an_attempt_is_reported(
    clock: MovableClock, hooks: Hooks, events: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "cognito_async")
    error = errors.InvalidReply("too long", status_code=200)
    for failure in (errors.ConnectFailed("no"), error):
        Attempt(clock, hooks, "token", 1, 10).failed(failure)
        assert events[-1].error is failure and not events[-1].cancelled
    assert caplog.messages == [
        "token, attempt 1: ConnectFailed after 0.000 s",
        "token, attempt 1: 200 after 0.000 s",
    ]


def test_cancelled_attempt_is_reported_but_not_logged(
    clock: MovableClock, hooks: Hooks, events: list[Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "cognito_async")
    Attempt(clock, hooks, "token", 1, 10).failed(KeyboardInterrupt())
    assert events[-1].cancelled
    assert caplog.messages == []


def test_retry_is_reported_before_its_wait(hooks: Hooks, events: list[Any]) -> None:
    error = errors.ConnectFailed("no")
    report_retry(hooks, "token", 3, error, 0.5)
    [event] = events
    assert isinstance(event, RetryEvent)
    assert (event.operation, event.attempt, event.error, event.seconds) == ("token", 3, error, 0.5)


def test_without_hooks_nothing_is_reported(clock: MovableClock) -> None:
    attempt = Attempt(clock, None, "token", 1, 10)
    assert not attempt.is_reported
    attempt.replied(200)
    report_retry(None, "token", 1, errors.ConnectFailed("no"), 0.5)
