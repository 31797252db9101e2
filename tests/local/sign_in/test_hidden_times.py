"""With `PreventUserExistenceErrors`, users and unknown names take the same time, however many users a pool has."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import Any

import pytest

from cognito_async._local.settings.client import AppClientSettings
from cognito_async._local.settings.pool import PoolSettings
from cognito_async._local.state.entities import User

from ..helpers import PASSWORD, Wire, hours
from ..observer import Observer

pytestmark = [pytest.mark.anyio, pytest.mark.timed]
WRONG = "Wr0ngpass!"
SAMPLES = 150
# One more exponentiation makes a sign-in at least 40 % slower, and a search of all users an operation 500 %.
MOST = 0.25


async def resend_code(see: Observer) -> None:
    await see.call("ResendConfirmationCode", Username=see.name)


async def confirm_sign_up(see: Observer) -> None:
    await see.call("ConfirmSignUp", Username=see.name, ConfirmationCode="wrong")


async def forgot_password(see: Observer) -> None:
    await see.call("ForgotPassword", Username=see.name)


async def confirm_forgot_password(see: Observer) -> None:
    await see.call("ConfirmForgotPassword", Username=see.name, ConfirmationCode="wrong", Password=PASSWORD)


async def password(see: Observer) -> None:
    await see.begin("USER_PASSWORD_AUTH", PASSWORD=WRONG)


async def first_step_of_srp(see: Observer) -> None:
    await see.begin("USER_SRP_AUTH", SRP_A="02")


async def proof_by_srp(see: Observer) -> None:
    await see.prove(await see.begin("USER_SRP_AUTH", SRP_A=see.srp.srp_a), WRONG)


async def choice(see: Observer) -> None:
    await see.begin("USER_AUTH")


def add_users(wire: Wire, number: int) -> None:
    pool, now = wire.service._state.pools[wire.pool.id], wire.clock.now()
    for each in range(number):
        attributes = {"email": f"{each}@example.com", "email_verified": "true"}
        pool.add(User(f"user-{each}", f"sub-{each}", attributes, b"salt", None, "CONFIRMED", now, now))


@pytest.mark.parametrize(
    "row",
    [
        resend_code,
        confirm_sign_up,
        forgot_password,
        confirm_forgot_password,
        password,
        first_step_of_srp,
        proof_by_srp,
        choice,
    ],
    ids=lambda row: row.__name__,
)
@pytest.mark.parametrize(
    ("settings", "names"),
    [
        (PoolSettings(), ("alice", "carol")),
        (PoolSettings(alias_attributes=("email",)), ("f@example.com", "n@example.com")),
    ],
    ids=["names", "aliases"],
)
async def test_user_and_unknown_name_take_the_same_time(
    settings: Any, names: tuple[str, str], row: Callable[[Observer], Awaitable[None]]
) -> None:
    wire = Wire(settings, AppClientSettings(prevent_user_existence_errors="ENABLED"))
    await wire.signed_up()
    add_users(wire, 2000)
    times: dict[str, list[float]] = {name: [] for name in names}
    for number in range(SAMPLES):
        for name in names if number % 2 else reversed(names):
            observer = Observer(wire, name)
            begun = time.process_time()
            await row(observer)
            times[name].append(time.process_time() - begun)
        wire.clock.advance(hours(1))  # no limit may refuse a call
    known, unknown = (times[name] for name in names)
    # Compare times of the same moment, because the speed of a machine varies.
    difference = median(one - other for one, other in zip(known, unknown, strict=True))
    assert abs(difference) < MOST * min(median(known), median(unknown))
