"""Handlers of Lambda functions in a local pool: their context, time limit, attempts and failures."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import anyio
import pytest

from cognito_async._core.errors import ConfigurationError
from cognito_async._local.clock import MovableClock
from cognito_async._local.settings.functions import Event
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.settings.triggers import Triggers
from cognito_async.triggers import PreSignUp, UserMigration

from ..helpers import PASSWORD, START, Wire, claims, listed

pytestmark = pytest.mark.anyio
UNRECOGNIZABLE = ("InvalidLambdaResponseException", "Unrecognizable lambda output")
TIMED_OUT = (
    "UnexpectedLambdaException",
    "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function.",
)


def confirm(event: Event, context: Any) -> Event:
    return PreSignUp.parse(event).confirm(verify_email=True)


async def confirm_later(event: Event, context: Any) -> Event:
    await anyio.lowlevel.checkpoint()
    return confirm(event, context)


def pool_of(handler: Any = None, /, **handlers: Any) -> Wire:
    return Wire(PoolSettings(triggers=Triggers.from_lambda(handler, **handlers)))


SIGN_UP = {"Username": "alice", "Password": PASSWORD, "UserAttributes": listed({"email": "f@example.com"})}


def failed(text: str) -> tuple[str, str]:
    return "UserLambdaValidationException", f"PreSignUp failed with error {text}."


class HandlerObject:
    """A handler that is an object, and returns a coroutine."""

    def __call__(self, event: Event, context: Any) -> Any:
        return confirm_later(event, context)


@pytest.mark.parametrize(
    "handler", [confirm, confirm_later, HandlerObject(), f"{__name__}:confirm", f"{__name__}.confirm"]
)
async def test_handler_answers_an_event(handler: Any) -> None:
    wire = pool_of(pre_sign_up=handler)
    assert (await wire.call("SignUp", **SIGN_UP))["UserConfirmed"] is True
    user = wire.service.find_user(wire.pool.id, "alice")
    assert user is not None and user.attributes["email_verified"] == "true"


async def test_one_handler_serves_all_triggers_that_it_need_not_answer() -> None:
    sources: list[str] = []

    async def handler(event: Event, context: Any) -> Event:
        sources.append(event["triggerSource"])
        return event

    wire = pool_of(handler, post_confirmation=None)
    await wire.signed_up()
    await wire.tokens()
    await wire.initiate_refused(USERNAME="nobody", PASSWORD=PASSWORD)
    assert sources == [
        "PreSignUp_SignUp",
        "CustomMessage_SignUp",
        "PreAuthentication_Authentication",
        "PostAuthentication_Authentication",
        "TokenGeneration_Authentication",
    ]


async def test_sync_handler_runs_in_another_thread() -> None:
    threads: list[int] = []

    def handler(event: Event, context: Any) -> Event:
        threads.append(threading.get_ident())
        return event

    await pool_of(pre_sign_up=handler).call("SignUp", **SIGN_UP)
    assert threads != [threading.get_ident()]


async def test_context_has_the_attributes_of_lambda() -> None:
    seen: list[dict[str, Any]] = []

    async def handler(event: Event, context: Any) -> Event:
        names = [name for name in dir(context) if not name.startswith("_")]
        seen.append({name: getattr(context, name) for name in names})
        wire.clock.advance(2)
        seen[-1]["left"] = context.get_remaining_time_in_millis()
        return event

    wire = pool_of(pre_sign_up=handler)
    await wire.call("SignUp", **SIGN_UP)
    [context] = seen
    assert context.pop("left") == 3000
    assert context.pop("get_remaining_time_in_millis")() == 3000
    assert len(context.pop("aws_request_id")) == 36
    assert context.pop("log_stream_name").startswith("2026/09/05/[$LATEST]")
    identity = context.pop("identity")
    assert identity.cognito_identity_id is identity.cognito_identity_pool_id is None
    assert context == {
        "client_context": None,
        "function_name": "local-pool-pre_sign_up",
        "function_version": "$LATEST",
        "invoked_function_arn": "arn:aws:lambda:us-east-1:123456789012:function:local-pool-pre_sign_up",
        "log_group_name": "/aws/lambda/local-pool-pre_sign_up",
        "memory_limit_in_mb": "128",
        "tenant_id": None,
    }


async def signed_up_while(wire: Wire, advance: Callable[[], None], times: int) -> tuple[str, str]:
    """Sign up, and move the clock each time that a handler hangs."""
    refused: list[tuple[str, str]] = []

    async def sign_up() -> None:
        refused.append(await wire.refused("SignUp", **SIGN_UP))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(sign_up)
        for _ in range(times):
            await anyio.wait_all_tasks_blocked()
            advance()
    return refused[0]


async def test_handler_that_hangs_is_called_three_times() -> None:
    events: list[Event] = []

    async def handler(event: Event, context: Any) -> None:
        assert "seen" not in event, "each attempt has an event of its own"
        event["seen"] = True
        events.append(event)
        await anyio.sleep_forever()

    wire = pool_of(pre_sign_up=handler)
    assert await signed_up_while(wire, lambda: wire.clock.advance(5), 3) == TIMED_OUT
    assert len(events) == 3
    assert wire.service.find_user(wire.pool.id, "alice") is None


@pytest.mark.parametrize("hangs", [True, False])
async def test_second_attempt_can_succeed(hangs: bool) -> None:
    """The first one hangs, or it answers too late."""
    calls: list[str] = []

    async def handler(event: Event, context: Any) -> Event:
        calls.append(context.aws_request_id)
        if len(calls) == 1:
            wire.clock.advance(5)
            if hangs:
                await anyio.sleep_forever()
        return confirm(event, context)

    wire = pool_of(pre_sign_up=handler)
    assert (await wire.call("SignUp", **SIGN_UP))["UserConfirmed"] is True
    assert len(set(calls)) == 2


async def test_sync_handler_that_hangs_is_left_alone() -> None:
    """It neither keeps the process alive, nor takes one of the threads that the program shares."""
    released, started = threading.Event(), threading.Event()
    threads: list[threading.Thread] = []

    def handler(event: Event, context: Any) -> Event:
        threads.append(threading.current_thread())
        started.set()
        released.wait(30)
        return event

    clock = MovableClock(START)
    triggers = Triggers.from_lambda(pre_sign_up=handler)
    wire = Wire(PoolSettings(triggers=triggers), clock=clock)
    refused: list[tuple[str, str]] = []

    async def sign_up() -> None:
        refused.append(await wire.refused("SignUp", **SIGN_UP))

    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(sign_up)
            for _ in range(3):
                await anyio.to_thread.run_sync(started.wait)
                started.clear()
                clock.advance(5)
        assert anyio.to_thread.current_default_thread_limiter().borrowed_tokens == 0
    finally:
        released.set()
    assert refused == [TIMED_OUT]
    assert [each.daemon for each in threads] == [True, True, True]


async def test_time_limit_also_counts_on_the_machines_clock() -> None:
    """A clock that nobody moves must not let a test hang."""

    async def handler(event: Event, context: Any) -> None:
        await anyio.sleep_forever()

    wire = pool_of(pre_sign_up=handler, time_limit=0.01)
    assert await wire.refused("SignUp", **SIGN_UP) == TIMED_OUT


async def test_migration_handler_is_named_and_brings_its_users() -> None:
    def handler(event: Event, context: Any) -> Event:
        migration = UserMigration.parse(event)
        assert migration.request.password == PASSWORD
        return migration.migrate({"email": "f@example.com", "email_verified": "true"})

    wire = pool_of(user_migration=handler)
    held = claims((await wire.tokens("bob"))["IdToken"])[1]
    assert (held["cognito:username"], held["email_verified"]) == ("bob", True)
    assert json.dumps(held) and START + timedelta(0) == wire.clock.now()


@pytest.mark.parametrize(
    ("handlers", "message"),
    [
        ({"pre_sign_down": confirm}, "pre_sign_down is not a trigger"),
        ({"pre_sign_up": 7}, "a Lambda handler must be a function"),
        ({"pre_sign_up": "handler"}, 'the name of a function must look like "my_module:function"'),
        ({"pre_sign_up": "no_such_module.handler"}, r"cannot import no_such_module.handler: ModuleNotFoundError"),
        ({"pre_sign_up": "src/my_module.handler"}, r"cannot import src/my_module.handler: ValueError"),
        ({"pre_sign_up": "no_such_module:handler"}, r"cannot import no_such_module:handler: ModuleNotFoundError"),
        ({"pre_sign_up": confirm, "time_limit": 0}, "time_limit must be a number of seconds"),
        ({}, "from_lambda needs a handler"),
    ],
)
async def test_handler_that_cannot_be_called_is_refused(handlers: Any, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        Triggers.from_lambda(**handlers)


async def test_module_that_exits_at_its_import_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "exiting_handler.py").write_text("import sys\nsys.exit(1)\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ConfigurationError, match="cannot import exiting_handler:handler: SystemExit"):
        Triggers.from_lambda("exiting_handler:handler")


async def test_sync_handler_cannot_cancel_the_task_of_the_pool() -> None:
    def handler(event: Event, context: Any) -> None:
        raise GeneratorExit

    assert await pool_of(pre_sign_up=handler).refused("SignUp", **SIGN_UP) == failed("GeneratorExit")


async def test_traceback_of_a_handler_is_logged_for_debugging(caplog: pytest.LogCaptureFixture) -> None:
    def handler(event: Event, context: Any) -> None:
        raise KeyError("email")

    assert await pool_of(pre_sign_up=handler).refused("SignUp", **SIGN_UP) == failed("'email'")
    [warning] = caplog.messages
    assert re.fullmatch(r"the trigger pre_sign_up raised KeyError in test_lambda_calls.py, line \d+", warning)
    assert "Traceback" not in caplog.text
    with caplog.at_level("DEBUG", "cognito_async.local"):
        assert await pool_of(pre_sign_up=handler).refused("SignUp", **SIGN_UP) == failed("'email'")
    assert "the trigger pre_sign_up raised an exception" in caplog.text and 'raise KeyError("email")' in caplog.text
