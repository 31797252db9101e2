"""What a pool does with what a source gives: keeps it, renews it in time, asks once for all, and outlives a failure."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import anyio
import pytest

from cognito_async import errors
from cognito_async._aws._generated.admin_users import ADMIN_GET_USER, AdminGetUserRequest
from cognito_async._aws.credentials.chain import resolve
from cognito_async._aws.credentials.source import Source
from cognito_async._core.clock import Clock
from cognito_async.credentials import Credentials, CredentialsProvider, from_instance, from_profile
from cognito_async.local import LocalUserPool, MovableClock
from cognito_async.lowlevel import invoke
from tests.aws.credentials.conftest import Files
from tests.aws.credentials.services import START, as_json, instance
from tests.support import make_user, recording

pytestmark = pytest.mark.anyio


class Giver(Source):
    """Numbers the credentials that it gives, for so many seconds each (`None`: without an end)."""

    def __init__(self, clock: Clock, seconds: float | None = 3600, provider: bool = False) -> None:
        self.clock, self.seconds = clock, seconds
        self.asked = 0
        self.failing = False
        self.gate: anyio.Event | None = None

    async def load(self, clock: Clock) -> Credentials:
        self.asked += 1
        number = self.asked
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


@pytest.mark.parametrize(
    ("lives", "good_for"), [(3600, 3300), (600, 300), (400, 200), (10, 5), (None, 900), (0, 60), (-3600, 60)]
)
async def test_credentials_are_renewed_ahead_of_their_end(
    clock: MovableClock, lives: float | None, good_for: float
) -> None:
    giver = Giver(clock, lives)
    provider = resolve(giver, clock)
    assert await number(provider) == 1
    clock.advance(good_for - 1)
    assert await number(provider) == 1
    clock.advance(1)
    assert await number(provider) == 2
    assert giver.asked == 2


async def test_a_callable_that_names_no_end_is_asked_at_each_attempt_and_one_that_does_is_not(
    clock: MovableClock,
) -> None:
    for seconds, asked in ((None, 3), (3600, 1)):
        giver = Giver(clock, seconds)

        async def mine(giver: Giver = giver) -> Credentials:
            return await giver.load(clock)

        provider = resolve(mine, clock)
        for _ in range(3):
            await provider()
        assert giver.asked == asked


async def test_a_callable_that_names_no_end_and_fails_is_not_helped_out_with_old_ones(clock: MovableClock) -> None:
    giver = Giver(clock, None)

    async def mine() -> Credentials:
        return await giver.load(clock)

    provider = resolve(mine, clock)
    await provider()
    giver.failing = True
    assert (await failure(provider)).message == "out of order"


async def test_many_who_ask_at_once_are_one_question(clock: MovableClock) -> None:
    giver = Giver(clock)
    giver.gate = anyio.Event()
    provider = resolve(giver, clock)
    numbers: list[int] = []

    async def ask() -> None:
        numbers.append(await number(provider))

    async with anyio.create_task_group() as group:
        for _ in range(20):
            group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        giver.gate.set()
    assert numbers == [1] * 20 and giver.asked == 1


async def test_many_who_ask_at_once_share_a_failure_and_each_has_an_error_of_its_own(clock: MovableClock) -> None:
    giver = Giver(clock)
    giver.gate, giver.failing = anyio.Event(), True
    provider = resolve(giver, clock)
    caught: list[errors.CredentialsError] = []

    async def ask() -> None:
        caught.append(await failure(provider))

    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        giver.gate.set()
    assert giver.asked == 1 and len({id(error) for error in caught}) == 5
    assert {error.message for error in caught} == {"out of order"}
    giver.failing = False
    assert await number(provider) == 2, "a failure is not kept"


async def test_who_asks_first_and_is_cancelled_leaves_the_question_to_the_next(clock: MovableClock) -> None:
    giver = Giver(clock)
    giver.gate = anyio.Event()
    provider = resolve(giver, clock)
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
        giver.gate.set()
    assert numbers == [2]


async def test_while_one_renews_the_others_go_on_with_what_is_still_good(clock: MovableClock) -> None:
    giver = Giver(clock)
    provider = resolve(giver, clock)
    await provider()
    clock.advance(3400)
    giver.gate = anyio.Event()
    numbers: list[int] = []

    async def ask() -> None:
        numbers.append(await number(provider))

    async with anyio.create_task_group() as group:
        group.start_soon(ask)
        await anyio.wait_all_tasks_blocked()
        assert await number(provider) == 1, "nothing is waited for"
        giver.gate.set()
    assert numbers == [2] and await number(provider) == 2


async def test_a_renewal_that_fails_keeps_the_old_ones_to_their_end_and_is_tried_once_a_minute(
    clock: MovableClock,
) -> None:
    giver = Giver(clock)
    provider = resolve(giver, clock)
    await provider()
    giver.failing = True
    clock.advance(3300)
    for _ in range(3):
        assert await number(provider) == 1
    assert giver.asked == 2
    clock.advance(60)
    assert await number(provider) == 1 and giver.asked == 3
    clock.advance(240)
    assert (await failure(provider)).message == "out of order"
    giver.failing = False
    assert await number(provider) == 5


async def test_a_renewal_that_is_cancelled_is_not_waited_for_by_the_next_call(clock: MovableClock) -> None:
    giver = Giver(clock)
    provider = resolve(giver, clock)
    await provider()
    clock.advance(3300)
    giver.gate = anyio.Event()
    with clock.move_on_after(10):
        async with anyio.create_task_group() as group:
            group.start_soon(number, provider)
            await anyio.wait_all_tasks_blocked()
            clock.advance(10)
    assert await number(provider) == 1 and giver.asked == 2
    giver.gate.set()
    clock.advance(60)
    assert await number(provider) == 3


def test_one_pool_keeps_its_credentials_from_one_event_loop_to_the_next(
    clock: MovableClock, anyio_backend: str
) -> None:
    giver = Giver(clock)
    provider = resolve(giver, clock)
    assert [anyio.run(number, provider, backend=anyio_backend) for _ in range(2)] == [1, 1]


async def test_a_pool_signs_with_the_instances_role_and_renews_it_by_its_own_clock(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    local = LocalUserPool(clock=MovableClock(START))
    await make_user(local)
    given = 0

    def keys() -> tuple[int, bytes]:
        nonlocal given
        given += 1
        name, secret = f"ASIA{given}", f"secret-{given}"
        local.service._state.secret_keys = {name: secret}
        return 200, as_json(Credentials(name, secret, None, local.clock.now() + timedelta(hours=6)))

    request = AdminGetUserRequest(user_pool_id=local.settings.id, username="alice")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "false")
    async with instance(keys).served() as url:
        monkeypatch.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
        with recording(local, credentials=from_instance()) as (pool, _):
            for hours, renewed in ((0, 1), (5, 1), (1, 2)):
                local.clock.advance(hours * 3600)
                assert (await invoke(pool, ADMIN_GET_USER, request)).username == "alice"
                assert given == renewed


async def test_an_instance_that_does_not_answer_is_given_up_and_a_call_keeps_to_its_own_limit(
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


async def test_keys_of_a_file_are_read_anew_every_quarter_of_an_hour(files: Files, clock: MovableClock) -> None:
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


async def test_what_a_callable_raises_reaches_the_call_as_it_is(clock: MovableClock) -> None:
    with pytest.raises(RuntimeError):
        await resolve(broken, clock)()
