"""Credentials of a source: cached, refreshed in time, loaded once for concurrent calls, and used until they expire."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import anyio
import pytest

from cognito_async import errors
from cognito_async._aws._generated.admin_users import ADMIN_GET_USER, AdminGetUserRequest
from cognito_async._aws.credentials.chain import resolve
from cognito_async._aws.credentials.source import Source, read_credentials
from cognito_async._core.clock import Clock
from cognito_async.credentials import Credentials, CredentialsProvider, from_instance, from_profile
from cognito_async.local import LocalUserPool, MovableClock
from cognito_async.lowlevel import invoke
from tests.aws.credentials.conftest import Files
from tests.aws.credentials.services import START, as_json, instance
from tests.support import make_user, recording

pytestmark = pytest.mark.anyio


class NumberedSource(Source):
    """A source of numbered credentials, which expire after `seconds`, or never if that is `None`."""

    def __init__(self, clock: Clock, seconds: float | None = 3600, provider: bool = False) -> None:
        self.clock, self.seconds = clock, seconds
        self.loads = 0
        self.failing = False
        self.gate: anyio.Event | None = None

    async def load(self, clock: Clock) -> Credentials:
        self.loads += 1
        number = self.loads
        if self.gate is not None:
            await self.gate.wait()
        if self.failing:
            raise errors.CredentialsError("out of order")
        ends = None if self.seconds is None else self.clock.now() + timedelta(seconds=self.seconds)
        return Credentials(f"AKID{number}", "secret", expires_at=ends)


async def number(provider: CredentialsProvider) -> int:
    return int((await provider()).access_key_id.removeprefix("AKID"))


async def failure(provider: CredentialsProvider) -> errors.CredentialsError:
    with pytest.raises(errors.CredentialsError) as caught:
        await provider()
    return caught.value


EXTREMES = [
    datetime.min.replace(tzinfo=timezone(timedelta(hours=14))),
    datetime.max.replace(tzinfo=timezone(-timedelta(hours=23, minutes=59))),
    datetime(9999, 12, 31, tzinfo=timezone.utc),
]


@pytest.mark.parametrize("ends", EXTREMES)
async def test_credentials_with_an_impossible_expiry_can_be_used(clock: MovableClock, ends: datetime) -> None:
    async def provide() -> Credentials:
        return Credentials("AKID1", "secret", expires_at=ends)

    provider = resolve(provide, clock)
    assert [await number(provider) for _ in range(2)] == [1, 1]


@pytest.mark.parametrize("expiration", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-23:59"])
async def test_source_with_an_impossible_expiration_can_be_used(clock: MovableClock, expiration: str) -> None:
    class Endpoint(Source):
        async def load(self, clock: Clock) -> Credentials:
            fields = {"AccessKeyId": "AKID1", "SecretAccessKey": "secret", "Expiration": expiration}
            return read_credentials("the endpoint", fields)

    assert await number(resolve(Endpoint(), clock)) == 1


@pytest.mark.parametrize(
    ("lifetime", "cached_for"), [(3600, 3300), (600, 300), (400, 200), (10, 5), (None, 900), (0, 60), (-3600, 60)]
)
@pytest.mark.table
async def test_credentials_are_refreshed_before_they_expire(
    clock: MovableClock, lifetime: float | None, cached_for: float
) -> None:
    source = NumberedSource(clock, lifetime)
    provider = resolve(source, clock)
    assert await number(provider) == 1
    clock.advance(cached_for - 1)
    assert await number(provider) == 1
    clock.advance(1)
    assert await number(provider) == 2
    assert source.loads == 2


async def test_callable_is_cached_only_if_its_credentials_expire(
    clock: MovableClock,
) -> None:
    for seconds, loads in ((None, 3), (3600, 1)):
        source = NumberedSource(clock, seconds)

        async def mine(source: NumberedSource = source) -> Credentials:
            return await source.load(clock)

        provider = resolve(mine, clock)
        for _ in range(3):
            await provider()
        assert source.loads == loads


async def test_error_of_a_callable_is_raised_instead_of_using_old_credentials(clock: MovableClock) -> None:
    source = NumberedSource(clock, None)

    async def mine() -> Credentials:
        return await source.load(clock)

    provider = resolve(mine, clock)
    await provider()
    source.failing = True
    assert (await failure(provider)).message == "out of order"


async def test_concurrent_calls_load_the_source_once(clock: MovableClock) -> None:
    source = NumberedSource(clock)
    source.gate = anyio.Event()
    provider = resolve(source, clock)
    numbers: list[int] = []

    async def ask() -> None:
        numbers.append(await number(provider))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        source.gate.set()
    assert numbers == [1] * 20 and source.loads == 1


async def test_concurrent_calls_get_separate_errors_of_one_failure(clock: MovableClock) -> None:
    source = NumberedSource(clock)
    source.gate, source.failing = anyio.Event(), True
    provider = resolve(source, clock)
    caught: list[errors.CredentialsError] = []

    async def ask() -> None:
        caught.append(await failure(provider))

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        source.gate.set()
    assert source.loads == 1 and len({id(error) for error in caught}) == 5
    assert {error.message for error in caught} == {"out of order"}
    source.failing = False
    assert await number(provider) == 2, "a failure must not be cached"


async def test_next_caller_loads_after_the_first_is_cancelled(clock: MovableClock) -> None:
    source = NumberedSource(clock)
    source.gate = anyio.Event()
    provider = resolve(source, clock)
    numbers: list[int] = []

    async def ask() -> None:
        numbers.append(await number(provider))

    async with anyio.create_task_group() as group:
        with anyio.CancelScope() as impatient:

            async def give_up() -> None:
                await anyio.wait_all_tasks_blocked()
                group.start_soon(ask)
                await anyio.wait_all_tasks_blocked()
                impatient.cancel()

            group.start_soon(give_up)
            await provider()
        await anyio.wait_all_tasks_blocked()
        assert not numbers
        source.gate.set()
    assert numbers == [2]


async def test_calls_during_a_refresh_get_the_valid_credentials(clock: MovableClock) -> None:
    source = NumberedSource(clock)
    provider = resolve(source, clock)
    await provider()
    clock.advance(3400)
    source.gate = anyio.Event()
    numbers: list[int] = []

    async def ask() -> None:
        numbers.append(await number(provider))

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        assert await number(provider) == 1, "the call must not wait for the refresh"
        source.gate.set()
    assert numbers == [2] and await number(provider) == 2


async def test_failed_refresh_is_retried_each_minute_until_expiry(
    clock: MovableClock,
) -> None:
    source = NumberedSource(clock)
    provider = resolve(source, clock)
    await provider()
    source.failing = True
    clock.advance(3300)
    for _ in range(3):
        assert await number(provider) == 1
    assert source.loads == 2
    clock.advance(60)
    assert await number(provider) == 1 and source.loads == 3
    clock.advance(240)
    assert (await failure(provider)).message == "out of order"
    source.failing = False
    assert await number(provider) == 5


async def test_next_call_does_not_repeat_a_cancelled_refresh(clock: MovableClock) -> None:
    source = NumberedSource(clock)
    provider = resolve(source, clock)
    await provider()
    clock.advance(3300)
    source.gate = anyio.Event()
    with clock.move_on_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(number, provider)
            await anyio.wait_all_tasks_blocked()
            clock.advance(10)
    assert await number(provider) == 1 and source.loads == 2
    source.gate.set()
    clock.advance(60)
    assert await number(provider) == 3


def test_credentials_are_cached_across_event_loops(clock: MovableClock, anyio_backend: str) -> None:
    source = NumberedSource(clock)
    provider = resolve(source, clock)
    assert [anyio.run(number, provider, backend=anyio_backend) for _ in range(2)] == [1, 1]


async def test_pool_signs_with_the_role_of_the_instance(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local = LocalUserPool(clock=MovableClock(START))
    await make_user(local)
    issued = 0

    def keys() -> tuple[int, bytes]:
        nonlocal issued
        issued += 1
        name, secret = f"ASIA{issued}", f"secret-{issued}"
        local.service._state.secret_keys = {name: secret}
        return 200, as_json(Credentials(name, secret, None, local.clock.now() + timedelta(hours=6)))

    request = AdminGetUserRequest(user_pool_id=local.settings.id, username="alice")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    async with instance(keys).served() as url:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
        with recording(local, credentials=from_instance()) as (pool, _):
            for hours, expected in ((0, 1), (5, 1), (1, 2)):
                local.clock.advance(hours * 3600)
                assert (await invoke(pool, ADMIN_GET_USER, request)).username == "alice"
                assert issued == expected


async def test_silent_instance_times_out_within_the_calls_limit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local = LocalUserPool(clock=MovableClock(START))
    request = AdminGetUserRequest(user_pool_id=local.settings.id, username="alice")
    monkeypatch.delenv("AWS_EC2_METADATA_DISABLED")
    service = instance(lambda: None)
    outcomes: list[errors.CognitoError] = []
    async with service.served() as url:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
        with recording(local, credentials=None) as (pool, recorder):
            for timeout in (30, 0.5):

                async def call(timeout: float = timeout) -> None:
                    try:
                        await invoke(pool, ADMIN_GET_USER, request, timeout=timeout)
                    except errors.CognitoError as error:
                        outcomes.append(error)

                async with anyio.create_task_group() as group:
                    group.start_soon(call)
                    for _ in range(2 if timeout == 30 else 1):
                        await service.waiting.wait()
                        service.waiting = anyio.Event()
                        local.clock.advance(1)
            assert not recorder.calls
    assert [type(error) for error in outcomes] == [errors.CredentialsError, errors.CallTimeout]
    assert all(error.operation == "AdminGetUser" for error in outcomes)


async def test_keys_of_a_file_are_read_every_15_minutes(files: Files, clock: MovableClock) -> None:
    text = "[default]\naws_access_key_id = AKID{}\naws_secret_access_key = s\n"
    files(credentials=text.format(1))
    provider = resolve(from_profile(), clock)
    assert await number(provider) == 1
    files(credentials=text.format(2))
    assert await number(provider) == 1
    clock.advance(900)
    assert await number(provider) == 2


async def broken() -> Any:
    raise RuntimeError("a text with secret-key-1234")


async def test_error_of_a_callable_is_raised_unchanged(clock: MovableClock) -> None:
    with pytest.raises(RuntimeError):
        await resolve(broken, clock)()
